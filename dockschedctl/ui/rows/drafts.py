"""What is told of a schedule while it is being written. Pure."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import TYPE_CHECKING, Final

from dockschedctl.output import tables, times
from dockschedctl.output.tables import Column, Table
from dockschedctl.ui.cells import Cell
from dockschedctl.wording import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import drafts, schedules

#: More conflicts are counted, not told.
_MOST: Final = 5


def lines(draft: drafts.Draft, moment: Moment, width: int) -> Iterator[Cell]:
    """Yield its sentence, its next instants, and what contradicts it."""
    if draft.preview is not None:
        yield from _preview(draft.preview, moment, width)
    else:
        yield Cell("when it fires is told once it can be read", "dim")
    schedule = draft.schedule
    if schedule is None:
        return
    yield Cell()
    yield from conflicts(draft, width)
    if not draft.conflicts:
        yield Cell("✓ it contradicts no other schedule", "good")
    for text in schedule.warnings:
        yield from _said(text, width, symbol="!", style="warn")
    for each in draft.notices[:_MOST]:
        yield from _said(each.text, width, symbol="·")
    if schedule.zone_reason:
        yield from _said(f"zone {schedule.zone}, {schedule.zone_reason}", width, symbol="·")
    for change in draft.changes:
        text = f"changes {change.field}: {change.old} → {change.new}"
        yield from _said(text, width, symbol="·")


def conflicts(draft: drafts.Draft, width: int) -> Iterator[Cell]:
    """Yield what contradicts it, the first few."""
    for each in draft.conflicts[:_MOST]:
        yield from _said(f"conflict: {each.text}", width, symbol="!", style="warn")
    more = len(draft.conflicts) - _MOST
    if more > 0:
        yield Cell(f"! and {count(more, 'more conflict')}", "warn")


def _preview(preview: schedules.Preview, moment: Moment, width: int) -> Iterator[Cell]:
    reads = textwrap.wrap(printable(preview.reads), max(20, width)) or [""]
    yield from (Cell(line, "head") for line in reads)
    if not preview.moments:
        yield Cell("it never fires", "warn")
    else:
        head, *rest = instants(preview, moment, width)
        yield Cell(head, "dim")
        yield from map(Cell, rest)
    for text in preview.left_out:
        yield from _said(text, width, symbol="·")


def instants(preview: schedules.Preview, moment: Moment, width: int) -> list[str]:
    """Return the next instants with a head: in its zone, and here where clocks differ."""
    elsewhere = any(
        datetime.fromisoformat(each.local).utcoffset()
        != each.at.astimezone(moment.zone).utcoffset()
        for each in preview.moments
    )
    columns: list[Column[schedules.Moment]] = [
        Column(head=_place(preview.zone), cell=lambda m, _: _wall(m)),
        *([Column(head="HERE", cell=lambda m, _: _here(m, moment))] if elsewhere else []),
        *(
            [Column(head="DOES", cell=lambda m, _: m.action)]
            if any(each.action for each in preview.moments)
            else []
        ),
        Column(head="FROM NOW", cell=lambda m, v: times.relative(m.at, v.now)),
        Column(head="", cell=lambda m, _: m.note, elastic=True),
    ]
    table = Table(columns=tuple(columns), name=lambda m: m.local, empty="", blank="")
    return tables.render(table, preview.moments, moment.view(width))


def _place(zone: str) -> str:
    return f"IN {zone}"


def _wall(moment: schedules.Moment) -> str:
    return times.dated(datetime.fromisoformat(moment.local))


def _here(moment: schedules.Moment, here: Moment) -> str:
    local = moment.at.astimezone(here.zone)
    there = datetime.fromisoformat(moment.local)
    return f"{local:%H:%M}" if local.date() == there.date() else f"{local:%a %H:%M}"


def _said(text: str, width: int, *, symbol: str, style: str = "") -> Iterator[Cell]:
    """Yield the text on as many lines as it needs, the first with a symbol."""
    found = textwrap.wrap(printable(text), max(20, width - 2)) or [""]
    for position, line in enumerate(found):
        yield Cell(f"{' ' if position else symbol} {line}", style)
