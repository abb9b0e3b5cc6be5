"""Which entries of the audit log are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Label, Static

from dockschedctl.ui import bindings, keys
from dockschedctl.ui.screens.whole import Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType


class Sifting(Window[tuple[str, str] | None]):
    """Actor and action, each "" for any; None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.FORM)

    def __init__(
        self, *, actor: str, action: str, actors: Iterable[str], actions: Iterable[str]
    ) -> None:
        super().__init__()
        self._before = {"actor": actor, "action": action}
        self._known = {"actor": sorted(set(actors)), "action": sorted(set(actions))}

    def compose(self) -> ComposeResult:
        """One question below the other; what was seen already is suggested."""
        with Vertical(classes="window"):
            yield Static("search the whole log", classes="window-title", markup=False)
            yield Label("Only by (empty: by anybody)")
            yield self._question("actor")
            yield Label("Only this action, such as login or run.finish (empty: any)")
            yield self._question("action")
            with Horizontal(classes="window-buttons"):
                yield Button("Search (Enter)", id="yes", variant="primary", compact=True)
                yield Button("Cancel (Esc)", id="no", compact=True)

    def _question(self, name: str) -> Input:
        suggester = SuggestFromList(self._known[name], case_sensitive=False)
        return Input(self._before[name], id=name, suggester=suggester, compact=True)

    def on_input_submitted(self) -> None:
        """Answer."""
        self._answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer, or leave it."""
        if event.button.id == "yes":
            self._answer()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Leave it."""
        self.dismiss(None)

    def _answer(self) -> None:
        actor, action = (self.query_one(f"#{n}", Input).value.strip() for n in self._before)
        self.dismiss((actor, action))
