"""Instants as people read them: the absolute time beside the relative one.

`now` and the zone are arguments. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

_STEPS: Final = (
    (timedelta(days=2), timedelta(days=1), "d"),
    (timedelta(hours=2), timedelta(hours=1), "h"),
    (timedelta(minutes=1), timedelta(minutes=1), "min"),
    (timedelta(seconds=1), timedelta(seconds=1), "s"),
)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK: Final = 7


def span(duration: timedelta) -> str:
    """Return a length of time in one unit, rounded down: `45 s`, `5 min`, `30 h`, `12 d`."""
    for least, unit, name in _STEPS:
        if duration >= least:
            if name == "min" and duration < timedelta(hours=2):
                return f"{duration // unit} min"
            return f"{duration // unit} {name}"
    return "0 s"


def relative(at: datetime, now: datetime) -> str:
    """Return `in 5 min`, `3 h ago` or `now`."""
    if abs(at - now) < timedelta(seconds=1):
        return "now"
    return f"in {span(at - now)}" if at > now else f"{span(now - at)} ago"


def absolute(at: datetime, now: datetime, zone: tzinfo | None) -> str:
    """Return `22:00` for today, `Wed 07:00` for the days around it, else `2026-12-24 18:00`.

    In the zone. A weekday is within six days, so that there is only one such in each direction.
    """
    local = at.astimezone(zone)
    days = abs((local.date() - now.astimezone(zone).date()).days)
    if days == 0:
        return local.strftime("%H:%M")
    if days < _WEEK:
        return f"{_DAYS[local.weekday()]} {local:%H:%M}"
    return local.strftime("%Y-%m-%d %H:%M")


def dated(at: datetime) -> str:
    """Return `Wed 2026-11-25 07:00 +01:00`, as the instant's own zone shows it."""
    offset = at.strftime("%z")
    return f"{_DAYS[at.weekday()]} {at:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"


def both(at: datetime, now: datetime, zone: tzinfo | None) -> str:
    """Return `22:00 (in 5 min)`."""
    return f"{absolute(at, now, zone)} ({relative(at, now)})"


def rfc3339(at: datetime) -> str:
    """Return the instant in UTC to the second: `2026-11-24T21:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
