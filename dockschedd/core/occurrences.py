"""All instants of a trigger in an interval at once, for those who look at weeks of them.

The same as asking for one after the other (core.cron), and a hundred times as fast: between two
clock changes a wall time is an instant, and whole days are written down. Around a change the
slow way is taken.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final, assert_never

from dockschedd.core import cron, cron_fields, dates, instants, triggers, wants

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_TICK: Final = timedelta(microseconds=1)
_WEEK: Final = 7


def within(
    trigger: triggers.Trigger, *, after: datetime, until: datetime, limit: int
) -> tuple[datetime, ...]:
    """Return the first `limit` instants in (after, until], in UTC, ascending.

    Raises Invalid when the trigger's expression or zone is not valid.
    """
    match trigger:
        case triggers.CronTrigger():
            expression, zone = cron.parse(trigger.expression), cron.zone(trigger.zone)
            found = _between(expression, zone, after, until)
            if trigger.except_on:
                found = (
                    at
                    for at in found
                    if not dates.named(trigger.except_on, instants.wall(at, zone).date())
                )
            return tuple(islice(found, limit))
        case triggers.AtTrigger():
            return (trigger.at,) if after < trigger.at <= until else ()
        case triggers.WindowTrigger():
            return wants.edges(trigger, after=after, until=until, limit=limit)
        case _:
            assert_never(trigger)


def left_out(
    trigger: triggers.Trigger, *, after: datetime, until: datetime, limit: int
) -> tuple[datetime, ...]:
    """Return those of the first `limit` instants in (after, until] that calendars leave out.

    Without the calendars they would be instants of it. None of a window or a one-off.
    """
    if not isinstance(trigger, triggers.CronTrigger) or not trigger.except_on:
        return ()
    zone = cron.zone(trigger.zone)
    found = within(dates.bare(trigger), after=after, until=until, limit=limit)
    return tuple(
        at for at in found if dates.named(trigger.except_on, instants.wall(at, zone).date())
    )


def changes(zone: ZoneInfo, *, after: datetime, until: datetime) -> tuple[datetime, ...]:
    """Return the instants in (after, until] at which the zone's clocks change, ascending."""
    found = []
    change = instants.first_change(after, until, zone)
    while change is not None:
        found.append(change)
        change = instants.first_change(change, until, zone)
    return tuple(found)


def around(change: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the interval (from, to] in which the change decides what a wall time means."""
    shift = abs(instants.offset(change, zone) - instants.offset(change - _TICK, zone)) + _HOUR
    return change - shift, change + shift


def _between(
    expression: cron.Cron, zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[datetime]:
    # Zones have left out a whole day: a change reaches further than its own instant.
    for change in changes(zone, after=after - 2 * _DAY, until=until + 2 * _DAY):
        opens, closes = around(change, zone)
        yield from _written_down(expression.fields, zone, after, min(opens, until))
        begins, ends = max(after, opens), min(until, closes)
        if begins < ends:
            yield from expression.between(begins, ends, zone)
        after = max(after, closes)
    yield from _written_down(expression.fields, zone, after, until)


def _written_down(
    fields: cron_fields.Fields, zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[datetime]:
    """Yield the instants in (after, until], in which no clock changes."""
    if after >= until:
        return
    offset = instants.offset(until, zone)
    times = [time(hour, minute) for hour in fields.hours for minute in fields.minutes]
    day, last = (after + offset).date(), (until + offset).date()
    while day <= last:
        if _is_on(fields, day):
            for each in times:
                at = datetime.combine(day, each, tzinfo=UTC) - offset
                if after < at <= until:
                    yield at
        day += _DAY


def _is_on(fields: cron_fields.Fields, day: date) -> bool:
    if day.month not in fields.months:
        return False
    length = calendar.monthrange(day.year, day.month)[1]
    by_day = day.day in fields.days or (fields.last_day and day.day == length)
    weekday = day.isoweekday() % _WEEK
    by_weekday = weekday in fields.weekdays or any(
        weekday == which
        and (
            day.day > length - _WEEK if n == cron_fields.LAST else (day.day - 1) // _WEEK + 1 == n
        )
        for which, n in fields.nth
    )
    return by_day and by_weekday if fields.both_days else by_day or by_weekday
