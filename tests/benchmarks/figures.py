"""One measured figure, and the table of them. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    #: In `unit`.
    ours: float
    unit: str
    #: The peer's figure from the same run; None where there is no peer.
    peer: float | None = None
    #: What is to be reached: a ratio where there is a peer, else a figure in `unit`.
    target: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's: below 1 is faster."""
        return None if self.peer is None else self.ours / self.peer

    def __str__(self) -> str:
        """Return it as a line of its own."""
        peer = "" if self.peer is None else f" (the peer {_number(self.peer, self.unit)})"
        return f"{self.what}: {_number(self.ours, self.unit)}{peer}"

    @property
    def verdict(self) -> str:
        """Whether the target is reached; "" where there is none."""
        if self.target is None:
            return ""
        reached = self.ours if self.ratio is None else self.ratio
        return "yes" if reached <= self.target else "no"


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as columns of text."""
    rows = [("what", "ours", "peer", "ratio", "target", "reached", "note")]
    for figure in figures:
        peer = "" if figure.peer is None else _number(figure.peer, figure.unit)
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        target = ""
        if figure.target is not None:
            is_ratio = figure.ratio is not None
            target = f"{figure.target:g}" if is_ratio else _number(figure.target, figure.unit)
        ours = _number(figure.ours, figure.unit)
        rows.append((figure.what, ours, peer, ratio, target, figure.verdict, figure.note))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:6], widths[1:6], strict=True)]
        lines.append("  ".join((*cells, row[6])).rstrip())
    return "\n".join(lines)


def _number(value: float, unit: str) -> str:
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f} {unit}"
