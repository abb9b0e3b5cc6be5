"""The one screen to look at in the morning: 24 lines while all is well. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dockschedctl.output import tables, times
from dockschedctl.output.holds import FREEZES, HOLDS
from dockschedctl.output.runs import RUNS, short
from dockschedctl.output.stacks import STACKS, notes
from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from dockschedctl.output.tables import View
    from dockschedd.wire import runs, schedules, stacks, system

#: Runs that went wrong longer ago are history: a weekend and a day.
_RECENT: Final = timedelta(days=3)
#: No more lines of a section, unless wide.
_MOST: Final = 10
_MOST_UPCOMING: Final = 5
#: More hosts than these are counted where they are reachable.
_FEW_HOSTS: Final = 3

_UPCOMING: Table[schedules.Schedule] = Table(
    columns=(
        Column(head="WHEN", cell=lambda s, view: view.time(s.next_at)),
        Column(head="ACTION", cell=lambda s, _: s.next_action or s.action),
        Column(head="SELECTOR", cell=lambda s, _: s.selector, elastic=True, named=True),
        Column(head="SCHEDULE", cell=lambda s, _: s.name, elastic=True, named=True),
    ),
    name=lambda s: s.name,
    empty="",
)
_ATTENTION: Table[stacks.StackSummary] = Table(
    columns=(
        *STACKS.columns[:4],
        Column(head="NOTES", cell=notes, elastic=True),
    ),
    name=STACKS.name,
    empty="",
)
_TROUBLED: Table[runs.Run] = Table(
    columns=(
        Column(head="RUN", cell=lambda r, view: r.id if view.wide else short(r.id)),
        Column(head="STACK", cell=lambda r, _: r.stack, elastic=True, named=True),
        Column(head="ACTION", cell=lambda r, _: r.action),
        Column(head="STATUS", cell=lambda r, _: r.status, coloured=True),
        Column(head="WHEN", cell=lambda r, view: view.time(r.started_at or r.planned_at)),
        Column(head="ERROR", cell=lambda r, _: r.error or r.cause, elastic=True),
    ),
    name=RUNS.name,
    empty="",
)


def status_text(status: system.Status, view: View, *, server: str) -> Iterator[str]:
    """Yield the screen: how things are, what is wrong, what is going on, and what is next."""
    up = times.span(view.now - status.started_at)
    daemon = f"daemon: dockschedd {status.version} at {server}, up {up}, zone {status.zone}"
    yield from tables.folded(daemon, view, indent=tables.GAP)
    yield from _hosts(status.hosts, view)
    yield from (f"day off: {printable(said)}" for said in status.days_off)
    yield f"stacks: {_stacks(status, view)}"
    yield f"schedules: {status.schedules}, ticked {_ticked(status, view)}"
    troubled = [run for run in status.troubled if view.now - _when(run) <= _RECENT or view.wide]
    if not (status.attention or troubled or status.frozen):
        yield view.style("nothing needs attention", "good")
    frozen = () if status.frozen is None else (status.frozen,)
    yield from _section("schedules are frozen", FREEZES, frozen, view)
    yield from _section(
        "needs attention", _ATTENTION, status.attention, view, more="dockschedctl stack ls"
    )
    yield from _section(
        "went wrong", _TROUBLED, troubled, view, more="dockschedctl run ls --failed"
    )
    yield from _section("held", HOLDS, status.holds, view, more="dockschedctl hold ls")
    yield from _section("running", RUNS, status.running, view, more="dockschedctl run ls")
    upcoming = status.upcoming if view.wide else status.upcoming[:_MOST_UPCOMING]
    yield from _section("next", _UPCOMING, upcoming, view)


def _when(run: runs.Run) -> datetime:
    return run.finished_at or run.started_at or run.planned_at


def _hosts(hosts: Sequence[stacks.Host], view: View) -> Iterator[str]:
    """Yield a line and the notes of each host; of many only a line for those that are away."""
    away = [host for host in hosts if not host.reachable]
    if len(hosts) <= _FEW_HOSTS or view.wide:
        for host in hosts:
            yield f"host {host.name}: {_host(host, view)}"
            yield from (
                f"  {view.style('note', 'warn')}: {printable(each)}" for each in host.notes
            )
        return
    number = len(hosts) - len(away)
    rest = f", {len(away)} {view.word('unreachable')}" if away else ""
    yield f"hosts: {number} {view.word('reachable')}{rest}"
    yield from (f"host {host.name}: {_host(host, view)}" for host in away[:_MOST])
    if len(away) > _MOST:
        yield f"and {len(away) - _MOST} more hosts: see `dockschedctl host ls`"


def _ticked(status: system.Status, view: View) -> str:
    if status.ticked_at is None:
        return view.style("not yet", "warn")
    return times.relative(status.ticked_at, max(view.now, status.ticked_at))


def _host(host: stacks.Host, view: View) -> str:
    stacks_ = count(host.stacks, "stack")
    if host.reachable:
        engine = f", engine {host.engine_version}" if host.engine_version else ""
        return f"{view.word('reachable')}, {stacks_}{engine}"
    since = f", last seen {view.time(host.seen_at)}" if host.seen_at else ""
    why = f": {printable(host.error)}" if host.error else ""
    return f"{view.word('unreachable')}{since}{why}"


def _stacks(status: system.Status, view: View) -> str:
    return ", ".join(
        f"{number} {view.word(word)}" for word, number in status.stacks.items() if number
    ) or "none"  # fmt: skip


def _section(
    title: str,
    table: Table[tables.T],
    items: Iterable[tables.T],
    view: View,
    *,
    more: str | None = None,
) -> Iterator[str]:
    """Yield a heading and a table; `more`: the command that shows what is left out here."""
    every = tuple(items)
    shown = every if view.wide or more is None else every[:_MOST]
    if shown:
        yield ""
        yield view.style(f"{title}:", "head")
        yield from tables.indented(table, shown, view)
    if len(shown) < len(every):
        yield f"{tables.GAP}and {len(every) - len(shown)} more: see `{more}`"
