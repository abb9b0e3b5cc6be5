"""What a window and its dates say on the wall: what holds at each wall time, and where it changes.

A set of naive wall times, made of a week that repeats, absolute ranges and whole dates. Between
two marks nothing changes; a mark need not change anything. Knows zones only to tell which wall
time an instant has reached.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from dockschedd.core import instants, window_items

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MIDNIGHT = datetime.min.time()


def reached(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the latest wall time, naive, whose first instant is not later than `at`.

    It is what the clocks show, except while a repeated time passes again: then it is the end of
    the first pass.
    """
    local = at.astimezone(zone)
    if local.fold:
        change = instants.last_change(at, zone)
        if change is not None:
            local = (change - timedelta.resolution).astimezone(zone)
    return local.replace(tzinfo=None, fold=0)


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a window changes when no calendar is asked, prepared once."""

    #: Minutes of the week, Monday 00:00 is 0, ascending; two-sided items are merged.
    minutes: tuple[int, ...]
    #: For each of them, whether it opens.
    opens: tuple[bool, ...]
    #: Absolute ranges, merged: they open and close in turn, ascending.
    bounds: tuple[datetime, ...]
    #: The items cover the whole week.
    always: bool
    #: The marks are edges and bound no state.
    one_sided: bool

    def week_before(self, wall: datetime) -> tuple[datetime, bool]:
        """Return the newest mark of the week that is not later, and whether it opens."""
        minute = _minute_of_week(wall)
        place = bisect_right(self.minutes, minute) - 1
        ago = (minute - self.minutes[place]) % window_items.WEEK
        return _floor(wall) - ago * _MINUTE, self.opens[place]

    def week_after(self, wall: datetime) -> datetime:
        """Return the first mark of the week that is later."""
        minute = _minute_of_week(wall)
        place = bisect_right(self.minutes, minute)
        if place == len(self.minutes):
            return _floor(wall) + (self.minutes[0] + window_items.WEEK - minute) * _MINUTE
        return _floor(wall) + (self.minutes[place] - minute) * _MINUTE


def prepared(items: Sequence[window_items.Item]) -> Marks:
    """Return the marks of at least one item, one-sided ones never beside others."""
    weekly = [item for item in items if isinstance(item, window_items.Weekly)]
    found: dict[int, bool] = {}
    covered = bytearray(window_items.WEEK)
    ends: set[int] = set()
    for item in weekly:
        for day in item.days:
            opens, closes = (
                None if end is None else (day * window_items.DAY + end) % window_items.WEEK
                for end in (item.opens, item.closes)
            )
            if opens is None or closes is None:
                found |= {end: opens is not None for end in (opens, closes) if end is not None}
                continue
            ends |= {opens, closes}
            if opens < closes:
                covered[opens:closes] = b"\1" * (closes - opens)
            else:
                covered[opens:] = b"\1" * (window_items.WEEK - opens)
                covered[:closes] = b"\1" * closes
    found |= {end: bool(covered[end]) for end in ends if covered[end] != covered[end - 1]}
    minutes = tuple(sorted(found))
    absolute = [item for item in items if isinstance(item, window_items.Absolute)]
    return Marks(
        minutes=minutes,
        opens=tuple(found[minute] for minute in minutes),
        bounds=_bounds(absolute),
        always=0 not in covered,
        one_sided=bool(weekly) and weekly[0].one_sided,
    )


def _bounds(ranges: Sequence[window_items.Absolute]) -> tuple[datetime, ...]:
    """Return where the union of the ranges begins and ends in turn."""
    found: list[datetime] = []
    for each in sorted(ranges, key=lambda each: each.opens):
        if found and each.opens <= found[-1]:
            found[-1] = max(found[-1], each.closes)
        else:
            found += (each.opens, each.closes)
    return tuple(found)


def _minute_of_week(wall: datetime) -> int:
    return wall.weekday() * window_items.DAY + wall.hour * 60 + wall.minute


def _floor(wall: datetime) -> datetime:
    return wall.replace(second=0, microsecond=0) if wall.second or wall.microsecond else wall


@lru_cache(maxsize=64)
def _dates(less: frozenset[date], more: frozenset[date]) -> tuple[date, ...]:
    """Return those that can matter, ascending."""
    years = range(window_items.FIRST_YEAR, window_items.LAST_YEAR + 1)
    return tuple(sorted(day for day in less | more if day.year in years))


class Line:
    """A window and its dates on the line of wall times: what holds at each, and its marks."""

    __slots__ = ("dates", "less", "marks", "more")

    def __init__(self, marks: Marks, less: frozenset[date], more: frozenset[date]) -> None:
        self.marks = marks
        self.less = less
        self.more = more
        self.dates = () if self.marks.one_sided else _dates(less, more)

    def holds(self, wall: datetime) -> bool:
        """Return the state; for a one-sided window, whether the newest edge opens."""
        if self.marks.one_sided:
            return self.marks.week_before(wall)[1]
        day = wall.date()
        if day in self.less:
            return False
        if day in self.more or bisect_right(self.marks.bounds, wall) % 2:
            return True
        return bool(self.marks.minutes) and self.marks.week_before(wall)[1]

    def is_edge(self, at: datetime, zone: ZoneInfo, *, was: bool, now: bool) -> bool:
        """Return whether marks that come at that instant make an edge of what was and is."""
        if self.marks.one_sided:
            return instants.wall(at, zone).date() not in self.less
        return was != now

    def next_mark(self, wall: datetime) -> datetime | None:
        """Return the first wall time later than `wall` at which something may change."""
        day = wall.date()
        if self.dates and (day in self.less or day in self.more):
            return _midnight(day + _DAY)
        bounds = self.marks.bounds
        place = bisect_right(bounds, wall)
        found = list(bounds[place : place + 1])
        # Within an absolute range the week changes nothing.
        if self.marks.minutes and place % 2 == 0:
            found.append(self.marks.week_after(wall))
        ahead = bisect_right(self.dates, day)
        found += map(_midnight, self.dates[ahead : ahead + 1])
        return min(found, default=None)

    def last_mark(self, wall: datetime) -> datetime | None:
        """Return the last wall time up to `wall` at which something may have changed."""
        day = wall.date()
        if self.dates and (day in self.less or day in self.more):
            return _midnight(day)
        bounds = self.marks.bounds
        place = bisect_right(bounds, wall)
        found = list(bounds[place - 1 : place] if place else ())
        if self.marks.minutes and place % 2 == 0:
            found.append(self.marks.week_before(wall)[0])
        ahead = bisect_left(self.dates, day)
        found += (_midnight(past + _DAY) for past in self.dates[ahead - 1 : ahead] if ahead)
        return max(found, default=None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, _MIDNIGHT)
