"""Stacks, containers and hosts as people read them. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedctl.output import tables, times
from dockschedctl.output.holds import mark
from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dockschedctl.output.tables import View
    from dockschedd.wire import stacks


def coming(stack: stacks.StackSummary, view: View) -> str:
    """Return what happens next to a stack: `stop 22:00 (in 5 min)`, or who holds it."""
    if stack.hold is not None:
        return mark(stack.hold)
    if stack.next_at is None:
        return ""
    return f"{stack.next_action} {view.time(stack.next_at)}"


def state(stack: stacks.StackSummary, view: View) -> str:
    """Return the status; of an unknown one also what it was how long ago.

    As one word, `unknown(stopped,5min)`, so that columns can be counted by blanks.
    """
    if stack.last_status is None or stack.seen_at is None:
        return stack.status
    age = times.span(max(view.now - stack.seen_at, timedelta())).replace(" ", "")
    return f"{stack.status}({stack.last_status},{age})"


def health(stack: stacks.StackSummary, _: View) -> str:
    """Return the health, and what else is not as it should be: `healthy,drift`."""
    flags = [flag for flag in stack.flags if flag != stack.health]
    known = [] if stack.health == "none" and (flags or stack.drift) else [stack.health]
    return ",".join([*known, *flags, *(["drift"] if stack.drift else [])])


def notes(stack: stacks.StackSummary, _: View) -> str:
    """Return what is worth saying about a stack, in one line."""
    return "; ".join([*([stack.drift] if stack.drift else []), *stack.notes])


STACKS: Table[stacks.StackSummary] = Table(
    columns=(
        Column(head="STACK", cell=lambda s, _: s.name, elastic=True, named=True),
        Column(head="STATUS", cell=state, coloured=True),
        Column(head="HEALTH", cell=health, coloured=True, elastic=True),
        Column(head="UP", cell=lambda s, _: f"{s.up}/{s.total}", right=True),
        Column(head="NEXT", cell=coming, elastic=True),
        Column(head="SCHEDULE", cell=lambda s, _: s.next_schedule or "", wide=True),
        Column(head="NOTES", cell=notes, wide=True, elastic=True),
    ),
    name=lambda s: s.name,
    empty="there are no stacks",
)


def _state(container: stacks.Container, _: View) -> str:
    if container.exit_code is not None and container.state == "exited":
        ended = "finished" if container.oneshot else "exited"
        return f"{ended} ({container.exit_code})"
    return container.state


def _waits(container: stacks.Container, _: View) -> str:
    return ", ".join(
        f"{d.service} ({d.condition.removeprefix('service_').replace('_', ' ')})"
        for d in container.depends_on
    )


def since(container: stacks.Container, now: datetime) -> str:
    """Return how long it is in its state: `3 h`; `~3 h` where that is only roughly known."""
    if container.since_at is None:
        return "-"
    about = "" if container.since_exact else "~"
    return f"{about}{times.span(max(now - container.since_at, timedelta()))}"


def _since(container: stacks.Container, view: View) -> str:
    if view.wide and container.since_at is not None:
        about = "" if container.since_exact else "~"
        return f"{about}{times.rfc3339(container.since_at)}"
    # Without a blank, so that columns can be counted.
    return since(container, view.now).replace(" ", "")


CONTAINERS: Table[stacks.Container] = Table(
    columns=(
        Column(head="CONTAINER", cell=lambda c, _: c.name, elastic=True, named=True),
        Column(head="SERVICE", cell=lambda c, _: c.service, elastic=True),
        Column(head="STATE", cell=_state, coloured=True),
        Column(head="FOR", cell=_since),
        Column(head="HEALTH", cell=lambda c, _: c.health, coloured=True),
        Column(head="AFTER", cell=_waits, elastic=True),
        Column(head="ID", cell=lambda c, _: c.id[:12], wide=True),
    ),
    name=lambda c: c.name,
    empty="there are no containers",
)


def _wanted(wanted: stacks.Wanted, view: View) -> str:
    until = f" until {view.time(wanted.until_at)}" if wanted.until_at else ""
    always = ", enforced always" if wanted.enforce == "always" else ""
    return f"{wanted.state}{until} by {wanted.schedule}{always}"


def stack_text(stack: stacks.Stack, view: View) -> Iterator[str]:
    """Yield one stack with its containers, in the order in which they start."""
    health = "" if stack.health == "none" else f", {view.word(stack.health)}"
    yield f"{stack.name}: {view.word(stack.status)}{health} ({stack.up} of {stack.total} up)"
    yield from (f"  {line}" for line in _circumstances(stack, view))
    yield ""
    yield from tables.render(CONTAINERS, stack.containers, view)


def _circumstances(stack: stacks.Stack, view: View) -> Iterator[str]:
    if stack.status == "unknown":
        was = f", {stack.last_status} then" if stack.last_status else ""
        yield f"last seen: {view.time(stack.seen_at)}{was}"
    yield from map(printable, stack.notes)
    if stack.drift is not None:
        yield f"{view.style('drift', 'warn')}: {printable(stack.drift)}"
    if stack.day_off is not None:
        yield printable(stack.day_off)
    if stack.wanted is not None:
        yield f"wanted: {_wanted(stack.wanted, view)}"
    if stack.hold is not None:
        yield printable(stack.hold.reads)
    elif stack.next_at is not None:
        by = f" by {stack.next_schedule}" if stack.next_schedule else ""
        yield f"next: {coming(stack, view)}{by}"
    if stack.needs:
        yield f"needs: {', '.join(stack.needs)}"
    if stack.needed_by:
        yield f"needed by: {', '.join(stack.needed_by)}"
    if stack.last_run is not None:
        run = stack.last_run if view.wide else stack.last_run[-8:]
        yield f"last run: {run} {view.word(stack.last_run_status or '')}".rstrip()
