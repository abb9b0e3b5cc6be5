"""The steps of one run on its time axis: a bar from where each began to where it ended. Pure.

The axis of a run that is under way is longer than the run and grows by leaps, so that bars grow
and do not shrink. Where a step has no bar stands what it waits for, or why it never began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl import durations
from dockschedctl.output import runs as texts
from dockschedctl.ui import cells, symbols
from dockschedctl.ui.cells import Cell, Column, Row, said

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import runs

_COLUMNS: Final = (
    Column(head="CONTAINER", elastic=True, least=10),
    Column(head="WHAT", elastic=True, least=7),
    Column(head="STATUS"),
    Column(head="", elastic=True, least=10),
    Column(head="TOOK", right=True),
)
_BAR_AT: Final = 3
#: Columns that a bar has at least where names are long.
_LEAST_BAR: Final = 16
_CALL: Final = "█"
_WAIT: Final = "░"
#: How a bar ends, so that it says the same without colour.
_ENDS: Final = {"running": "▶", "failed": "✗", "interrupted": "!", "cancelled": "■"}
_STYLES: Final = {
    "running": "warn",
    "succeeded": "good",
    "failed": "bad",
    "interrupted": "warn",
    "cancelled": "warn",
}
#: Seconds to which the axis of a run that is under way leaps.
_LEAPS: Final = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400)


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """From when on bars are drawn, and for how long."""

    begin: datetime
    seconds: float

    def cell(self, at: datetime, room: int) -> float:
        """Return where an instant is in so many columns; before and after are its ends."""
        part = (at - self.begin).total_seconds() / self.seconds
        return min(max(part, 0.0), 1.0) * room


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """What a grid shows of a run."""

    columns: tuple[Column, ...] = _COLUMNS
    rows: tuple[Row, ...] = ()


EMPTY: Final = Timeline()


def axis(run: runs.Run, now: datetime) -> Axis | None:
    """Return the axis; None before the run has begun."""
    if run.started_at is None:
        return None
    if run.finished_at is not None:
        length = (run.finished_at - run.started_at).total_seconds()
        return Axis(begin=run.started_at, seconds=max(length, 0.001))
    length = max(0.0, (now - run.started_at).total_seconds())
    leap = next((each for each in _LEAPS if each >= length), None)
    return Axis(begin=run.started_at, seconds=length if leap is None else float(leap))


def timeline(run: runs.Run, moment: Moment, room: int) -> Timeline:
    """Return a row for each step, in the order in which they begin, in so many columns."""
    drawing = _Drawing(run, moment)
    plain = tuple(drawing.row(step, Cell(" " * _LEAST_BAR)) for step in run.steps)
    sizes = cells.widths(_COLUMNS, plain, room)
    others = sum(sizes) - sizes[_BAR_AT] + cells.GAP * (len(sizes) - 1)
    size = max(room - others, sizes[_BAR_AT])
    rows = tuple(drawing.row(step, drawing.line(step, size)) for step in run.steps)
    head = msgspec.structs.replace(_COLUMNS[_BAR_AT], head=_scale(drawing.axis, size))
    return Timeline(columns=(*_COLUMNS[:_BAR_AT], head, *_COLUMNS[_BAR_AT + 1 :]), rows=rows)


def _scale(found: Axis | None, size: int) -> str:
    """Return the ends of the axis: `0s        12.3s`."""
    if found is None:
        return ""
    end = durations.text(found.seconds)
    return f"0s{end:>{max(size - 2, len(end) + 1)}}"


class _Drawing:
    """The rows of one run at one moment."""

    def __init__(self, run: runs.Run, moment: Moment) -> None:
        self.axis = axis(run, moment.now)
        self._now = moment.now
        self._steps = {step.position: step for step in run.steps}
        #: What the names of its containers begin with, as Compose makes them.
        self._prefix = f"{run.stack.partition('/')[2]}-"

    def row(self, step: runs.Step, line: Cell) -> Row:
        """Return the row of a step with its line."""
        duration = texts.elapsed(step, self._now)
        return Row(
            key=str(step.position),
            cells=(
                said(self._name(step)),
                Cell(texts.what(step).removeprefix("wait ")),
                symbols.of_run(step.status),
                line,
                Cell("-" if duration is None else durations.text(duration)),
            ),
        )

    def line(self, step: runs.Step, size: int) -> Cell:
        """Return the bar of a step in so many columns, or what stands in its place."""
        if step.started_at is None or self.axis is None:
            return said(self._instead(step), "dim")
        begin = int(self.axis.cell(step.started_at, size))
        end = self.axis.cell(step.finished_at or self._now, size)
        # A step is never so short that it is not seen.
        length = max(1, round(end) - begin)
        begin = min(begin, size - length)
        drawn = (_WAIT if step.verb in texts.WAITS else _CALL) * length
        if step.status in _ENDS:
            drawn = drawn[:-1] + _ENDS[step.status]
        return Cell(" " * begin + drawn, _STYLES.get(step.status, ""))

    def _name(self, step: runs.Step) -> str:
        """Return the name of a container without that of its stack, which all of them share."""
        return step.container.removeprefix(self._prefix) or step.container

    def _instead(self, step: runs.Step) -> str:
        """Return what a step that has not begun waits for, or why it never will."""
        if step.status != "planned":
            return step.error or ""
        before = (self._steps[at] for at in step.after if at in self._steps)
        open_ = [each for each in before if each.status != "succeeded"]
        return f"waits for {', '.join(map(self._condition, open_))}" if open_ else ""

    def _condition(self, step: runs.Step) -> str:
        match step.verb:
            case "wait-healthy":
                return f"{self._name(step)} to be healthy"
            case "wait-completed":
                return f"{self._name(step)} to complete"
            case verb:
                return f"{self._name(step)} to {verb}"
