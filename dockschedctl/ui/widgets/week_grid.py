"""A table whose last column is days: a click tells which day was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.message import Message

from dockschedctl.ui.widgets.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from dockschedctl.output.slots import Scale
    from dockschedctl.ui.cells import Column

#: Columns of the terminal before the first column of the table.
GUTTER: Final = 3


class WeekGrid(Grid):
    """Rows of days."""

    class Pointed(Message):
        """A day was clicked."""

        def __init__(self, day: int) -> None:
            super().__init__()
            self.day = day

    def __init__(self, columns: Sequence[Column], *, id: str, opens: bool) -> None:  # noqa: A002
        super().__init__(columns, id=id, opens=opens)
        self._days_begin = 0
        self._per_day = 0
        self._days = 0

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show these columns, of which there are as many as before."""
        if tuple(columns) != self.columns:
            self.columns = tuple(columns)
            self._lay_out()
            self.refresh()

    def lay_days(self, begin: int, on: Scale | None) -> None:
        """Take note of where the days are."""
        self._days_begin = begin
        self._per_day, self._days = (0, 0) if on is None else (on.per_day, on.days)

    def on_click(self, event: events.Click) -> None:
        """Tell which day is meant, before the row is moved to or opened."""
        if self._per_day and event.y > 0:
            day = (event.x - self._days_begin) // (self._per_day + 1)
            if event.x >= self._days_begin and day < self._days:
                self.post_message(self.Pointed(day))
