"""What all screens that fill the terminal have in common: headline, keys, and the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.widgets import Footer

from dockschedctl.ui import bindings, going, keys
from dockschedctl.ui.screens.whole import Whole
from dockschedctl.ui.state import Phase
from dockschedctl.ui.widgets.grid import Grid
from dockschedctl.ui.widgets.headline import Headline
from dockschedctl.ui.widgets.ways import Ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from dockschedctl.ui.app import Ui
    from dockschedctl.ui.state import Event


class Page(Whole[None]):
    """A screen between headline and footer that shows the state whenever that changes.

    A page says in `body` what it is made of and in `paint` how it shows the state; what is
    not in the state it asks for itself (`listing.Listing`).
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.GOING)

    #: The heading of its keys in the key help.
    NOUN: ClassVar[str] = ""
    #: What it is called in `going.PLACES`; "" for what is opened from one of those.
    PLACE: ClassVar[str] = ""
    DEFAULT_CSS = """
    Page { background: $background; }
    Page Footer { background: $panel; }
    """

    @property
    def ui(self) -> Ui:
        """The application."""
        return cast("Ui", self.app)

    @property
    def is_stale(self) -> bool:
        """Whether what is known may have changed without anybody telling."""
        return self.ui.state.phase in (Phase.LOST, Phase.LOGGED_OUT)

    def compose(self) -> ComposeResult:
        """Put the body between headline and footer."""
        yield Headline(self.ui.link.server.url)
        if self.PLACE:
            yield Ways(self.PLACE)
        yield from self.body()
        yield Footer(show_command_palette=False, compact=True)

    def body(self) -> Iterator[Widget]:
        """Yield what is between."""
        raise NotImplementedError

    def paint(self) -> None:
        """Show the state as it is now."""
        raise NotImplementedError

    def heard(self, event: Event) -> None:
        """Take note of what has happened, also while another screen is above."""

    def forget(self) -> None:
        """Forget what was read: it is another daemon, or somebody else who looks."""

    def repaint(self) -> None:
        """Show the state in everything that pages have in common, then in the page itself."""
        if self.is_whole:
            self.tell_headline()
            for bar in self.query(Ways):
                bar.tell(going.ways(self.ui.state.may))
            stale = self.is_stale
            self.set_class(stale and self.ui.state.seen_at is not None, "-stale")
            for grid in self.query(Grid):
                grid.grey(stale)
            self.paint()

    def tell_headline(self) -> None:
        """Show in the first line how things stand."""
        if self.is_whole:
            ui = self.ui
            headline = self.query_one(Headline)
            headline.tell(ui.state, ui.moment(), server=ui.link.server.url)

    def on_mount(self) -> None:
        """Show what is known already, and begin."""
        if not self._is_composed:
            super().on_mount()
            self.repaint()
            self.begin()

    def begin(self) -> None:
        """Do what is done once, as soon as all widgets are there.

        Not in `on_mount`: of that Textual calls the one of each base by itself.
        """

    def on_screen_resume(self) -> None:
        """Show what happened while another screen was above."""
        self.repaint()

    def action_go(self, place: str) -> None:
        """Go to another page."""
        going.go(self.ui, place)

    def on_ways_clicked(self, event: Ways.Clicked) -> None:
        """Go to another page."""
        self.action_go(event.place)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys of what the person may not do."""
        return self.ui.state.may(keys.needed(self.NOUN, action, parameters))
