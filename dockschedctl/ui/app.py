"""The Textual application: it folds what the feed delivers, and lets screens show it.

Wiring only: what is known is in `state`, what is said of it in `rows`, `notices` and
`widgets.headline`, and what is asked of the daemon goes through `link`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec
from textual import events
from textual.app import App, ScreenStackError, SystemCommand
from textual.filter import Monochrome

from dockschedctl.ui import bindings, going, journal, keys, notices, settings, theme
from dockschedctl.ui.feed import Feed
from dockschedctl.ui.link import is_logged_out
from dockschedctl.ui.messages import FeedSaid
from dockschedctl.ui.notices import Notice, Weight
from dockschedctl.ui.rows.moments import Moment
from dockschedctl.ui.screens.dashboard import Dashboard
from dockschedctl.ui.screens.page import Page
from dockschedctl.ui.state import LoggedOut, Phase, State, fold
from dockschedctl.wording import printable, sentence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.binding import BindingType
    from textual.driver import Driver
    from textual.screen import Screen

    from dockschedctl.failures import Failure
    from dockschedctl.ui.link import Link
    from dockschedctl.ui.state import Event

#: Seconds in which changes are gathered before they are shown.
_GATHER: Final = 0.1
#: Columns of the widest window, and those that its frame and a scrollbar take.
_WINDOW: Final = 100
_FRAME: Final = 6
#: Seconds that the feed has to end in: its connection is cut, so it takes none.
_GRACE: Final = 1.0
_SEVERITY: Final = {
    Weight.GOOD: ("✓", "information"),
    Weight.NEWS: ("·", "information"),
    Weight.BAD: ("✗", "error"),
}


class Ui(App[None]):
    """The whole UI."""

    TITLE = "dockschedd"
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.GLOBAL)
    CSS = """
    ModalScreen { align: center middle; background: $background 60%; }
    .window {
        width: 90%; max-width: 100; height: auto; max-height: 90%;
        background: $surface; border: round $border; padding: 0 1;
    }
    .window > VerticalScroll { height: auto; max-height: 1fr; }
    .wide { height: 90%; }
    .window-title { text-style: bold; color: $accent; margin-bottom: 1; }
    .window-note { color: $warning; margin-bottom: 1; }
    .window-fault { color: $error; }
    .-empty { display: none; }
    .window-buttons { height: 1; margin-top: 1; align-horizontal: right; }
    .window-buttons Button { margin-left: 2; }
    .window Label { color: $secondary; }
    .window Input { margin-bottom: 1; background: $panel; }
    .window RadioSet { margin-bottom: 1; background: $surface; border: none; padding: 0; }
    .window Checkbox { background: $surface; border: none; padding: 0; }
    Button:focus { text-style: bold reverse; }
    ToastRack { margin-bottom: 1; }
    Toast { padding: 0 1; width: 60; max-width: 80%; }
    """

    def __init__(
        self,
        link: Link,
        *,
        colour: bool = True,
        light: bool | None = None,
        driver: type[Driver] | None = None,
    ) -> None:
        """Be ready to run; `light`: what the terminal says of its background."""
        super().__init__(driver_class=driver)
        self.link = link
        self.state = State()
        self.journal: tuple[journal.Entry, ...] = ()
        self._settings = settings.load(link.env.config_dir)
        self._feed = Feed(link, self._deliver)
        self._gathering = False
        self._grain = 0
        if not colour and not self.no_color:
            self._filters.append(Monochrome())
        for each in theme.ALL:
            self.register_theme(each)
        self.theme = theme.chosen(self._settings.theme, link.env.environ, light=light)

    def get_default_screen(self) -> Screen[None]:
        """Begin with the dashboard: it is painted before there is anything to show."""
        return Dashboard()

    def on_mount(self) -> None:
        """Begin to listen once the first picture is on the screen."""
        self.call_after_refresh(self._feed.start)
        self.set_interval(1.0, self._tick)

    def on_unmount(self) -> None:
        """Let the daemon go."""
        self._feed.stop()
        self.link.close()
        self._feed.join(_GRACE)

    def moment(self) -> Moment:
        """Return when and where it is now."""
        return Moment(now=self.link.env.now(), zone=self.link.env.zone)

    def room_in_window(self) -> int:
        """Return how many columns a text has in a window over the screen."""
        return max(20, min(_WINDOW, self.size.width * 9 // 10) - _FRAME)

    async def on_event(self, event: events.Event) -> None:
        """Let keys wait for a screen that is only being made: it obeys all that are for it."""
        if self.is_running and isinstance(event, events.Key | events.Paste):
            with suppress(ScreenStackError):
                # It is set also where making the screen fails.
                await self.screen._mounted_event.wait()  # noqa: SLF001 (nothing public waits)
        await super().on_event(event)

    # ------------------------------------------------------------ the state

    def _deliver(self, event: Event) -> None:
        """Take an event from the feed's thread."""
        with suppress(RuntimeError):  # the UI has ended meanwhile
            self.post_message(FeedSaid(event))

    def on_feed_said(self, message: FeedSaid) -> None:
        """Fold it, tell what is worth telling, and show it soon."""
        self.take(message.event)

    def take(self, event: Event) -> None:
        """Change the state by an event."""
        before, self.state = self.state, fold(self.state, event)
        for notice in notices.between(before, self.state, now=self.link.env.now()):
            self.tell(notice)
        for page in self.pages():
            page.heard(event)
        if before.me != self.state.me:
            self.refresh_bindings()
            if self.state.me is not None:
                going.leave_forbidden(self)
        if self.state.phase is Phase.LOGGED_OUT and before.phase is not Phase.LOGGED_OUT:
            self.action_log_in()
        if not self._gathering:
            self._gathering = True
            self.set_timer(_GATHER, self._gathered)

    def _gathered(self) -> None:
        self._gathering = False
        self._repaint()

    def _repaint(self) -> None:
        page = self._page()
        if page is not None:
            page.repaint()

    def pages(self) -> tuple[Page, ...]:
        """Return all pages that are open, the one that is seen first, also below a window."""
        return tuple(each for each in reversed(self.screen_stack) if isinstance(each, Page))

    def _page(self) -> Page | None:
        """Return the page that is seen; None once the UI ends."""
        return next(iter(self.pages()), None)

    def _tick(self) -> None:
        """Let ages and relative times move on."""
        grain = self.moment().grain
        if grain != self._grain:
            self._grain = grain
            self._repaint()
        elif self.state.phase is not Phase.LIVE and (page := self._page()) is not None:
            page.tell_headline()

    # ------------------------------------------------------------ telling

    def tell(self, notice: Notice) -> None:
        """Show a toast, and keep it in the message log."""
        entry = journal.Entry(at=self.link.env.now(), notice=notice)
        self.journal = journal.added(self.journal, entry)
        symbol, severity = _SEVERITY[notice.weight]
        self.notify(
            f"{symbol} {printable(notice.text)}",
            severity=severity,  # type: ignore[arg-type] # a word of Textual's
            timeout=8.0 if notice.weight is Weight.BAD else 4.0,
            markup=False,
        )

    def tell_failure(self, failure: Failure) -> None:
        """Show what went wrong; where a login helps, ask for it."""
        if is_logged_out(failure):
            self.take(LoggedOut(why=failure.message))
            return
        hint = f" ({sentence(failure.hint)})" if failure.hint else ""
        details = "".join(f"\n  {line}" for line in failure.details)
        text = f"{sentence(failure.message)}{hint}{details}"
        self.tell(Notice(weight=Weight.BAD, text=text))

    # ------------------------------------------------------------ going places

    def open_stack(self, name: str, *, schedule: str | None = None) -> None:
        """Show one stack, or a schedule that acts on it; go back where one came from there."""
        from dockschedctl.ui.screens.stack import StackPage  # noqa: PLC0415 (not at the start)

        below = self.screen_stack[-2] if len(self.screen_stack) > 1 else None
        if isinstance(below, StackPage) and below.is_of(name):
            self.pop_screen()
            below.turn_to(schedule)
        else:
            self.push_screen(StackPage(name, schedule=schedule))

    def open_run(self, run_id: str) -> None:
        """Show one run."""
        from dockschedctl.ui.screens.run import RunPage  # noqa: PLC0415 (not at the start)

        self.push_screen(RunPage(run_id))

    def action_log_in(self) -> None:
        """Ask for server, user and password, unless somebody is being asked already."""
        from dockschedctl.ui.screens.login import LoginScreen  # noqa: PLC0415 (not at the start)

        if any(isinstance(screen, LoginScreen) for screen in self.screen_stack):
            return
        server = self.link.server.url
        user = self._settings.users.get(server, "")
        why = sentence(self.state.trouble) if self.state.phase is Phase.LOGGED_OUT else ""
        self.push_screen(LoginScreen(server=server, user=user, why=why), self._logged_in)

    def _logged_in(self, done: bool | None) -> None:
        if done:
            # Of another daemon nothing is known yet; of the same one it comes at once.
            self.state = State(seen_at=None)
            for page in self.pages():
                page.forget()
            self._feed.look_again()
            self._repaint()

    def remember_user(self, user: str) -> None:
        """Keep who logged in, for the next login."""
        users = {**self._settings.users, self.link.server.url: user}
        self._remember(users=users)

    def action_help(self) -> None:
        """Show the keys of this screen."""
        from dockschedctl.ui.screens.keyhelp import KeyHelp  # noqa: PLC0415 (not at the start)

        noun = self.screen.NOUN if isinstance(self.screen, Page) else ""
        self.push_screen(KeyHelp(noun, self.state.may))

    def action_journal(self) -> None:
        """Show what has been reported."""
        from dockschedctl.ui.screens.messages import Messages  # noqa: PLC0415 (not at the start)

        self.push_screen(Messages())

    def action_turn_theme(self) -> None:
        """Turn from dark to light and back, and remember it."""
        self.theme = theme.other(self.theme)
        self._remember(theme=self.theme)

    def action_look_again(self) -> None:
        """Read everything again."""
        self._feed.look_again()

    def _remember(self, **changes: object) -> None:
        self._settings = msgspec.structs.replace(self._settings, **changes)
        try:
            settings.save(self.link.env.config_dir, self._settings)
        except OSError as exc:
            text = f"what you chose is not remembered: {exc.strerror or exc}"
            self.tell(Notice(weight=Weight.BAD, text=text))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the command palette finds: every key that this screen obeys."""
        found = keys.groups(screen.NOUN) if isinstance(screen, Page) else (("", keys.GLOBAL),)
        for _, group in found:
            for key in group:
                if _is_command(key) and self.state.may(key.needs):
                    yield SystemCommand(key.label, key.says, _caller(screen, key.action))
        for name in self.state.stacks:
            yield SystemCommand(f"Open {name}", "Go to the stack", _opener(self, name))


def _is_command(key: keys.Key) -> bool:
    return bool(key.label and key.action) and key.action != "command_palette"


def _caller(screen: Screen[object], action: str) -> Callable[[], Awaitable[None]]:
    async def call() -> None:
        await screen.run_action(action)

    return call


def _opener(ui: Ui, name: str) -> Callable[[], None]:
    return lambda: ui.open_stack(name)
