"""Textual, deaf to what a slow terminal answers after nobody waits for it any more.

It would take the letters of the answer for keys that were pressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver

from dockschedctl.ui.ground import Late

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message


class Parser(XTermParser):
    """Reads what is typed, without late answers."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._late = Late()

    def feed(self, data: str) -> Iterable[Message]:
        """Read some more; nothing at all is the end."""
        kept = self._late.without(data)
        return super().feed(kept) if kept or not data else ()


class Driver(linux_driver.LinuxDriver):
    """Reads the terminal with that parser."""

    def run_input_thread(self) -> None:
        """Wait for input, with the parser in the place where the method looks for it."""
        vars(linux_driver)["XTermParser"] = Parser
        super().run_input_thread()
