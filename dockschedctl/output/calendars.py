"""Calendars as people read them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import printable
from dockschedd.wire import dates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import calendars

CALENDARS: Table[calendars.CalendarSummary] = Table(
    columns=(
        Column(head="CALENDAR", cell=lambda c, _: c.name, elastic=True),
        Column(head="DATES", cell=lambda c, _: str(c.count)),
        Column(head="FIRST", cell=lambda c, _: "" if c.first is None else str(c.first)),
        Column(head="LAST", cell=lambda c, _: "" if c.last is None else str(c.last)),
        Column(head="SCHEDULES", cell=lambda c, _: str(c.schedules)),
        Column(head="OWNER", cell=lambda c, _: c.owner, wide=True),
        Column(head="CHANGED", cell=lambda c, view: view.time(c.updated_at), wide=True),
    ),
    name=lambda c: c.name,
    empty="there are no calendars",
)


def calendar_text(calendar: calendars.Calendar, view: View) -> Iterator[str]:
    """Yield one calendar: its dates, those in a row as a range, and who names it."""
    yield f"{calendar.name}: {counted(len(calendar.dates), 'date')}"
    yield from (f"  {row}" for row in dates.written(calendar.dates))
    named = "".join(f" {name}" for name in calendar.used_by) or " none"
    more = calendar.schedules - len(calendar.used_by)
    yield f"  schedules:{named}{f' and {more} more' if more else ''}"
    if calendar.hosts:
        yield f"  hosts: {' '.join(calendar.hosts)}"
    yield f"  owner: {calendar.owner}"
    yield f"  changed: {view.time(calendar.updated_at)}"
    yield from (f"  warning: {printable(line)}" for line in calendar.warnings)


def counted(number: int, noun: str) -> str:
    """Return the number with its noun: `1 date`, `2 dates`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
