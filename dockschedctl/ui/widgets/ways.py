"""The bar of the pages that one can go to, by their keys or by a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events

_GAP = "  "


class Ways(Widget):
    """One line; the page that is shown is bold and underlined."""

    DEFAULT_CSS = """
    Ways { height: 1; padding: 0 1; color: $secondary; }
    """

    class Clicked(Message):
        """Somebody wants to go there."""

        def __init__(self, place: str) -> None:
            super().__init__()
            self.place = place

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here
        self._ways: tuple[tuple[str, str], ...] = ()

    def tell(self, ways: tuple[tuple[str, str], ...]) -> None:
        """Show these."""
        if ways != self._ways:
            self._ways = ways
            self.refresh()

    def render(self) -> Content:
        """Draw it."""
        return Content(_GAP).join(
            Content.styled(text, "$accent bold underline" if place == self._here else "")
            for place, text in self._ways
        )

    def on_click(self, event: events.Click) -> None:
        """Tell which was clicked."""
        begin = self.styles.padding.left
        for place, text in self._ways:
            if begin <= event.x < begin + len(text):
                self.post_message(self.Clicked(place))
            begin += len(text) + len(_GAP)
