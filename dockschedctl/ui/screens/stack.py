"""One stack: its containers, what acts on it, what happened to it, and why it is as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, ContentSwitcher, Static

from dockschedctl.failures import Failure
from dockschedctl.output import foresight as texts
from dockschedctl.ui import acting, bindings, keeping, keys, scheduling, symbols
from dockschedctl.ui.cells import said
from dockschedctl.ui.rows import containers, runs, schedules, stacks
from dockschedctl.ui.screens.page import Page
from dockschedctl.ui.widgets import prose
from dockschedctl.ui.widgets.grid import Grid
from dockschedctl.wording import printable
from dockschedd.wire.foresight import WhyQuery
from dockschedd.wire.runs import RunQuery
from dockschedd.wire.schedules import ScheduleQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.binding import BindingType
    from textual.widget import Widget

    from dockschedctl.client import Client
    from dockschedd.wire.foresight import Why
    from dockschedd.wire.runs import Run
    from dockschedd.wire.stacks import Stack, StackSummary

T = TypeVar("T")
_TABS = {
    "containers": "1 Containers",
    "schedules": "2 Schedules",
    "history": "3 History",
    "why": "4 Why",
}
_MOST = 200
#: Columns of a window in which two parts stand beside each other.
_WIDE = 160


class StackPage(Page):
    """One stack."""

    NOUN = "Stack"
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.STACK)
    DEFAULT_CSS = """
    StackPage #about { height: auto; padding: 0 1; }
    StackPage #actions { height: 1; padding: 0 1; }
    StackPage #actions Button { margin-right: 1; min-width: 0; }
    StackPage #tabs { height: 1; padding: 0 1; margin-top: 1; }
    StackPage #tabs Button {
        margin-right: 1; min-width: 0; background: $background; color: $secondary;
    }
    StackPage #tabs Button.-shown { color: $accent; text-style: bold underline; }
    StackPage #parts { height: 1fr; }
    StackPage ContentSwitcher { height: 1fr; width: 1fr; }
    StackPage #beside { display: none; width: 1fr; margin-left: 2; }
    StackPage #beside.-shown { display: block; }
    StackPage #why-text { padding: 0 1; }
    """

    def __init__(self, name: str, *, schedule: str | None = None) -> None:
        super().__init__()
        self._full_name = name
        self._host, _, self._stack = name.partition("/")
        self._tab = "containers" if schedule is None else "schedules"
        #: The row that the schedules begin with.
        self._schedule = schedule
        self._whole: Stack | None = None
        self._why: Why | None = None
        #: What of the state each tab was read for: it is read again when that changes.
        self._read: dict[str, object] = {}

    def body(self) -> Iterator[Widget]:
        """What it is, what can be done, and the tabs."""
        yield Static("", id="about")
        with Horizontal(id="actions"):
            for key in keys.ACTIONS:
                yield _button(key)
        with Horizontal(id="tabs"):
            for tab, label in _TABS.items():
                button = Button(label, id=f"tab-{tab}", compact=True)
                button.can_focus = False
                yield button
        with Horizontal(id="parts"):
            with ContentSwitcher(initial="containers", id="switcher"):
                yield Grid(containers.COLUMNS, id="containers", empty="reading")
                yield Grid(schedules.COLUMNS, id="schedules", empty="reading", opens=True)
                yield Grid(runs.COLUMNS, id="history", empty="reading", opens=True)
                with VerticalScroll(id="why"):
                    yield Static("reading", id="why-text", markup=False)
            beside = Grid(runs.COLUMNS, id="beside", empty="reading")
            beside.can_focus = False
            yield beside

    def begin(self) -> None:
        """Begin with the containers."""
        super().begin()
        self.action_tab(self._tab)

    # ------------------------------------------------------------ showing

    def paint(self) -> None:
        """Show what is known, and read again what has changed."""
        summary = self.ui.state.stacks.get(self._full_name)
        self.query_one("#about", Static).update(Content("\n").join(self._about(summary)))
        for key in keys.ACTIONS:
            self.query_one(f"#{_id(key)}").display = self.ui.state.may(key.needs)
        self._read_again()
        self._show_whole()
        self._show_why()

    def on_resize(self) -> None:
        """Show its history beside everything else where there is room for both."""
        if self.is_whole:
            self._lay_out()

    def _lay_out(self) -> None:
        self.query_one("#beside").set_class(self._has_history_beside(), "-shown")
        self._read_again()

    def _has_history_beside(self) -> bool:
        return self.size.width >= _WIDE and self._tab != "history"

    def _about(self, summary: StackSummary | None) -> Iterator[Content]:
        moment, state = self.ui.moment(), self.ui.state
        name = (printable(self._full_name), "bold")
        if summary is None:
            word = "is gone" if state.seen_at else "is being read"
            yield Content.assemble(name, f" {word}")
            return
        run = self._acting()
        up = f"  {summary.up} of {summary.total} up"
        healthy = prose.part(stacks.health(summary)) if stacks.says_health(summary) else ""
        yield Content.assemble(
            name, "  ", prose.part(symbols.word(summary.status)), "  ", healthy, up
        )
        coming = prose.part(stacks.coming(summary, run, moment))
        is_next = run is None and summary.hold is None and summary.next_schedule is not None
        by = f" by {printable(summary.next_schedule or '')}" if is_next else ""
        last = prose.part(stacks.last(state.results.get(self._full_name), moment))
        yield Content.assemble("next: ", coming, f"{by}   last: ", last)
        yield from (_line(*each) for each in stacks.remarks(summary))
        if self._whole is not None and self._whole.needs:
            yield _line(f"needs: {', '.join(self._whole.needs)}")
        if self._whole is not None and self._whole.needed_by:
            yield _line(f"needed by: {', '.join(self._whole.needed_by)}")

    def _acting(self) -> Run | None:
        """Return the run that acts on the stack now."""
        running = self.ui.state.running.values()
        return next((run for run in running if run.stack == self._full_name), None)

    def _show_whole(self) -> None:
        if self._whole is not None:
            self.query_one("#containers", Grid).fill(
                containers.rows(self._whole.containers, self._acting(), self.ui.moment()),
                empty="there are no containers",
            )

    def _show_why(self) -> None:
        if self._why is not None:
            room = self.query_one("#switcher").size.width or self.size.width
            width = max(40, room - 4)
            lines = texts.why_text(self._why, self.ui.moment().view(width))
            self.query_one("#why-text", Static).update("\n".join(lines))

    # ------------------------------------------------------------ reading

    def _read_again(self) -> None:
        """Read what the shown tab is about, where something happened since it was read."""
        state = self.ui.state
        if state.seen_at is None:
            return
        summary = state.stacks.get(self._full_name)
        changed = state.newest("schedule", "calendar", "requirement")
        result = state.results.get(self._full_name)
        happened = (id(summary), id(result), id(state.status), changed)
        self._read_tab(self._tab, happened, is_known=summary is not None)
        if self._has_history_beside():
            self._read_tab("history", happened, is_known=summary is not None)

    def _read_tab(self, tab: str, happened: object, *, is_known: bool) -> None:
        if self._read.get(tab) == happened:
            return
        self._read[tab] = happened
        match tab:
            case "containers" if is_known:
                self.run_worker(self._read_whole(), group="whole", exclusive=True)
            case "schedules":
                self.run_worker(self._read_schedules(), group="schedules", exclusive=True)
            case "history":
                self.run_worker(self._read_history(), group="history", exclusive=True)
            case "why" if is_known:
                self.run_worker(self._read_why(), group="why", exclusive=True)
            case _:
                pass

    async def _read_whole(self) -> None:
        found = await self._asked(lambda client: client.show_stack(self._host, self._stack))
        if found is not None:
            self._whole = found
            self.paint()

    async def _read_schedules(self) -> None:
        query = ScheduleQuery(stack=self._full_name, limit=_MOST)
        page = await self._asked(lambda client: client.list_schedules(query))
        if page is not None:
            rows = schedules.rows(page.items, self.ui.moment())
            grid = self.query_one("#schedules", Grid)
            grid.fill(rows, empty="no schedule acts on it")
            grid.go_to(self._schedule or "")
            self._schedule = None

    async def _read_history(self) -> None:
        query = RunQuery(stack=self._full_name, limit=_MOST)
        page = await self._asked(lambda client: client.list_runs(query))
        if page is not None:
            rows = runs.rows(page.items, self.ui.moment())
            for name in ("#history", "#beside"):
                self.query_one(name, Grid).fill(rows, empty="nothing has been done to it")

    async def _read_why(self) -> None:
        found = await self._asked(
            lambda client: client.why_stack(self._host, self._stack, WhyQuery())
        )
        if found is not None:
            self._why = found
            self._show_why()

    async def _asked(self, question: Callable[[Client], T]) -> T | None:
        """Return the answer; what went wrong is told, and all is read again later."""
        try:
            found = await self.ui.link.ask(question)
        except Failure as failure:
            self._read.clear()
            self.ui.tell_failure(failure)
            return None
        return found if self.is_whole else None

    # ------------------------------------------------------------ keys

    def action_back(self) -> None:
        """Go back to the list."""
        self.dismiss()

    def is_of(self, name: str) -> bool:
        """Return whether it shows that stack."""
        return self._full_name == name

    def turn_to(self, schedule: str | None) -> None:
        """Show a schedule, if one is named."""
        if schedule is not None:
            self._schedule = schedule
            self.query_one("#schedules", Grid).go_to(schedule)
            self.action_tab("schedules")

    def action_tab(self, tab: str) -> None:
        """Show another part."""
        self._tab = tab
        self.query_one("#switcher", ContentSwitcher).current = tab
        for each in _TABS:
            self.query_one(f"#tab-{each}").set_class(each == tab, "-shown")
        self.set_focus(self.query_one(f"#{tab}"))
        self._lay_out()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the key of the same name does."""
        event.stop()
        kind, _, name = str(event.button.id).partition("-")
        if kind == "tab":
            self.action_tab(name)
        elif name == "hold":
            self.action_hold()
        elif name == "release":
            self.action_release()
        else:
            self.action_act(name)

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """Open a run of its history; change a schedule, or show it to whoever may not."""
        if event.grid.id == "history":
            self.ui.open_run(event.key)
        elif event.grid.id == "schedules":
            self.run_worker(self._open_schedule(event.key), group="act", exclusive=True)

    async def _open_schedule(self, name: str) -> None:
        if not self.ui.state.may(keys.WRITE_SCHEDULES):
            await scheduling.preview(self.ui, name)
        elif await scheduling.edit(self.ui, name):
            await self._read_schedules()

    def action_add(self) -> None:
        """Write a new schedule for it."""
        self.run_worker(self._add(), group="act", exclusive=True)

    async def _add(self) -> None:
        if await scheduling.add(self.ui, selector=self._full_name) and self.is_whole:
            self.action_tab("schedules")
            await self._read_schedules()

    def action_act(self, action: str) -> None:
        """Show the plan, and carry it out once it is agreed to."""
        self.run_worker(
            acting.act(self.ui, action, (self._full_name,)), group="act", exclusive=True
        )

    def action_hold(self) -> None:
        """Keep schedules from it."""
        summary = self.ui.state.stacks.get(self._full_name)
        if summary is not None:
            self.run_worker(keeping.hold(self.ui, (summary,)), group="act", exclusive=True)

    def action_release(self) -> None:
        """Let schedules act on it again."""
        summary = self.ui.state.stacks.get(self._full_name)
        if summary is not None:
            self.run_worker(keeping.release(self.ui, (summary,)), group="act", exclusive=True)


def _line(text: str, style: str = "") -> Content:
    return prose.written(((said(text, style),),))


def _id(key: keys.Key) -> str:
    """Return the id of the button that does what the key does: `do-start`."""
    name = key.action.partition("'")[2].rstrip("')") or key.action
    return f"do-{name}"


def _button(key: keys.Key) -> Button:
    return Button(f"{key.label} {key.keys}", id=_id(key), compact=True, tooltip=key.says)
