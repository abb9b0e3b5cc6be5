"""Windows: whether an instant is inside one, and the edges at which that changes.

Decided on the wall: a window is a set of wall times, and each of its edges is the first instant
that shows that wall time or a later one (the DST rule for fixed times). An edge exists only where
the set's state really changes. Never reads a clock; walks edges and dates, never minutes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from dockschedd.core import instants, window_items, window_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

_NO_DATES: frozenset[date] = frozenset()
_TICK = timedelta.resolution
#: No instant outside of these is inside a window or an edge: wall times need room on both sides.
_EARLIEST = datetime(window_items.FIRST_YEAR, 1, 1, tzinfo=UTC)
_LATEST = datetime(window_items.LAST_YEAR + 1, 1, 1, tzinfo=UTC)
#: No wall time from here on is that of an instant before `_LATEST`.
_LATEST_WALL = datetime(window_items.LAST_YEAR + 1, 1, 3)  # noqa: DTZ001  a wall time


@dataclass(frozen=True, slots=True)
class Edge:
    """An instant at which a window opens or closes."""

    #: UTC.
    at: datetime
    opens: bool


@dataclass(frozen=True, slots=True)
class Window:
    """The union of its items, ready to be asked; immutable, safe to share between threads."""

    #: At least one, as written.
    items: tuple[window_items.Item, ...]
    #: The items made ready; follows from them.
    marks: window_line.Marks = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "marks", window_line.prepared(self.items))

    @property
    def one_sided(self) -> bool:
        """It has edges and no state."""
        return self.marks.one_sided

    def __str__(self) -> str:
        """Return the text that `parse` reads back as an equal window."""
        return ", ".join(map(str, self.items))


@lru_cache(maxsize=1024)
def parse(text: str) -> Window:
    """Return the window that the items, joined by commas, make.

    Raises Invalid with one fault for each thing that is wrong, all with the path `window`: codes
    window-syntax, window-out-of-range, window-empty, window-reversed, window-mixed,
    window-contradicts, and window-always for one that would never end.
    """
    window = Window(window_items.read(text))
    if window.marks.always:
        hint = "leave a time out of it, or let no window decide about the stack"
        message = f"`{' '.join(text.split())}` never ends"
        raise window_items.wrong("window-always", message, hint)
    return window


def inside(
    window: Window,
    at: datetime,
    zone: ZoneInfo,
    *,
    less: frozenset[date] = _NO_DATES,
    more: frozenset[date] = _NO_DATES,
) -> bool:
    """Return whether the instant is inside: in an item or on a date of `more`, not of `less`.

    The dates are whole local days. False before the year 1900 and from 9900 on. Raises
    ValueError for a one-sided window, which has no state, and for a naive `at`.
    """
    if window.one_sided:
        raise ValueError(f"`{window}` has edges and no state")
    at = instants.as_utc(at)
    if not _EARLIEST <= at < _LATEST:
        return False
    return window_line.Line(window.marks, less, more).holds(window_line.reached(at, zone))


def next_edge(
    window: Window,
    *,
    after: datetime,
    zone: ZoneInfo,
    less: frozenset[date] = _NO_DATES,
    more: frozenset[date] = _NO_DATES,
) -> Edge | None:
    """Return the first edge strictly later than `after`; None when there is none before 9900.

    Of a one-sided window those on local dates of `less` are left out, and `more` says nothing;
    where a clock change lets several of its edges come at one instant, it is the last of them.
    Raises ValueError for a naive `after`.
    """
    line = window_line.Line(window.marks, less, more)
    return next(_later(line, after, zone), None)


def last_edge(
    window: Window,
    *,
    until: datetime,
    zone: ZoneInfo,
    less: frozenset[date] = _NO_DATES,
    more: frozenset[date] = _NO_DATES,
) -> Edge | None:
    """Return the newest edge that is not later than `until`; None when there is none since 1900.

    The same edges as those of `next_edge`. Raises ValueError for a naive `until`.
    """
    until = min(instants.as_utc(until), _LATEST - _TICK)
    if until <= _EARLIEST:
        return None
    line = window_line.Line(window.marks, less, more)
    wall = window_line.reached(until, zone)
    now = line.holds(wall)
    while (mark := line.last_mark(wall)) is not None:
        at = instants.first_instant(mark, zone)
        if at <= _EARLIEST:
            return None
        wall = min(mark - _TICK, window_line.reached(at - _TICK, zone))
        was = line.holds(wall)
        if line.is_edge(at, zone, was=was, now=now):
            return Edge(at, now)
        now = was
    return None


def edges(
    window: Window,
    *,
    after: datetime,
    until: datetime,
    zone: ZoneInfo,
    limit: int,
    less: frozenset[date] = _NO_DATES,
    more: frozenset[date] = _NO_DATES,
) -> tuple[Edge, ...]:
    """Return the first `limit` edges in (after, until], ascending."""
    line = window_line.Line(window.marks, less, more)
    later = _later(line, after, zone)
    return tuple(islice(takewhile(lambda edge: edge.at <= until, later), limit))


def _later(line: window_line.Line, after: datetime, zone: ZoneInfo) -> Iterator[Edge]:
    """Yield the edges strictly later than `after`, ascending."""
    after = max(instants.as_utc(after), _EARLIEST)
    if after >= _LATEST:
        return
    wall = window_line.reached(after, zone)
    was = line.holds(wall)
    while (mark := line.next_mark(wall)) is not None and mark < _LATEST_WALL:
        at = instants.first_instant(mark, zone)
        # A clock change may leave out several marks: they all come at `at`, the last one counts.
        wall = max(mark, window_line.reached(at, zone))
        now = line.holds(wall)
        if line.is_edge(at, zone, was=was, now=now):
            if at >= _LATEST:
                return
            yield Edge(at, now)
        was = now


# ---------------------------------------------------------------- as sentences


def sentence(window: Window) -> str:
    """Return when it is, to be read after a word such as `awake` or `start`.

    For example `from 08:00 to 18:00 on weekdays`. Windows with other items read differently.
    """
    *front, last = map(_item, window.items)
    return f"{', '.join(front)}, and {last}" if front else last


def note(
    window: Window,
    edge: Edge,
    zone: ZoneInfo,
    *,
    less: frozenset[date] = _NO_DATES,
    more: frozenset[date] = _NO_DATES,
) -> str:
    """Return what a clock change does to an edge of the window, as a sentence; "" nearly always.

    The edge must be one of the window with those dates in that zone.
    """
    line = window_line.Line(window.marks, less, more)
    shown = instants.wall(edge.at, zone)
    clock, date_ = instants.clock(shown), instants.date(shown)
    does = "opens" if edge.opens else "closes"
    local = edge.at.astimezone(zone)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return f"{clock} happens twice on {date_}; {does} the first time"
    wall = window_line.reached(edge.at - _TICK, zone)
    left_out: list[datetime] = []
    while (mark := line.next_mark(wall)) is not None and mark < shown:
        if line.marks.one_sided or line.holds(mark) != line.holds(mark - _TICK):
            left_out.append(mark)
        wall = mark
    if not left_out:
        return ""
    first, last = instants.clock(left_out[0]), instants.clock(left_out[-1])
    on = instants.date(left_out[0])
    day = "" if on == date_ else f" on {date_}"
    if len(left_out) == 1:
        return f"{first} does not exist on {on}; {does} at {clock}{day}"
    return f"{first} to {last} do not exist on {on}; {does} once, at {clock}{day}"


def _item(item: window_items.Item) -> str:
    if isinstance(item, window_items.Absolute):
        ends = (f"{instants.clock(at)} on {instants.date(at)}" for at in (item.opens, item.closes))
        return f"from {' to '.join(ends)}"
    days = _days(item.days)
    if item.closes is None or item.opens is None:
        at = item.opens if item.closes is None else item.closes
        assert at is not None
        return f"{'until' if item.opens is None else 'from'} {_time(at)} {days}"
    if (item.opens, item.closes) == (0, window_items.DAY):
        return f"all day {days}"
    opens_at, closes_at = _time(item.opens), _time(item.closes)
    if item.closes <= window_items.DAY:
        return f"from {opens_at} to {closes_at} {days}"
    if len(item.days) == 1:
        first, next_day = (window_items.WEEKDAYS[(item.days[0] + n) % 7] for n in (0, 1))
        return f"from {opens_at} on {first} to {closes_at} on {next_day}"
    begin = days if days == "every day" else f"beginning {days}"
    return f"from {opens_at} to {closes_at} the next day, {begin}"


def _days(days: tuple[int, ...]) -> str:
    match days:
        case (0, 1, 2, 3, 4, 5, 6):
            return "every day"
        case (0, 1, 2, 3, 4):
            return "on weekdays"
        case (5, 6):
            return "on weekends"
    names = window_items.WEEKDAYS
    parts = []
    for first, last in window_items.rows(days):
        length = (last - first) % 7 + 1
        if length >= window_items.SHORTEST_RANGE:
            parts.append(f"{names[first]} to {names[last]}")
        else:
            parts += (f"{names[(first + n) % 7]}s" for n in range(length))
    *front, end = parts
    return f"on {', '.join(front)} and {end}" if front else f"on {end}"


def _time(minutes: int) -> str:
    """Return the time of day of an end; the midnight that ends the day is 24:00."""
    if minutes > window_items.DAY:
        minutes -= window_items.DAY
    return f"{minutes // 60:02}:{minutes % 60:02}"
