"""Runs, newest first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl import durations
from dockschedctl.output.runs import elapsed
from dockschedctl.ui import symbols
from dockschedctl.ui.cells import Cell, Column, Row, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import runs

COLUMNS: Final = (
    Column(head="WHEN"),
    Column(head="ACTION"),
    Column(head="STATUS"),
    Column(head="TOOK", right=True, drop=2),
    Column(head="BY", elastic=True, least=8, drop=1),
    Column(head="CAUSE OR ERROR", elastic=True, least=16),
)


def rows(items: Sequence[runs.Run], moment: Moment) -> tuple[Row, ...]:
    """Return a row for each."""
    return tuple(
        Row(
            key=run.id,
            cells=(
                Cell(moment.short(run.started_at or run.planned_at)),
                Cell(run.action),
                symbols.of_run(run.status),
                Cell(_took(run, moment)),
                said(run.schedule or run.actor),
                said(run.error, "bad") if run.error else said(run.cause, "dim"),
            ),
        )
        for run in items
    )


def _took(run: runs.Run, moment: Moment) -> str:
    duration = elapsed(run, moment.now)
    return "-" if duration is None else durations.text(duration)
