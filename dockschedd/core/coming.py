"""What schedules will do next: all together, or on a stack as far as others let them there."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.core import due, spread, wants
from dockschedd.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from dockschedd.core import days_off, model

    #: When, the position of the schedule, and what it does then.
    _Waiting = tuple[datetime, int, model.Action]

_TICK: Final = timedelta.resolution
#: Edges in a row that are overruled before it counts as doing nothing.
_MOST_OVERRULED: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """One occurrence that is still to come."""

    at: datetime
    action: model.Action
    schedule: model.Schedule


def ahead(
    schedules: Iterable[model.Schedule],
    *,
    after: datetime,
    until: datetime | None = None,
    stack: model.StackRef | None = None,
    off: days_off.DaysOff | None = None,
) -> Iterator[Coming]:
    """Yield what they do in (after, until], by time, then name; without `until` for ever.

    With `stack` they are the schedules of that stack: it is when each acts there, and edges that
    another window overrules are passed over, and so are the days off of its host.
    """
    known = sorted(schedules, key=lambda each: each.name)

    def following(number: int, at: datetime) -> _Waiting | None:
        try:
            found = (
                _planned(known[number], at)
                if stack is None
                else first(known[number], stack, known, after=at, off=off)
            )
        except Invalid:
            # Its zone has gone from this machine: nothing is known of it.
            return None
        if found is None or (until is not None and found[0] > until):
            return None
        return found[0], number, found[1]

    return _merged(len(known), following, after, known)


def _merged(
    count: int,
    following: Callable[[int, datetime], _Waiting | None],
    after: datetime,
    known: Sequence[model.Schedule],
) -> Iterator[Coming]:
    begun = (following(number, after) for number in range(count))
    waiting = [each for each in begun if each is not None]
    heapq.heapify(waiting)
    while waiting:
        at, number, action = waiting[0]
        yield Coming(at=at, action=action, schedule=known[number])
        later = following(number, at)
        if later is None:
            heapq.heappop(waiting)
        else:
            heapq.heapreplace(waiting, later)


def _planned(schedule: model.Schedule, after: datetime) -> tuple[datetime, model.Action] | None:
    at = due.first_at(schedule.trigger, after=after)
    return None if at is None else (at, due.action_at(schedule, at))


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
