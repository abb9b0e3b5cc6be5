"""A table of any length that draws only the lines that are seen.

Rows are values and are replaced as a whole; the cursor stays on its row's key, wherever that
goes. Columns give way until a line fits: nothing scrolls sideways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dockschedctl.ui import cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual import events
    from textual.binding import BindingType

_CURSOR: Final = "▌"
_MARK: Final = "*"
#: Cursor, mark, and a blank.
_GUTTER: Final = 3


class Grid(ScrollView, can_focus=True):
    """Rows below a head that stays."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--head",
        "grid--sorted",
        "grid--cursor",
        "grid--marked",
        "grid--good",
        "grid--warn",
        "grid--bad",
        "grid--dim",
        "grid--empty",
    }
    DEFAULT_CSS = """
    Grid {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .grid--head { color: $secondary; text-style: bold; }
        & > .grid--sorted { color: $accent; text-style: bold; }
        & > .grid--cursor { background: $panel; }
        & > .grid--marked { color: $accent; text-style: bold; }
        & > .grid--good { color: $success; }
        & > .grid--warn { color: $warning; }
        & > .grid--bad { color: $error; text-style: bold; }
        & > .grid--dim { color: $secondary; }
        & > .grid--empty { color: $secondary; }
        &:focus > .grid--cursor { background: $primary 25%; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "move(-1000000)", show=False),
        Binding("end,G", "move(1000000)", show=False),
        Binding("enter", "choose", "Open", key_display="⏎"),
    ]

    class Chosen(Message):
        """A row was opened, with Enter or by a click on the row that had the cursor."""

        def __init__(self, grid: Grid, key: str) -> None:
            super().__init__()
            self.grid = grid
            self.key = key

        @property
        def control(self) -> Grid:
            """The grid, for selectors of handlers."""
            return self.grid

    class Moved(Message):
        """The cursor is on another row."""

        def __init__(self, grid: Grid, key: str) -> None:
            super().__init__()
            self.grid = grid
            self.key = key

        @property
        def control(self) -> Grid:
            """The grid, for selectors of handlers."""
            return self.grid

    class HeadClicked(Message):
        """A column's head was clicked."""

        def __init__(self, grid: Grid, key: str) -> None:
            super().__init__()
            self.grid = grid
            self.key = key

        @property
        def control(self) -> Grid:
            """The grid, for selectors of handlers."""
            return self.grid

    def __init__(
        self,
        columns: Sequence[cells.Column],
        *,
        empty: str = "",
        opens: bool = False,
        id: str | None = None,  # noqa: A002 (as all widgets call it)
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.rows: tuple[cells.Row, ...] = ()
        self._at: dict[str, int] = {}
        self._cursor = 0
        self._widths: tuple[int, ...] = (0,) * len(self.columns)
        self._empty = empty
        self._opens = opens
        self._sorted: tuple[str, bool] | None = None
        self._is_grey = False

    # ------------------------------------------------------------ what it shows

    def fill(
        self,
        rows: Sequence[cells.Row],
        *,
        empty: str | None = None,
        sorted_by: tuple[str, bool] | None = None,
        columns: Sequence[cells.Column] | None = None,
    ) -> None:
        """Show these rows; the cursor stays on the row that it was on."""
        shown = (self.rows, self._empty, self._sorted, self.columns)
        columns = self.columns if columns is None else tuple(columns)
        if (rows, self._empty if empty is None else empty, sorted_by, columns) == shown:
            return
        if empty is not None:
            self._empty = empty
        self._sorted, self.columns = sorted_by, columns
        key = self.cursor_key
        before = self._cursor
        drawn = (self._widths, self._cursor, len(self.rows), *shown[1:])
        known, self.rows = self.rows, tuple(rows)
        self._at = {row.key: position for position, row in enumerate(self.rows)}
        self._cursor = self._at.get(key or "", min(before, max(0, len(self.rows) - 1)))
        self._lay_out()
        if self._cursor != before:
            # What the person looked at stays where it was on the screen.
            self.scroll_to(y=self.scroll_offset.y + self._cursor - before, animate=False)
            self._show_cursor()
        if drawn == (
            self._widths, self._cursor, len(self.rows), self._empty, self._sorted, columns
        ):  # fmt: skip
            self._refresh_changed(known)
        else:
            self.refresh()

    def _refresh_changed(self, known: tuple[cells.Row, ...]) -> None:
        """Draw the lines again that are not what they were: over a slow line few are sent."""
        top = self.scroll_offset.y
        for line in range(top, min(top + self.size.height - 1, len(self.rows))):
            if known[line] != self.rows[line]:
                self.refresh(Region(0, line - top + 1, self.size.width, 1))

    def grey(self, grey: bool) -> None:
        """Show all cells grey, or in their colours: what is shown is old, or it is not."""
        if grey is not self._is_grey:
            self._is_grey = grey
            self.refresh()

    @property
    def room(self) -> int:
        """Columns of the terminal that a row has; a scrollbar takes none of them."""
        return max(0, (self.size or self.app.size).width - _GUTTER - 1)

    @property
    def cursor_key(self) -> str | None:
        """The key of the row with the cursor; None where there are no rows."""
        return self.rows[self._cursor].key if self._cursor < len(self.rows) else None

    def go_to(self, key: str) -> None:
        """Put the cursor on a row, if it is there."""
        if key in self._at:
            self._move_to(self._at[key])

    @property
    def is_at_top(self) -> bool:
        """Whether the cursor is on the first row, or nowhere."""
        return self._cursor == 0

    def go_to_top(self) -> None:
        """Put the cursor on the first row."""
        self._move_to(0)

    def _lay_out(self) -> None:
        # Before it has been laid out it is as wide as the screen.
        room = self.scrollable_content_region.width or self.size.width or self.app.size.width
        self._widths = cells.widths(self.columns, self.rows, max(0, room - _GUTTER))
        self.virtual_size = Size(room, len(self.rows) + 1)

    def on_resize(self) -> None:
        """Fit the columns into the new width."""
        self._lay_out()
        self._show_cursor()

    # ------------------------------------------------------------ drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen; the first is the head."""
        size = self.scrollable_content_region.width or self.size.width
        if y == 0:
            return self._head(size)
        position = y - 1 + self.scroll_offset.y
        if position >= len(self.rows):
            if not self.rows and y == 1 and self._empty:
                style = self.get_component_rich_style("grid--empty")
                text = cells.fitted(" " * _GUTTER + self._empty, size)
                return Strip([Segment(text, style)], size)
            return Strip.blank(size, self.rich_style)
        has_cursor = position == self._cursor and self.can_focus
        return self._line(self.rows[position], has_cursor, size)

    def _head(self, size: int) -> Strip:
        plain = self.get_component_rich_style("grid--head")
        chosen = self.get_component_rich_style("grid--sorted")
        segments = [Segment(" " * _GUTTER, plain)]
        for column, wide in self._columns():
            is_sorted = self._sorted is not None and self._sorted[0] == column.key
            arrow = ("▼" if self._sorted and self._sorted[1] else "▲") if is_sorted else ""
            head = cells.fitted(f"{column.head}{arrow}", wide, right=column.right)
            segments.append(Segment(head, chosen if is_sorted else plain))
            segments.append(Segment(" " * cells.GAP, plain))
        return Strip(segments).adjust_cell_length(size, plain)

    def _columns(self) -> list[tuple[cells.Column, int]]:
        return [
            (column, wide) for column, wide in zip(self.columns, self._widths, strict=True) if wide
        ]

    def _line(self, row: cells.Row, has_cursor: bool, size: int) -> Strip:
        ground = self.get_component_rich_style("grid--cursor") if has_cursor else self.rich_style
        mark = self._style("marked", ground) if row.marked else ground
        segments = [
            Segment(_CURSOR if has_cursor else " ", ground),
            Segment(_MARK if row.marked else " ", mark),
            Segment(" ", ground),
        ]
        if row.is_group:
            cell = row.cells[0]
            text = cells.fitted(cell.text, size - _GUTTER)
            segments.append(Segment(text, self._style(cell.style, ground)))
            return Strip(segments, size)
        for column, cell, wide in zip(self.columns, row.cells, self._widths, strict=True):
            if not wide:
                continue
            if cell.parts and cells.width(cell.text) <= wide:
                segments += (Segment(text, self._style(s, ground)) for text, s in cell.parts)
                segments.append(Segment(" " * (wide - cells.width(cell.text)), ground))
            else:
                text = cells.fitted(cell.text, wide, right=column.right)
                segments.append(Segment(text, self._style(cell.style, ground)))
            segments.append(Segment(" " * cells.GAP, ground))
        return Strip(segments).adjust_cell_length(size, ground)

    def _style(self, name: str, ground: Style) -> Style:
        if self._is_grey:
            name = "dim"
        if not name:
            return ground
        return ground + self.get_component_rich_style(f"grid--{name}", partial=True)

    # ------------------------------------------------------------ moving

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows, as far as there are any."""
        self._move_to(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self._move_to(self._cursor + by * max(1, self.size.height - 2))

    def action_choose(self) -> None:
        """Open the row with the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.Chosen(self, self.cursor_key))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer Enter only where there is something to open."""
        _ = parameters
        return self._opens or action != "choose"

    def _move_to(self, position: int) -> None:
        position = max(0, min(position, len(self.rows) - 1))
        if position == self._cursor:
            return
        before, self._cursor = self._cursor, position
        self.post_message(self.Moved(self, self.rows[position].key))
        top = self.scroll_offset.y
        self._show_cursor()
        if self.scroll_offset.y == top:
            width = self.size.width
            for line in (before, position):
                self.refresh(Region(0, line - top + 1, width, 1))
        else:
            self.refresh()

    def _show_cursor(self) -> None:
        height = max(1, self.size.height - 1)
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to a row, open it where it was there already, or tell of a head."""
        if event.y == 0:
            key = self._column_at(event.x)
            if key:
                self.post_message(self.HeadClicked(self, key))
            return
        position = event.y - 1 + self.scroll_offset.y
        if position >= len(self.rows):
            return
        if position == self._cursor and self._opens:
            self.action_choose()
        else:
            self._move_to(position)

    def _column_at(self, x: int) -> str:
        begin = _GUTTER
        for column, wide in self._columns():
            if begin <= x < begin + wide + cells.GAP:
                return column.key
            begin += wide + cells.GAP
        return ""
