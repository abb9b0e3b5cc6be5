"""Tables without borders, and styles: one description of the columns for every output.

In a pipe nothing is cut off and nothing is coloured, so that `cut`, `awk` and `less` work.
On a terminal elastic columns give way until the table fits.
"""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from dockschedctl.output import times
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

T = TypeVar("T")

GAP: Final = "  "
#: Elastic columns are not narrower, unless the line would still be too long.
_NARROWEST: Final = 8
_NARROWEST_OF_ALL: Final = 5
_CODES: Final = {"good": "32", "bad": "31", "warn": "33", "dim": "2", "head": "1"}
#: The words of all enumerations of the wire that deserve a colour.
_OF_WORD: Final = {
    "running": "good", "healthy": "good", "succeeded": "good", "ok": "good", "reachable": "good",
    "failed": "bad", "unhealthy": "bad", "unreachable": "bad", "dead": "bad", "missed": "bad",
    "warning": "warn",
    "partial": "warn", "paused": "warn", "starting": "warn", "unknown": "warn", "refused": "warn",
    "interrupted": "warn", "restarting": "warn", "cancelled": "warn", "drift": "warn",
    "stopped": "dim", "exited": "dim", "skipped": "dim", "superseded": "dim", "none": "dim",
    "disabled": "dim", "done": "dim", "planned": "dim",
}  # fmt: skip


class View(msgspec.Struct, frozen=True, kw_only=True):
    """How to show: when, where, and how wide."""

    now: datetime
    zone: tzinfo | None = None
    wide: bool = False
    colour: bool = False
    #: Columns of the terminal; None where nothing may be cut off.
    width: int | None = None

    def time(self, at: datetime | None) -> str:
        """Return an instant for a cell: both forms, or RFC 3339 in UTC when wide."""
        if at is None:
            return "-"
        return times.rfc3339(at) if self.wide else times.both(at, self.now, self.zone)

    def style(self, text: str, style: str) -> str:
        """Return the text in a style, where there is colour."""
        code = _CODES.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code and text else text

    def word(self, word: str) -> str:
        """Return a word of an enumeration in its colour; of several, that of the last.

        What is said of it in brackets has the same.
        """
        key = word.partition("(")[0].rpartition(",")[2]
        return self.style(word, _OF_WORD.get(key, ""))


class Column(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One column."""

    head: str
    cell: Callable[[T, View], str]
    #: Numbers.
    right: bool = False
    #: Shown only when wide.
    wide: bool = False
    #: Its words are coloured as words of an enumeration.
    coloured: bool = False
    #: May be cut off on a terminal.
    elastic: bool = False
    #: Is cut in its middle: names often begin alike.
    named: bool = False


class Table(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What a list of things looks like."""

    columns: Sequence[Column[T]]
    #: For `-o name`.
    name: Callable[[T], str]
    #: One line for stderr where there is nothing.
    empty: str
    #: Shown instead of an empty cell.
    blank: str = "-"


def render(table: Table[T], items: Iterable[T], view: View, *, head: bool = True) -> list[str]:
    """Return the lines of the table, with its head."""
    lines, _ = _render(table, items, view, head=head, at_least=None)
    return lines


def render_pages(table: Table[T], pages: Iterable[Iterable[T]], view: View) -> Iterator[list[str]]:
    """Yield the lines of each page, of the first with the head; nothing of an empty one.

    The columns of a page are as wide as it needs, and no narrower than those before.
    """
    widths: list[int] | None = None
    for page in pages:
        items = tuple(page)
        if items:
            lines, widths = _render(table, items, view, head=widths is None, at_least=widths)
            yield lines


def lines(of: Iterable[str]) -> str:
    """Return the lines as text."""
    return "".join(f"{line}\n" for line in of)


def _render(
    table: Table[T], items: Iterable[T], view: View, *, head: bool, at_least: list[int] | None
) -> tuple[list[str], list[int]]:
    """Return the lines, and how wide the columns are."""
    columns = [c for c in table.columns if view.wide or not c.wide]
    rows = [
        [printable(column.cell(item, view)) or table.blank for column in columns] for item in items
    ]
    heads = [column.head for column in columns]
    widths = [max(map(width, cells)) for cells in zip(heads, *rows, strict=True)]
    if at_least is not None:
        widths = [max(pair) for pair in zip(widths, at_least, strict=True)]
    if view.width is not None:
        _squeeze(widths, columns, view.width)
    shown = [_line([view.style(h, "head") for h in heads], heads, widths, columns)] if head else []
    for row in rows:
        cut = [
            (cut_inside if column.named else _cut)(cell, size)
            for cell, size, column in zip(row, widths, columns, strict=True)
        ]
        styled = [
            view.word(cell) if column.coloured else cell
            for cell, column in zip(cut, columns, strict=True)
        ]
        shown.append(_line(styled, cut, widths, columns))
    return shown, widths


def indented(table: Table[T], items: Iterable[T], view: View) -> list[str]:
    """Return the lines of the table below a heading."""
    narrower = None if view.width is None else view.width - len(GAP)
    return [
        f"{GAP}{line}"
        for line in render(table, items, msgspec.structs.replace(view, width=narrower))
    ]


def _line(
    styled: Sequence[str],
    plain: Sequence[str],
    widths: Sequence[int],
    columns: Sequence[Column[Any]],
) -> str:
    cells = []
    for text, bare, size, column in zip(styled, plain, widths, columns, strict=True):
        padding = " " * (size - width(bare))
        cells.append(padding + text if column.right else text + padding)
    return GAP.join(cells).rstrip()


def _squeeze(widths: list[int], columns: Sequence[Column[Any]], room: int) -> None:
    """Narrow the widest elastic columns until the line fits, or they are as narrow as can be."""
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - room
    for narrowest in (_NARROWEST, _NARROWEST_OF_ALL):
        while excess > 0:
            elastic = [i for i, c in enumerate(columns) if c.elastic and widths[i] > narrowest]
            if not elastic:
                break
            widest = max(elastic, key=lambda i: widths[i])
            widths[widest] -= 1
            excess -= 1


def folded(text: str, view: View, *, indent: str = "") -> list[str]:
    """Return the text in lines that fit, broken between words; what follows is indented.

    Where nothing may be cut off it stays on one line.
    """
    if view.width is None or width(text) <= view.width:
        return [text]
    inner = text.lstrip()
    first = text[: len(text) - len(inner)]
    return textwrap.wrap(
        inner,
        max(view.width, _NARROWEST * 2),
        initial_indent=first,
        subsequent_indent=first + indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def width(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _cut(text: str, size: int) -> str:
    if width(text) <= size:
        return text
    while text and width(text) > size - 1:
        text = text[:-1]
    return f"{text}…"


def cut_inside(text: str, size: int) -> str:
    """Return the text with its beginning and its end: `prod-eu…/web-1`."""
    if width(text) <= size:
        return text
    tail = text
    while tail and width(tail) > size // 2:
        tail = tail[1:]
    return f"{_cut(text, size - width(tail))}{tail}"
