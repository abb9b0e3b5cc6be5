"""The one screen to look at in the morning. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.output import tables, times
from dockschedctl.output.holds import FREEZES, HOLDS
from dockschedctl.output.runs import RUNS, short
from dockschedctl.output.stacks import STACKS, notes
from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import runs, schedules, stacks, system

_UPCOMING: Table[schedules.Schedule] = Table(
    columns=(
        Column(head="WHEN", cell=lambda s, view: view.time(s.next_at)),
        Column(head="ACTION", cell=lambda s, _: s.next_action or s.action),
        Column(head="SELECTOR", cell=lambda s, _: s.selector, elastic=True),
        Column(head="SCHEDULE", cell=lambda s, _: s.name, elastic=True),
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
        Column(head="STACK", cell=lambda r, _: r.stack, elastic=True),
        Column(head="ACTION", cell=lambda r, _: r.action),
        Column(head="STATUS", cell=lambda r, _: r.status, coloured=True),
        Column(head="WHEN", cell=lambda r, view: view.time(r.started_at or r.planned_at)),
        Column(head="ERROR", cell=lambda r, _: r.error or r.cause, elastic=True),
    ),
    name=RUNS.name,
    empty="",
)


def status_text(status: system.Status, view: View, *, server: str) -> Iterator[str]:
    """Yield the screen."""
    up = times.span(view.now - status.started_at)
    yield f"daemon: dockschedd {status.version} at {server}, up {up}, zone {status.zone}"
    yield f"ticked: {_ticked(status, view)}"
    for host in status.hosts:
        yield f"host {host.name}: {_host(host, view)}"
    yield from (f"day off: {printable(said)}" for said in status.days_off)
    yield f"stacks: {_stacks(status, view)}"
    yield f"schedules: {status.schedules}"
    frozen = () if status.frozen is None else (status.frozen,)
    yield from _section("schedules are frozen", FREEZES, frozen, view)
    yield from _section("held", HOLDS, status.holds, view)
    yield from _section("needs attention", _ATTENTION, status.attention, view)
    yield from _section("running", RUNS, status.running, view)
    yield from _section("next", _UPCOMING, status.upcoming, view)
    yield from _section("went wrong", _TROUBLED, status.troubled, view)


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
    title: str, table: Table[tables.T], items: Iterable[tables.T], view: View
) -> Iterator[str]:
    shown = tuple(items)
    if shown:
        yield ""
        yield view.style(f"{title}:", "head")
        yield from tables.indented(table, shown, view)
