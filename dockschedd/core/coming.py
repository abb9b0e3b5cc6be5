"""What a schedule will do next on a stack, as far as other windows and days off let it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.core import due, spread, wants

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dockschedd.core import days_off, model

_TICK: Final = timedelta.resolution
#: Edges in a row that are overruled before it counts as doing nothing.
_MOST_OVERRULED: Final = 50


def earliest(
    schedules: Sequence[model.Schedule],
    ref: model.StackRef,
    *,
    after: datetime,
    off: days_off.DaysOff | None = None,
) -> tuple[datetime, model.Action, str] | None:
    """Return when one of the enabled schedules of the stack acts on it next, how, and its name."""
    found = [
        (*comes, schedule.name)
        for schedule in schedules
        if schedule.enabled
        and (comes := first(schedule, ref, schedules, after=after, off=off)) is not None
    ]
    return min(found, key=lambda each: (each[0], each[2]), default=None)


def first(
    schedule: model.Schedule,
    ref: model.StackRef,
    others: Sequence[model.Schedule],
    *,
    after: datetime,
    off: days_off.DaysOff | None = None,
) -> tuple[datetime, model.Action] | None:
    """Return when it next acts on the stack, strictly later than `after`, and how.

    `others`: schedules of the stack; edges that windows among them overrule are passed over, and
    so are the days off of its host, `off`. None where it does nothing any more.
    """
    moved = spread.offset(schedule.id, ref, schedule.spread)
    at = due.first_at(schedule.trigger, after=after - moved)
    for _ in range(_MOST_OVERRULED):
        if at is None:
            return None
        if off is not None and off.covers(at + moved):
            # What is at the first instant after them is not left out.
            at = due.first_at(schedule.trigger, after=off.until(at + moved) - moved - _TICK)
            continue
        if wants.overruled(schedule, ref, others, at=at + moved) is None:
            return at + moved, due.action_at(schedule, at)
        at = due.first_at(schedule.trigger, after=at)
    return None
