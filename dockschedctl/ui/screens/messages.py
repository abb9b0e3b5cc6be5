"""What has been reported since the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Vertical
from textual.widgets import Static

from dockschedctl.ui import bindings, journal, keys
from dockschedctl.ui.screens.whole import Window
from dockschedctl.ui.widgets.grid import Grid

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from dockschedctl.ui.app import Ui


class Messages(Window[None]):
    """The message log; a message is shown in full below when the cursor is on it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.CLOSE)
    DEFAULT_CSS = """
    Messages Grid { height: 1fr; min-height: 6; }
    """

    def compose(self) -> ComposeResult:
        """The newest first."""
        with Vertical(classes="window wide"):
            yield Static("Messages", classes="window-title")
            yield Grid(journal.COLUMNS, empty="nothing has been reported yet", id="journal")
            yield Static("", id="whole", markup=False)

    def on_mount(self) -> None:
        """Show them."""
        ui = cast("Ui", self.app)
        grid = self.query_one("#journal", Grid)
        grid.fill(journal.rows(ui.journal, ui.moment()))
        self.set_focus(grid)
        self._show(grid.cursor_key)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Show the message in full."""
        self._show(event.key)

    def _show(self, key: str | None) -> None:
        if key is not None:
            text = cast("Ui", self.app).journal[int(key)].notice.text
            self.query_one("#whole", Static).update(text)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss()
