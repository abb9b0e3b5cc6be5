"""How a schedule goes: with what it has planned, and with a word in the audit log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dockschedd.core import model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dockschedd import ports
    from dockschedd.api.call import Call

_CAUSE: Final = "its schedule was removed"


async def remove(unit: ports.Unit, call: Call, schedule: model.Schedule) -> tuple[model.Run, ...]:
    """Remove it and cancel its planned runs; return those, for `announce`."""
    await unit.schedules.remove(schedule.id)
    waiting = await _planned(unit, schedule)
    for run in waiting:
        await unit.runs.settle(run.id, status=model.RunStatus.CANCELLED, at=call.now, cause=_CAUSE)
    detail = f"planned runs cancelled: {len(waiting)}"
    await unit.audit.append(call.record("schedule.remove", schedule.name, detail=detail))
    return waiting


def announce(call: Call, cancelled: Iterable[model.Run]) -> None:
    """Tell whoever watches; after the transaction."""
    for run in cancelled:
        call.services.bus.publish_run(
            replace(run, status=model.RunStatus.CANCELLED, cause=_CAUSE, finished_at=call.now)
        )


async def _planned(unit: ports.Unit, schedule: model.Schedule) -> tuple[model.Run, ...]:
    found: list[model.Run] = []
    before = None
    while page := await unit.runs.page(
        before=before, limit=1000, schedule_id=schedule.id, status=model.RunStatus.PLANNED
    ):
        found.extend(page)
        before = page[-1].id
    return tuple(found)
