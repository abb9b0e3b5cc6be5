"""The text of a window: the items that it is made of, or everything that is wrong with it.

An item is a time of the week, an absolute range, or one edge. What other tools write, or what
may mean two things, is refused with what to write instead, never guessed. Knows no instants:
all times here are wall times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from dockschedd.core import suggest
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Minutes.
DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
#: Monday is 0.
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Absolute ranges lie within these years, both included.
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 9899

_SHORT = tuple(name[:3].lower() for name in WEEKDAYS)
_NUMBERS = {name: n for n, name in enumerate(_SHORT)} | {
    name.lower(): n for n, name in enumerate(WEEKDAYS)
}
_SETS = {
    "daily": frozenset(range(7)),
    "weekdays": frozenset(range(5)),
    "weekends": frozenset((5, 6)),
}
#: Days in a row from here on are written as a range.
SHORTEST_RANGE: Final = 3
_LONGEST = 1000
_EXAMPLES = "`mon-fri 08:00-18:00`, `fri 22:00-06:00` or `2026-12-24 18:00/2026-12-27 06:00`"
_SHAPE = f"write for example {_EXAMPLES}"

_DASH = r"\s*-\s*"
_DAYS = re.compile(rf"[a-z]+(?:{_DASH}[a-z]+)?")
_CLOCK = r"\d{1,2}:\d\d"
_WEEKLY = re.compile(
    rf"(?:(?P<days>[a-z][a-z\s-]*?)\s+)?(?P<opens>{_CLOCK})?{_DASH}(?P<to>{_CLOCK})?"
)
_DATE_TIME = r"\d{4}-\d\d-\d\d[t ]\s*\d{1,2}:\d\d"
_ABSOLUTE = re.compile(rf"(?P<opens>{_DATE_TIME})\s*/\s*(?P<to>{_DATE_TIME})")


@dataclass(frozen=True, slots=True)
class Weekly:
    """A time on some days of each week; with one end only, an edge instead of a time."""

    #: Those on which it begins, ascending, Monday is 0.
    days: tuple[int, ...]
    #: Minutes since midnight; None for a closing edge.
    opens: int | None
    #: Minutes since the midnight that begins the day, beyond DAY when it runs over midnight;
    #: None for an opening edge. Never more than DAY after `opens`.
    closes: int | None

    @property
    def one_sided(self) -> bool:
        """It is an edge and no time."""
        return self.opens is None or self.closes is None

    def __str__(self) -> str:
        opens = "" if self.opens is None else _clock(self.opens)
        closes = "" if self.closes is None else _clock(_end(self.closes))
        return f"{_short_days(self.days)} {opens}-{closes}"


@dataclass(frozen=True, slots=True)
class Absolute:
    """The time between two wall times, both naive, `closes` later than `opens`."""

    opens: datetime
    closes: datetime

    def __str__(self) -> str:
        return f"{self.opens:%Y-%m-%d %H:%M}/{self.closes:%Y-%m-%d %H:%M}"


Item = Weekly | Absolute


def read(text: str) -> tuple[Item, ...]:
    """Return the items as written, at least one, one-sided ones never beside others.

    Raises Invalid with one fault for each thing that is wrong, all with the path `window`.
    """
    found: list[Item] = []
    faults: list[Fault] = []
    days: set[int] = set()
    #: The item before, where it names its days.
    before: Weekly | None = None
    parts = _split(text)
    for part in parts:
        try:
            if _DAYS.fullmatch(part) and part != parts[-1]:
                days |= _days(part)
                continue
            item, named = _item(part, frozenset(days))
            if before is not None and not named:
                raise _whose_day(part, before)
            before = item if isinstance(item, Weekly) and named else None
            found.append(item)
        except Invalid as exc:
            faults.extend(exc.faults)
        days = set()
    if faults:
        raise Invalid(*faults)
    if len({isinstance(item, Weekly) and item.one_sided for item in found}) > 1:
        message = "items with one end stand beside items with two"
        hint = "an item with one end is an edge and no time: make two schedules of them"
        raise wrong("window-mixed", message, hint)
    _refuse_contradiction(found)
    return tuple(found)


def wrong(code: str, message: str, hint: str | None = None) -> Invalid:
    """Return the error of one fault in a window."""
    return Invalid(Fault(path="window", code=code, message=message, hint=hint))


def rows(days: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of the days in each row of them; a row may pass Sunday."""
    chosen = set(days)
    if len(chosen) == len(WEEKDAYS):
        yield 0, 6
        return
    for first in days:
        if (first - 1) % 7 in chosen:
            continue
        last = first
        while (last + 1) % 7 in chosen:
            last = (last + 1) % 7
        yield first, last


# ---------------------------------------------------------------- the whole


