"""A symbol before each word of the wire, so that states are told apart without colour. Pure."""

from __future__ import annotations

from typing import Final

from dockschedctl.ui.cells import Cell

#: word → (symbol, style). Symbols are in the fonts of Linux consoles and of DejaVu.
_OF_WORD: Final[dict[str, tuple[str, str]]] = {
    "running": ("●", "good"),
    "stopped": ("○", "dim"),
    "paused": ("‖", "warn"),
    "partial": ("◐", "warn"),
    "unknown": ("?", "warn"),
    "healthy": ("✓", "good"),
    "unhealthy": ("✗", "bad"),
    "starting": ("…", "warn"),
    "restarting": ("↻", "warn"),
    "exited": ("○", "dim"),
    "finished": ("✓", "dim"),
    "created": ("○", "dim"),
    "removing": ("…", "dim"),
    "dead": ("✗", "bad"),
    "drift": ("≠", "warn"),
    "succeeded": ("✓", "good"),
    "failed": ("✗", "bad"),
    "cancelled": ("■", "warn"),
    "skipped": ("-", "dim"),
    "missed": ("!", "bad"),
    "superseded": ("-", "dim"),
    "interrupted": ("!", "warn"),
    "planned": ("·", "dim"),
    "reachable": ("✓", "good"),
    "unreachable": ("✗", "bad"),
    "ok": ("✓", "good"),
    "refused": ("!", "warn"),
    "enabled": ("●", "good"),
    "disabled": ("■", "warn"),
}
#: Where a run and a stack share a word.
_OF_RUN: Final[dict[str, tuple[str, str]]] = {
    "running": ("▶", "warn"),
    "partial": ("◐", "bad"),
}


def word(text: str, *, tail: str = "") -> Cell:
    """Return the state of a stack or a container as a cell: `● running`."""
    symbol, style = _OF_WORD.get(text, ("", ""))
    return Cell(f"{symbol} {text}{tail}".strip(), style)


def of_run(status: str, *, says: str | None = None) -> Cell:
    """Return the status of a run or a step as a cell: `✓ stop`, or `✓ succeeded`."""
    symbol, style = _OF_RUN.get(status) or _OF_WORD.get(status, ("", ""))
    return Cell(f"{symbol} {says or status}".strip(), style)
