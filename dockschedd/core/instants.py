"""Instants and durations as text, and what clocks on the wall make of instants.

UTC inside, zones only where a person wrote or reads one. Pure; refuses naive instants:
what is naive here is a wall time, and means nothing without its zone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|w|d|h|m|s)\s*", re.ASCII)
_UNIT = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_MILLISECOND = timedelta(milliseconds=1)
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)",
    re.ASCII | re.IGNORECASE,
)
LONGEST = timedelta(days=3660)
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def as_utc(at: datetime) -> datetime:
    """Return the same instant in UTC.

    Raises ValueError for a naive datetime, and for one that is outside the years 1 to 9999 in UTC.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no zone")
    try:
        return at.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError(f"{at.isoformat()} is outside the years 1 to 9999") from exc


def to_text(at: datetime) -> str:
    """Return RFC 3339 UTC text of fixed width, so that text order is time order."""
    return as_utc(at).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> datetime:
    """Return the instant that `to_text` or any RFC 3339 text with an offset names.

    Raises ValueError for anything else.
    """
    if not _RFC_3339.fullmatch(text):
        raise ValueError(f"`{text}` is not an instant; write for example 2026-12-24T18:00:00Z")
    return as_utc(datetime.fromisoformat(text.upper()))


def parse_duration(text: str) -> timedelta:
    """Return the duration that `1h30m`, `90s`, `2d` or `250ms` names, to the millisecond.

    Raises ValueError, with a sentence for a person, for anything else, for zero
    and for more than ten years.
    """
    written = text.strip().lower()
    parts = list(_PART.finditer(written))
    if not parts or "".join(part[0] for part in parts) != written:
        raise ValueError(f"`{text}` is not a duration; write for example 90s, 15m, 1h30m or 2d")
    milliseconds = sum(float(part[1]) * (_UNIT[part[2]] / _MILLISECOND) for part in parts)
    if milliseconds > LONGEST / _MILLISECOND:
        raise ValueError(f"`{text}` is longer than ten years")
    total = round(milliseconds) * _MILLISECOND
    if not total:
        raise ValueError(f"`{text}` is not longer than zero")
    return total


def format_duration(duration: timedelta) -> str:
    """Return the shortest text that `parse_duration` reads back, to the millisecond: `1h30m`."""
    rest = round(duration / _MILLISECOND)
    if rest <= 0:
        return "0s"
    out = []
    for unit in ("w", "d", "h", "m", "s", "ms"):
        size = _UNIT[unit] // _MILLISECOND
        count, rest = divmod(rest, size)
        if count:
            out.append(f"{count}{unit}")
    return "".join(out)


# ---------------------------------------------------------------- wall times


def clock(shown: datetime) -> str:
    """Return the time of day of a wall time: `22:00`, with seconds only where it has some."""
    if shown.second or shown.microsecond:
        return shown.strftime("%H:%M:%S")
    return shown.strftime("%H:%M")


def date(shown: datetime) -> str:
    """Return the date of a wall time: `29 March 2026`."""
    return f"{shown.day} {MONTHS[shown.month - 1]} {shown.year}"


def offset(at: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far the zone's clocks are ahead of UTC at that instant."""
    return at.astimezone(zone).utcoffset() or timedelta()


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what the zone's clocks show at that instant, naive."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def first_instant(shown: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, of a naive wall time, by the rule for fixed times.

    One that does not exist is the first instant that does, after the clock change that leaves
    it out; one that comes twice is the first one. Source: Debian's cron(8).
    """
    at = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if wall(at, zone) == shown:
        return at
    return last_change(at, zone) or at


def first_change(after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first instant in (after, until], both UTC, at which the zone's clocks change."""
    for year in range(after.year, until.year + 1):
        for change in _changes(zone, year):
            if after < change <= until:
                return change
    return None


def last_change(until: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the last instant up to `until`, UTC, at which the zone's clocks changed.

    None when it is longer ago than the beginning of the year before.
    """
    for year in (until.year, until.year - 1):
        for change in reversed(_changes(zone, year)):
            if change <= until:
                return change
    return None


@lru_cache(maxsize=1024)
def _changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """Return the changes in (1 January, next 1 January] UTC, ascending.

    Two changes within one day that cancel each other would be overlooked; there are none.
    """
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        next_day = day + timedelta(days=1)
        if offset(day, zone) != offset(next_day, zone):
            found.append(_bisect(day, next_day, zone))
        day = next_day
    return tuple(found)


def _bisect(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second in (before, after] whose offset is no longer that of `before`."""
    was = offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if offset(middle, zone) == was:
            before = middle
        else:
            after = middle
    return after
