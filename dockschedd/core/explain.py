"""What a trigger means, as a sentence, and what a clock change does to one of its instants.

Pure text from values. A sentence says exactly what the fields say: two triggers that differ in
when they come, clock changes apart, never read the same. Never raises for a valid trigger.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

from dockschedd.core import cron, cron_fields, dates, instants, triggers, wants, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_WHICH = {
    1: "first",
    2: "second",
    3: "third",
    4: "fourth",
    5: "fifth",
    cron_fields.LAST: "last",
}
#: More times of day than these are told by their minutes and hours.
_MOST_TIMES = 6
#: Numbers in a row from here on are told as a range.
_SHORTEST_RANGE = 3


# A page of a list has many schedules, and their triggers are often the same: 50 us each.
@lru_cache(maxsize=2048)
def trigger(what: triggers.Trigger) -> str:
    """Return when it comes, for example `at 22:00 on Monday to Friday, Europe/Berlin`.

    Raises Invalid where the expression or the zone of a cron trigger is.
    """
    match what:
        case triggers.CronTrigger():
            said = _cron(cron.parse(what.expression).fields)
            return f"{said}{_days_of('except', what)}, {what.zone}"
        case triggers.AtTrigger():
            shown = instants.wall(what.at, cron.zone(what.zone))
            again = _pass_of(what.at, cron.zone(what.zone))
            said = {0: "", 1: ", the first time", 2: ", the second time"}[again]
            return f"once, at {instants.clock(shown)} on {instants.date(shown)}{said}, {what.zone}"
        case triggers.WindowTrigger():
            said = f"{what.wants} {windows.sentence(windows.parse(what.expression))}"
            return f"{said}{_days_of('also asleep', what)}, {what.zone}"
        case _:
            assert_never(what)


def note(what: triggers.Trigger, at: datetime) -> str:
    """Return what a clock change does to the instant `at` of the trigger, as a sentence.

    "" nearly always. `at` must be an instant of the trigger, in UTC.
    """
    zone = cron.zone(what.zone)
    shown = instants.wall(at, zone)
    again = _pass_of(at, zone)
    match what:
        case triggers.CronTrigger():
            asked = cron.parse(what.expression)
            left_out = asked.left_out(at, zone)
            if left_out:
                return _left_out(left_out, shown)
            if asked.fields.wildcard:
                return f"second pass of the repeated {_repeated(at, zone)}" if again > 1 else ""
            return _twice(shown, "first") if again else ""
        case triggers.AtTrigger():
            return _twice(shown, "second" if again > 1 else "first") if again else ""
        case triggers.WindowTrigger():
            return wants.note(what, at)
        case _:
            assert_never(what)


def left_out(what: triggers.Trigger, found: dates.LeftOut) -> str:
    """Return what its calendars make of dates in a row, as a sentence."""
    calendars = _and(found.calendars)
    noun = "calendar" if len(found.calendars) == 1 else "calendars"
    day, verb = _day(found.first), "is"
    if found.last != found.first:
        day, verb = f"{day} to {_day(found.last)}", "are"
    makes = "asleep all day" if isinstance(what, triggers.WindowTrigger) else "no occurrence"
    return f"{day} {verb} in {noun} {calendars}: {makes}"


def left_out_at(what: triggers.Trigger, at: datetime) -> str:
    """Return which calendars leave the instant out: `1 May 2027 is in calendar holidays`."""
    day = instants.wall(at, cron.zone(what.zone)).date()
    names = tuple(each.name for each in dates.of(what) if day in each.dates)
    found = dates.LeftOut(first=day, last=day, calendars=names)
    return left_out(what, found).partition(": ")[0]


def _day(day: date) -> str:
    return f"{day.day} {instants.MONTHS[day.month - 1]} {day.year}"


def _days_of(word: str, what: triggers.Trigger) -> str:
    """Return what the trigger's calendars are for, as a part of a sentence; "" without any."""
    calendars = dates.of(what)
    return f", {word} on {_and(each.name for each in calendars)}" if calendars else ""


# ---------------------------------------------------------------- clock changes


def _pass_of(at: datetime, zone: ZoneInfo) -> int:
    """Return 0 where the wall time of `at` comes once, else which of its two passes `at` is."""
    local = at.astimezone(zone)
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return 0
    return local.fold + 1


