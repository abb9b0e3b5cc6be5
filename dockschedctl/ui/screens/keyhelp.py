"""All keys of a screen, from the table of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from dockschedctl.ui import bindings, keys
from dockschedctl.ui.screens.whole import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType


class KeyHelp(Window[None]):
    """The keys of the screen below."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.CLOSE)

    def __init__(self, noun: str, may: Callable[[str | None], bool]) -> None:
        super().__init__()
        self._noun = noun
        self._may = may

    def compose(self) -> ComposeResult:
        """One line per key."""
        with Vertical(classes="window"):
            yield Static(f"Keys: {self._noun.lower()}", classes="window-title", markup=False)
            with VerticalScroll():
                yield Static("\n".join(lines(self._noun, self._may)), markup=False)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss()


def lines(noun: str, may: Callable[[str | None], bool]) -> Iterator[str]:
    """Yield the keys of a screen that the person may use, then those of all pages. Pure."""
    for heading, group in keys.groups(noun):
        shown = [key for key in group if may(key.needs)]
        if shown:
            yield f"{heading}:"
            yield from (f"  {_written(key):<10} {key.says}" for key in shown)


def _written(key: keys.Key) -> str:
    return key.display or key.keys.replace(",", " ")
