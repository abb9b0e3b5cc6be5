"""All stacks by host, live: the screen that one comes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dockschedctl.ui import acting, bindings, keeping, keys
from dockschedctl.ui.notices import Notice, Weight
from dockschedctl.ui.rows import stacks as listing
from dockschedctl.ui.screens.arranging import Arranging
from dockschedctl.ui.state import Phase, newest_run
from dockschedctl.wording import count

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from textual.binding import BindingType

    from dockschedctl.ui.state import State
    from dockschedctl.ui.widgets.grid import Grid
    from dockschedd.wire.stacks import StackSummary


class Dashboard(Arranging):
    """The list of stacks."""

    NOUN = "Dashboard"
    PLACE = "dashboard"
    COLUMNS = listing.COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.DASHBOARD)
    how: listing.Arrangement

    def __init__(self) -> None:
        super().__init__()
        self._builder = listing.Builder()

    def arrangement(self) -> listing.Arrangement:
        """By name, all hosts unfolded."""
        return listing.Arrangement()

    def paint(self) -> None:
        """Show the stacks."""
        state = self.ui.state
        gone = self.how.marked - state.stacks.keys()
        if gone:
            self.how = self.how.changed(marked=self.how.marked - gone)
        found = self._builder.listing(state, self.how, self.ui.moment())
        self.grid.fill(found.rows, empty=self._nothing(found), sorted_by=self.sorted_by)
        if state.seen_at is not None:
            self.sum_up(found.shown, count(found.total, "stack"), *_worth_a_word(state))

    def _nothing(self, found: listing.Listing) -> str:
        state = self.ui.state
        if found.total:
            return "no stack has these words; Esc shows all"
        if state.phase is Phase.LIVE:
            return "there are no stacks: start one with docker compose, and it appears here"
        return "waiting for the daemon" if state.seen_at is None else ""

    def action_fold(self) -> None:
        """Fold all hosts, or unfold them where one is folded."""
        hosts = frozenset(stack.host for stack in self.ui.state.stacks.values())
        self.want(collapsed=frozenset() if self.how.collapsed else hosts)

    # ------------------------------------------------------------ doing

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """Open a stack, or fold a host."""
        if event.key.startswith(listing.GROUP):
            host = frozenset({event.key.removeprefix(listing.GROUP)})
            self.want(collapsed=self.how.collapsed ^ host)
        else:
            self.ui.open_stack(event.key)

    def action_open_last(self) -> None:
        """Open what acts on the stack now, else what acted on it last."""
        stack = self.ui.state.stacks.get(self.grid.cursor_key or "")
        run = None if stack is None else newest_run(self.ui.state, stack.name)
        if run is not None:
            self.ui.open_run(run.id)
        elif stack is not None:
            self.ui.tell(Notice(weight=Weight.NEWS, text=f"no run of {stack.name} is known"))

    def under_cursor(self) -> frozenset[str]:
        """Return the stack, or the stacks of the host that are wanted, under the cursor."""
        key = self.grid.cursor_key
        if key is None or not key.startswith(listing.GROUP):
            return super().under_cursor()
        host = key.removeprefix(listing.GROUP)
        shown = {row.key for row in self.grid.rows}
        return frozenset(
            stack.name
            for stack in self.ui.state.stacks.values()
            if stack.host == host and (not self.how.words or stack.name in shown)
        )

    def _stacks(self) -> tuple[StackSummary, ...]:
        known = self.ui.state.stacks
        return tuple(known[name] for name in self.targets() if name in known)

    def _begin(self, work: Coroutine[None, None, bool]) -> None:
        self.run_worker(self._finish(work), group="act", exclusive=True)

    async def _finish(self, work: Coroutine[None, None, bool]) -> None:
        """Take the marks away once what they were for has been done."""
        if await work:
            self.want(marked=frozenset())

    def action_act(self, action: str) -> None:
        """Show the plan, and carry it out once it is agreed to."""
        names = self.targets()
        if names:
            self._begin(acting.act(self.ui, action, names))

    def action_add(self) -> None:
        """Write a new schedule for the stack, or for all of the host."""
        from dockschedctl.ui import scheduling  # noqa: PLC0415 (not at the start)

        key = self.grid.cursor_key
        if key is not None:
            group = key.startswith(listing.GROUP)
            selector = f"{key.removeprefix(listing.GROUP)}/*" if group else key
            work = scheduling.add(self.ui, selector=selector)
            self.run_worker(work, group="act", exclusive=True)

    def action_hold(self) -> None:
        """Keep schedules from what is marked, else from what is under the cursor."""
        stacks = self._stacks()
        if stacks:
            self._begin(keeping.hold(self.ui, stacks))

    def action_release(self) -> None:
        """Let schedules act on them again."""
        stacks = self._stacks()
        if stacks:
            self._begin(keeping.release(self.ui, stacks))


def _worth_a_word(state: State) -> Iterator[str]:
    bad = sum(1 for stack in state.stacks.values() if _wants_attention(stack))
    if bad:
        yield f"! {bad} need attention" if bad > 1 else "! 1 needs attention"
    held = sum(1 for stack in state.stacks.values() if stack.hold is not None)
    if held:
        yield f"◆ {held} held"


def _wants_attention(stack: StackSummary) -> bool:
    quiet = stack.status in ("running", "stopped")
    return not quiet or bool(stack.flags) or stack.drift is not None
