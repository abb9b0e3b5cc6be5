"""Runs, newest first, of one stack or of all. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl import durations
from dockschedctl.output.runs import OVER, elapsed
from dockschedctl.ui import symbols
from dockschedctl.ui.cells import Cell, Column, Row, said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

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
#: Where the stack is not said already.
OF_ALL: Final = (
    COLUMNS[0],
    Column(head="STACK", elastic=True, least=18),
    *COLUMNS[1:-1],
    Column(head="CAUSE OR ERROR", elastic=True, least=24),
)


def rows(items: Sequence[runs.Run], moment: Moment) -> tuple[Row, ...]:
    """Return a row for each run of one stack."""
    return tuple(Row(key=run.id, cells=_cells(run, moment)) for run in items)


class Builder:
    """Builds rows of runs of all stacks, and keeps those of runs that are over."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[runs.Run, date, Row]] = {}

    def rows(self, items: Sequence[runs.Run], moment: Moment) -> tuple[Row, ...]:
        """Return a row for each, with its stack."""
        today = moment.now.astimezone(moment.zone).date()
        before, self._known = self._known, {}
        for run in items:
            known = before.get(run.id)
            # Of what is over only the day of its instants is written otherwise, some day.
            if known is None or known[0] is not run or known[1] != today or run.status not in OVER:
                known = (run, today, _with_stack(run, _cells(run, moment)))
            self._known[run.id] = known
        return tuple(row for _, _, row in self._known.values())


def whole(run: runs.Run) -> tuple[Cell, ...]:
    """Return in full what a row may have no room for."""
    name = said(f"{run.action} {run.stack}: ", "head")
    by = said(f" ({run.schedule or run.actor})", "dim")
    return (name, said(run.error, "bad") if run.error else said(run.cause), by)


def _with_stack(run: runs.Run, cells: tuple[Cell, ...]) -> Row:
    return Row(key=run.id, cells=(cells[0], said(run.stack), *cells[1:]))


def _cells(run: runs.Run, moment: Moment) -> tuple[Cell, ...]:
    return (
        Cell(moment.short(run.started_at or run.planned_at)),
        Cell(run.action),
        symbols.of_run(run.status),
        Cell(_took(run, moment)),
        said(run.schedule or run.actor),
        said(run.error, "bad") if run.error else said(run.cause, "dim"),
    )


def _took(run: runs.Run, moment: Moment) -> str:
    duration = elapsed(run, moment.now)
    return "-" if duration is None else durations.text(duration)
