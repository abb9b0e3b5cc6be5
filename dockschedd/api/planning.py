"""What an action would do now, as the engines say that things are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dockschedd.api import manual, prospects, requiring, targets
from dockschedd.core import memory, model, reconcile
from dockschedd.errors import NotFound
from dockschedd.wire import runs as wire_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dockschedd.api.call import Call


async def of(
    call: Call,
    action: model.Action,
    options: model.RunOptions,
    *,
    selectors: Sequence[str],
    at: datetime | None = None,
) -> wire_runs.Plans:
    """Return the steps that would be taken, those on stacks that requirements add included.

    Raises Invalid, NotFound, HostUnreachable, and Conflict (`dependents-up`).
    """
    refs = targets.wanted(call.services.inventory, selectors, await call.services.groups())
    seen = await _refreshed(call, refs)
    asked = [manual.planned(call, ref, action=action, options=options) for ref in refs]
    async with call.services.store.reading() as unit:
        weighed = await requiring.weighed(unit, call, asked)
        kept = {run.stack: await unit.memories.get(run.stack) for run in weighed.runs}
    requiring.refuse_away(call.services.inventory, weighed.runs)
    seen |= await _refreshed(call, {run.stack for run in weighed.runs} - seen.keys())
    decided = [
        reconcile.reconcile(
            run.action,
            seen[run.stack],
            run.options,
            remembered=memory.applies(run, kept[run.stack]),
        )
        for run in weighed.runs
    ]
    plans = await prospects.of(call, decided, options, at=at)
    return wire_runs.Plans(items=requiring.told(plans, weighed))


async def _refreshed(
    call: Call, refs: Iterable[model.StackRef]
) -> dict[model.StackRef, model.Stack]:
    """Return the stacks as their engines say they are now. Raises NotFound."""
    asked = tuple(refs)
    stacks = await asyncio.gather(*map(call.services.inventory.refresh, asked))
    seen = {}
    for ref, stack in zip(asked, stacks, strict=True):
        if stack is None:
            raise NotFound(f"`{ref}` has no container any more", code="stack-not-found")
        seen[ref] = stack
    return seen
