"""The picture of a week: one cell for each slot of a day, read without colour.

Slots are of wall time, and as many as fit: 8 of three hours in 80 columns. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dockschedctl.failures import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import tzinfo

    from dockschedd.wire import week as wire

#: How many slots a day may have, with which the day's name fits above them.
_PER_DAY: Final = (24, 12, 8, 6)
_HALF_DAY: Final = timedelta(hours=12)
_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Slots of a day with which its hours fit above them as well: `0   12`.
_ROOMY: Final = 8

CONFLICT: Final = "!"
SEVERAL: Final = "↕"
LEFT_OUT: Final = "-"
UNTOLD: Final = "?"
MISSING: Final = "|"
NOW: Final = "▾"
ACTIONS: Final = {"start": "▲", "stop": "▼", "restart": "↻", "pause": "‖", "unpause": "▶"}
STATES: Final = {"awake": "█", "asleep": "░", "any": "·"}
#: Symbol → what it means, in the order of the legend.
MEANS: Final = {
    "█": "awake",
    "░": "asleep",
    "·": "any",
    CONFLICT: "conflict",
    "▲": "start",
    "▼": "stop",
    "↻": "restart",
    "‖": "pause",
    "▶": "unpause",
    SEVERAL: "several",
    LEFT_OUT: "not done",
    UNTOLD: "not told",
    MISSING: "no such hour",
    NOW: "now",
}
_STYLES: Final = {"█": "good", "░": "dim", "·": "dim", "-": "warn", "!": "bad", "?": "warn"}


class Glyph(msgspec.Struct, frozen=True):
    """One cell; its style says nothing that the symbol does not."""

    symbol: str
    style: str = ""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """Where the slots begin and end."""

    zone: tzinfo
    per_day: int
    #: The beginnings of all slots, and the end of the last one; ascending, some of no length.
    starts: tuple[datetime, ...]

    @property
    def days(self) -> int:
        """How many days there are."""
        return (len(self.starts) - 1) // self.per_day

    @property
    def width(self) -> int:
        """How many columns they take, with one between two days."""
        return self.per_day * self.days + self.days - 1

    def date(self, day: int) -> datetime:
        """Return an instant in the middle of a day, as the zone's clocks show it."""
        return (self.starts[day * self.per_day] + _HALF_DAY).astimezone(self.zone)

    def bounds(self, day: int) -> tuple[datetime, datetime]:
        """Return when a day begins and ends."""
        return self.starts[day * self.per_day], self.starts[(day + 1) * self.per_day]

    def slot(self, at: datetime) -> int | None:
        """Return in which slot an instant is; None: in none of them."""
        if not self.starts[0] <= at < self.starts[-1]:
            return None
        return bisect_right(self.starts, at) - 1

    def day(self, at: datetime) -> int | None:
        """Return on which day an instant is."""
        slot = self.slot(at)
        return None if slot is None else slot // self.per_day


