"""The users: who can log in, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Horizontal, Vertical
from textual.widgets import Button, RadioSet, Static

from dockschedctl.failures import Failure
from dockschedctl.output import people
from dockschedctl.ui import bindings, keys
from dockschedctl.ui.notices import Notice, Weight
from dockschedctl.ui.rows import users
from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.ui.screens.listing import Listing
from dockschedctl.ui.screens.whole import Window
from dockschedctl.ui.widgets.choices import Radio
from dockschedctl.wording import printable
from dockschedd.wire.access import User, UserEdit
from dockschedd.wire.schedules import PageQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from dockschedctl.client import Client
    from dockschedctl.ui.cells import Row
    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire.access import UserPage


class UsersPage(Listing[User]):
    """The list of users."""

    NOUN = "Users"
    PLACE = "users"
    ITEM = ("user", "users")
    NONE = "there are no users: `dockschedctl user add` adds one"
    CHANGES = frozenset({"user"})
    COLUMNS = users.COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.USERS)

    def ask(self, client: Client, limit: int, cursor: str | None) -> UserPage:
        """Return some users, by name."""
        return client.list_users(PageQuery(limit=limit, cursor=cursor))

    def rows(self, items: Sequence[User], moment: Moment) -> Sequence[Row]:
        """Return a row for each."""
        return users.rows(items, moment)

    def orders(self) -> Mapping[str, Callable[[User], Any]]:
        """Return how each column sorts them."""
        return users.ORDERS

    def worth_a_word(self, items: Sequence[User]) -> Iterator[str]:
        """Say how many are disabled."""
        disabled = sum(user.disabled for user in items)
        if disabled:
            yield f"■ {disabled} disabled"

    def opened(self, item: User) -> None:
        """Show one of them in full."""
        self.tell(item.name, lambda client: client.show_user(item.name), people.user_text)

    def action_turn(self) -> None:
        """Disable the user, or enable a disabled one, once that has been agreed to."""
        user = self.item()
        if user is not None:
            verb = "Enable" if user.disabled else "Disable"
            lines = users.turning(user, is_self=self._is_self(user))
            change = UserEdit(disabled=not user.disabled)
            self._begin_change(user, verb, lines, change)

    def action_promote(self) -> None:
        """Give the user another role, once that has been agreed to."""
        user = self.item()
        if user is not None:
            self.ui.push_screen(Roles(user), lambda role: self._promote(user, role))

    def _promote(self, user: User, role: str | None) -> None:
        if role is not None and role != user.role:
            lines = users.promoting(user, role, is_self=self._is_self(user))
            self._begin_change(user, "Change", lines, UserEdit(role=role))

    def _is_self(self, user: User) -> bool:
        me = self.ui.state.me
        return me is not None and me.user == user.name

    def _begin_change(self, user: User, verb: str, lines: Iterable[str], change: UserEdit) -> None:
        work = self._change(user, verb, tuple(lines), change)
        self.run_worker(work, group="change", exclusive=True)

    async def _change(
        self, user: User, verb: str, lines: tuple[str, ...], change: UserEdit
    ) -> None:
        name = printable(user.name)
        question = Confirm(title=f"{verb.lower()} {name}", lines=lines, verb=verb)
        if not await self.ui.push_screen_wait(question):
            return
        try:
            new = await self.ui.link.ask(lambda client: client.edit_user(user.name, change))
        except Failure as failure:
            self.ui.tell_failure(failure)
            return
        done = f"{name} is {users.state(new)}, {printable(new.role)}"
        self.ui.tell(Notice(weight=Weight.NEWS, text=done))
        self.read()


class Roles(Window[str | None]):
    """Which role; None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.FORM)

    def __init__(self, user: User) -> None:
        super().__init__()
        self._user = user

    def compose(self) -> ComposeResult:
        """One role below the other, each with what it may do."""
        with Vertical(classes="window"):
            yield Static(f"role of {self._user.name}", classes="window-title", markup=False)
            with RadioSet(id="roles", compact=True):
                for role, may in users.ROLES.items():
                    chosen = role == self._user.role
                    yield Radio(f"{role}: {may}", value=chosen, id=role, compact=True)
            with Horizontal(classes="window-buttons"):
                yield Button("Go on (Tab, Enter)", id="yes", variant="primary", compact=True)
                yield Button("Cancel (Esc)", id="no", compact=True)

    def on_mount(self) -> None:
        """Begin with the roles."""
        self.set_focus(self.query_one("#roles", RadioSet))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer, or leave it."""
        chosen = self.query_one("#roles", RadioSet).pressed_button
        is_yes = event.button.id == "yes" and chosen is not None
        self.dismiss(str(chosen.id) if is_yes and chosen is not None else None)

    def action_close(self) -> None:
        """Leave it."""
        self.dismiss(None)
