"""How long a stack is held, and which way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, RadioSet, Static

from dockschedctl import durations
from dockschedctl.ui.screens.windows import Form
from dockschedctl.ui.widgets.choices import Check, Radio
from dockschedctl.wording import count
from dockschedd.wire.holds import HoldNew

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from dockschedd.wire.stacks import StackSummary

FOREVER = "forever"


class Holding(Form[HoldNew]):
    """The form of a hold."""

    def __init__(self, stacks: Sequence[StackSummary]) -> None:
        super().__init__()
        self._stacks = stacks

    def compose(self) -> ComposeResult:
        """One question below the other."""
        up = any(stack.status != "stopped" for stack in self._stacks)
        is_one = len(self._stacks) == 1
        who = self._stacks[0].name if is_one else count(len(self._stacks), "stack")
        it = "it" if is_one else "them"
        with Vertical(classes="window"):
            yield Static(f"hold {who}", classes="window-title", markup=False)
            yield Label(f"Keep {it}")
            with RadioSet(id="wants", compact=True):
                yield Radio("up: running", value=up, id="up", compact=True)
                yield Radio("down: stopped", value=not up, id="down", compact=True)
            yield Label("For how long, or until when: 2h, 18:00, mon 08:00, forever")
            yield Input("2h", id="until", compact=True)
            yield Label("Why (others see it)")
            yield Input(id="reason", compact=True)
            yield Check(f"bring {it} into that state now", value=True, id="act", compact=True)
            yield Static("", id="fault", classes="window-fault", markup=False)
            with Horizontal(classes="window-buttons"):
                yield Button("Hold (Enter)", id="yes", variant="primary", compact=True)
                yield Button("Cancel (Esc)", id="no", compact=True)

    def on_mount(self) -> None:
        """Begin with the question that is answered differently each time."""
        self.set_focus(self.query_one("#until", Input))

    def answer(self) -> None:
        """Hold, if it is said how long."""
        until = self.query_one("#until", Input).value.strip()
        if not until:
            self.query_one("#fault", Static).update("✗ for how long?")
            self.query_one("#until", Input).focus()
            return
        self.dismiss(
            hold_of(
                until,
                up=self.query_one("#up", Radio).value,
                reason=self.query_one("#reason", Input).value.strip(),
                act=self.query_one("#act", Check).value,
            )
        )


def hold_of(until: str, *, up: bool, reason: str, act: bool) -> HoldNew:
    """Return the hold that the answers mean; what is no duration is an instant."""
    wants = "up" if up else "down"
    if until.lower() in (FOREVER, "for ever"):
        return HoldNew(wants=wants, forever=True, reason=reason, act=act)
    if _is_duration(until):
        return HoldNew(wants=wants, duration=until, reason=reason, act=act)
    return HoldNew(wants=wants, until=until, reason=reason, act=act)


def _is_duration(text: str) -> bool:
    try:
        durations.seconds(text)
    except ValueError:
        return False
    return True
