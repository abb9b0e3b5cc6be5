"""Conflicts, explanations and statistics as people read them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl import durations
from dockschedctl.output import tables
from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import foresight, runs


def _seconds(value: float | None) -> str:
    return "" if value is None else durations.text(value)


TALLIES: Table[runs.Tally] = Table(
    columns=(
        Column(head="STACK", cell=lambda t, _: t.stack, elastic=True, named=True),
        Column(head="ACTION", cell=lambda t, _: t.action),
        Column(head="RUNS", cell=lambda t, _: str(t.runs), right=True),
        Column(head="FAILURES", cell=lambda t, _: str(t.failures), right=True),
        Column(head="P50", cell=lambda t, _: _seconds(t.p50_seconds), right=True),
        Column(head="P95", cell=lambda t, _: _seconds(t.p95_seconds), right=True),
        Column(head="MEASURED", cell=lambda t, _: str(t.measured), right=True, wide=True),
    ),
    name=lambda t: t.stack,
    empty="there are no runs",
)

# ---------------------------------------------------------------- conflicts


def conflicts_text(found: foresight.Conflicts, view: View) -> Iterator[str]:
    """Yield conflicts, then notices."""
    if not found.complete:
        yield "there are more schedules than were looked at: name one of them"
    if not found.conflicts:
        yield "there are no conflicts"
    for each in found.conflicts:
        yield from _finding("conflict", "bad", each, view)
    for each in found.notices:
        yield from _finding("notice", "dim", each, view)


def _finding(word: str, style: str, found: foresight.Conflict, view: View) -> Iterator[str]:
    text = f"{word}: {printable(found.text)}{_often(found)}"
    first, *others = tables.folded(text, view, indent=tables.GAP)
    yield view.style(word, style) + first.removeprefix(word)
    yield from others


def _often(found: foresight.Conflict) -> str:
    return f" ({found.count} times)" if found.count > 1 else ""


def conflict_names(found: foresight.Conflicts) -> str:
    """Return the schedules that are part of a conflict, one per line."""
    names = {point.schedule for each in found.conflicts for point in each.witness}
    return "\n".join(sorted(names))


# ---------------------------------------------------------------- why

#: Everything else has been since.
_PLACES: Final = {"decided": 0, "next": 2}


def why_text(found: foresight.Why, view: View) -> Iterator[str]:
    """Yield what decided, what has been since, and what comes next."""
    parts: dict[int, list[foresight.WhyLine]] = {0: [], 1: [], 2: []}
    for line in found.lines:
        parts[_PLACES.get(line.kind, 1)].append(line)
    if found.status is None:
        yield f"{found.stack} at {view.time(found.at)}"
    else:
        yield f"{found.stack} is {view.word(found.status)}"
    for line in parts[0]:
        yield from _told(f"  because: {_line(line, view)}", view)
    if parts[1]:
        yield "  since then:"
        for line in parts[1]:
            yield from _told(f"    {_line(line, view)}", view)
    for line in parts[2]:
        yield from _told(f"  next: {_line(line, view)}", view)


def _told(text: str, view: View) -> list[str]:
    return tables.folded(text, view, indent=tables.GAP)


def _line(line: foresight.WhyLine, view: View) -> str:
    when = "" if line.at is None else f"{view.time(line.at)} "
    run = line.run if line.run is None or view.wide else line.run[-8:]
    return f"{when}{printable(line.text)}" + (f" [run {run}]" if run else "")


# ---------------------------------------------------------------- plans


def prospects(plan: runs.Plan, view: View) -> Iterator[str]:
    """Yield when it would be done, how long it takes, and what else is due then."""
    if plan.at is not None:
        yield f"  at: {view.time(plan.at)}"
    if plan.expected is not None:
        yield f"  expected duration: {printable(plan.expected.text)}"
    for each in plan.also_due:
        yield f"  also due: {view.time(each.at)} {each.action} by schedule {each.schedule}"
