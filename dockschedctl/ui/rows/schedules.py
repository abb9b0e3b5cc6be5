"""Schedules. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl.ui.cells import Cell, Column, Row, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import schedules

COLUMNS: Final = (
    Column(head="SCHEDULE", elastic=True, least=10),
    Column(head="ACTION"),
    Column(head="NEXT", elastic=True, least=12),
    Column(head="READS", elastic=True, least=16),
    Column(head="SELECTOR", elastic=True, least=8, drop=2),
    Column(head="OWNER", elastic=True, least=6, drop=1),
)


def rows(items: Sequence[schedules.Schedule], moment: Moment) -> tuple[Row, ...]:
    """Return a row for each."""
    return tuple(
        Row(
            key=each.name,
            cells=(
                said(each.name),
                Cell(each.action),
                _next(each, moment),
                said(each.reads),
                said(each.selector, "dim"),
                said(each.owner, "dim"),
            ),
        )
        for each in items
    )


def _next(schedule: schedules.Schedule, moment: Moment) -> Cell:
    if schedule.done:
        return Cell("✓ done", "dim")
    if not schedule.enabled:
        return Cell("■ disabled", "warn")
    if schedule.next_at is None:
        return Cell("-", "dim")
    action = f"{schedule.next_action} " if schedule.window is not None else ""
    return Cell(f"{action}{moment.ahead(schedule.next_at)}")
