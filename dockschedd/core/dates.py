"""Calendars at work: the instants of a cron trigger without those on dates that it leaves out.

The date of an instant is the local one, in the trigger's zone, whatever wall time it stands for.
What is left out does not exist: every question about instants gets the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from dockschedd.core import cron, instants, suggest, triggers, wants
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_TICK = timedelta.resolution
#: More than these a schedule does not name.
MOST_CALENDARS = 16
_YEAR = timedelta(days=366)
_FURTHEST = 50 * _YEAR


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A calendar as it is kept."""

    calendar: triggers.Calendar
    #: Whoever changed it last.
    owner: str
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """Dates in a row on which calendars decide otherwise than the trigger's own words."""

    first: date
    last: date
    #: The calendars that name them, sorted.
    calendars: tuple[str, ...]


def of(trigger: triggers.Trigger) -> tuple[triggers.Calendar, ...]:
    """Return the calendars of a trigger, in the order in which they were written."""
    match trigger:
        case triggers.CronTrigger():
            return trigger.except_on
        case triggers.AtTrigger():
            return ()
        case triggers.WindowTrigger():
            return trigger.also_asleep
        case _:
            assert_never(trigger)


def bare(trigger: triggers.Trigger) -> triggers.Trigger:
    """Return the trigger without its calendars."""
    return with_calendars(trigger, ())


def with_calendars(
    trigger: triggers.Trigger, calendars: tuple[triggers.Calendar, ...]
) -> triggers.Trigger:
    """Return the trigger with those calendars in place of its own; a one-off stays as it is."""
    match trigger:
        case triggers.CronTrigger():
            return replace(trigger, except_on=calendars)
        case triggers.AtTrigger():
            return trigger
        case triggers.WindowTrigger():
            return replace(trigger, also_asleep=calendars)
        case _:
            assert_never(trigger)


def chosen(
    trigger: triggers.Trigger | None,
    *,
    except_on: tuple[str, ...],
    also_asleep: tuple[str, ...],
    known: Mapping[str, triggers.Calendar],
    now: datetime,
) -> triggers.Trigger | None:
    """Return the trigger with the calendars of these names; None stays None.

    Raises Invalid with every fault: calendar-unknown, calendar-useless, calendars-many, and
    except-always for a cron expression of which nothing would be left.
    """
    faults = [
        *_faults(except_on, path="except_on", known=known),
        *_faults(also_asleep, path="also_asleep", known=known),
        *_useless(trigger, except_on=except_on, also_asleep=also_asleep),
    ]
    if faults:
        raise Invalid(*faults)
    if trigger is None:
        return None
    names = dict.fromkeys((*except_on, *also_asleep))
    found = with_calendars(trigger, tuple(known[name] for name in names))
    if isinstance(found, triggers.CronTrigger) and names and next_after(found, now) is None:
        message = "the calendars leave out everything: it would never come"
        raise Invalid(Fault(path="except_on", code="except-always", message=message))
    return found


def _useless(
    trigger: triggers.Trigger | None, *, except_on: tuple[str, ...], also_asleep: tuple[str, ...]
) -> Iterator[Fault]:
    """Yield what calendars cannot be for."""
    match trigger:
        case None:
            wrong = {}
        case triggers.CronTrigger():
            hint = "`except_on` leaves out the occurrences on the dates of a calendar"
            wrong = {"also_asleep": ("only a window keeps stacks asleep", hint)}
        case triggers.AtTrigger():
            message = "what comes once comes on its date, whatever a calendar says"
            why = (message, "leave it out: the date is written beside the time")
            wrong = {"except_on": why, "also_asleep": why}
        case triggers.WindowTrigger():
            hint = "`also_asleep` keeps its stacks asleep on the dates of a calendar"
            wrong = {"except_on": ("a window has no occurrences that could be left out", hint)}
        case _:
            assert_never(trigger)
    for path, names in (("except_on", except_on), ("also_asleep", also_asleep)):
        if names and path in wrong:
            message, hint = wrong[path]
            yield Fault(path=path, code="calendar-useless", message=message, hint=hint)


