"""Stacks by host: which are shown, in which order, and what each row says. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dockschedctl.output import times
from dockschedctl.output.runs import containers
from dockschedctl.ui import arrangement, symbols
from dockschedctl.ui.cells import EMPTY, Cell, Column, Row, said
from dockschedctl.ui.rows import hosts
from dockschedctl.wording import count, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dockschedctl.ui.rows.moments import Moment
    from dockschedctl.ui.state import State
    from dockschedd.wire import runs, stacks

COLUMNS: Final = (
    Column(key="stack", head="STACK", elastic=True, least=12),
    Column(key="status", head="STATUS"),
    Column(key="health", head="HEALTH", elastic=True, least=9, drop=1),
    Column(head="UP", right=True, drop=4),
    Column(key="next", head="NEXT", elastic=True, least=14, drop=2),
    Column(head="SCHEDULE", spare=True, least=12),
    Column(key="last", head="LAST", elastic=True, least=12, drop=3),
    Column(head="NOTE", spare=True, least=24),
)
#: What needs a person comes first.
_BY_STATUS: Final = ("partial", "unknown", "paused", "running", "stopped")
_BY_HEALTH: Final = ("unhealthy", "starting", "none", "healthy")
_BY_RESULT: Final = ("failed", "partial", "missed", "interrupted", "cancelled")
#: More notes than these are in `why` and among the containers.
_MOST_NOTES: Final = 3
#: What is so as it should be: it stands at the container.
_NO_TROUBLE: Final = " is a finished one-shot"
#: Key of the row of a host: no stack's name begins so.
GROUP: Final = "/"


class Arrangement(arrangement.Arrangement, frozen=True, kw_only=True):
    """How a person wants to see the list."""

    sort: str = "stack"
    collapsed: frozenset[str] = frozenset()


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What the grid shows, and how much of everything that is."""

    rows: tuple[Row, ...]
    shown: int
    total: int


