"""Stacks, and what an action would do to them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dockschedd.api import (
    blocking,
    manual,
    mapping,
    mapping_windows,
    prospects,
    requiring,
    targets,
    views,
)
from dockschedd.core import cron, memory, model, reconcile, selectors, until, validate
from dockschedd.errors import Fault, Invalid, NotFound
from dockschedd.wire import runs as wire_runs
from dockschedd.wire import stacks as wire

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dockschedd.api.call import Call


async def list_stacks(call: Call, query: wire.StackQuery) -> wire.StackPage:
    """Return a page of stacks, by host and name."""
    services = call.services
    refs = services.inventory.refs()
    if query.selector is not None:
        groups = await services.groups()
        refs = targets.matching(query.selector, refs, groups, path="selector")
    if query.cursor is not None:
        host, _, name = query.cursor.partition("/")
        refs = tuple(ref for ref in refs if ref > model.StackRef(host, name))
    page = refs[: query.limit]
    return wire.StackPage(
        items=await views.summaries(services, page, now=call.now),
        next=str(page[-1]) if len(refs) > len(page) else None,
    )


async def show_stack(call: Call) -> wire.Stack:
    """Return one stack as it is known at this moment."""
    services = call.services
    ref = model.StackRef(call.path["host"], call.path["stack"])
    host, stack = services.inventory.host(ref.host), services.inventory.stack(ref)
    if host is None or stack is None:
        raise targets.absent(services.inventory, selectors.Selector(ref.host, ref.name))
    coming = await services.upcoming.by_stack(
        services.store, services.inventory.refs(), now=call.now
    )
    async with services.store.reading() as unit:
        last_run = await unit.runs.latest(ref.host, ref.name)
        blocks = await unit.holds.blocks()
        required = await requiring.graph(unit, services.inventory)
    drifting = await services.drifting.of(services, (ref,), blocks=blocks, now=call.now)
    desired = await services.drifting.wanted(services, ref, now=call.now)
    return mapping.stack(
        stack,
        host=host,
        upcoming=coming.get(ref),
        last_run=last_run,
        held=blocking.of(blocks, ref, now=call.now),
        drift=drifting.get(ref),
        day_off=blocking.day_off(blocks, ref.host, now=call.now),
        required=required,
        wanted=None if desired is None else mapping_windows.wanted(desired),
    )


async def plan(call: Call, body: wire_runs.PlanRequest) -> wire_runs.Plans:
    """Return the steps that would be taken, as the engines say that things are now."""
    services = call.services
    action = validate.choice(model.Action, body.action, path="action")
    options = mapping.options_in(body.options)
    at = _instant(call, body.at)
    refs = targets.wanted(services.inventory, body.selectors, await services.groups())
    seen = await _refreshed(call, refs)
    asked = [manual.planned(call, ref, action=action, options=options) for ref in refs]
    async with services.store.reading() as unit:
        weighed = await requiring.weighed(unit, call, asked)
        kept = {run.stack: await unit.memories.get(run.stack) for run in weighed.runs}
    requiring.refuse_away(services.inventory, weighed.runs)
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


def _instant(call: Call, text: str | None) -> datetime | None:
    if text is None:
        return None
    at = until.coming(text, cron.zone(call.services.zone), now=call.now, path="at")
    if at <= call.now:
        message = f"`{text.strip()}` is in the past: see `dockschedctl why` for what was"
        raise Invalid(Fault(path="at", code="at-past", message=message))
    return at
