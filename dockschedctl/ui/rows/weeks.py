"""The week of stacks as rows, and what is around them. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl.output import slots, tables, weeks
from dockschedctl.ui.cells import GAP, Cell, Column, Row, width
from dockschedctl.wording import count, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dockschedctl.output.slots import Scale
    from dockschedctl.output.tables import View
    from dockschedd.wire import week as wire

#: Names are not cut shorter than this, whatever the days need.
_LEAST: Final = 12
_READING: Final = Cell("reading", "dim")
_GONE: Final = Cell("nothing is known of it", "dim")


def scale(days: Sequence[datetime], zone: str, names: Sequence[str], *, room: int) -> Scale:
    """Return slots as fine as they may be beside the names."""
    longest = max(map(width, names), default=0)
    left = room - GAP - min(max(longest, len("STACK")), _LEAST)
    return slots.scale(days, slots.zone_of(zone), room=left)


def columns(on: Scale | None, now: datetime | None) -> tuple[Column, ...]:
    """Return the columns; the head of the days tells the hours, and where now is."""
    hours = "" if on is None or now is None else " ".join(slots.hours(on, now))
    return (Column(head="STACK", elastic=True, least=_LEAST), Column(head=hours))


def days_line(on: Scale, chosen: int) -> tuple[str, ...]:
    """Return the names of the days, each as wide as its slots; the chosen one is in brackets."""
    found = []
    for day, head in enumerate(slots.heads(on)):
        text = head
        if day == chosen:
            text = f"[{head}]" if len(head) + 2 <= on.per_day else f">{head.replace(' ', '')}"
        found.append(f"{text:{on.per_day}}")
    return tuple(found)


class Builder:
    """Makes rows, and keeps those whose week is the same."""

    def __init__(self) -> None:
        self._on: Scale | None = None
        self._name = 0
        self._known: dict[str, tuple[wire.StackWeek, Row]] = {}
        self._used: set[str] = set()

    def rows(
        self,
        names: Sequence[str],
        known: Mapping[str, wire.StackWeek | None],
        on: Scale | None,
        *,
        room: int,
    ) -> tuple[Row, ...]:
        """Return a row for each name; of one that is not known yet, that it is read."""
        name = room if on is None else max(_LEAST, room - GAP - on.width)
        if (on, name) != (self._on, self._name):
            self._on, self._name = on, name
            self._known.clear()
            self._used.clear()
        return tuple(self._row(name, known) for name in names)

    def legend(self, now: datetime) -> str:
        """Return what the symbols mean that the rows have had so far."""
        if self._on is None:
            return ""
        here = self._on.slot(now) is not None
        return slots.legend(self._used | {slots.NOW} if here else self._used)

    def _row(self, name: str, known: Mapping[str, wire.StackWeek | None]) -> Row:
        week = known.get(name)
        if week is None or self._on is None:
            cell = _GONE if name in known else _READING
            return Row(key=name, cells=(self._label(name), cell))
        kept = self._known.get(name)
        if kept is None or kept[0] is not week:
            row = Row(key=name, cells=(self._label(name), _picture(week, self._on)))
            kept = self._known[name] = week, row
            self._used |= set(row.cells[1].text)
        return kept[1]

    def _label(self, name: str) -> Cell:
        return Cell(tables.cut_inside(printable(name), self._name))


def _picture(week: wire.StackWeek, on: Scale) -> Cell:
    """Return the days of a stack as one cell, in pieces of one style."""
    parts: list[tuple[str, str]] = []
    glyphs = slots.cells(week, on)
    for day in range(on.days):
        row = glyphs[day * on.per_day : (day + 1) * on.per_day]
        for style, same in groupby(row, key=lambda each: each.style):
            parts.append(("".join(each.symbol for each in same), style))
        parts.append((" ", ""))
    parts.pop()
    return Cell("".join(text for text, _ in parts), "", tuple(parts))


class Said(msgspec.Struct, frozen=True):
    """One line below the picture."""

    text: str
    style: str = ""


def remarks(week: wire.StackWeek) -> tuple[Said, ...]:
    """Return what is to be said of the week of the stack that one is on."""
    found = [Said(f"◆ {printable(block.text)}", "warn") for block in week.blocks]
    found += (Said(f"! {weeks.clash_text(each)}", "bad") for each in week.conflicts or ())
    if week.more_conflicts:
        found.append(Said(f"! {count(week.more_conflicts, 'more conflict')}", "bad"))
    if week.conflicts is None:
        found.append(Said("… looking for conflicts", "dim"))
    elif not week.conflicts:
        found.append(Said("✓ there are no conflicts", "dim"))
    if week.told_until is not None:
        found.append(Said("? not everything is told: too much happens", "warn"))
    return tuple(found)


def day_lines(week: wire.StackWeek, on: Scale, day: int, view: View) -> tuple[str, ...]:
    """Return what happens to a stack on a day, one event after the other."""
    begin, end = on.bounds(day)
    found = list(slots.uneven_day(on, day))
    for each in weeks.events(week, begin, end):
        clock = f"{each.at.astimezone(on.zone):%H:%M}"
        found += tables.folded(f"{clock}  {each.symbol} {each.text}", view, indent=" " * 9)
    return tuple(found)


def title(on: Scale) -> str:
    """Return which days they are: `24 to 30 Nov 2026`."""
    first, last = on.date(0), on.date(on.days - 1)
    begin = f"{first.day}"
    if first.month != last.month:
        begin += f" {first:%b}"
    return f"{begin} to {last.day} {last:%b %Y}"