class Builder:
    """Builds rows, and keeps those of stacks to which nothing happened."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Row]] = {}

    def listing(self, state: State, how: Arrangement, moment: Moment) -> Listing:
        """Return the rows of all stacks that are wanted, below their hosts."""
        acting = {run.stack: run for run in state.running.values()}
        chosen = [s for s in state.stacks.values() if _matches(s, state.results, how.words)]
        chosen.sort(key=lambda stack: (stack.host, stack.stack))
        if how.sort != "stack" or how.reverse:
            order = _orders(state)[how.sort]
            chosen.sort(key=order, reverse=how.reverse)
        # Stable: within its host each stack stays where it was sorted to.
        chosen.sort(key=lambda stack: stack.host)
        rows: list[Row] = []
        for host, group in groupby(chosen, key=lambda stack: stack.host):
            some = list(group)
            rows.append(_head(state, host, some, moment, collapsed=host in how.collapsed))
            if host not in how.collapsed:
                rows += [
                    self._row(stack, acting.get(stack.name), state, how, moment) for stack in some
                ]
        rows += _empty_hosts(state, {stack.host for stack in chosen}, how, moment)
        return Listing(rows=tuple(rows), shown=len(chosen), total=len(state.stacks))

    def _row(
        self,
        stack: stacks.StackSummary,
        run: runs.Run | None,
        state: State,
        how: Arrangement,
        moment: Moment,
    ) -> Row:
        result = state.results.get(stack.name)
        marked = stack.name in how.marked
        basis = (id(stack), id(run), id(result), marked, moment.grain)
        known = self._known.get(stack.name)
        # The objects are kept with the row, so that no other one has the same id.
        if known is not None and known[0] == (basis, stack, run, result):
            return known[1]
        row = Row(
            key=stack.name,
            cells=(
                said(f"  {stack.stack}"),
                symbols.word(stack.status),
                health(stack),
                Cell(f"{stack.up}/{stack.total}"),
                coming(stack, run, moment),
                _schedule(stack, run),
                last(result, moment),
                said("; ".join(text for text, _ in remarks(stack, result)), "dim"),
            ),
            marked=marked,
        )
        self._known[stack.name] = ((basis, stack, run, result), row)
        return row


def health(stack: stacks.StackSummary) -> Cell:
    """Return the health, or what is wrong besides: `✗ unhealthy,drift`."""
    flags = [*stack.flags, *(["drift"] if stack.drift else [])]
    plain = {"none", *flags, *(["healthy"] if flags else [])}
    words = [*([] if stack.health in plain else [stack.health]), *flags]
    if not words:
        return Cell("-", "dim")
    worst = flags[0] if flags else stack.health
    found = symbols.word(worst)
    if found.style == "" or worst == "exited":
        return Cell(f"! {','.join(words)}", "bad")
    symbol = found.text.partition(" ")[0]
    return Cell(f"{symbol} {','.join(words)}", found.style)


def says_health(stack: stacks.StackSummary) -> bool:
    """Return whether there is anything to say about its health."""
    return stack.health != "none" or bool(stack.flags) or stack.drift is not None


def remarks(
    stack: stacks.StackSummary, result: runs.Run | None = None
) -> Iterator[tuple[str, str]]:
    """Yield sentences that are worth a line, each with its style; `result`: how it ended last."""
    if result is not None and result.error and result.status in _BY_RESULT:
        yield f"✗ {result.error}", "bad"
    if stack.hold is not None and stack.hold.reason:
        yield f"◆ held because: {stack.hold.reason}", "warn"
    if stack.drift is not None:
        yield f"≠ drift: {stack.drift}", "warn"
    notes = [note for note in stack.notes if not note.endswith(_NO_TROUBLE)]
    yield from ((f"! {note}", "warn") for note in notes[:_MOST_NOTES])


def _schedule(stack: stacks.StackSummary, run: runs.Run | None) -> Cell:
    """Return which schedule does what comes next; where that is a run or a hold, none does."""
    if run is not None or stack.hold is not None:
        return EMPTY
    return said(stack.next_schedule or "", "dim")


def coming(stack: stacks.StackSummary, run: runs.Run | None, moment: Moment) -> Cell:
    """Return what happens now, who holds it, or what comes next."""
    if run is not None:
        steps = len({step.container_id for step in run.steps})
        progress = f" {containers(run)}/{steps}" if steps else ""
        return Cell(f"▶ {run.action} now{progress}", "warn")
    if stack.hold is not None:
        until = stack.hold.until_at
        end = f" till {moment.short(until)}" if until else ""
        return said(f"◆ held {stack.hold.wants}{end} {stack.hold.owner}", "warn")
    if stack.next_at is None:
        return Cell("-", "dim")
    return Cell(f"{stack.next_action} {moment.ahead(stack.next_at)}")


def last(run: runs.Run | None, moment: Moment) -> Cell:
    """Return how the newest run ended and when: `✗ stop 22:00`."""
    if run is None:
        return Cell("-", "dim")
    at = run.finished_at or run.started_at or run.planned_at
    return symbols.of_run(run.status, says=f"{run.action} {moment.short(at)}")


def _head(
    state: State,
    host: str,
    some: Sequence[stacks.StackSummary],
    moment: Moment,
    *,
    collapsed: bool,
) -> Row:
    number: dict[str, int] = {}
    for stack in some:
        number[stack.status] = number.get(stack.status, 0) + 1
    counts = [f"{number[word]} {word}" for word in _BY_STATUS if word in number]
    known = next((each for each in state.hosts if each.name == host), None)
    parts = [count(len(some), "stack"), *counts]
    return _group(host, known, parts, moment, collapsed=collapsed)


def _group(
    name: str,
    host: stacks.Host | None,
    parts: Sequence[str],
    moment: Moment,
    *,
    collapsed: bool,
) -> Row:
    arrow = "▸" if collapsed else "▾"
    text = f"{arrow} {printable(name)}  {' · '.join(parts)}"
    style = "head"
    if host is not None and not host.reachable:
        seen = host.seen_at
        age = f", last seen {times.relative(seen, moment.now)}" if seen else ""
        why = f": {hosts.why(host)}" if host.error else ""
        text, style = f"{text}  ✗ unreachable{age}{why}", "bad"
    cells = (Cell(text, style), *(EMPTY for _ in COLUMNS[1:]))
    return Row(key=f"{GROUP}{name}", cells=cells, is_group=True)


def _empty_hosts(
    state: State, shown: Iterable[str], how: Arrangement, moment: Moment
) -> Iterator[Row]:
    """Yield the hosts without a stack, unless something is searched for."""
    if how.words:
        return
    for host in state.hosts:
        if host.name not in shown:
            yield _group(host.name, host, ("no stacks",), moment, collapsed=False)


def _matches(
    stack: stacks.StackSummary, results: Mapping[str, runs.Run], words: Sequence[str]
) -> bool:
    if not words:
        return True
    result = results.get(stack.name)
    parts = [stack.name, stack.status, stack.health, *stack.flags, stack.next_schedule or ""]
    if stack.hold is not None:
        parts += ["held", stack.hold.owner]
    if stack.drift is not None:
        parts.append("drift")
    if result is not None:
        parts.append(result.status)
    text = " ".join(parts).lower()
    return all(word in text for word in words)


def _orders(state: State) -> Mapping[str, Callable[[stacks.StackSummary], Any]]:
    def rank(words: Sequence[str], word: str) -> int:
        return words.index(word) if word in words else len(words)

    def result(stack: stacks.StackSummary) -> tuple[int, float]:
        run = state.results.get(stack.name)
        if run is None:
            return len(_BY_RESULT) + 1, 0.0
        at = run.finished_at or run.planned_at
        return rank(_BY_RESULT, run.status), -at.timestamp()

    return {
        "stack": lambda stack: stack.stack,
        "status": lambda stack: rank(_BY_STATUS, stack.status),
        "health": lambda stack: (
            not stack.flags and stack.drift is None,
            rank(_BY_HEALTH, stack.health),
        ),
        "next": lambda stack: (
            stack.next_at is None,
            stack.next_at.timestamp() if stack.next_at else 0.0,
        ),
        "last": result,
    }