def _split(text: str) -> list[str]:
    written = " ".join(text.split())
    if not written:
        raise wrong("window-syntax", "the window is empty", _SHAPE)
    if len(text) > _LONGEST:
        message = f"the window is longer than {_LONGEST} characters"
        raise wrong("window-syntax", message, "split it into several schedules")
    if not written.isascii() or not written.isprintable():
        hint = "type it again: pasted text may hold blanks and dashes of another kind"
        raise wrong("window-syntax", "the window holds more than plain ASCII", hint)
    parts = [part.strip() for part in written.lower().split(",")]
    if not all(parts):
        message = f"`{written}` has nothing between two commas, or at one end"
        raise wrong("window-syntax", message, "take the comma away")
    return parts


def _refuse_contradiction(items: Iterable[Item]) -> None:
    """Raise where edges open and close at one time of the week; others cannot."""
    edges: tuple[set[int], set[int]] = (set(), set())
    for item in items:
        if isinstance(item, Weekly) and item.one_sided:
            at = item.closes if item.opens is None else item.opens
            edges[item.opens is None].update((day * DAY + (at or 0)) % WEEK for day in item.days)
    for minute in sorted(edges[0] & edges[1]):
        message = f"it opens and closes at {_clock(minute % DAY)} on {WEEKDAYS[minute // DAY]}"
        raise wrong("window-contradicts", message, "let one of the two come earlier or later")


def _whose_day(part: str, before: Weekly) -> Invalid:
    message = f"`{part}` behind an item with days does not say on which days it is"
    hint = f"write `{_short_days(before.days)} {part}`, or `daily {part}` for all days"
    return wrong("window-syntax", message, hint)


def _item(part: str, days: frozenset[int]) -> tuple[Item, bool]:
    """Return the item, and whether it names its days."""
    if absolute := _ABSOLUTE.fullmatch(part):
        if days:
            message = f"there are days before the absolute range `{part}`"
            raise wrong("window-syntax", message, "take them away, or write their times")
        return _absolute(absolute), True
    weekly = _WEEKLY.fullmatch(part)
    if weekly is None or (weekly["opens"] is None and weekly["to"] is None):
        raise _foreign(part)
    named = days | (_days(weekly["days"]) if weekly["days"] else frozenset())
    return _weekly(weekly, tuple(sorted(named or _SETS["daily"]))), bool(named)


def _absolute(found: re.Match[str]) -> Absolute:
    opens, closes = _date_time(found["opens"]), _date_time(found["to"])
    if opens == closes:
        hint = "the end is the first minute that is outside: write a later one"
        raise wrong("window-empty", f"`{found[0]}` is empty", hint)
    if opens > closes:
        hint = f"write `{Absolute(closes, opens)}`"
        raise wrong("window-reversed", f"`{found[0]}` ends before it begins", hint)
    return Absolute(opens, closes)


def _date_time(text: str) -> datetime:
    day, _, time = text.replace("t", " ").partition(" ")
    if time.strip() == "24:00":
        hint = "write 00:00 of the next day"
        raise wrong("window-out-of-range", f"there is no such time as `{text}`", hint)
    try:
        found = datetime.strptime(f"{day} {time.strip()}", "%Y-%m-%d %H:%M")  # noqa: DTZ007  a wall time
    except ValueError:
        message = f"there is no such time as `{text}`"
        raise wrong("window-out-of-range", message, _SHAPE) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        message = f"`{text}` is not in the years {FIRST_YEAR} to {LAST_YEAR}"
        raise wrong("window-out-of-range", message)
    return found


def _weekly(found: re.Match[str], days: tuple[int, ...]) -> Weekly:
    opens = None if found["opens"] is None else _minutes(found["opens"])
    closes = None if found["to"] is None else _minutes(found["to"])
    if opens == DAY:
        hint = "24:00 is an end; what begins then begins at 00:00 of the next day"
        raise wrong("window-out-of-range", f"`{found[0]}` begins at 24:00", hint)
    if opens is None or closes is None:
        return Weekly(days, opens, closes)
    if opens == closes:
        hint = "write `00:00-24:00` for whole days"
        raise wrong("window-empty", f"`{found[0]}` is empty", hint)
    return Weekly(days, opens, closes if closes > opens else closes + DAY)


