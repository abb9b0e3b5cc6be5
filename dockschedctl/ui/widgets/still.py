"""Parts of a screen that scroll, and that the focus passes by."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.message import Message


class Still(VerticalScroll, can_focus=False):
    """Scrolls by itself to what has the focus in it, by the mouse, and by keys of the screen."""


class Telling(Still):
    """Holds a text that is written anew where there is more room for it, or less."""

    class Resized(Message):
        """The room is another one."""

    def on_resize(self) -> None:
        """Tell the screen."""
        self.post_message(self.Resized())
