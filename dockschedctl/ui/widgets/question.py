"""One question of a form: its label, what is answered, and below it what is wrong with that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label, Static

from dockschedctl.ui.widgets.oneof import OneOf
from dockschedctl.wording import printable, sentence

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.suggester import Suggester

    from dockschedctl.ui.draft_fields import Field


class Question(Vertical):
    """Text, or one of a few words."""

    DEFAULT_CSS = """
    Question { height: auto; }
    Question Horizontal { height: 1; }
    Question Label { width: 13; color: $secondary; }
    Question:focus-within Label { color: $accent; text-style: bold; }
    Question Input { width: 1fr; background: $surface; }
    Question Input:focus { background: $panel; }
    Question .fault { color: $error; padding-left: 13; height: auto; }
    """

    class Answered(Message):
        """The answer is another one."""

        def __init__(self, name: str, value: str) -> None:
            super().__init__()
            self.name = name
            self.value = value

    def __init__(self, field: Field, value: str, *, offer: Suggester | None = None) -> None:
        super().__init__(id=f"row-{field.name}")
        self.field = field
        self._value = value
        self._offer = offer

    def compose(self) -> ComposeResult:
        """Label and answer on one line."""
        field, name = self.field, f"field-{self.field.name}"
        with Horizontal():
            yield Label(field.label)
            if field.choices:
                control = OneOf(field.choices, id=name)
                control.choose(self._value)
                yield control
            else:
                yield Input(
                    self._value,
                    placeholder=field.sample,
                    id=name,
                    compact=True,
                    suggester=self._offer,
                )
        yield Static("", classes="fault -empty", markup=False)

    def enter(self) -> None:
        """Put the focus on the answer."""
        self.query_one("Input, OneOf").focus()

    def show(self, value: str) -> None:
        """Show an answer that follows from others; nobody is told."""
        if value == self._value:
            return
        self._value = value
        if self.field.choices:
            self.query_one(OneOf).choose(value)
        else:
            with self.prevent(Input.Changed):
                self.query_one(Input).value = value

    def complain(self, text: str) -> None:
        """Say what is wrong with the answer; "": nothing is."""
        complain(self.query_one(".fault", Static), [text] if text else [])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the form."""
        event.stop()
        self._answer(event.value)

    def on_one_of_changed(self, event: OneOf.Changed) -> None:
        """Tell the form."""
        event.stop()
        self._answer(event.value)

    def _answer(self, value: str) -> None:
        if value != self._value:
            self._value = value
            self.post_message(self.Answered(self.field.name, value))


def complain(widget: Static, texts: tuple[str, ...] | list[str]) -> None:
    """Show what is wrong, each on a line of its own."""
    widget.update("\n".join(f"✗ {sentence(printable(text))}" for text in texts))
    widget.set_class(not texts, "-empty")
