"""Rows, cells and columns of grids, and how wide columns are. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl.output import tables
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Blanks between columns.
GAP: Final = 2
#: Thousands of rows say the same few things.
width = lru_cache(maxsize=16384)(tables.width)


class Cell(msgspec.Struct, frozen=True):
    """A piece of text; its style never says what the text does not."""

    text: str = ""
    #: good, warn, bad, dim, head, or "" for plain.
    style: str = ""
    #: The same text in pieces, each with its style, where they have several.
    parts: tuple[tuple[str, str], ...] = ()


EMPTY: Final = Cell()


def said(text: str, style: str = "") -> Cell:
    """Return a cell with text of other people, which a terminal must not obey."""
    return Cell(printable(text), style)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a grid."""

    key: str
    cells: tuple[Cell, ...]
    #: It is the head of what follows: its first cell takes the whole line.
    is_group: bool = False
    marked: bool = False


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a grid."""

    #: By which it is sorted; "" where one cannot.
    key: str = ""
    head: str
    #: May be narrowed down to `least`; the others show everything or nothing.
    elastic: bool = False
    least: int = 8
    #: Where there is no room, columns with higher numbers go first; 0: never.
    drop: int = 0
    #: Gets what room all others leave, where that is `least` and more and there is anything in it:
    #: nothing gives way for it.
    spare: bool = False
    right: bool = False


def widths(columns: Sequence[Column], rows: Sequence[Row], room: int) -> tuple[int, ...]:
    """Return how wide each column is so that all fit into the room; 0: it is left out.

    Columns that cannot be left out and cannot be narrowed may still take more than there is.
    """
    # A blank for the arrow of the column that is sorted by.
    wanted = [width(column.head) + bool(column.key) for column in columns]
    for row in rows:
        if row.is_group:
            continue
        for position, cell in enumerate(row.cells):
            size = width(cell.text)
            wanted[position] = max(wanted[position], size)
    spare = {at: wanted[at] for at, column in enumerate(columns) if column.spare}
    for at in spare:
        wanted[at] = 0
        if not any(row.cells[at].text for row in rows if not row.is_group):
            spare[at] = 0
    while _total(wanted) > room and (gone := _dispensable(columns, wanted, room)) is not None:
        wanted[gone] = 0
    _squeeze(columns, wanted, room)
    for at, size in spare.items():
        left = room - _total(wanted) - GAP
        wanted[at] = min(size, left) if left >= min(size, columns[at].least) > 0 else 0
    return tuple(wanted)


def _total(sizes: Sequence[int]) -> int:
    shown = [size for size in sizes if size]
    return sum(shown) + GAP * max(0, len(shown) - 1)


def _dispensable(columns: Sequence[Column], sizes: Sequence[int], room: int) -> int | None:
    """Return which column goes, where narrowing all elastic ones is not enough."""
    least = [
        min(size, column.least) if column.elastic else size
        for column, size in zip(columns, sizes, strict=True)
    ]
    if _total(least) <= room:
        return None
    candidates = [
        position for position, column in enumerate(columns) if column.drop and sizes[position]
    ]
    return max(candidates, key=lambda position: columns[position].drop, default=None)


def _squeeze(columns: Sequence[Column], sizes: list[int], room: int) -> None:
    """Narrow the widest elastic columns."""
    excess = _total(sizes) - room
    while excess > 0:
        elastic = [
            position
            for position, column in enumerate(columns)
            if column.elastic and sizes[position] > column.least
        ]
        if not elastic:
            return
        sizes[max(elastic, key=lambda position: sizes[position])] -= 1
        excess -= 1


def fitted(text: str, size: int, *, right: bool = False) -> str:
    """Return the text in exactly so many columns of the terminal; what is cut off ends in `…`."""
    taken = width(text)
    if taken > size:
        text, taken = _cut(text, size)
    blanks = " " * (size - taken)
    return blanks + text if right else text + blanks


def _cut(text: str, size: int) -> tuple[str, int]:
    if size <= 0:
        return "", 0
    while width(text) > size - 1:
        text = text[:-1]
    return f"{text}…", width(text) + 1
