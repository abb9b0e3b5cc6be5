"""What has been reported since the start, newest last; the oldest are forgotten. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl.output import times
from dockschedctl.ui.cells import Cell, Column, Row, said
from dockschedctl.ui.notices import Notice, Weight

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedctl.ui.rows.moments import Moment

MOST: Final = 500
COLUMNS: Final = (
    Column(head="WHEN"),
    Column(head=""),
    Column(head="MESSAGE", elastic=True, least=20),
)
_SYMBOLS: Final = {
    Weight.GOOD: Cell("✓", "good"),
    Weight.NEWS: Cell("·", "dim"),
    Weight.BAD: Cell("✗", "bad"),
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One message."""

    at: datetime
    notice: Notice


def added(entries: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """Return the entries with one more."""
    return (*entries, entry)[-MOST:]


def rows(entries: tuple[Entry, ...], moment: Moment) -> tuple[Row, ...]:
    """Return the rows, newest first."""
    return tuple(
        Row(
            key=str(position),
            cells=(
                Cell(times.absolute(entry.at, moment.now, moment.zone)),
                _SYMBOLS[entry.notice.weight],
                said(entry.notice.text),
            ),
        )
        for position, entry in reversed(list(enumerate(entries)))
    )