def zone_of(name: str) -> tzinfo:
    """Return the zone of that name. Raises Failure where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"this machine does not know the time zone {name}"
        raise Failure(message, hint="give another one with --tz, or install tzdata") from None


def scale(days: Sequence[datetime], zone: tzinfo, *, room: int | None) -> Scale:
    """Return slots as fine as the room lets them be; without a limit those of 80 columns.

    `room`: columns for all days, with one between two days. `days`: when each begins, and when
    the last one ends.
    """
    count = len(days) - 1
    per_day = _ROOMY
    if room is not None:
        fits = (each for each in _PER_DAY if (each + 1) * count - 1 <= room)
        per_day = next(fits, _PER_DAY[-1])
    starts = []
    for begin, end in pairwise(days):
        date = (begin + _HALF_DAY).astimezone(zone).date()
        for slot in range(per_day):
            minutes = slot * 24 * 60 // per_day
            wall = datetime.combine(date, time(minutes // 60, minutes % 60), zone)
            starts.append(min(max(begin, wall.astimezone(UTC)), end) if slot else begin)
    return Scale(zone=zone, per_day=per_day, starts=(*starts, days[-1]))


def cells(stack: wire.StackWeek, on: Scale) -> tuple[Glyph, ...]:
    """Return a cell for each slot: what contradicts, else what is done, else how it is."""
    found = list(_states(stack, on))
    done: dict[int, set[str]] = {}
    for mark in stack.marks:
        first, last = on.slot(mark.at), on.slot(mark.until_at)
        if first is None:
            continue
        symbol = ACTIONS.get(mark.action, SEVERAL) if mark.acts else LEFT_OUT
        for slot in range(first, (first if last is None else last) + 1):
            done.setdefault(slot, set()).add(symbol)
    for slot, symbols in done.items():
        acting = symbols - {LEFT_OUT}
        found[slot] = acting.pop() if len(acting) == 1 else SEVERAL if acting else LEFT_OUT
    for clash in stack.conflicts or ():
        for at in clash.at:
            slot_of = on.slot(at)
            if slot_of is not None:
                found[slot_of] = CONFLICT
    return tuple(Glyph(symbol, _STYLES.get(symbol, "")) for symbol in found)


def _states(stack: wire.StackWeek, on: Scale) -> Iterator[str]:
    """Yield how the stack is for most of each slot."""
    spans, place = stack.spans, 0
    for begin, end in pairwise(on.starts):
        if begin == end:
            yield MISSING
            continue
        if stack.told_until is not None and stack.told_until <= begin:
            yield UNTOLD
            continue
        while place < len(spans) and spans[place].until_at <= begin:
            place += 1
        if place < len(spans) and spans[place].until_at >= end:
            yield STATES.get(spans[place].state, UNTOLD)
            continue
        lasts: dict[str, timedelta] = {}
        for span in spans[place:]:
            if span.from_at >= end:
                break
            part = min(span.until_at, end) - max(span.from_at, begin)
            lasts[span.state] = lasts.get(span.state, timedelta()) + part
        state = max(lasts, key=lambda each: lasts[each], default="any")
        yield STATES.get(state, UNTOLD)


def heads(on: Scale) -> tuple[str, ...]:
    """Return the name of each day: `Tue 24`, or `Tue 24 Nov` where there is room."""
    found = []
    for day in range(on.days):
        date = on.date(day)
        name = f"{_NAMES[date.weekday()]} {date.day}"
        longer = f"{name} {date:%b}"
        found.append(longer if len(longer) < on.per_day else name)
    return tuple(found)


def hours(on: Scale, now: datetime) -> tuple[str, ...]:
    """Return the line of each day that tells its hours, with a mark where now is."""
    found = []
    every = next(each for each in (3, 6, 12) if on.per_day * each // 24 >= len("00 "))
    here = on.slot(now)
    for day in range(on.days):
        line = [" "] * on.per_day
        for hour in range(0, 24, every):
            place = hour * on.per_day // 24
            line[place : place + len(str(hour))] = str(hour)
        if here is not None and here // on.per_day == day:
            place = here % on.per_day
            # A figure that it stands in would be another one.
            for near in (place - 1, place + 1):
                if 0 <= near < on.per_day and line[place].isdigit() and line[near].isdigit():
                    line[near] = " "
            line[place] = NOW
        found.append("".join(line[: on.per_day]))
    return tuple(found)


def legend(symbols: Iterable[str]) -> str:
    """Return what these symbols mean, on one line."""
    used = set(symbols)
    return "  ".join(f"{symbol} {means}" for symbol, means in MEANS.items() if symbol in used)


def uneven(on: Scale) -> tuple[str, ...]:
    """Return a sentence for each day that a clock change makes longer or shorter."""
    return tuple(line for day in range(on.days) for line in uneven_day(on, day))


def uneven_day(on: Scale, day: int) -> tuple[str, ...]:
    """Return that the day is longer or shorter than others, if it is."""
    begin, end = on.bounds(day)
    lasts = end - begin
    if lasts == 2 * _HALF_DAY:
        return ()
    length = lasts / timedelta(hours=1)
    date = on.date(day)
    return (f"{_NAMES[date.weekday()]} {date.day} {date:%b} has {length:g} hours",)
