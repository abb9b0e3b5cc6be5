"""Check boxes and radio buttons that show their state without colour."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox, RadioButton


class Check(Checkbox):
    """Yes or no: `[x]` or `[ ]`."""

    @property
    def _button(self) -> Content:
        return Content("[x]" if self.value else "[ ]")


class Radio(RadioButton):
    """One of several: `(•)` or `( )`."""

    @property
    def _button(self) -> Content:
        return Content("(•)" if self.value else "( )")
