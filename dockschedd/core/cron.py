"""Cron expressions in, instants out, by the rules of Debian's cron(8) and crontab(5).

Every instant that comes out is strictly later than the one that went in. The only importer of
croniter, which gets canonical numbers and naive wall times and nothing else: its own readings
of ranges, day rules and zones differ from cron's. Never reads a clock.
"""

from __future__ import annotations

import copy
import difflib
import re
import zoneinfo
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from croniter import croniter

from dockschedd.core import cron_fields, instants
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

_MINUTE = timedelta(minutes=1)
_SHORTEST_MONTH = 28
#: Every pair of a date and a weekday that exists comes up within 28 years from here.
_LEAP_CYCLE = datetime(2000, 1, 1)  # noqa: DTZ001  a wall time, not an instant
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
#: Room for the library's fifty years of searching below datetime's own end.
_LATEST = datetime(9900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cron:
    """One expression, ready to be asked; immutable, safe to share between threads."""

    #: As it was written.
    text: str
    fields: cron_fields.Fields
    #: The rule is the union of these. Copied before use: a croniter keeps its position.
    _searches: tuple[croniter, ...] = field(repr=False, compare=False)

    def next_after(self, after: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the first instant strictly later than `after`, in UTC.

        None when there is none within fifty years or before the year 9900; instants before
        1900 are not considered. Raises ValueError for a naive `after`.

        A fixed time (neither minute nor hour starts with `*`) that a clock change leaves out
        is the first instant after the change, once; one that comes twice is the first one.
        With a wildcard it is the wall times that really pass. Source: Debian's cron(8).
        """
        after = max(instants.as_utc(after), _EARLIEST)
        if after >= _LATEST:
            return None
        search = self._next_wildcard if self.fields.wildcard else self._next_fixed
        return search(after, zone)

    def between(self, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Yield the instants in (after, until], ascending, each found when it is asked for."""
        at = self.next_after(after, zone)
        while at is not None and at <= until:
            yield at
            at = self.next_after(at, zone)

    def left_out(self, at: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
        """Return the wall times that do not exist and for which the expression comes at `at`.

        Naive, ascending; empty nearly always.
        """
        if self.fields.wildcard or instants.last_change(at, zone) != at:
            return ()
        tick = timedelta(seconds=1)
        opens, closes = instants.wall(at - tick, zone) + tick, instants.wall(at, zone)
        found = []
        wall = self._next_wall(opens - _MINUTE)
        while wall is not None and wall < closes:
            found.append(wall)
            wall = self._next_wall(wall)
        return tuple(found)

    def _next_fixed(self, after: datetime, zone: ZoneInfo) -> datetime | None:
        wall = self._next_wall(_floor(instants.wall(after, zone)))
        while wall is not None:
            at = instants.first_instant(wall, zone)
            # Not later: `after` is in the second pass of an hour that `wall` had in the first.
            if at > after:
                return at
            wall = self._next_wall(wall)
        return None

    def _next_wildcard(self, after: datetime, zone: ZoneInfo) -> datetime | None:
        offset = instants.offset(after, zone)
        floor = _floor(instants.wall(after, zone))
        wall = self._next_wall(floor)
        while wall is not None:
            at = wall.replace(tzinfo=UTC) - offset
            change = instants.first_change(after, at, zone)
            if change is None:
                return at
            # The clock changes before `at` comes: search on from what it is changed to.
            after, offset = change, instants.offset(change, zone)
            restart = _floor(instants.wall(change, zone) - timedelta.resolution)
            if not floor <= restart < wall:
                wall = self._next_wall(restart)
            floor = restart
        return None

    def _next_wall(self, wall: datetime) -> datetime | None:
        """Return the first matching wall time of a later minute, as if no clock ever changed."""
        found = [_search(each, wall) for each in self._searches]
        return min((each for each in found if each is not None), default=None)


@lru_cache(maxsize=1024)
def parse(text: str) -> Cron:
    """Return the expression that the five fields, or an alias such as `@daily`, name.

    Raises Invalid with one fault for each thing that is wrong, all with the path `cron`: codes
    cron-syntax, cron-fields, cron-six-fields, cron-out-of-range, cron-range, cron-step,
    cron-unsupported, and cron-never for what is well-formed and can never come.
    """
    fields = cron_fields.read(text)
    searches = tuple(_searches(fields))
    # Any day up to the 28th comes in any month and on any weekday; others have to be looked for.
    if fields.nth or min(fields.days, default=1) > _SHORTEST_MONTH:
        searches = tuple(s for s in searches if _search(s, _LEAP_CYCLE) is not None)
    if not searches:
        message = f"`{text.strip()}` never comes: no such day exists"
        hint = "`L` in the day field is the last day of any month"
        raise cron_fields.wrong("cron-never", message, hint)
    return Cron(text, fields, searches)


def _searches(fields: cron_fields.Fields) -> Iterator[croniter]:
    """Yield croniters whose union is the rule.

    A half of its own for the day, the weekdays and the counted weekdays: croniter would read
    counted ones (`#`, `L5`) as AND where cron says OR, and refuses them beside plain ones.
    """
    day = _canonical(fields.days, cron_fields.DAY, last=fields.last_day)
    weekdays = [_canonical(fields.weekdays, cron_fields.WEEKDAY)] if fields.weekdays else []
    if fields.nth:
        nth = (f"l{on}" if n == cron_fields.LAST else f"{on}#{n}" for on, n in fields.nth)
        weekdays.append(",".join(nth))
    if fields.both_days:
        pairs = [(day, each) for each in weekdays]
    else:
        pairs = [(day, "*"), *(("*", each) for each in weekdays)]
    minute = _canonical(fields.minutes, cron_fields.MINUTE)
    hour = _canonical(fields.hours, cron_fields.HOUR)
    month = _canonical(fields.months, cron_fields.MONTH)
    for on_day, on_weekday in pairs:
        expression = f"{minute} {hour} {on_day} {month} {on_weekday}"
        yield croniter(expression, _LEAP_CYCLE, day_or=False)


def _canonical(numbers: tuple[int, ...], of: cron_fields.Field, *, last: bool = False) -> str:
    if numbers == of.every:
        return "*"
    return ",".join([*map(str, numbers), *(["l"] if last else [])])


def _search(search: croniter, wall: datetime) -> datetime | None:
    try:
        return copy.copy(search).get_next(datetime, start_time=wall)
    except (ValueError, OverflowError):
        return None


def _floor(wall: datetime) -> datetime:
    return wall.replace(second=0, microsecond=0)


# ---------------------------------------------------------------- zones

#: zoneinfo would also read Debian's `localtime`, `posix/…` and `right/…`, which are no zones.
_ZONE = re.compile(r"(?!posix|right/|localtime|Factory)[A-Za-z][\w+-]*(/[\w+-]+){0,2}", re.ASCII)
_LONGEST = 64


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the IANA zone of that name.

    Reads the zone's file the first time it is asked for. Raises Invalid (`unknown-zone`).
    """
    if len(name) <= _LONGEST and _ZONE.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass
    shown = ascii(name[:_LONGEST])[1:-1] + ("…" if len(name) > _LONGEST else "")
    message = f"`{shown}` is not a time zone" if name else "the time zone is empty"
    raise Invalid(Fault(path="zone", code="unknown-zone", message=message, hint=_zone_hint(name)))


def _zone_hint(name: str) -> str:
    zones = sorted(each for each in zoneinfo.available_timezones() if _ZONE.fullmatch(each))
    known = {each.casefold(): each for each in zones}
    wanted = name[:_LONGEST].strip().casefold().replace(" ", "_")
    if "/" not in wanted:
        known = {each.rpartition("/")[2]: known[each] for each in known} | known
    # Short ones are abbreviations: what looks like `CEST` is another zone, hours away.
    cutoff = 0.8 if len(wanted) > len("CEST") else 1.0
    close = difflib.get_close_matches(wanted, known, n=1, cutoff=cutoff)
    if close:
        return f"did you mean `{known[close[0]]}`?"
    return "write a name of the IANA time zone database, for example `Europe/Berlin` or `UTC`"
