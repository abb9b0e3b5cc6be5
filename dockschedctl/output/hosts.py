"""Hosts as people read them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.output import times
from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import hosts, stacks

_SHORT = 8


def state(host: stacks.Host) -> str:
    """Return whether it answers."""
    return "reachable" if host.reachable else "unreachable"


def lost(host: stacks.Host, view: View) -> str:
    """Return since when it is lost and why, in one line."""
    if host.reachable:
        return ""
    since = "never" if host.seen_at is None else times.relative(host.seen_at, view.now)
    return f"{since}: {host.error}" if host.error else since


def tried(host: stacks.Host, view: View) -> str:
    """Return when an unreachable host is tried next: `in 3 s`, or that it is being tried."""
    if host.retry_at is None:
        return ""
    return times.relative(host.retry_at, view.now) if host.retry_at > view.now else "now"


def latency(host: stacks.Host) -> str:
    """Return how long it took to answer, in milliseconds."""
    seconds = host.latency_seconds
    return "" if seconds is None else f"{seconds * 1000:.0f} ms"


HOSTS: Table[stacks.Host] = Table(
    columns=(
        Column(head="HOST", cell=lambda h, _: h.name),
        Column(head="STATE", cell=lambda h, _: state(h), coloured=True),
        Column(head="STACKS", cell=lambda h, _: str(h.stacks), right=True),
        Column(head="ENGINE", cell=lambda h, _: h.engine_version or ""),
        Column(head="ANSWERS", cell=lambda h, _: latency(h), right=True),
        Column(head="LOST", cell=lost, elastic=True),
        Column(head="NOTES", cell=lambda h, _: "; ".join(h.notes), elastic=True, wide=True),
        Column(head="URL", cell=lambda h, _: h.url, elastic=True, wide=True),
        Column(head="ORIGIN", cell=lambda h, _: h.origin, wide=True),
        Column(head="SEEN", cell=lambda h, view: view.time(h.seen_at), wide=True),
        Column(head="TRIED", cell=tried, wide=True),
        Column(head="ZONE", cell=lambda h, _: h.zone or "", wide=True),
        Column(head="CALENDAR", cell=lambda h, _: h.calendar or "", wide=True),
        Column(
            head="STEPS",
            cell=lambda h, _: "" if h.max_parallel_steps is None else str(h.max_parallel_steps),
            right=True,
            wide=True,
        ),
    ),
    name=lambda h: h.name,
    empty="there are no hosts",
)


def reached(host: stacks.Host) -> str:
    """Return how it went to reach a host that was added or changed a moment ago."""
    if host.reachable:
        return f"it answers: Docker {host.engine_version}, {host.stacks} stacks"
    if host.error is None:
        return "it has not answered yet; the daemon goes on trying"
    return f"it cannot be reached: {host.error}; the daemon goes on trying"


def host_text(host: hosts.HostShown, view: View) -> Iterator[str]:
    """Yield one host: how it is, how it is reached, what holds on it, and what names it."""
    engine = f", Docker {host.engine_version}" if host.engine_version else ""
    answers = f", answers in {latency(host)}" if host.latency_seconds is not None else ""
    yield f"{host.name}: {view.word(state(host))}{engine}{answers}"
    if not host.reachable:
        yield f"  last seen: {view.time(host.seen_at) if host.seen_at else 'never'}"
    if host.error is not None:
        yield f"  {printable(host.error)}"
    if host.retry_at is not None:
        yield f"  tried again: {tried(host, view)}"
    yield f"  url: {host.url}{' (no TLS)' if host.plain_tcp else ''}"
    for field in ("tls_ca", "tls_cert", "tls_key", "ssh_key", "ssh_known_hosts"):
        value = getattr(host, field)
        if value is not None:
            yield f"  {field.replace('_', '-')}: {printable(value)}"
    yield f"  stacks: {host.stacks}"
    yield f"  zone: {host.zone or 'that of the daemon'}"
    yield f"  calendar: {host.calendar or 'none'}"
    yield f"  steps at once: {host.max_parallel_steps or 'as on any host'}"
    if host.origin == "config":
        yield "  set up in the configuration of the daemon"
    else:
        yield f"  changed by {host.owner} {view.time(host.updated_at)}"
    named = list(uses(host.uses))
    yield from (f"  named by {line}" for line in named)
    if host.uses.runs:
        yield f"  runs that are not over: {' '.join(run[-_SHORT:] for run in host.uses.runs)}"
    yield from (f"  {view.style('note', 'warn')}: {printable(line)}" for line in host.notes)


def uses(value: hosts.HostUses) -> Iterator[str]:
    """Yield what names a host, a line for each kind; runs are no names."""
    for noun, names in (
        ("schedules", value.schedules),
        ("holds", value.holds),
        ("requirements", value.requirements),
        ("groups", value.groups),
    ):
        if names:
            yield f"{noun}: {', '.join(names)}"
