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

        def __init__(self, question: Question, value: str) -> None:
            super().__init__()
            self.question = question
            self.name = question.field.name
            self.value = value

    def __init__(self, field: Field, value: str, *, offer: Suggester | None = None) -> None:
        super().__init__(id=f"row-{field.name}")
        self.field = field
        self._value = value
        #: Answers that the form has not taken yet.
        self._under_way = 0
        # Made here, and not looked for: they are there before they are on the screen, and after.
        self._control = _control(field, value, offer)
        self._fault = Static("", classes="fault -empty", markup=False)

    def compose(self) -> ComposeResult:
        """Label and answer on one line."""
        with Horizontal():
            yield Label(self.field.label)
            yield self._control
        yield self._fault

    def enter(self) -> None:
        """Put the focus on the answer: the very next key is for it."""
        self.screen.set_focus(self._control)

    def show(self, value: str) -> None:
        """Show an answer that follows from others; nobody is told.

        What the person has written meanwhile stays: the form is about to hear of it.
        """
        control = self._control
        if value == self._value or self._under_way:
            return
        if isinstance(control, OneOf):
            self._value = value
            control.choose(value)
        elif control.value == self._value:
            self._value = value
            with self.prevent(Input.Changed):
                control.value = value

    def taken(self) -> None:
        """Know that the form has taken an answer."""
        self._under_way -= 1

    def complain(self, text: str) -> None:
        """Say what is wrong with the answer; "": nothing is."""
        complain(self._fault, [text] if text else [])

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
            self._under_way += 1
            self.post_message(self.Answered(self, value))


def _control(field: Field, value: str, offer: Suggester | None) -> OneOf | Input:
    name = f"field-{field.name}"
    if not field.choices:
        return Input(value, placeholder=field.sample, id=name, compact=True, suggester=offer)
    control = OneOf(field.choices, id=name)
    control.choose(value)
    return control


def complain(widget: Static, texts: tuple[str, ...] | list[str]) -> None:
    """Show what is wrong, each on a line of its own."""
    widget.update("\n".join(f"✗ {sentence(printable(text))}" for text in texts))
    widget.set_class(not texts, "-empty")