def _repeated(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    if first is None or second is None:
        return "time"
    length = instants.format_duration(first - second)
    return {"1h": "hour", "30m": "half hour"}.get(length, length)


def _twice(shown: datetime, which: str) -> str:
    return (
        f"{instants.clock(shown)} happens twice on {instants.date(shown)}; runs the {which} time"
    )


def _left_out(walls: tuple[datetime, ...], shown: datetime) -> str:
    first, last = walls[0], walls[-1]
    day = "" if first.date() == shown.date() else f" on {instants.date(shown)}"
    missing, instead = instants.date(first), f"{instants.clock(shown)}{day}"
    if first == last:
        return f"{instants.clock(first)} does not exist on {missing}; runs at {instead}"
    names = f"{instants.clock(first)} to {instants.clock(last)}"
    return f"{names} do not exist on {missing}; runs once, at {instead}"


# ---------------------------------------------------------------- fields


def _cron(fields: cron_fields.Fields) -> str:
    times = _few_times(fields) or _many_times(fields)
    days, weekdays = _days_of_month(fields), _weekdays(fields)
    months = ""
    if fields.months != cron_fields.MONTH.every:
        months = f" in {_runs(fields.months, lambda n: instants.MONTHS[n - 1])}"
    if days and weekdays:
        both = f"on {days}{', and only' if fields.both_days else ' or'} on {weekdays}"
        # The months bind both: they stand in front, lest they seem to bind the last one alone.
        return f"{times}{months}, {both}" if months else f"{times} {both}"
    # Where either will do, and one of them is any day, it is any day.
    if (days or weekdays) and fields.both_days:
        return f"{times} on {days or weekdays}{months}"
    return f"{times} every day{months}" if _few_times(fields) else f"{times}{months}"


def _few_times(fields: cron_fields.Fields) -> str:
    """Return the times of day one by one; "" where there are too many."""
    times = [f"{hour:02}:{minute:02}" for hour in fields.hours for minute in fields.minutes]
    return f"at {_and(times)}" if len(times) <= _MOST_TIMES else ""


def _many_times(fields: cron_fields.Fields) -> str:
    minutes, hours = fields.minutes, fields.hours
    any_minute = minutes == cron_fields.MINUTE.every
    if hours == cron_fields.HOUR.every:
        if step := _step(minutes, 60):
            return {1: "every minute", 60: "every hour"}.get(step, f"every {step} minutes")
        past = "every hour"
    elif minutes == (0,) and (step := _step(hours, 24)):
        return f"every {step} hours"
    else:
        past = f"{_plural('hour', hours)} {_runs(hours, str)}"
    if any_minute:
        return f"at every minute past {past}"
    return f"at {_plural('minute', minutes)} {_runs(minutes, str)} past {past}"


def _step(numbers: tuple[int, ...], end: int) -> int:
    """Return the step that begins at 0 and comes out even at `end`, or 0."""
    step = end // len(numbers)
    return step if numbers == tuple(range(0, end, step)) and end % step == 0 else 0


def _days_of_month(fields: cron_fields.Fields) -> str:
    """Return the days of the month; "" for any."""
    if fields.days == cron_fields.DAY.every:
        return ""
    parts = []
    if fields.days:
        parts.append(f"{_plural('day', fields.days)} {_runs(fields.days, str)}")
    if fields.last_day:
        parts.append("the last day")
    return f"{_and(parts)} of the month"


def _weekdays(fields: cron_fields.Fields) -> str:
    """Return the weekdays, with those that are counted in the month; "" for any."""
    if fields.weekdays == cron_fields.WEEKDAY.every:
        return ""
    parts = []
    if fields.weekdays:
        # A week begins on Monday for whoever reads it: Saturday and Sunday are neighbours.
        week = tuple(sorted((day - 1) % 7 for day in fields.weekdays))
        plural = "" if _has_range(week) else "s"
        parts.append(_runs(week, lambda n: f"{_WEEKDAYS[(n + 1) % 7]}{plural}"))
    counted = [
        f"the {which} {_WEEKDAYS[day]}"
        for n, which in _WHICH.items()
        for day in range(7)
        if (day, n) in fields.nth
    ]
    if counted:
        parts.append(f"{_and(counted)} of the month")
    return _and(parts)


def _plural(noun: str, numbers: tuple[int, ...]) -> str:
    return noun if len(numbers) == 1 else f"{noun}s"


def _has_range(numbers: tuple[int, ...]) -> bool:
    return any(last - first >= _SHORTEST_RANGE - 1 for first, last in _rows(numbers))


def _runs(numbers: tuple[int, ...], name: Callable[[int], str]) -> str:
    """Return sorted numbers with those in a row as ranges: `1 to 5, 8 and 12`."""
    parts = []
    for first, last in _rows(numbers):
        if last - first >= _SHORTEST_RANGE - 1:
            parts.append(f"{name(first)} to {name(last)}")
        else:
            parts.extend(name(n) for n in range(first, last + 1))
    return _and(parts)


def _rows(numbers: tuple[int, ...]) -> list[tuple[int, int]]:
    rows: list[tuple[int, int]] = []
    for number in numbers:
        if rows and rows[-1][1] == number - 1:
            rows[-1] = (rows[-1][0], number)
        else:
            rows.append((number, number))
    return rows


def _and(parts: Iterable[str]) -> str:
    *front, last = parts
    return f"{', '.join(front)} and {last}" if front else last
