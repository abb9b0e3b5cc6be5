"""Windows over a page: forms, and texts that may be longer than the terminal is high."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from textual.containers import VerticalScroll

from dockschedctl.ui import bindings, keys
from dockschedctl.ui.screens.whole import Window

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.widget import Widget
    from textual.widgets import Button

T = TypeVar("T")
#: Lines of the frame of a window.
_FRAME: Final = 2


class Form(Window[T | None]):
    """A few questions and two buttons, of which `yes` answers them; None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.FORM)

    def answer(self) -> None:
        """Dismiss it with the answers, or say what is wrong with them."""
        raise NotImplementedError

    def on_input_submitted(self) -> None:
        """Answer."""
        self.answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer, or leave it."""
        if event.button.id == "yes":
            self.answer()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Leave it."""
        self.dismiss(None)


class TextWindow(Window[T]):
    """A window whose `VerticalScroll` gets the lines that all else in it leaves."""

    def on_resize(self) -> None:
        """Fit the text once it is known how much the rest takes."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if not self.is_whole:
            return
        text = self.query_one(".window > VerticalScroll", VerticalScroll)
        rest = sum(_height(each) for each in text.siblings if each.display)
        text.styles.max_height = max(1, self.size.height * 9 // 10 - _FRAME - rest)

    def action_scroll_text(self, by: int) -> None:
        """Scroll the text."""
        text = self.query_one(".window > VerticalScroll", VerticalScroll)
        text.scroll_relative(y=by, animate=False)


def _height(widget: Widget) -> int:
    return widget.outer_size.height + widget.styles.margin.height
