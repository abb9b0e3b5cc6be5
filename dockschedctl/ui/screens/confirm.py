"""What would be done, and whether to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Static

from dockschedctl.ui import bindings, keys
from dockschedctl.ui.screens.windows import TextWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType


class Confirm(TextWindow[bool]):
    """A plan with two buttons; with nothing to do, one."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.CONFIRM)

    def __init__(
        self,
        *,
        title: str,
        lines: Sequence[str],
        verb: str,
        note: str = "",
        leave: str = "Cancel",
    ) -> None:
        super().__init__()
        # The plan of one stack begins with what would stand above it.
        is_said = bool(lines) and lines[0].startswith(f"{title}: ")
        self._heading = lines[0] if is_said else title
        self._lines = lines[1:] if is_said else lines
        self._verb = verb
        self._note = note
        self._leave = leave

    def compose(self) -> ComposeResult:
        """Show the plan above the buttons."""
        with Vertical(classes="window"):
            yield Static(self._heading, classes="window-title", markup=False)
            if self._note:
                yield Static(f"! {self._note}", classes="window-note", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static("\n".join(self._lines), markup=False)
            with Horizontal(classes="window-buttons"):
                if self._verb:
                    yield Button(f"{self._verb} (y)", id="yes", variant="primary", compact=True)
                close = f"{self._leave} (Esc)" if self._verb else "Close (Esc)"
                yield Button(close, id="no", compact=True)

    def on_mount(self) -> None:
        """Put the focus on what does no harm where there is nothing to do."""
        self.set_focus(self.query_one("#yes" if self._verb else "#no", Button))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_agree(self) -> None:
        """Answer yes, where there is something to agree to."""
        if self._verb:
            self.dismiss(True)

    def action_refuse(self) -> None:
        """Answer no."""
        self.dismiss(False)
