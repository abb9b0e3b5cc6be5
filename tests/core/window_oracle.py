"""A second reading of windows, to judge core.windows by: it looks at every minute.

A time is a set of real minutes, from the first one whose clock has reached the beginning to the
first one whose clock has reached the end. Everything else is unions of such sets. Shares no code
with the package and no idea with it either: nothing is decided on the wall, nothing is merged.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MINUTE = timedelta(minutes=1)
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Recurring:
    """Some weekdays (Monday is 0), and `HH:MM` or nothing for each end."""

    days: tuple[int, ...]
    opens: str
    closes: str

    @property
    def text(self) -> str:
        days = ",".join(NAMES[day] for day in self.days)
        return f"{days} {self.opens}-{self.closes}"

    def on(self, day: date) -> list[tuple[datetime | None, datetime | None]]:
        if day.weekday() not in self.days:
            return []
        opens = at_clock(day, self.opens) if self.opens else None
        closes = at_clock(day, self.closes) if self.closes else None
        if opens and closes and closes <= opens:
            closes += timedelta(days=1)
        return [(opens, closes)]


@dataclass(frozen=True)
class Range:
    """Two wall times."""

    opens: datetime
    closes: datetime

    @property
    def text(self) -> str:
        return f"{self.opens.isoformat(' ')[:16]}/{self.closes.isoformat(' ')[:16]}"

    def on(self, day: date) -> list[tuple[datetime | None, datetime | None]]:
        return [(self.opens, self.closes)]


def at_clock(day: date, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return midnight(day) + timedelta(hours=int(hour), minutes=int(minute))


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  a wall time


class Span:
    """The real minutes in [begin, end), and the furthest wall time that each has reached."""

    def __init__(self, zone: str, begin: datetime, end: datetime) -> None:
        tz = ZoneInfo(zone)
        self.begin, self.end = begin, end
        self.minutes = [begin + n * MINUTE for n in range((end - begin) // MINUTE)]
        self.walls = [at.astimezone(tz).replace(tzinfo=None, fold=0) for at in self.minutes]
        self.reached = list(accumulate(self.walls, max))

    def place(self, wall: datetime) -> int:
        """The first minute whose clock has reached it."""
        return bisect.bisect_left(self.reached, wall)

    def days(self) -> list[date]:
        first, last = self.walls[0].date(), self.walls[-1].date()
        return [first + timedelta(days=n) for n in range(-2, (last - first).days + 3)]

    def inside(self, items, less=frozenset(), more=frozenset()) -> bytearray:
        """For each minute, whether it is inside."""
        found = bytearray(len(self.minutes))

        def paint(opens: datetime, closes: datetime, value: int) -> None:
            for n in range(self.place(opens), self.place(closes)):
                found[n] = value

        for item in items:
            for day in self.days():
                for opens, closes in item.on(day):
                    paint(opens, closes, 1)
        for days, value in ((more, 1), (less, 0)):
            for day in days:
                paint(midnight(day), midnight(day + timedelta(days=1)), value)
        return found

    def edges(self, items, less=frozenset(), more=frozenset()) -> list[tuple[datetime, bool]]:
        """Those after the first minute."""
        state = self.inside(items, less, more)
        return [
            (self.minutes[n], bool(state[n]))
            for n in range(1, len(state))
            if state[n] != state[n - 1]
        ]

    def mere_edges(self, items, less=frozenset()) -> list[tuple[datetime, bool]]:
        """Those of one-sided items after the first minute; the last written of each minute."""
        found: dict[int, tuple[datetime, bool]] = {}
        for item in items:
            for day in self.days():
                for opens, closes in item.on(day):
                    wall = opens or closes
                    place = self.place(wall)
                    if 0 < place < len(self.minutes) and self.walls[place].date() not in less:
                        best = found.get(place)
                        if best is None or best[0] < wall:
                            found[place] = (wall, opens is not None)
        return [(self.minutes[place], found[place][1]) for place in sorted(found)]


@cache
def span(zone: str, change: datetime) -> Span:
    """Four days on both sides of an instant."""
    begin = (change - timedelta(days=4)).replace(second=0, microsecond=0)
    return Span(zone, begin, begin + timedelta(days=8))


# ---------------------------------------------------------------- what hypothesis draws

_nasty = st.sampled_from(("00:00", "00:30", "01:00", "02:00", "02:15", "02:30", "03:00", "23:30"))
_any = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02}:{t[1]:02}")
clocks = st.one_of(_nasty, _any)
_ends = st.one_of(st.just("24:00"), clocks)
_days = st.sets(st.integers(0, 6), min_size=1).map(sorted).map(tuple)


def recurring() -> st.SearchStrategy[Recurring]:
    drawn = st.builds(Recurring, _days, clocks, _ends)
    return drawn.filter(lambda item: item.opens != item.closes)


def one_sided() -> st.SearchStrategy[Recurring]:
    opening = st.builds(Recurring, _days, clocks, st.just(""))
    return st.one_of(opening, st.builds(Recurring, _days, st.just(""), _ends))


def ranges(near: Span) -> st.SearchStrategy[Range]:
    walls = st.sampled_from(near.walls[:: 60 * 5] + near.walls[len(near.walls) // 2 - 180 :][:360])
    pairs = st.tuples(walls, walls).filter(lambda pair: pair[0] != pair[1])
    return pairs.map(sorted).map(lambda pair: Range(*pair))


def items(near: Span) -> st.SearchStrategy[list[Recurring | Range]]:
    return st.lists(st.one_of(recurring(), recurring(), ranges(near)), min_size=1, max_size=4)


def dates(near: Span) -> st.SearchStrategy[frozenset[date]]:
    return st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(near.days()), max_size=4))


def text(drawn: list[Recurring | Range]) -> str:
    return ", ".join(item.text for item in drawn)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)
