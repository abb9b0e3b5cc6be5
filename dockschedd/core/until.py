"""When a hold or a freeze ends, as people write it: `2h`, `mon 08:00`, `18:30`, a date.

Pure. What lies in the past, or cannot be understood, is refused with the forms that work.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dockschedd.core import instants, validate
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(
    r"(?:(?P<day>mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|"
    r"sat(?:urday)?|sun(?:day)?|today|tomorrow)\s+)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)",
    re.ASCII | re.IGNORECASE,
)
_HINT = "write for example `mon 08:00`, `18:30`, `tomorrow 07:00` or `2026-12-24 18:00`"


def instant(text: str, zone: ZoneInfo, *, now: datetime, path: str = "until") -> datetime:
    """Return the first such instant after `now`, in UTC.

    A time of day without a date is the next one; a wall time that does not exist is the first
    instant that does. Raises Invalid (`until-invalid`, `until-past`).
    """
    written = text.strip()
    found = _CLOCK.fullmatch(written)
    at = _absolute(written, zone, path) if found is None else _next(found, zone, now, path)
    if at <= now:
        message = f"`{written}` is in the past"
        raise Invalid(Fault(path=path, code="until-past", message=message))
    return at


def lasting(text: str, *, now: datetime, path: str = "duration") -> datetime:
    """Return the instant that long after `now`. Raises Invalid (`duration-invalid`)."""
    try:
        return now + instants.parse_duration(text)
    except ValueError as error:
        fault = Fault(path=path, code="duration-invalid", message=str(error))
        raise Invalid(fault) from error


def _absolute(written: str, zone: ZoneInfo, path: str) -> datetime:
    try:
        return validate.instant(written, zone, path=path)
    except Invalid as invalid:
        message = invalid.faults[0].message
        fault = Fault(path=path, code="until-invalid", message=message, hint=_HINT)
        raise Invalid(fault) from invalid


def _next(found: re.Match[str], zone: ZoneInfo, now: datetime, path: str) -> datetime:
    today = instants.wall(now, zone)
    try:
        shown = today.replace(
            hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0
        )
    except ValueError:
        message = f"there is no such time as `{found[0]}`"
        fault = Fault(path=path, code="until-invalid", message=message, hint=_HINT)
        raise Invalid(fault) from None
    day = (found["day"] or "").lower()
    weekday = _DAYS.index(day[:3]) if day[:3] in _DAYS else None
    if weekday is not None:
        shown += timedelta(days=(weekday - today.weekday()) % 7)
    elif day == "tomorrow":
        shown += timedelta(days=1)
    at = instants.first_instant(shown, zone)
    if at <= now and (weekday is not None or not day):
        shown += timedelta(days=1 if weekday is None else 7)
        at = instants.first_instant(shown, zone)
    return at
