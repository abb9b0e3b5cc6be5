"""One thing in full, as the command line writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from dockschedctl.ui import bindings, keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType


class Details(ModalScreen[None]):
    """A text that one reads and closes."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.READ)

    def __init__(self, *, title: str, lines: Iterable[str]) -> None:
        super().__init__()
        self._heading = title
        self._lines = tuple(lines)

    def compose(self) -> ComposeResult:
        """The text above a button."""
        with Vertical(classes="window"):
            yield Static(self._heading, classes="window-title", markup=False)
            with VerticalScroll(id="text", can_focus=False):
                yield Static("\n".join(self._lines), markup=False)
            with Horizontal(classes="window-buttons"):
                yield Button("Close (Esc)", id="close", compact=True)

    def on_button_pressed(self) -> None:
        """Close it."""
        self.dismiss()

    def action_close(self) -> None:
        """Close it."""
        self.dismiss()

    def action_scroll_text(self, by: int) -> None:
        """Scroll it."""
        self.query_one("#text", VerticalScroll).scroll_relative(y=by, animate=False)
