"""Which entries of the audit log are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Label, Static

from dockschedctl.ui.screens.windows import Form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult


class Sifting(Form[tuple[str, str]]):
    """Actor and action, each "" for any; None where it was left."""

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

    def answer(self) -> None:
        """Search for what was written."""
        actor, action = (self.query_one(f"#{n}", Input).value.strip() for n in self._before)
        self.dismiss((actor, action))
