"""In which zone instants are shown."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from dockschedctl.ui import offering
from dockschedctl.ui.rows import schedules
from dockschedctl.ui.screens.windows import Form

if TYPE_CHECKING:
    from textual.app import ComposeResult


class ZoneForm(Form[str]):
    """Asks for a zone: "" is what it says of an empty field, `own` that of each schedule."""

    def __init__(self, zone: str, *, title: str, empty: str, own: bool = False) -> None:
        super().__init__()
        self._zone = zone
        self._heading = title
        self._empty = empty
        self._own = (schedules.OWN,) if own else ()

    def compose(self) -> ComposeResult:
        """One question."""
        names = [*self._own, *sorted(zoneinfo.available_timezones())]
        with Vertical(classes="window"):
            yield Static(self._heading, classes="window-title", markup=False)
            own = f" {schedules.OWN}: each in its own;" if self._own else ""
            yield Label(f"Zone, such as Europe/Berlin;{own} empty: {self._empty}")
            yield Input(
                self._zone, id="zone", compact=True, suggester=offering.Offer(lambda: names)
            )
            yield Static("", id="fault", classes="window-fault", markup=False)
            with Horizontal(classes="window-buttons"):
                yield Button("Show (Enter)", id="yes", variant="primary", compact=True)
                yield Button("Cancel (Esc)", id="no", compact=True)

    def on_mount(self) -> None:
        """Begin to write."""
        self.set_focus(self.query_one("#zone"))

    def answer(self) -> None:
        """Show the zone, if there is one of that name."""
        zone = self.query_one("#zone", Input).value.strip()
        if zone not in ("", *self._own) and not schedules.known_zone(zone):
            self.query_one("#fault", Static).update(f"✗ there is no zone `{zone}`")
            return
        self.dismiss(zone)