def _minutes(text: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    total = hour * 60 + minute
    if minute > 59 or total > DAY:  # noqa: PLR2004  minutes of an hour
        message = f"there is no such time as `{text}`"
        raise wrong(
            "window-out-of-range", message, "times go from 00:00 to 23:59; 24:00 is an end"
        )
    return total


def _days(text: str) -> frozenset[int]:
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash and first in _SETS:
        return _SETS[first]
    low = _day(first)
    if not dash:
        return frozenset((low,))
    high = _day(last)
    if low == high:
        hint = f"write `{_SHORT[low]}`, or `daily` for all days"
        raise wrong("window-syntax", f"`{text}` is a range of one", hint)
    return frozenset((low + ahead) % 7 for ahead in range((high - low) % 7 + 1))


def _day(name: str) -> int:
    if name in _NUMBERS:
        return _NUMBERS[name]
    if name in _SETS:
        message = f"`{name}` cannot stand in a range of days"
        raise wrong("window-syntax", message, "write for example `mon-fri`, or `sat,sun`")
    known = f"the days are {', '.join(_SHORT)}, and {', '.join(_SETS)} for several"
    close = suggest.closest(name, (*_NUMBERS, *_SETS))
    hint = f"did you mean `{close}`? {known}" if close else known
    raise wrong("window-syntax", f"`{name}` is not a day of the week", hint)


# ---------------------------------------------------------------- what is not understood

_FROM_DAY = re.compile(rf"(?P<a>[a-z]+) (?P<from>{_CLOCK}){_DASH}(?P<b>[a-z]+) (?P<to>{_CLOCK})")
#: What people write elsewhere, and what to write here; each is searched for.
_FOREIGN = tuple(
    (re.compile(pattern), hint)
    for pattern, hint in (
        (r"^(always|never)$", "a schedule without a window leaves the stack as it is"),
        (r"\d{1,2}:\d\d:\d\d", "windows work to the minute: write 08:00 instead of 08:00:00"),
        (r"\d\s?[ap]m\b", "write the hours from 00:00 to 24:00: 18:00 instead of 6pm"),
        (r"\d{1,2}\.\d\d", "write a colon between hour and minute: 08:00"),
        (r"^\d{4}-\d\d-\d\d.*(z$|[+-]\d\d:\d\d)", "leave the offset out: the zone stands beside"),
        (
            r"^\d{4}-\d\d-\d\d(/\d{4}-\d\d-\d\d)?$",
            "write the times as well: `2026-12-24 00:00/2026-12-27 00:00`",
        ),
        (
            r"^\d{4}-\d\d-\d\d",
            "an absolute range is `2026-12-24 18:00/2026-12-27 06:00`, with both ends",
        ),
        (r":\d\d\s+(to|until|till)\s+\d", "write a dash between the times: `08:00-18:00`"),
        (r":\d\d\s*/\s*\d{1,2}:\d\d$", "write a dash between the times: `08:00-18:00`"),
        (r":\d\d\s+[a-z]+(/[a-z_]+)*$", "days stand before the times, the zone (--tz) beside"),
        (r"(^|\s)\d{1,4}-\d{1,4}$", "write hours and minutes: `08:00-18:00`"),
        (r"^[\w\s]*\d{1,2}:\d\d$", "an end is missing: `08:00-18:00`; `08:00-` is a mere edge"),
        (r"^[a-z]+-[a-z]+-\d", "write a blank after the days: `mon-fri -18:00`"),
    )
)


def _foreign(part: str) -> Invalid:
    message = f"`{part}` is not understood as a part of a window"
    if _DAYS.fullmatch(part) and not re.fullmatch("always|never", part):
        _days(part)
        hint = f"write a time behind it: `{part} 08:00-18:00`"
        return wrong("window-syntax", f"`{part}` has no time", hint)
    if found := _FROM_DAY.fullmatch(part):
        return wrong("window-syntax", message, _day_by_day(found))
    for pattern, hint in _FOREIGN:
        if pattern.search(part):
            return wrong("window-syntax", message, hint)
    return wrong("window-syntax", message, _SHAPE)


def _day_by_day(found: re.Match[str]) -> str:
    """Return how a time over several days is written."""
    first, last = _day(found["a"]), _day(found["b"])
    between = tuple((first + ahead) % 7 for ahead in range(1, (last - first) % 7))
    parts = [f"{_SHORT[first]} {found['from']}-24:00"]
    if between:
        names = _SHORT[between[0]]
        if len(between) > 1:
            names += f"-{_SHORT[between[-1]]}"
        parts.append(f"{names} 00:00-24:00")
    parts.append(f"{_SHORT[last]} 00:00-{found['to']}")
    return f"write it day by day: `{', '.join(parts)}`"


# ---------------------------------------------------------------- written again


def _short_days(days: tuple[int, ...]) -> str:
    if len(days) == len(WEEKDAYS):
        return "daily"
    parts = []
    for first, last in rows(days):
        length = (last - first) % 7 + 1
        if length >= SHORTEST_RANGE:
            parts.append(f"{_SHORT[first]}-{_SHORT[last]}")
        else:
            parts.extend(_SHORT[(first + ahead) % 7] for ahead in range(length))
    return ",".join(parts)


def _end(closes: int) -> int:
    """Return the time of day of an end; the midnight that ends the day is 24:00."""
    return closes if closes <= DAY else closes - DAY


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
