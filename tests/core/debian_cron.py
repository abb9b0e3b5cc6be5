"""A second reading of cron, written from Debian's cron(8) and its source, to judge core.cron by.

Brute force: it walks through every real minute and keeps what Debian calls virtual time, the
furthest wall time reached so far. Shares no code with the package and no idea with it either.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def number(word: str, names: list[str], first: int) -> int:
    word = word.lower()
    return names.index(word) + first if word in names else int(word)


def element(text: str, low: int, high: int, names: list[str], first: int) -> set[int]:
    """One element of a list: `*`, `n`, `a-b`, and any of them with `/step`."""
    body, slash, step = text.partition("/")
    if body == "*":
        a, b = low, high
    elif "-" in body:
        left, right = body.split("-")
        a = number(left, names, first)
        b = high if right.lower() == "l" else number(right, names, first)
    else:
        a = number(body, names, first)
        b = high if slash else a
    return set(range(a, b + 1, int(step or 1)))


def plain(text: str, low: int, high: int, names: list[str] = [], first: int = 0) -> set[int]:  # noqa: B006
    out: set[int] = set()
    for part in text.split(","):
        out |= element(part, low, high, names, first)
    return out


@dataclass(frozen=True)
class Entry:
    """One line of a crontab."""

    expression: str
    minute: set[int]
    hour: set[int]
    month: set[int]
    dom: str
    dow: str
    star: bool
    day_and: bool

    def day_matches(self, year: int, month: int, day: int) -> bool:
        if month not in self.month:
            return False
        last = calendar.monthrange(year, month)[1]
        dom = False
        for part in self.dom.split(","):
            if part.lower() == "l":
                dom = dom or day == last
            else:
                dom = dom or day in element(part, 1, 31, [], 0)
        weekday = (calendar.weekday(year, month, day) + 1) % 7
        dow = False
        for part in self.dow.split(","):
            if "#" in part:
                which, nth = part.split("#")
                hit = weekday in {d % 7 for d in element(which, 0, 6, DAYS, 0)}
                dow = dow or (hit and (day - 1) // 7 + 1 == int(nth))
            elif part[0] in "lL":
                hit = weekday == number(part[1:], DAYS, 0) % 7
                dow = dow or (hit and day + 7 > last)
            else:
                dow = dow or weekday in {d % 7 for d in element(part, 0, 6, DAYS, 0)}
        return (dom and dow) if self.day_and else (dom or dow)


def entry(expression: str) -> Entry:
    fields = ALIASES.get(expression.lower(), expression).split()
    return Entry(
        expression=expression,
        minute=plain(fields[0], 0, 59),
        hour=plain(fields[1], 0, 23),
        month=plain(fields[3], 1, 12, MONTHS, 1),
        dom=fields[2],
        dow=fields[4],
        star=fields[0][0] == "*" or fields[1][0] == "*",
        day_and=fields[2][0] == "*" or fields[4][0] == "*",
    )


class Span:
    """Every real minute from `begin` to `end` in a zone, with the wall time that each shows."""

    def __init__(self, zone: str, begin: datetime, end: datetime) -> None:
        self.zone = zone
        self.begin, self.end = begin, end
        self.minutes: list[tuple[datetime, datetime]] = []
        tz = ZoneInfo(zone)
        at = begin
        while at <= end:
            self.minutes.append((at, at.astimezone(tz).replace(tzinfo=None, fold=0)))
            at += MINUTE
        #: (real minute, the first wall minute that virtual time passes through in it, the others)
        self.virtual: list[tuple[datetime, datetime, tuple[datetime, ...]]] = []
        furthest = self.minutes[0][1] - MINUTE
        for at, wall in self.minutes:
            passed = []
            while furthest < wall:
                furthest += MINUTE
                passed.append(furthest)
            if passed:
                self.virtual.append((at, passed[0], tuple(passed[1:])))

    def fires(self, line: Entry) -> list[datetime]:
        """The instants at which Debian's cron would run it, each once."""
        minutes, hours = line.minute, line.hour
        days: dict[tuple[int, int, int], bool] = {}

        def on(wall: datetime) -> bool:
            key = (wall.year, wall.month, wall.day)
            if key not in days:
                days[key] = line.day_matches(*key)
            return days[key]

        if line.star:
            return [
                at for at, w in self.minutes if w.minute in minutes and w.hour in hours and on(w)
            ]
        return [
            at
            for at, first, walls in self.virtual
            if (first.minute in minutes and first.hour in hours and on(first))
            or any(w.minute in minutes and w.hour in hours and on(w) for w in walls)
        ]


def changes(zone: str, begin: datetime, end: datetime) -> list[datetime]:
    """The real minutes in between at which the offset differs from the minute before, by hours."""
    tz = ZoneInfo(zone)
    found = []
    at, was = begin, begin.astimezone(tz).utcoffset()
    while at < end:
        after = at + timedelta(hours=1)
        now = after.astimezone(tz).utcoffset()
        if now != was:
            minute = at
            while minute.astimezone(tz).utcoffset() == was:
                minute += MINUTE
            found.append(minute)
        at, was = after, now
    return found


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)
