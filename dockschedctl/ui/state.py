"""What the UI knows of a daemon, and how that changes.

Pure: `fold(state, event)` is the only way from one state to the next, and no clock, thread or
screen is known here. Folding the same event twice is the same as folding it once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, assert_never

import msgspec

from dockschedctl.output.runs import OVER
from dockschedd.wire import system

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from dockschedd.wire import access, runs
    from dockschedd.wire.stacks import Host, StackSummary

_T = TypeVar("_T")
#: Such a run says nothing of how the stack's last action ended.
_NO_RESULT: Final = frozenset({"superseded"})
#: So many of the newest runs are known without asking.
NEWEST: Final = 300
#: What a run goes through: it never goes back.
_COURSE: Final = ("planned", "running")


class Phase(StrEnum):
    """How the UI stands with the daemon."""

    CONNECTING = "connecting"
    LIVE = "live"
    #: What is shown is the last picture, and gets older.
    LOST = "lost"
    LOGGED_OUT = "logged-out"


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that screens show without asking."""

    phase: Phase = Phase.CONNECTING
    #: Why it is not live, as a sentence.
    trouble: str = ""
    #: When the picture was last known to be right; None before there was one.
    seen_at: datetime | None = None
    me: access.Me | None = None
    #: As of the last whole look: hosts, freeze, what comes next.
    status: system.Status | None = None
    #: `HOST/STACK` → the stack.
    stacks: Mapping[str, StackSummary] = {}
    #: `HOST/STACK` → the newest run that is over.
    results: Mapping[str, runs.Run] = {}
    #: id → a run that is under way.
    running: Mapping[str, runs.Run] = {}
    #: id → one of the newest runs, over or not; those that were read with others lack steps.
    runs: Mapping[str, runs.Run] = {}
    #: (noun, name) → the newest change that was heard of.
    changed: Mapping[tuple[str, str], system.ChangeEvent] = {}

    def may(self, permission: str | None) -> bool:
        """Return whether the daemon would let the person do that."""
        return permission is None or (self.me is not None and permission in self.me.permissions)

    def newest(self, *nouns: str) -> system.ChangeEvent | None:
        """Return the last change of any of these that was heard of, None where there was none."""
        found = (event for (noun, _), event in self.changed.items() if noun in nouns)
        return max(found, key=lambda event: event.at, default=None)

    @property
    def hosts(self) -> tuple[Host, ...]:
        """The hosts, by name."""
        return () if self.status is None else self.status.hosts


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """The whole picture, read while the event stream was open already."""

    at: datetime
    me: access.Me
    status: system.Status
    stacks: tuple[StackSummary, ...]
    #: The newest runs, newest first.
    runs: tuple[runs.Run, ...]


