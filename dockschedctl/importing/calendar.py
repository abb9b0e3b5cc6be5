"""systemd's `OnCalendar=` as five cron fields, or why it cannot be: systemd.time(7).

systemd wants the weekday and the date, cron one of them: both together come out only as the
n-th weekday of a month.
"""

from __future__ import annotations

import re
from typing import Final

from dockschedctl.importing.shell import Unclear

_SHORT: Final = {
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "weekly": "Mon *-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "yearly": "*-01-01 00:00:00",
    "annually": "*-01-01 00:00:00",
    "quarterly": "*-01,04,07,10-01 00:00:00",
    "semiannually": "*-01,07-01 00:00:00",
    "minutely": "*-*-* *:*:00",
}
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FULL_DAYS: Final = {
    name: number
    for number, name in enumerate(
        ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    )
} | {name: number for number, name in enumerate(_DAYS)}
_SHAPE: Final = re.compile(
    r"(?:(?P<days>[A-Za-z][A-Za-z,.-]*)(?:\s+|$))?"
    r"(?:(?:(?P<year>[\d*]+)-)?(?P<month>[\d*,./]+)(?P<sign>[-~])(?P<day>[\d*,./]+)(?:\s+|$))?"
    r"(?:(?P<hour>[\d*,./]+):(?P<minute>[\d*,./]+)(?::(?P<second>[\d*,./]+))?(?:\s+|$))?"
    r"(?P<zone>(?:[A-Z][A-Za-z_+-]*/[\w/+-]+|UTC))?",
    re.ASCII,
)
_WEEK: Final = 7
_LONGEST: Final = 200


def read(text: str) -> dict[str, str]:
    """Return `cron` or `at`, and `zone` where there is one. Raises Unclear."""
    if len(text) > _LONGEST:
        raise Unclear("it is too long")
    written = " ".join(text.split())
    head, _, tail = written.partition(" ")
    written = f"{_SHORT[head.lower()]} {tail}".strip() if head.lower() in _SHORT else written
    found = _SHAPE.fullmatch(written)
    if not found or not written or found.group(0) == (found["zone"] or ""):
        raise Unclear(f"`{text[:60]}` is not understood")
    if (found["second"] or "00").strip("0"):
        raise Unclear("it names seconds; dockschedd works to the minute")
    zone = {"zone": found["zone"]} if found["zone"] else {}
    year = found["year"] or "*"
    minute = _field(found["minute"] or "0", 0, 59)
    hour = _field(found["hour"] or "0", 0, 23)
    day, month = found["day"] or "*", _field(found["month"] or "*", 1, 12)
    days = _numbers(day, 1, 31)
    if year != "*":
        parts = (found["month"], day, found["hour"] or "0", found["minute"] or "0")
        if found["days"] or found["sign"] == "~" or not all(p.isdecimal() for p in parts):
            raise Unclear("it is about one year only")
        wall = f"{int(year):04}-{int(parts[0]):02}-{int(parts[1]):02}"
        return {"at": f"{wall} {int(parts[2]):02}:{int(parts[3]):02}", **zone}
    weekdays = _weekdays(found["days"]) if found["days"] else ()
    if found["sign"] == "~":
        if day.strip("0") != "1" or weekdays:
            raise Unclear("cron counts only the last day itself from the month's end")
        return {"cron": f"{minute} {hour} L {month} *", **zone}
    if weekdays and len(days) < 31:  # noqa: PLR2004  any day
        return {"cron": f"{minute} {hour} * {month} {_counted(weekdays, days)}", **zone}
    named = ",".join(_DAYS[n] for n in weekdays) or "*"
    return {"cron": f"{minute} {hour} {_field(day, 1, 31)} {month} {named}", **zone}


def _counted(weekdays: tuple[int, ...], days: tuple[int, ...]) -> str:
    which, rest = divmod(days[0] - 1, _WEEK)
    if rest or days != tuple(range(days[0], days[0] + _WEEK)):
        raise Unclear("it wants the weekday and the date, of which cron would take either")
    return ",".join(f"{_DAYS[n]}#{which + 1}" for n in weekdays)


def _weekdays(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for item in text.rstrip(",").split(","):
        first, dots, last = item.lower().replace("-", "..").partition("..")
        if first not in _FULL_DAYS or (dots and last not in _FULL_DAYS):
            raise Unclear(f"`{item[:40]}` is no weekday")
        begin = _FULL_DAYS[first]
        length = (_FULL_DAYS[last] - begin) % _WEEK if dots else 0
        found.update((begin + ahead) % _WEEK for ahead in range(length + 1))
    return tuple(sorted(found, key=lambda n: (n - 1) % _WEEK))


def _field(text: str, low: int, high: int) -> str:
    numbers = _numbers(text, low, high)
    if numbers == tuple(range(low, high + 1)):
        return "*"
    base, slash, step = text.partition("/")
    if slash and base in ("*", str(low), f"{low:02}") and (high - low + 1) % int(step) == 0:
        return f"*/{int(step)}"
    return ",".join(map(str, numbers))


def _numbers(text: str, low: int, high: int) -> tuple[int, ...]:
    found: set[int] = set()
    for item in text.split(","):
        match = re.fullmatch(r"(\*|\d+)(?:\.\.(\d+))?(?:/(\d+))?", item, re.ASCII)
        if not match or (match[1] == "*" and match[2]):
            raise Unclear(f"`{item[:40]}` is not understood")
        first = low if match[1] == "*" else int(match[1])
        open_end = match[1] == "*" or match[3] is not None
        last = int(match[2]) if match[2] else (high if open_end else first)
        step = int(match[3] or 1)
        if not (low <= first <= last <= high and step):
            raise Unclear(f"`{item[:40]}` is outside {low} to {high}")
        found.update(range(first, last + 1, step))
    return tuple(sorted(found))
