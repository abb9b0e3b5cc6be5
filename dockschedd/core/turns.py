"""Whether the turn of a run has come that comes after runs of other stacks.

Pure. A run comes after others because of what its stack needs, or of what needs it
(core.arrange): they must have succeeded, and what came up must be healthy, where it has health
checks. What is waited for without end is ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from dockschedd.core import arrange, instants, model, runs, status

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from datetime import datetime

_Status = model.RunStatus
#: Ends in which another run may have taken the place of one.
_HANDED_ON: Final = frozenset({_Status.INTERRUPTED, _Status.SUPERSEDED, _Status.CANCELLED})
_OPEN: Final = frozenset({_Status.PLANNED, _Status.RUNNING})
#: Ends that are nobody's fault.
_UNWANTED: Final = frozenset({_Status.SKIPPED, _Status.CANCELLED, _Status.SUPERSEDED})


class Standing(Enum):
    """How it stands with the turn of a run."""

    COME = "come"
    WAITING = "waiting"
    #: It does not come any more.
    NEVER = "never"


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """How it stands, and for what is not there yet, why."""

    standing: Standing
    #: A sentence; "" where it has come.
    reason: str = ""
    #: NEVER: something went wrong, rather than that somebody wanted it so.
    fault: bool = False
    #: WAITING: the stack that has to become healthy, as it was seen, if it was.
    watch: model.Stack | None = None


COME: Final = Turn(standing=Standing.COME)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What is observed at one moment."""

    now: datetime
    stacks: Callable[[model.StackRef], model.Stack | None]
    #: Hosts that cannot be asked.
    away: Container[str]


def continues(run: model.Run, later: model.Run) -> bool:
    """Return whether a run that ended has handed on to the later one what it was to do."""
    return (
        run.status in _HANDED_ON
        and later.stack == run.stack
        and (later.action in arrange.UP) is (run.action in arrange.UP)
    )


def turn(run: model.Run, others: Sequence[model.Run | None], seen: Seen) -> Turn:
    """Return how it stands with the run, given the runs it comes after as they are by now.

    Each is the last of those that continue it; None: it is not on record.
    """
    found = [_after(run, other, seen) for other in others]
    for standing in (Standing.NEVER, Standing.WAITING):
        for each in found:
            if each.standing is standing:
                return each
    return COME


def _after(run: model.Run, other: model.Run | None, seen: Seen) -> Turn:
    if other is None:
        reason = "a run that it comes after is not on record"
        return Turn(standing=Standing.NEVER, reason=reason, fault=True)
    up = other.action in arrange.UP
    whose = f"`{other.stack}`, which {'it needs' if up else 'needs it'},"
    if other.status in _OPEN:
        waiting = f"it waits for the {other.action} of {whose} run {other.id}"
        limit = max(runs.MANUAL_DEADLINE, run.options.wait_timeout)
        if (
            other.status is _Status.PLANNED
            and run.deadline_at is None
            and seen.now - max(runs.begins_at(run), runs.begins_at(other)) > limit
        ):
            reason = f"{waiting}, which has not begun for {instants.format_duration(limit)}"
            return Turn(standing=Standing.NEVER, reason=reason, fault=True)
        return Turn(standing=Standing.WAITING, reason=waiting)
    if other.status is not _Status.SUCCEEDED:
        why = other.error if other.started_at is not None and other.error else other.cause
        done = "did not come up" if up else "was not taken down"
        return Turn(
            standing=Standing.NEVER,
            reason=f"{whose} {done}: {other.action} {other.id} {_said(other)}: {why}",
            fault=other.status not in _UNWANTED,
        )
    return _health(run, other, seen, whose) if up else COME


def _said(other: model.Run) -> str:
    match other.status:
        case _Status.FAILED:
            return "failed"
        case _Status.PARTIAL:
            return "partly failed"
        case _:
            return f"was {other.status}"


def _health(run: model.Run, other: model.Run, seen: Seen, whose: str) -> Turn:
    """Return how it stands with the health of a stack that came up."""
    ref = other.stack
    stack = seen.stacks(ref)
    if ref.host not in seen.away:
        settled = _settled(stack, whose)
        if settled is not None:
            return settled
    limit = run.options.wait_timeout
    if seen.now - (other.finished_at or seen.now) > limit:
        reason = f"{whose} was not healthy within {instants.format_duration(limit)}"
        return Turn(standing=Standing.NEVER, reason=reason, fault=True)
    reason = f"it waits until {whose} is healthy"
    return Turn(standing=Standing.WAITING, reason=reason, watch=stack)


def _settled(stack: model.Stack | None, whose: str) -> Turn | None:
    """Return how it stands with a stack that has come up; None while its checks go on."""
    if stack is None:
        reason = f"{whose} does not exist any more"
        return Turn(standing=Standing.NEVER, reason=reason, fault=True)
    found = status.summarize(stack, reachable=True)
    if not any(each.is_up for each in stack.containers):
        reason = f"{whose} is {found.status} again"
        return Turn(standing=Standing.NEVER, reason=reason, fault=True)
    if found.health is model.Health.UNHEALTHY:
        reason = f"{whose} is unhealthy: {'; '.join(found.notes)}"
        return Turn(standing=Standing.NEVER, reason=reason, fault=True)
    return None if found.health is model.Health.STARTING else COME
