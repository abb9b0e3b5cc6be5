"""Holds that come with an action by hand on a stack whose window is enforced always.

Without one the window would take the action back at once. It lasts until the window's next edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedd.api import blocking
from dockschedd.core import enforcing, holds, model, wants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dockschedd import ports
    from dockschedd.api.call import Call

_WANTS: Final = {
    model.Action.START: holds.Wanted.UP,
    model.Action.RESTART: holds.Wanted.UP,
    model.Action.UNPAUSE: holds.Wanted.UP,
    model.Action.STOP: holds.Wanted.DOWN,
    model.Action.PAUSE: holds.Wanted.DOWN,
}


async def place(unit: ports.Unit, call: Call, runs: Iterable[model.Run]) -> None:
    """Hold the stacks on which these runs do what an enforced window does not want.

    A hold that is there stays. In the caller's transaction, with its audit records.
    """
    if not await unit.schedules.has_windows():
        return
    blocks = await unit.holds.blocks()
    for run in runs:
        found = wants.desired(await unit.schedules.windows(run.stack), run.stack, call.now)
        if found is None or not found.always:
            continue
        held = blocking.of(blocks, run.stack, now=call.now)
        if held is not None or not enforcing.contradicts(run.action, found.wish):
            continue
        placed = holds.Hold(
            stack=run.stack,
            wants=_WANTS[run.action],
            owner=call.who.name,
            reason=f"{run.action} by hand; {enforcing.wanted(found)} (enforce: always)",
            zone=found.schedule.trigger.zone,
            since=call.now,
            until=found.until,
        )
        await unit.holds.place(placed)
        record = call.record("hold.place", str(run.stack), detail=holds.held(placed))
        await unit.audit.append(record)
