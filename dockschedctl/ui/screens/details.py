"""One thing in full, as the command line writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Static

from dockschedctl.ui import bindings, keys
from dockschedctl.ui.screens.windows import TextWindow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType


class Details(TextWindow[None]):
    """A text that one reads and closes; another may take its place while it is read."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.READ)

    def __init__(self, *, title: str, lines: Iterable[str]) -> None:
        super().__init__()
        self._heading = title
        self._lines = tuple(lines)

    def compose(self) -> ComposeResult:
        """The text above a button."""
        with Vertical(classes="window"):
            yield Static(self._heading, classes="window-title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static("\n".join(self._lines), id="lines", markup=False)
            with Horizontal(classes="window-buttons"):
                yield Button("Close (Esc)", id="close", compact=True)

    def show(self, lines: Iterable[str]) -> None:
        """Show this instead, unless it was closed meanwhile."""
        if self.is_whole:
            self.query_one("#lines", Static).update("\n".join(lines))

    def on_button_pressed(self) -> None:
        """Close it."""
        self.dismiss()

    def action_close(self) -> None:
        """Close it."""
        self.dismiss()