def _faults(
    names: tuple[str, ...], *, path: str, known: Mapping[str, triggers.Calendar]
) -> Iterator[Fault]:
    if len(names) > MOST_CALENDARS:
        message = f"a schedule has at most {MOST_CALENDARS} calendars"
        yield Fault(path=path, code="calendars-many", message=message)
        return
    for position, name in enumerate(names):
        if name not in known:
            near = suggest.closest(name, known)
            hint = f"did you mean `{near}`?" if near else "see `dockschedctl calendar ls`"
            message = f"there is no calendar `{name[:64]}`"
            where = f"{path}[{position}]"
            yield Fault(path=where, code="calendar-unknown", message=message, hint=hint)


def named(calendars: Iterable[triggers.Calendar], day: date) -> bool:
    """Return whether one of the calendars has the date."""
    return any(day in each.dates for each in calendars)


def next_after(trigger: triggers.CronTrigger, after: datetime) -> datetime | None:
    """Return the first instant strictly later than `after` that no calendar leaves out, in UTC.

    None when there is none within fifty years, as of the expression alone. Takes one step for
    all dates in a row.
    """
    expression, zone = cron.parse(trigger.expression), cron.zone(trigger.zone)
    at = expression.next_after(after, zone)
    while at is not None and named(trigger.except_on, instants.wall(at, zone).date()):
        at = expression.next_after(_end(trigger.except_on, at, zone), zone)
        if at is not None and at - after > _FURTHEST:
            return None
    return at


def left_out(
    trigger: triggers.Trigger, *, after: datetime, until: datetime, limit: int
) -> tuple[LeftOut, ...]:
    """Return the first `limit` rows of dates in (after, until] on which calendars tell.

    A date on which the trigger alone would have done nothing is not among them.
    """
    found: list[LeftOut] = []
    for day, names in _telling(trigger, after=after, until=until):
        if found and found[-1].calendars == names and found[-1].last + _DAY == day:
            found[-1] = replace(found[-1], last=day)
        elif len(found) == limit:
            break
        else:
            found.append(LeftOut(first=day, last=day, calendars=names))
    return tuple(found)


def _telling(
    trigger: triggers.Trigger, *, after: datetime, until: datetime
) -> Iterator[tuple[date, tuple[str, ...]]]:
    calendars, zone = of(trigger), cron.zone(trigger.zone)
    first, last = instants.wall(after, zone).date(), instants.wall(until, zone).date()
    within = {day for each in calendars for day in each.dates if first <= day <= last}
    alone = bare(trigger)
    for day in sorted(within):
        opens = max(after, _midnight(day, zone) - _TICK)
        closes = min(until, _midnight(day + _DAY, zone) - _TICK)
        if _would(alone, after=opens, until=closes):
            yield day, tuple(sorted({each.name for each in calendars if day in each.dates}))


def _would(trigger: triggers.Trigger, *, after: datetime, until: datetime) -> bool:
    """Return whether the trigger comes in (after, until], or keeps a stack awake there."""
    match trigger:
        case triggers.CronTrigger():
            at = next_after(trigger, after)
        case triggers.AtTrigger():
            return False
        case triggers.WindowTrigger():
            if wants.is_state(trigger):
                begin = after + _TICK
                if begin <= until and wants.wish_at(trigger, begin) is triggers.Wish.AWAKE:
                    return True
            at = wants.next_edge(trigger, after=after)
        case _:
            assert_never(trigger)
    return at is not None and at <= until


def _end(calendars: tuple[triggers.Calendar, ...], at: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant not before `at`, up to which every later one is left out like `at`.

    Not beyond a change of the zone's clocks, with which a date may come back or never come.
    """
    change = instants.first_change(at, at + _YEAR, zone)
    last = None if change is None else instants.wall(change, zone).date()
    day = instants.wall(at, zone).date() + _DAY
    while named(calendars, day) and (last is None or day <= last):
        day += _DAY
    end = _midnight(day, zone) - _TICK
    return max(at, end if change is None else min(end, change - _TICK))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant at which the zone's clocks show the date or a later one."""
    return instants.first_instant(datetime.combine(day, datetime.min.time()), zone)
