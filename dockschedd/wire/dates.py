"""Dates as people write them in calendars: `2026-12-24`, `2026-12-24..2027-01-06`.

Both sides read and write them by these rules.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: More dates than these no calendar has.
MOST: Final = 5000
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 9899
_DAY: Final = timedelta(days=1)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
HINT: Final = "write for example 2026-12-24, or 2026-12-24..2027-01-06 with both ends"


def read(text: str) -> tuple[date, ...]:
    """Return the dates that one date or one range names, ascending.

    Raises ValueError with a sentence for a person.
    """
    first, dots, last = (part.strip() for part in text.partition(".."))
    opens = _date(first, of=text)
    closes = _date(last, of=text) if dots else opens
    if closes < opens:
        raise ValueError(f"`{text.strip()}` ends before it begins")
    return between(opens, closes)


def between(first: date, last: date) -> tuple[date, ...]:
    """Return all dates from the first to the last one.

    Raises ValueError when they are more than a calendar can have, or outside its years.
    """
    length = (last - first).days + 1
    if length > MOST:
        raise ValueError(f"`{first}..{last}` has more than {MOST:,} dates")
    if first.year < FIRST_YEAR or last.year > LAST_YEAR:
        raise ValueError(f"the years of a calendar go from {FIRST_YEAR} to {LAST_YEAR}")
    return tuple(first + n * _DAY for n in range(length))


def rows(dates: Iterable[date]) -> tuple[tuple[date, date], ...]:
    """Return the first and the last of all dates in a row, ascending."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(dates)):
        if found and found[-1][1] + _DAY == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return tuple(found)


def written(dates: Iterable[date]) -> tuple[str, ...]:
    """Return the shortest texts that `read` reads back as these dates."""
    return tuple(
        f"{first}" if first == last else f"{first}..{last}" for first, last in rows(dates)
    )


def _date(text: str, *, of: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError(f"`{of.strip()[:64]}` is neither a date nor a range of dates")
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise ValueError(f"there is no such date as {text}") from exc
