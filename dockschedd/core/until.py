"""Instants as people write them: `2h`, `mon 08:00`, `18:30`, `yesterday 22:00`, a date.

A time without a date is the next one where what is coming is meant (a hold's end, a plan), and
the last one where what has been is meant (why). Pure. What cannot be understood is refused with
the forms that work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dockschedd.core import instants, validate
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(
    r"(?P<day>mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|"
    r"sat(?:urday)?|sun(?:day)?|today|tomorrow|yesterday)?"
    r"(?:(?(day)\s+)(?P<hour>\d{1,2}):(?P<minute>\d\d))?",
    re.ASCII | re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SHIFTS = {"tomorrow": 1, "yesterday": -1}
_COMING = "write for example `mon 08:00`, `18:30`, `tomorrow 07:00` or `2026-12-24 18:00`"
_GONE = "write for example `07:00`, `yesterday 22:00`, `mon 08:00` or `2026-11-24 18:00`"


def instant(text: str, zone: ZoneInfo, *, now: datetime, path: str = "until") -> datetime:
    """Return the first such instant after `now`, in UTC.

    Raises Invalid (`PATH-invalid`, `PATH-past`).
    """
    at = coming(text, zone, now=now, path=path)
    if at <= now:
        message = f"`{text.strip()}` is in the past"
        raise Invalid(Fault(path=path, code=f"{path}-past", message=message))
    return at


def coming(text: str, zone: ZoneInfo, *, now: datetime, path: str) -> datetime:
    """Return the instant that is meant, in UTC: of several the first one after `now`.

    A day without a time is its midnight; a wall time that does not exist is the first instant
    that does. A date, or a day of which there is only one, may be in the past. Raises Invalid
    (`PATH-invalid`).
    """
    return _read(_Written(text.strip(), zone, now, path, hint=_COMING), forward=True)


def gone(text: str, zone: ZoneInfo, *, now: datetime, path: str) -> datetime:
    """Return the instant that is meant, in UTC: of several the last one that is not after `now`.

    As `coming` otherwise: a date may be in the future. Raises Invalid (`PATH-invalid`).
    """
    return _read(_Written(text.strip(), zone, now, path, hint=_GONE), forward=False)


def lasting(text: str, *, now: datetime, path: str = "duration") -> datetime:
    """Return the instant that long after `now`. Raises Invalid (`duration-invalid`)."""
    try:
        return now + instants.parse_duration(text)
    except ValueError as error:
        fault = Fault(path=path, code="duration-invalid", message=str(error))
        raise Invalid(fault) from error


@dataclass(frozen=True, slots=True)
class _Written:
    """What somebody wrote, and what it takes to understand it."""

    text: str
    zone: ZoneInfo
    now: datetime
    path: str
    hint: str

    def refused(self, message: str) -> Invalid:
        code = f"{self.path}-invalid"
        return Invalid(Fault(path=self.path, code=code, message=message, hint=self.hint))


def _read(written: _Written, *, forward: bool) -> datetime:
    found = _CLOCK.fullmatch(written.text) if written.text else None
    if found is not None:
        return _of_clock(found, written, forward=forward)
    # A day without a time is its midnight.
    midnight = " 00:00" if _DATE.fullmatch(written.text) else ""
    try:
        return validate.instant(written.text + midnight, written.zone, path=written.path)
    except Invalid as invalid:
        raise written.refused(invalid.faults[0].message) from invalid


def _of_clock(found: re.Match[str], written: _Written, *, forward: bool) -> datetime:
    """Return the instant of a time of day, with a day or without."""
    today = instants.wall(written.now, written.zone)
    try:
        shown = today.replace(
            hour=int(found["hour"] or 0),
            minute=int(found["minute"] or 0),
            second=0,
            microsecond=0,
        )
    except ValueError:
        raise written.refused(f"there is no such time as `{found[0]}`") from None
    day = (found["day"] or "").lower()
    weekday = _DAYS.index(day[:3]) if day[:3] in _DAYS else None
    shown += timedelta(days=_SHIFTS.get(day, 0))
    if weekday is not None:
        ahead = (weekday - today.weekday()) % 7
        shown += timedelta(days=ahead if forward or not ahead else ahead - 7)
    at = instants.first_instant(shown, written.zone)
    again = timedelta(days=7 if weekday is not None else 1)
    if day and weekday is None:
        return at
    if forward and at <= written.now:
        return instants.first_instant(shown + again, written.zone)
    if not forward and at > written.now:
        return instants.first_instant(shown - again, written.zone)
    return at
