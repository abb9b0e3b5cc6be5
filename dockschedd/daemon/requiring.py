"""Requirements between stacks, where runs are recorded and where they are chosen.

What they mean is core's answer; here is what it has to know. Never waits for an engine: what
is waited for is in the inventory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import arrange, requirements, turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import model


async def arranged(
    unit: ports.Unit,
    made: Sequence[model.Run],
    *,
    inventory: ports.Inventory,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[model.Run, ...]:
    """Return the runs of schedules with those that requirements add, ready to be recorded."""
    graph = requirements.graph(await unit.requirements.all(), inventory.stacks()) if made else None
    if not graph:
        return tuple(made)
    scene = arrange.Scene(
        graph=graph,
        stacks=inventory.stack,
        away=away(inventory),
        open=await unit.runs.open(now=now),
    )
    return arrange.arrange(made, scene, new_id=new_id).runs


async def turns_of(
    unit: ports.Unit, planned: Sequence[model.Run], *, inventory: ports.Inventory, now: datetime
) -> Mapping[str, turns.Turn]:
    """Return run → whether its turn has come, of those that come after others."""
    waiting = [run for run in planned if run.after]
    last = {key: await _last(unit, key) for key in {key for run in waiting for key in run.after}}
    seen = turns.Seen(now=now, stacks=inventory.stack, away=away(inventory))
    return {run.id: turns.turn(run, [last[key] for key in run.after], seen) for run in waiting}


def away(inventory: ports.Inventory) -> Mapping[str, str]:
    """Return host that cannot be asked → why."""
    return {
        view.name: view.error or "it does not answer"
        for view in inventory.hosts()
        if not view.reachable
    }


async def _last(unit: ports.Unit, run_id: str) -> model.Run | None:
    """Return the run, or the last of those that continue it."""
    run = await unit.runs.get(run_id)
    while run is not None and run.superseded_by is not None:
        later = await unit.runs.get(run.superseded_by)
        if later is None or not turns.continues(run, later):
            break
        run = later
    return run
