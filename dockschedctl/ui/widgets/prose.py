"""Cells as text that wraps: what pages say above and below their grids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dockschedctl.ui.cells import Cell

_STYLES: Final = {
    "good": "$success",
    "warn": "$warning",
    "bad": "$error",
    "dim": "$secondary",
    "head": "bold",
}


def written(lines: Iterable[Iterable[Cell]]) -> Content:
    """Return the lines, each of several cells."""
    return Content("\n").join(Content.assemble(*map(part, line)) for line in lines)


def part(cell: Cell) -> tuple[str, str]:
    """Return one piece of text with its style."""
    return cell.text, _STYLES.get(cell.style, "")
