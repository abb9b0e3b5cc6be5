"""What is worth a toast: the difference between two states, as sentences. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl.output.runs import GOOD, verdict
from dockschedctl.ui.state import Phase
from dockschedctl.wording import printable, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dockschedctl.ui.state import State
    from dockschedd.wire import runs

#: Of more than so many at once only a summary is told.
MOST: Final = 3
#: What nobody has to be told of: it is in the history.
_QUIET: Final = frozenset({"skipped", "superseded"})


class Weight(StrEnum):
    """How much it matters."""

    GOOD = "good"
    NEWS = "news"
    BAD = "bad"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    weight: Weight
    text: str


def between(before: State, after: State, *, now: datetime) -> tuple[Notice, ...]:
    """Return what happened from one state to the next; nothing on the first picture."""
    found = list(_of_connection(before, after))
    if before.seen_at is not None and after.phase is Phase.LIVE:
        found += _of_hosts(before, after)
        found += _of_runs(before, after, now)
        found += _of_freeze(before, after)
        found += _of_holds(before, after)
    return tuple(found)


def _of_connection(before: State, after: State) -> Iterator[Notice]:
    if before.phase is after.phase:
        return
    if after.phase is Phase.LOST and before.phase is Phase.LIVE:
        yield Notice(weight=Weight.BAD, text=f"connection lost: {after.trouble}")
    if after.phase is Phase.LIVE and before.phase is Phase.LOST and before.seen_at is not None:
        yield Notice(weight=Weight.GOOD, text="connected again")


def _of_hosts(before: State, after: State) -> Iterator[Notice]:
    known = {host.name: host for host in before.hosts}
    for host in after.hosts:
        old = known.get(host.name)
        if old is None or old.reachable is host.reachable:
            continue
        if host.reachable:
            yield Notice(weight=Weight.GOOD, text=f"host {host.name} is back")
        else:
            why = f": {printable(host.error)}" if host.error else ""
            yield Notice(weight=Weight.BAD, text=f"host {host.name} is lost{why}")


def _of_runs(before: State, after: State, now: datetime) -> Iterator[Notice]:
    new = [
        run
        for name, run in after.results.items()
        if run is not before.results.get(name) and _is_news(before.results.get(name), run)
    ]
    for good, weight in ((False, Weight.BAD), (True, Weight.GOOD)):
        some = [run for run in new if (run.status in GOOD) is good]
        if len(some) <= MOST:
            yield from (Notice(weight=weight, text=_ended(run, now)) for run in some)
        else:
            word = "succeeded" if good else "did not succeed"
            yield Notice(weight=weight, text=f"{len(some)} runs {word}")


def _is_news(known: runs.Run | None, run: runs.Run) -> bool:
    """Return whether the run ended now, and is no older one that was read again."""
    if run.status in _QUIET:
        return False
    return known is None or known.id != run.id or known.status != run.status


def _ended(run: runs.Run, now: datetime) -> str:
    return sentence(printable(verdict(run, now)))


def _of_holds(before: State, after: State) -> Iterator[Notice]:
    for name, stack in after.stacks.items():
        old = before.stacks.get(name)
        if old is None or old is stack or old.hold == stack.hold:
            continue
        if stack.hold is not None:
            yield Notice(weight=Weight.NEWS, text=f"{name} is {printable(stack.hold.reads)}")
        else:
            why = _ended_by(after, "hold", name, "release", "released")
            yield Notice(weight=Weight.NEWS, text=f"{name} is not held any more{why}")


def _of_freeze(before: State, after: State) -> Iterator[Notice]:
    if before.status is None or after.status is None:
        return
    old, new = before.status.frozen, after.status.frozen
    if new is not None and (old is None or new.since_at != old.since_at):
        yield Notice(weight=Weight.NEWS, text=printable(new.reads))
    elif old is not None and new is None:
        why = _ended_by(after, "freeze", "", "thaw", "thawed")
        yield Notice(weight=Weight.NEWS, text=f"schedules are not frozen any more{why}")


def _ended_by(state: State, noun: str, name: str, action: str, word: str) -> str:
    """Return who ended it, or that it ended by itself, where that was heard."""
    change = state.changed.get((noun, name))
    if change is not None and change.action == action:
        return f": {word} by {printable(change.by)}"
    return ": its time is over" if change is not None and change.action == "expire" else ""
