"""All stacks by host, live: the screen that one comes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.widgets import Input, Static

from dockschedctl.ui import acting, bindings, keys
from dockschedctl.ui.rows import stacks as listing
from dockschedctl.ui.screens.page import Page
from dockschedctl.ui.state import Phase
from dockschedctl.ui.widgets.grid import Grid
from dockschedctl.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.binding import BindingType
    from textual.widget import Widget

    from dockschedd.wire.stacks import StackSummary

_SORTABLE = tuple(column.key for column in listing.COLUMNS if column.key)


class Dashboard(Page):
    """The list of stacks."""

    NOUN = "Dashboard"
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.DASHBOARD)
    DEFAULT_CSS = """
    Dashboard #summary { height: 1; padding: 0 1; color: $secondary; }
    Dashboard #filter { height: 1; border: none; padding: 0 1; background: $surface; }
    Dashboard #filter:focus { background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._how = listing.Arrangement()
        self._builder = listing.Builder()
        self._shown: tuple[str, ...] = ()

    def body(self) -> Iterator[Widget]:
        """A line that sums up, the filter when it is used, and the grid."""
        yield Static("", id="summary", markup=False)
        search = Input(placeholder="words that a row must have", id="filter", compact=True)
        search.display = False
        yield search
        yield Grid(listing.COLUMNS, id="stacks", opens=True)

    def on_mount(self) -> None:
        """Let the keys move the cursor."""
        super().on_mount()
        self.query_one("#stacks", Grid).focus()

    def paint(self) -> None:
        """Show the stacks."""
        state = self.ui.state
        gone = self._how.marked - state.stacks.keys()
        if gone:
            self._arrange(marked=self._how.marked - gone)
        found = self._builder.listing(state, self._how, self.ui.moment())
        self._shown = tuple(row.key for row in found.rows if not row.is_group)
        self.query_one("#stacks", Grid).fill(
            found.rows,
            empty=self._nothing(found),
            sorted_by=(self._how.sort, self._how.reverse),
        )
        self.query_one("#summary", Static).update(self._summary(found))

    def _nothing(self, found: listing.Listing) -> str:
        state = self.ui.state
        if found.total:
            return "no stack has these words; Esc shows all"
        if state.phase is Phase.LIVE:
            return "there are no stacks: start one with docker compose, and it appears here"
        return "waiting for the daemon" if state.seen_at is None else ""

    def _summary(self, found: listing.Listing) -> str:
        state = self.ui.state
        if state.seen_at is None:
            return ""
        parts = [count(found.total, "stack")]
        if self._how.words:
            parts[0] = f"{found.shown} of {parts[0]}: /{' '.join(self._how.words)}"
        bad = sum(1 for s in state.stacks.values() if _wants_attention(s))
        if bad:
            parts.append(f"! {bad} need attention" if bad > 1 else "! 1 needs attention")
        held = sum(1 for s in state.stacks.values() if s.hold is not None)
        if held:
            parts.append(f"◆ {held} held")
        if self._how.marked:
            parts.append(f"* {len(self._how.marked)} marked")
        if self._how.sort != "stack" or self._how.reverse:
            parts.append(f"by {self._how.sort}{', reversed' if self._how.reverse else ''}")
        return " · ".join(parts)

    def _arrange(self, **changes: object) -> None:
        self._how = msgspec.structs.replace(self._how, **changes)

    # ------------------------------------------------------------ looking

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave `/` to the filter while it is typed into, and Enter to the rows else."""
        typing = self.is_whole and self.focused is self.query_one("#filter")
        if action in ("filter", "leave_filter") and typing is (action == "filter"):
            return False
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Type words; the very next key is one."""
        search = self.query_one("#filter", Input)
        search.display = True
        self.set_focus(search)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types."""
        self._arrange(words=tuple(event.value.lower().split()))
        self.paint()

    def action_leave_filter(self) -> None:
        """Go back to the rows; the filter stays."""
        search = self.query_one("#filter", Input)
        search.display = bool(search.value.strip())
        self.set_focus(self.query_one("#stacks", Grid))

    def action_clear(self) -> None:
        """Take the filter away, else the marks."""
        search = self.query_one("#filter", Input)
        if search.value or search.display:
            search.value = ""
            search.display = False
        else:
            self._arrange(marked=frozenset())
        self._arrange(words=())
        self.set_focus(self.query_one("#stacks", Grid))
        self.paint()

    def action_sort(self) -> None:
        """Sort by the next column."""
        position = _SORTABLE.index(self._how.sort)
        self._arrange(sort=_SORTABLE[(position + 1) % len(_SORTABLE)], reverse=False)
        self.paint()

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._arrange(reverse=not self._how.reverse)
        self.paint()

    def on_grid_head_clicked(self, event: Grid.HeadClicked) -> None:
        """Sort by the column that was clicked."""
        self._how = self._how.sorted_by(event.key)
        self.paint()

    def action_fold(self) -> None:
        """Fold all hosts, or unfold them where one is folded."""
        hosts = frozenset(stack.host for stack in self.ui.state.stacks.values())
        self._arrange(collapsed=frozenset() if self._how.collapsed else hosts)
        self.paint()

    # ------------------------------------------------------------ doing

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """Open a stack, or fold a host."""
        if event.key.startswith(listing.GROUP):
            host = frozenset({event.key.removeprefix(listing.GROUP)})
            self._arrange(collapsed=self._how.collapsed ^ host)
            self.paint()
        else:
            self.ui.open_stack(event.key)

    def action_mark(self) -> None:
        """Mark the stack, or all of the host, and go on to the next row."""
        grid = self.query_one("#stacks", Grid)
        names = self._under_cursor()
        if not names:
            return
        marked = self._how.marked
        self._arrange(marked=marked - names if names <= marked else marked | names)
        self.paint()
        grid.action_move(1)

    def action_mark_all(self) -> None:
        """Mark all that are shown, or take the marks away."""
        shown = frozenset(self._shown)
        self._arrange(marked=frozenset() if shown <= self._how.marked else shown)
        self.paint()

    def _under_cursor(self) -> frozenset[str]:
        key = self.query_one("#stacks", Grid).cursor_key
        if key is None:
            return frozenset()
        if not key.startswith(listing.GROUP):
            return frozenset({key})
        host = key.removeprefix(listing.GROUP)
        return frozenset(
            stack.name
            for stack in self.ui.state.stacks.values()
            if stack.host == host and (not self._how.words or stack.name in self._shown)
        )

    def _targets(self) -> tuple[str, ...]:
        """Return what an action is for: the marked stacks, else those under the cursor."""
        return tuple(sorted(self._how.marked or self._under_cursor()))

    async def _act(self, action: str) -> None:
        names = self._targets()
        if names and await acting.act(self.ui, action, names):
            self._arrange(marked=frozenset())
            self.paint()

    def action_act(self, action: str) -> None:
        """Show the plan, and carry it out once it is agreed to."""
        self.run_worker(self._act(action), group="act", exclusive=True)

    def action_hold(self) -> None:
        """Keep schedules from the stack."""
        stack = self._stack_under_cursor()
        if stack is not None:
            self.run_worker(self.ui.hold(stack), group="act", exclusive=True)

    def action_release(self) -> None:
        """Let schedules act on it again."""
        stack = self._stack_under_cursor()
        if stack is not None:
            self.run_worker(acting.release(self.ui, stack), group="act", exclusive=True)

    def _stack_under_cursor(self) -> StackSummary | None:
        return self.ui.state.stacks.get(self.query_one("#stacks", Grid).cursor_key or "")


def _wants_attention(stack: StackSummary) -> bool:
    quiet = stack.status in ("running", "stopped")
    return not quiet or bool(stack.flags) or stack.drift is not None