class Glanced(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon itself and its hosts, read beside the stream."""

    at: datetime
    status: system.Status


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """Something changed."""

    at: datetime
    event: system.Event


class Breathed(msgspec.Struct, frozen=True, kw_only=True):
    """A sign of life: nothing changed."""

    at: datetime


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon cannot be reached, or does not answer."""

    why: str


class LoggedOut(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon wants a login."""

    why: str


Event: TypeAlias = Synced | Glanced | Heard | Breathed | Lost | LoggedOut


def fold(state: State, event: Event) -> State:
    """Return the state after an event."""
    match event:
        case Synced():
            return _synced(state, event)
        case Glanced():
            return _replaced(state, status=event.status)
        case Heard():
            return _heard(_replaced(state, seen_at=event.at), event.event)
        case Breathed():
            return _replaced(state, seen_at=event.at)
        case Lost():
            return _replaced(state, phase=Phase.LOST, trouble=event.why)
        case LoggedOut():
            return _replaced(state, phase=Phase.LOGGED_OUT, trouble=event.why, me=None)
        case _:  # pragma: no cover
            assert_never(event)


def _synced(state: State, event: Synced) -> State:
    known = {stack.name: stack for stack in event.stacks}
    # What is under way is what the status says: of a run that was forgotten meanwhile no
    # event tells that it is over.
    running = {run.id: run for run in event.status.running}
    results = {name: run for name, run in state.results.items() if name in known}
    for run in event.runs:
        _take_result(results, run)
    newest = dict(state.runs)
    for run in (*event.runs, *event.status.running):
        _take_run(newest, run)
    return _replaced(
        state,
        phase=Phase.LIVE,
        trouble="",
        seen_at=event.at,
        me=event.me,
        status=event.status,
        stacks=known,
        results=results,
        running=running,
        runs=newest,
    )


def _heard(state: State, event: system.Event) -> State:
    if isinstance(event, system.RunEvent):
        newest = dict(state.runs)
        _take_run(newest, event.run)
        state = _replaced(state, runs=newest)
    match event:
        case system.StackEvent(stack=None):
            return _replaced(state, stacks=_without(state.stacks, event.name))
        case system.StackEvent(stack=stack):
            return _replaced(state, stacks={**state.stacks, event.name: stack})
        case system.ChangeEvent():
            return _replaced(state, changed={**state.changed, (event.noun, event.name): event})
        case system.RunEvent(run=run) if run.status in OVER:
            results = dict(state.results)
            _take_result(results, run)
            return _replaced(state, results=results, running=_without(state.running, run.id))
        case system.RunEvent(run=run) if run.status == "running":
            return _replaced(state, running={**state.running, run.id: run})
        case _:
            # A run that is planned is no news until it begins.
            return state


def _take_result(results: dict[str, runs.Run], run: runs.Run) -> None:
    """Keep the run if it is over and newer than the one that is known."""
    if run.status not in OVER or run.status in _NO_RESULT:
        return
    known = results.get(run.stack)
    if known is None or (run.created_at, run.id) >= (known.created_at, known.id):
        results[run.stack] = run


def newest_run(state: State, stack: str) -> runs.Run | None:
    """Return what acts on a stack now, else what acted on it last, else what is planned."""
    for known in (state.running.values(), state.results.values(), state.runs.values()):
        of_stack = [run for run in known if run.stack == stack]
        if of_stack:
            return max(of_stack, key=lambda run: (run.created_at, run.id))
    return None


def furthest(one: runs.Run, other: runs.Run) -> runs.Run:
    """Return of two pictures of one run the later one, with steps where either has them.

    What was asked for and what was told come in any order: a run never goes back.
    """
    before, after = (one, other) if _progress(other) >= _progress(one) else (other, one)
    if before.steps and not after.steps:
        after = msgspec.structs.replace(after, steps=before.steps)
    return one if after == one else after


def _progress(run: runs.Run) -> tuple[int, int, int]:
    """Return how far a run is: its status, then how many steps are over, and have begun.

    Of a run that is over nothing changes but that another one may take its place.
    """
    if run.status in OVER:
        return len(_COURSE), int(run.superseded_by is not None), 0
    course = _COURSE.index(run.status) if run.status in _COURSE else 0
    over = sum(step.status not in _COURSE for step in run.steps)
    return course, over, sum(step.status != "planned" for step in run.steps)


def _take_run(newest: dict[str, runs.Run], run: runs.Run) -> None:
    """Keep the run, and of too many the newest."""
    known = newest.get(run.id)
    newest[run.id] = run if known is None else furthest(known, run)
    if len(newest) > NEWEST:
        del newest[min(newest, key=lambda id_: (newest[id_].created_at, id_))]


def _replaced(state: State, **changes: object) -> State:
    return msgspec.structs.replace(state, **changes)


def _without(known: Mapping[str, _T], key: str) -> Mapping[str, _T]:
    return {name: value for name, value in known.items() if name != key}


def of_host(state: State, host: str) -> Iterable[StackSummary]:
    """Yield the stacks of one host."""
    return (stack for stack in state.stacks.values() if stack.host == host)
