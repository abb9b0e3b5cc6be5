"""Calendars and the schedules that name them: what both have to hold to.

A calendar that changes moves the next instants of its schedules in the same transaction, from
now on: what would have been before is not missed, and what is due already stays due.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedd.core import dates, due, explain, instants, triggers
from dockschedd.core.cron import zone
from dockschedd.errors import Fault, Invalid
from dockschedd.wire import dates as written

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence
    from datetime import date, datetime

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.core import fleet, model

Known = dict[str, triggers.Calendar]

#: Few, as others wait while their instants are found.
_PAGE: Final = 100
_FAR: Final = timedelta(days=366)
_MOST_TOLD: Final = 10


def read(items: Sequence[str], *, path: str) -> frozenset[date]:
    """Return the dates that the items name. Raises Invalid with every fault.

    Codes: date-invalid, calendar-large.
    """
    faults: list[Fault] = []
    found: set[date] = set()
    for position, item in enumerate(items):
        try:
            found.update(written.read(item))
        except ValueError as exc:
            where = f"{path}[{position}]"
            faults.append(
                Fault(path=where, code="date-invalid", message=str(exc), hint=written.HINT)
            )
    if faults:
        raise Invalid(*faults)
    bounded(found, path=path)
    return frozenset(found)


def bounded(days: Collection[date], *, path: str) -> None:
    """Raise Invalid (`calendar-large`) when they are more than a calendar can have."""
    if len(days) > written.MOST:
        message = f"a calendar has at most {written.MOST:,} dates, not {len(days):,}"
        raise Invalid(Fault(path=path, code="calendar-large", message=message))


def told(new: frozenset[date], old: frozenset[date]) -> str:
    """Return what is different, as text for the audit log."""
    parts = []
    for word, days in (("added", new - old), ("removed", old - new)):
        if days:
            rows = written.written(days)
            more = len(rows) - _MOST_TOLD
            shown = ", ".join(rows[:_MOST_TOLD])
            parts.append(f"{word} {shown}{f' and {more} more' if more > 0 else ''}")
    return "; ".join(parts)


async def change(
    unit: ports.Unit, call: Call, old: dates.Kept, days: frozenset[date]
) -> dates.Kept | None:
    """Give the calendar those dates; None where it has them already. Raises Invalid."""
    if days == old.calendar.dates:
        return None
    bounded(days, path="dates")
    new = dates.Kept(
        calendar=replace(old.calendar, dates=days), owner=call.who.name, updated_at=call.now
    )
    await unit.calendars.replace(new)
    detail = told(days, old.calendar.dates)
    await unit.audit.append(call.record("calendar.edit", old.calendar.name, detail=detail))
    return new


async def known(unit: ports.Unit, *given: object) -> Known:
    """Return all calendars if one of the requests, or schedules, names any, else nothing."""
    if not any(map(_names_any, given)):
        return {}
    return {each.calendar.name: each.calendar for each in await unit.calendars.all()}


def _names_any(given: object) -> bool:
    fields = ("except_on", "also_asleep")
    if isinstance(given, dict):
        return any(given.get(name) for name in fields)
    values = (getattr(given, name, None) for name in fields)
    return any(value not in (None, msgspec.UNSET, ()) for value in values)


async def with_calendar(unit: ports.Unit, name: str) -> AsyncIterator[model.Schedule]:
    """Yield the schedules that name the calendar, by name; they may be changed meanwhile."""
    after = None
    while page := await unit.schedules.with_calendar(name, after=after, limit=_PAGE):
        for each in page:
            yield each
        after = page[-1].name


def hosts(roster: ports.Roster, name: str) -> tuple[fleet.Host, ...]:
    """Return the hosts that name the calendar."""
    return tuple(each for each in roster.hosts() if each.calendar == name)


async def move(unit: ports.Unit, name: str, *, now: datetime) -> tuple[str, ...]:
    """Let the schedules that name the calendar come when its dates say; return warnings."""
    warnings: list[str] = []
    after = None
    while page := await unit.schedules.with_calendar(name, after=after, limit=_PAGE):
        moved = [replace(each, next_at=due.again_at(each, now=now)) for each in page]
        await unit.schedules.move_all(
            (new.id, new.next_at)
            for old, new in zip(page, moved, strict=True)
            if old.next_at != new.next_at
        )
        for each in moved:
            warnings += [f"{each.name}: {said}" for said in far(each, now=now)]
        after = page[-1].name
    more = len(warnings) - _MOST_TOLD
    return (*warnings[:_MOST_TOLD], *([f"and {more} more"] if more > 0 else []))


def far(schedule: model.Schedule, *, now: datetime) -> tuple[str, ...]:
    """Return that its calendars keep it from coming for a long time, if they do."""
    trigger, first = schedule.trigger, schedule.next_at
    if not schedule.enabled or not isinstance(trigger, triggers.CronTrigger):
        return ()
    if not trigger.except_on or (first is not None and first - now <= _FAR):
        return ()
    alone = due.first_at(dates.bare(trigger), after=now)
    if alone is None:
        return ()
    if first is None:
        return ("its calendars leave out all that would come",)
    if first - alone <= _FAR:
        return ()
    shown = instants.wall(first, zone(trigger.zone))
    return (f"its calendars leave out all that would come before {instants.date(shown)}",)


def left_out(
    trigger: triggers.Trigger, *, after: datetime, until: datetime | None
) -> tuple[str, ...]:
    """Return on which dates in (after, until] its calendars tell otherwise, as sentences."""
    found = dates.left_out(trigger, after=after, until=until or after + _FAR, limit=_MOST_TOLD + 1)
    told = [explain.left_out(trigger, each) for each in found[:_MOST_TOLD]]
    return (*told, *(["and more after that"] if len(found) > _MOST_TOLD else []))


async def refreshed(
    unit: ports.Unit, schedule: model.Schedule, *, now: datetime
) -> model.Schedule:
    """Return a new schedule with the dates that its calendars have in this transaction.

    Raises Invalid (`calendar-unknown`) where one has gone since it was checked.
    """
    wanted = tuple(each.name for each in dates.of(schedule.trigger))
    if not wanted:
        return schedule
    window = isinstance(schedule.trigger, triggers.WindowTrigger)
    trigger = dates.chosen(
        schedule.trigger,
        except_on=() if window else wanted,
        also_asleep=wanted if window else (),
        known=await unit.calendars.named(wanted),
        now=now,
    )
    assert trigger is not None
    if trigger == schedule.trigger:
        return schedule
    first = due.first_at(trigger, after=now) if schedule.enabled else None
    return replace(schedule, trigger=trigger, next_at=first)
