"""Windows over a page with a text that may be longer than the terminal is high."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from textual.containers import VerticalScroll

from dockschedctl.ui.screens.whole import Window

if TYPE_CHECKING:
    from textual.widget import Widget

T = TypeVar("T")
#: Lines of the frame of a window.
_FRAME: Final = 2


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
