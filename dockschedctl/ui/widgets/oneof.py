"""One of a few words, all on one line: the chosen one in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType


class OneOf(Widget, can_focus=True):
    """Words of which one is chosen, by the arrow keys, the space bar or the mouse."""

    DEFAULT_CSS = """
    OneOf { height: 1; }
    OneOf:focus { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
        Binding("enter", "leave", show=False),
    ]

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, one_of: OneOf, value: str) -> None:
            super().__init__()
            self.one_of = one_of
            self.value = value

        @property
        def control(self) -> OneOf:
            """The widget, for selectors of handlers."""
            return self.one_of

    def __init__(self, words: Sequence[str], *, id: str) -> None:  # noqa: A002 (as all widgets)
        super().__init__(id=id)
        self._words = tuple(words)
        self.value = self._words[0]

    def choose(self, value: str) -> None:
        """Show the word as the chosen one; nobody is told."""
        if value in self._words and value != self.value:
            self.value = value
            self.refresh()

    def render(self) -> Content:
        """Draw the words."""
        parts: list[Content | str | tuple[str, str]] = []
        for word in self._words:
            chosen = word == self.value
            style = "bold reverse" if chosen and self.has_focus else "bold" if chosen else ""
            parts.append((f"[{word}]", style) if chosen else (f" {word} ", "$secondary"))
        return Content.assemble(*parts)

    def on_focus(self) -> None:
        """Show where the keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that they go elsewhere."""
        self.refresh()

    def action_turn(self, by: int) -> None:
        """Choose the next word, or the one before; there is one after the last."""
        position = self._words.index(self.value)
        self._take(self._words[(position + by) % len(self._words)])

    def action_leave(self) -> None:
        """Go on to the next question."""
        self.screen.focus_next()

    def on_click(self, event: events.Click) -> None:
        """Choose the word that was clicked."""
        begin = 0
        for word in self._words:
            end = begin + len(word) + 2
            if begin <= event.x < end:
                self._take(word)
                return
            begin = end

    def _take(self, word: str) -> None:
        if word != self.value:
            self.value = word
            self.refresh()
            self.post_message(self.Changed(self, word))
