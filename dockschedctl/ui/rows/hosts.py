"""Hosts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dockschedctl.output import hosts as texts
from dockschedctl.output import times
from dockschedctl.ui import symbols
from dockschedctl.ui.cells import Cell, Column, Row, said
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import stacks

COLUMNS: Final = (
    Column(key="host", head="HOST", elastic=True, least=10),
    Column(key="state", head="STATE"),
    Column(key="stacks", head="STACKS", right=True),
    Column(head="ENGINE", drop=3),
    Column(key="answers", head="ANSWERS", right=True, drop=2),
    Column(head="LOST OR NOTES", elastic=True, least=16),
    Column(head="ZONE", elastic=True, least=8, drop=5),
    Column(head="URL", elastic=True, least=12, drop=4),
)
ORDERS: Final[Mapping[str, Callable[[stacks.Host], Any]]] = {
    "host": lambda host: host.name,
    # What needs a person comes first.
    "state": lambda host: (host.reachable, not host.notes),
    "stacks": lambda host: -host.stacks,
    # The slowest first: behind them those that do not answer.
    "answers": lambda host: (host.latency_seconds is None, -(host.latency_seconds or 0)),
}


def rows(items: Sequence[stacks.Host], moment: Moment) -> tuple[Row, ...]:
    """Return a row for each."""
    return tuple(
        Row(
            key=host.name,
            cells=(
                said(host.name),
                symbols.word(texts.state(host)),
                Cell(str(host.stacks)),
                said(host.engine_version or "-"),
                Cell(texts.latency(host) or "-"),
                _remarks(host, moment),
                said(host.zone or "-", "dim"),
                said(host.url, "dim"),
            ),
        )
        for host in items
    )


def why(host: stacks.Host) -> str:
    """Return why it cannot be reached, without what its row says already; "" where it can be."""
    error = host.error or ""
    return printable(error.partition(f"{host.url}: ")[2] or error)


def _remarks(host: stacks.Host, moment: Moment) -> Cell:
    if not host.reachable:
        seen = "never seen" if host.seen_at is None else times.relative(host.seen_at, moment.now)
        return Cell(f"{seen}: {why(host)}" if host.error else seen, "bad")
    return said(f"! {'; '.join(host.notes)}", "warn") if host.notes else Cell("-", "dim")
