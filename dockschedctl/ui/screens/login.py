"""Logging in, at the start and whenever a login has ended; the screen below stays as it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from dockschedctl.failures import Failure
from dockschedctl.ui import bindings, keys, places
from dockschedctl.ui.screens.whole import Window
from dockschedctl.ui.widgets.choices import Check
from dockschedctl.wording import sentence
from dockschedd.wire import access

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from dockschedctl.ui.app import Ui


class LoginScreen(Window[bool]):
    """Server, user and password; true once the daemon has taken them."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.FORM)

    def __init__(self, *, server: str, user: str, why: str) -> None:
        super().__init__()
        self._server = server
        self._user = user
        self._why = why

    @property
    def ui(self) -> Ui:
        """The application."""
        return cast("Ui", self.app)

    def compose(self) -> ComposeResult:
        """One question below the other."""
        with Vertical(classes="window"):
            yield Static("Log in", classes="window-title")
            note = "window-note" if self._why else "-empty"
            yield Static(self._why, classes=note, markup=False)
            yield Label("Server")
            yield Input(self._server, id="server", compact=True)
            yield Label("User")
            yield Input(self._user, id="user", compact=True)
            yield Label("Password (never stored)")
            yield Input(password=True, id="password", compact=True)
            yield Check("remember the server as a context", id="remember", compact=True)
            yield Static("", id="fault", classes="window-fault", markup=False)
            with Horizontal(classes="window-buttons"):
                yield Button("Log in (Enter)", id="yes", variant="primary", compact=True)
                yield Button("Cancel (Esc)", id="no", compact=True)

    def on_mount(self) -> None:
        """Begin with the first question that has no answer yet."""
        self.set_focus(self.query_one("#password" if self._user else "#user", Input))
        self._offer_to_remember()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer to remember a server that no context names."""
        if event.input.id == "server":
            self._offer_to_remember()

    def _offer_to_remember(self) -> None:
        known = places.is_known(self.ui.link.env, self.query_one("#server", Input).value)
        remember = self.query_one("#remember", Check)
        remember.display = not known
        remember.value = not known

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next question, or answer."""
        if event.input.id == "password":
            self._begin()
        else:
            self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Log in, or leave it."""
        if event.button.id == "yes":
            self._begin()
        else:
            self.dismiss(False)

    def action_close(self) -> None:
        """Leave it."""
        self.dismiss(False)

    def _begin(self) -> None:
        self.query_one("#fault", Static).update("… logging in")
        self.run_worker(self._log_in(), exclusive=True)

    async def _log_in(self) -> None:
        written = self.query_one("#server", Input).value
        remember = self.query_one("#remember", Check).value
        body = access.Login(
            user=self.query_one("#user", Input).value.strip(),
            password=self.query_one("#password", Input).value,
        )
        link = self.ui.link
        before = link.server
        try:
            if not (body.user and body.password):
                self._say("user and password, please")
                return
            server = places.server(link.env, written)
            link.turn_to(server)
            await link.ask(lambda client: client.login(body))
            if remember:
                places.remember(link.env, server)
        except Failure as failure:
            link.turn_to(before)
            hint = f" ({sentence(failure.hint)})" if failure.hint else ""
            if self.is_whole:
                self._say(f"{sentence(failure.message)}{hint}")
                self.query_one("#password", Input).focus()
            return
        except asyncio.CancelledError:
            # Whoever leaves it meanwhile stays where he was.
            link.turn_to(before)
            raise
        except OSError as exc:
            # The login is good all the same: only the context could not be written.
            self.ui.tell_failure(Failure(f"the context is not stored: {exc.strerror or exc}"))
        self.ui.remember_user(body.user)
        self.dismiss(True)

    def _say(self, fault: str) -> None:
        self.query_one("#fault", Static).update(f"✗ {fault}")
