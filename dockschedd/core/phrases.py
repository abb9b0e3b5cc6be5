"""Times as people write them: `every weekday at 22:00`, `tomorrow at 18:00`.

A phrase means one cron expression or one instant, and never more or less than it says. What
could mean two things is refused with both; what cron cannot say is refused with the reason.
Hours alone are read by the 24-hour clock, and from 1 to 12 only where that is plain to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.core import cron, instants, phrase_clauses, phrase_fields
from dockschedd.core.phrase_words import Reader, tokens, wrong
from dockschedd.errors import Invalid

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from dockschedd.core.phrase_days import Said

#: Every date of a year comes within so many years, 29 February across 2100 included.
_YEARS: Final = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What a phrase means: exactly one of a cron expression and an instant in UTC."""

    cron: str | None = None
    at: datetime | None = None
    #: The same words mean another instant on another day.
    passing: bool = False


def parse(text: str, *, now: datetime, zone: ZoneInfo) -> Meaning:
    """Return what the phrase means, read at `now` in the zone.

    Raises Invalid with one fault of the path `when`: when-not-understood, with examples or
    what to write instead; at-past for a date that is over; cron-never for a day that no month
    has.
    """
    reader = Reader(tokens(text))
    said = phrase_clauses.read(reader)
    if said.is_once:
        return _once(said, now=now, zone=zone)
    found = phrase_fields.expression(said)
    try:
        cron.parse(found)
    except Invalid as exc:
        message = f"`{text.strip()}` never comes: no such day exists"
        raise wrong(message, code="cron-never") from exc
    return Meaning(cron=found)


def _once(said: Said, *, now: datetime, zone: ZoneInfo) -> Meaning:
    if said.days or said.months or said.steps or said.between or said.past is not None:
        raise wrong(
            "it names one day and repeats as well",
            "write either, for example `tomorrow at 18:00` or `every day at 18:00`",
        )
    if said.delay is not None:
        if said.times:
            raise wrong("it names both how long from now and a time", "write one of them")
        return Meaning(at=(now + said.delay).replace(microsecond=0), passing=True)
    if len(said.times) != 1:
        missing = "at what time of day?" if not said.times else "it names several times of one day"
        raise wrong(missing, "write one time, for example `tomorrow at 18:00`")
    clock = time(*divmod(said.times[0], 60))
    today = instants.wall(now, zone).date()
    if said.date is None:
        assert said.ahead is not None
        on = today + timedelta(days=said.ahead)
        return Meaning(at=_future(on, clock, now=now, zone=zone), passing=True)
    day, month, year = said.date
    if year is not None:
        return Meaning(at=_future(_date(year, month, day), clock, now=now, zone=zone))
    for each in range(today.year, min(today.year + _YEARS, MAXYEAR)):
        try:
            at = instants.first_instant(datetime.combine(date(each, month, day), clock), zone)
        except ValueError:
            continue
        if at > now:
            return Meaning(at=at, passing=True)
    raise _no_such(day, month)


def _future(on: date, clock: time, *, now: datetime, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(on, clock)
    at = instants.first_instant(wall, zone)
    if at <= now:
        shown = wall.isoformat(sep=" ", timespec="minutes")
        raise wrong(f"{shown} is in the past", "give a later time", code="at-past")
    return at


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as exc:
        raise _no_such(day, month) from exc


def _no_such(day: int, month: int) -> Invalid:
    return wrong(f"there is no day {day} in month {month}", code="cron-never")
