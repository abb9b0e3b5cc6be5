"""Containers of a stack, in the order in which they start. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl.output import runs as texts
from dockschedctl.output.stacks import since
from dockschedctl.ui import symbols
from dockschedctl.ui.cells import Cell, Column, Row, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import runs, stacks

COLUMNS: Final = (
    Column(head="CONTAINER", elastic=True, least=14),
    Column(head="STATE", elastic=True, least=14),
    Column(head="SINCE", drop=1),
    Column(head="HEALTH", drop=2),
    Column(head="SERVICE", elastic=True, least=8, drop=4),
    Column(head="AFTER", elastic=True, least=18, drop=3),
)


def rows(
    items: Sequence[stacks.Container], acts: runs.Run | None, moment: Moment
) -> tuple[Row, ...]:
    """Return a row for each; of those on which a run acts now, what it does."""
    doing = {step.container_id: step for step in acts.steps} if acts is not None else {}
    return tuple(
        Row(
            key=item.id,
            cells=(
                said(item.name),
                _state(item, doing.get(item.id)),
                Cell(_since(item, moment), "dim"),
                Cell("-", "dim") if item.health == "none" else symbols.word(item.health),
                said(item.service),
                said(", ".join(_after(each) for each in item.depends_on) or "-"),
            ),
        )
        for item in items
    )


def _since(item: stacks.Container, moment: Moment) -> str:
    """Return `14:02 (3 h)`; where only round words of the engine are known, `~3 h`."""
    span = since(item, moment.now)
    if item.since_at is None or not item.since_exact:
        return span
    return f"{moment.short(item.since_at)} ({span})"


def _state(item: stacks.Container, step: runs.Step | None) -> Cell:
    if step is not None and step.status == "running":
        return Cell(f"▶ {texts.doing(step.verb)}", "warn")
    if step is not None and step.status == "failed":
        return said(f"✗ {step.verb} failed", "bad")
    if item.exit_code is not None and item.state == "exited":
        found = symbols.word("finished" if item.oneshot else "exited", tail=f" ({item.exit_code})")
        return found if item.exit_code == 0 or item.oneshot else Cell(found.text, "warn")
    return symbols.word(item.state)


def _after(each: stacks.DependsOn) -> str:
    condition = each.condition.removeprefix("service_").replace("_successfully", "")
    return each.service if condition == "started" else f"{each.service} ({condition})"
