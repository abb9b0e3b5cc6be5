"""A page with one table that a person filters, sorts and marks rows of."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.widgets import Input, Static

from dockschedctl.ui.arrangement import Arrangement
from dockschedctl.ui.screens.page import Page
from dockschedctl.ui.widgets.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.widget import Widget

    from dockschedctl.ui.cells import Column


class Arranging(Page):
    """Keeps in `how` what is wanted, and paints anew whenever that changes.

    Which keys there are is said in the table of keys: a page whose table has none for marks
    has no marks.
    """

    COLUMNS: ClassVar[Sequence[Column]] = ()
    #: Whether rows open with Enter or a second click.
    OPENS: ClassVar[bool] = True
    DEFAULT_CSS = """
    Arranging #summary { height: 1; padding: 0 1; color: $secondary; }
    Arranging #filter { height: 1; border: none; padding: 0 1; background: $surface; }
    Arranging #filter:focus { background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.how: Arrangement = self.arrangement()

    def arrangement(self) -> Arrangement:
        """Return how the table is arranged at the beginning: by the first column that can be."""
        return Arrangement(sort=next(iter(self._sortable), ""))

    @property
    def _sortable(self) -> tuple[str, ...]:
        return tuple(column.key for column in self.COLUMNS if column.key)

    def body(self) -> Iterator[Widget]:
        """A line that sums up, the filter when it is used, and the grid."""
        yield Static("", id="summary", markup=False)
        search = Input(placeholder="words that a row must have", id="filter", compact=True)
        search.display = False
        yield search
        yield Grid(self.COLUMNS, id="rows", opens=self.OPENS)

    def begin(self) -> None:
        """Let the keys move the cursor."""
        super().begin()
        self.set_focus(self.grid)

    @property
    def grid(self) -> Grid:
        """The table."""
        return self.query_one("#rows", Grid)

    @property
    def sorted_by(self) -> tuple[str, bool] | None:
        """By what the table is sorted, for its head."""
        return (self.how.sort, self.how.reverse) if self.how.sort else None

    def want(self, **changes: object) -> None:
        """Want it otherwise, and show it so."""
        self.how = self.how.changed(**changes)
        if self.is_whole:
            self.paint()

    def sum_up(self, shown: int, total: str, *parts: str) -> None:
        """Show in one line how much is shown of everything, and how it is arranged."""
        found = [total]
        if self.how.words:
            found[0] = f"{shown} of {total}: /{' '.join(self.how.words)}"
        found += parts
        if self.how.marked:
            found.append(f"* {len(self.how.marked)} marked")
        if self.how.reverse or self.how.sort != next(iter(self._sortable), ""):
            found.append(f"by {self.how.sort}{', reversed' if self.how.reverse else ''}")
        self.query_one("#summary", Static).update(" · ".join(found))

    # ------------------------------------------------------------ the filter

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave `/` to the filter while it is typed into, and Enter to the rows else."""
        typing = self.is_whole and self.focused is self.query_one("#filter")
        if action in ("filter", "leave_filter") and typing is (action == "filter"):
            return False
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Type words; the very next key is one."""
        search = self.query_one("#filter", Input)
        search.display = True
        self.set_focus(search)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types."""
        self.want(words=tuple(event.value.lower().split()))

    def action_leave_filter(self) -> None:
        """Go back to the rows; the filter stays."""
        search = self.query_one("#filter", Input)
        search.display = bool(search.value.strip())
        self.set_focus(self.grid)

    def action_clear(self) -> None:
        """Take the filter away, else the marks; where there are none, leave the page."""
        search = self.query_one("#filter", Input)
        if search.value or search.display:
            search.value = ""
            search.display = False
            self.set_focus(self.grid)
            self.want(words=())
        elif self.how.marked:
            self.want(marked=frozenset())
        else:
            self.leave()

    def leave(self) -> None:
        """Go back to where one came from, if one came from anywhere."""

    # ------------------------------------------------------------ the order

    def action_sort(self) -> None:
        """Sort by the next column."""
        keys = self._sortable
        position = keys.index(self.how.sort)
        self.want(sort=keys[(position + 1) % len(keys)], reverse=False)

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self.want(reverse=not self.how.reverse)

    def on_grid_head_clicked(self, event: Grid.HeadClicked) -> None:
        """Sort by the column that was clicked."""
        self.how = self.how.sorted_by(event.key)
        self.paint()

    # ------------------------------------------------------------ marks

    def action_mark(self) -> None:
        """Mark what is under the cursor, or unmark it, and go on to the next row."""
        found = self.under_cursor()
        if found:
            marked = self.how.marked
            self.want(marked=marked - found if found <= marked else marked | found)
            self.grid.action_move(1)

    def action_mark_all(self) -> None:
        """Mark all that are shown, or take the marks away."""
        shown = frozenset(row.key for row in self.grid.rows if not row.is_group)
        self.want(marked=frozenset() if shown <= self.how.marked else shown)

    def under_cursor(self) -> frozenset[str]:
        """Return the keys of what the row with the cursor stands for."""
        key = self.grid.cursor_key
        return frozenset() if key is None else frozenset({key})

    def targets(self) -> tuple[str, ...]:
        """Return what an action is for: what is marked, else what is under the cursor."""
        return tuple(sorted(self.how.marked or self.under_cursor()))
