"""All runs, newest first: what happened, what goes on, and what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from dockschedctl.ui import bindings, keys
from dockschedctl.ui.notices import Notice, Weight
from dockschedctl.ui.rows import history, runs
from dockschedctl.ui.screens.listing import Batch, Listing
from dockschedctl.ui.state import Heard
from dockschedctl.ui.widgets import prose
from dockschedctl.wording import printable
from dockschedd.wire.runs import Run
from dockschedd.wire.system import RunEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

    from dockschedctl.client import Client
    from dockschedctl.ui.cells import Row
    from dockschedctl.ui.rows.moments import Moment
    from dockschedctl.ui.state import Event

_LIKE = {"stack": "stack", "schedule": "schedule", "status": "state"}


class RunsPage(Listing[Run]):
    """The list of runs; what changes does so in place, and nothing is asked for it."""

    NOUN = "Runs"
    PLACE = "runs"
    ITEM = ("run", "runs")
    NONE = "there are no runs"
    COLUMNS = runs.OF_ALL
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.RUNS)
    DEFAULT_CSS = """
    RunsPage #wanted { height: 1; padding: 0 1; }
    RunsPage #whole { height: auto; max-height: 4; padding: 0 1; background: $surface; }
    RunsPage #wanted Button {
        margin-right: 1; min-width: 0; background: $background; color: $secondary;
    }
    RunsPage #wanted Button.-shown { color: $accent; text-style: bold underline; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._wanted = history.Wanted()
        self._builder = runs.Builder()

    def body(self) -> Iterator[Widget]:
        """The filters can be clicked; below is the run under the cursor in full."""
        summary, *rest = super().body()
        yield summary
        with Horizontal(id="wanted"):
            for number, (period, label) in enumerate(history.PERIODS.items(), start=1):
                yield _button(f"{number} {label}", f"period-{period}")
            yield _button("f Failed only", "troubled")
        yield from rest
        yield Static("", id="whole")

    def begin(self) -> None:
        """Let time go on in what runs."""
        super().begin()
        self.set_interval(1.0, self._grow)

    def _grow(self) -> None:
        if self.is_whole and any(run.status == "running" for run in self.items or ()):
            self.paint()

    # ------------------------------------------------------------ what it lists

    def ask(self, client: Client, limit: int, cursor: str | None) -> Batch[Run]:
        """Return some of them, none older than is wanted."""
        found = client.list_runs(self._wanted.query(limit, cursor))
        since = self._wanted.since(self.ui.moment())
        if since is None:
            return Batch(items=found.items, next=found.next)
        recent = tuple(run for run in found.items if run.created_at >= since)
        return Batch(items=recent, next=found.next if len(recent) == len(found.items) else None)

    def rows(self, items: Sequence[Run], moment: Moment) -> Sequence[Row]:
        """Return a row for each."""
        return self._builder.rows(items, moment)

    def concerns(self, event: Event) -> bool:
        """Only of old runs nothing is in the state."""
        if not isinstance(event, Heard) or not isinstance(event.event, RunEvent):
            return False
        return event.event.run.id not in self.ui.state.runs

    def worth_a_word(self, items: Sequence[Run]) -> Iterator[str]:
        """Say what is wanted, and how many of them want a person."""
        yield from self._wanted.words(self.ui.moment())
        bad = sum(run.status in history.TROUBLED for run in items)
        if bad and not self._wanted.troubled:
            yield f"✗ {bad} did not end well"

    def opened(self, item: Run) -> None:
        """Show the run with its steps."""
        self.ui.open_run(item.id)

    # ------------------------------------------------------------ showing

    def paint(self) -> None:
        """Show what was read as it is now, and what has come since."""
        self.items = history.current(
            self.items,
            self.ui.state.runs.values(),
            wanted=self._wanted,
            since=self._wanted.since(self.ui.moment()),
            more=self.goes_on,
        )
        super().paint()
        for period in history.PERIODS:
            shown = period == self._wanted.period
            self.query_one(f"#period-{period}").set_class(shown, "-shown")
        self.query_one("#troubled").set_class(self._wanted.troubled, "-shown")
        self._tell_whole()

    def on_grid_moved(self) -> None:
        """Show what the cursor is on in full."""
        super().on_grid_moved()
        self._tell_whole()

    def _tell_whole(self) -> None:
        run = self.item()
        line = self.query_one("#whole", Static)
        line.display = run is not None
        if run is not None:
            line.update(prose.written((runs.whole(run),)))

    def _want_runs(self, wanted: history.Wanted) -> None:
        if wanted != self._wanted:
            self._wanted = wanted
            self.read_anew()

    # ------------------------------------------------------------ keys

    def action_troubled(self) -> None:
        """Only what did not end well, or everything."""
        self._want_runs(self._wanted.changed(troubled=not self._wanted.troubled))

    def action_period(self, period: str) -> None:
        """Only what is as new as that."""
        self._want_runs(self._wanted.changed(period=period))

    def action_like(self, field: str) -> None:
        """Only runs like the one under the cursor in this; once more: all again."""
        run = self.item()
        value = None if run is None else getattr(run, field)
        wanted = self._wanted.turned(field, value)
        if wanted == self._wanted and run is not None:
            text = f"this run comes from no {_LIKE[field]}"
            self.ui.tell(Notice(weight=Weight.NEWS, text=printable(text)))
        self._want_runs(wanted)

    def action_clear(self) -> None:
        """Take the words away, then the filters; where there are none, leave the page."""
        typed = self.query_one("#filter", Input).display
        if typed or self._wanted == history.Wanted():
            super().action_clear()
        else:
            self._want_runs(history.Wanted())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the key of the same name does."""
        event.stop()
        kind, _, period = str(event.button.id).partition("-")
        if kind == "period":
            self.action_period(period)
        else:
            self.action_troubled()


def _button(label: str, name: str) -> Button:
    button = Button(label, id=name, compact=True)
    button.can_focus = False
    return button
