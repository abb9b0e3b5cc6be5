"""Runs of a pattern on a host that nobody had seen yet become runs of its stacks.

One transaction: the run that waited ends, those of the stacks are there. A stack on which
something was to be done since, or that is held, gets its run with that end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dockschedd.core import model, runs, selectors
from dockschedd.daemon import requiring
from dockschedd.failpoints import failpoint

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import holds


async def expand(
    store: ports.Store,
    run: model.Run,
    *,
    inventory: ports.Inventory,
    ids: ports.Ids,
    now: datetime,
) -> tuple[model.Run, ...]:
    """Return what became of the planned run: itself, ended, and the runs of the stacks.

    () when it is not planned any more.
    """
    pattern = selectors.parse(str(run.stack))
    # Of one host: what a group has become meanwhile does not matter.
    refs = selectors.resolve(pattern, inventory.refs(), selectors.NO_GROUPS)
    status, cause = model.RunStatus.SKIPPED, f"no stack matches `{pattern}`"
    if refs:
        status = model.RunStatus.SUPERSEDED
        cause = f"its host has been seen: each stack that matches `{pattern}` has its own run"
    async with store.transaction() as unit:
        if not await unit.runs.settle(run.id, status=status, at=now, cause=cause, stack=run.stack):
            return ()
        blocks = await unit.holds.blocks()
        made = []
        for ref in refs:
            own = replace(run, id=ids.new(), stack=ref, created_at=now)
            made.append(await _judged(unit, own, blocks, now))
        whole = await requiring.arranged(unit, made, inventory=inventory, now=now, new_id=ids.new)
        await unit.runs.add_all(whole)
        failpoint("pattern-before-commit")
    failpoint("pattern-after-commit")
    return (replace(run, status=status, cause=cause, finished_at=now), *whole)


async def _judged(
    unit: ports.Unit, run: model.Run, blocks: holds.Blocks, now: datetime
) -> model.Run:
    blocked = blocks.cause(run.stack, at=runs.begins_at(run), now=now)
    if blocked is not None:
        return replace(run, status=model.RunStatus.SKIPPED, cause=blocked, finished_at=now)
    later = await unit.runs.later(run)
    if later is None:
        return run
    return replace(
        run,
        status=model.RunStatus.SUPERSEDED,
        cause=f"it waited for its host; a later {later.action}, run {later.id}, counts",
        superseded_by=later.id,
        finished_at=now,
    )
