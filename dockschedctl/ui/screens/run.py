"""One run: why it is, how its steps go on the time axis, and what went wrong, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Static

from dockschedctl.failures import Failure
from dockschedctl.ui import bindings, keys, on_runs
from dockschedctl.ui.rows import run as said
from dockschedctl.ui.rows import timeline
from dockschedctl.ui.screens.page import Page
from dockschedctl.ui.state import furthest
from dockschedctl.ui.widgets import prose
from dockschedctl.ui.widgets.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.binding import BindingType
    from textual.widget import Widget

    from dockschedd.wire.runs import Run

_BUTTONS: Final = tuple(key for key in keys.RUN if key.action != "back")
#: Seconds after which bars of what goes on have grown.
_GROWTH: Final = 1.0


class RunPage(Page):
    """One run, live while it goes on."""

    NOUN = "Run"
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.RUN)
    DEFAULT_CSS = """
    RunPage #about { height: auto; padding: 0 1; }
    RunPage #actions { height: 1; padding: 0 1; margin-bottom: 1; }
    RunPage #actions Button { margin-right: 1; min-width: 0; }
    RunPage #steps { height: auto; min-height: 2; max-height: 1fr; }
    RunPage.-troubled #steps { max-height: 50%; }
    RunPage #trouble { height: 1fr; margin-top: 1; padding: 0 1; display: none; }
    RunPage.-troubled #trouble { display: block; }
    """

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self._run_id = run_id
        self._run: Run | None = None
        #: The look of the feed, and the status, of which the run was read.
        self._read: tuple[object, str] | None = None
        self._fault = ""

    def body(self) -> Iterator[Widget]:
        """What it is, what can be done, its steps, and what went wrong."""
        yield Static("", id="about")
        with Horizontal(id="actions"):
            for key in _BUTTONS:
                label = f"{key.label} {key.display or key.keys}"
                yield Button(label, id=f"do-{key.action}", compact=True, tooltip=key.says)
        yield Grid(timeline.EMPTY.columns, id="steps", empty="reading")
        with VerticalScroll(id="trouble"):
            yield Static("", id="errors")

    def begin(self) -> None:
        """Let the keys move the cursor, and time go on."""
        super().begin()
        self.set_focus(self.query_one("#steps", Grid))
        self.set_interval(_GROWTH, self._grow)

    def on_resize(self) -> None:
        """Draw the bars as long as there is room."""
        self.call_after_refresh(self.repaint)

    def _grow(self) -> None:
        if self._run is not None and self._run.status == "running" and self.is_whole:
            self.paint()

    # ------------------------------------------------------------ showing

    def paint(self) -> None:
        """Show what is known, and read it again where that may be more than was heard."""
        self._hear()
        self._read_again()
        run = self._run
        if run is None:
            text = self._fault or f"run {self._run_id} is being read"
            self.query_one("#about", Static).update(text)
        else:
            self._show(run)
        for key in _BUTTONS:
            self.query_one(f"#do-{key.action}").display = bool(self.check_action(key.action, ()))

    def _show(self, run: Run) -> None:
        moment = self.ui.moment()
        self.query_one("#about", Static).update(prose.written(said.about(run, moment)))
        grid = self.query_one("#steps", Grid)
        found = timeline.timeline(run, moment, grid.room)
        is_first = not grid.rows
        grid.fill(found.rows, columns=found.columns, empty=said.no_steps(run))
        if is_first:
            grid.go_to(said.first_bad(run))
        trouble = said.trouble(run)
        self.set_class(bool(trouble), "-troubled")
        self.query_one("#errors", Static).update(prose.written(trouble))

    def _hear(self) -> None:
        """Take what the stream has told of the run."""
        state = self.ui.state
        told = state.runs.get(self._run_id) or state.running.get(self._run_id)
        if told is not None:
            self._take(told)

    def _take(self, run: Run) -> None:
        before = self._run
        self._run = run if before is None else furthest(before, run)
        if before is None or before.status != self._run.status:
            self.refresh_bindings()

    # ------------------------------------------------------------ reading

    def _read_again(self) -> None:
        """Read it once it is over, and whenever the feed has looked at everything."""
        status = self.ui.state.status
        word = "" if self._run is None else self._run.status
        known = self._read
        if status is None or (known is not None and known[0] is status and known[1] == word):
            return
        self._read = (status, word)
        self.run_worker(self._look(), group="run", exclusive=True)

    async def _look(self) -> None:
        try:
            found = await self.ui.link.ask(lambda client: client.show_run(self._run_id))
        except Failure as failure:
            self._fault = failure.message
            self.ui.tell_failure(failure)
            found = None
        if found is not None and self.is_whole:
            self._take(found)
        if self.is_whole:
            self.paint()

    # ------------------------------------------------------------ keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done with a run in this state."""
        run = self._run
        match action:
            case "cancel_run":
                fits = run is not None and not said.is_over(run)
            case "resume_run":
                fits = run is not None and said.is_left_open(run)
            case "open_next":
                fits = run is not None and run.superseded_by is not None
            case "open_schedule":
                fits = run is not None and run.schedule is not None
            case "open_stack" | "explain":
                fits = run is not None
            case _:
                fits = True
        return fits and super().check_action(action, parameters)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the key of the same name does."""
        event.stop()
        # Not every button is there afterwards, and keys are for the rows.
        self.query_one("#steps", Grid).focus()
        getattr(self, f"action_{str(event.button.id).removeprefix('do-')}")()

    def action_back(self) -> None:
        """Go back to where one came from."""
        self.dismiss()

    def action_open_stack(self) -> None:
        """Go to its stack."""
        if self._run is not None:
            self.ui.open_stack(self._run.stack)

    def action_open_schedule(self) -> None:
        """Go to its schedule, among those that act on the stack."""
        if self._run is not None and self._run.schedule is not None:
            self.ui.open_stack(self._run.stack, schedule=self._run.schedule)

    def action_open_next(self) -> None:
        """Go to the run that took its place."""
        if self._run is not None and self._run.superseded_by is not None:
            self.ui.open_run(self._run.superseded_by)

    def action_cancel_run(self) -> None:
        """Show what that means, and do it once it is agreed to."""
        if self._run is not None:
            self.run_worker(self._cancel(self._run), group="act", exclusive=True)

    async def _cancel(self, run: Run) -> None:
        found = await on_runs.cancel(self.ui, run)
        if found is not None and self.is_whole:
            self._take(found)
            self.paint()

    def action_resume_run(self) -> None:
        """Show what is left, and do it once it is agreed to."""
        self.run_worker(self._resume(), group="act", exclusive=True)

    async def _resume(self) -> None:
        if self._run is not None:
            follower = await on_runs.resume(self.ui, self._run)
            if follower is not None:
                self.ui.open_run(follower.id)

    def action_explain(self) -> None:
        """Show what had decided."""
        if self._run is not None:
            self.run_worker(on_runs.explain(self.ui, self._run), group="act", exclusive=True)
