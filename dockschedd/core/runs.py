"""How runs and steps go on: legal transitions, how a run ended, whether it is tried again.

A status that the tables (those of schema.sql) do not allow never comes about: whoever asks for
one gets a ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dockschedd.core import instants, model, retry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_Run = model.RunStatus
_Step = model.StepStatus

#: How long after it was asked for a manual run that was interrupted may still go on.
MANUAL_DEADLINE: Final = timedelta(hours=1)
#: A run that was interrupted this often is not tried again.
MOST_ATTEMPTS: Final = 5

LEGAL: Final[Mapping[_Run, frozenset[_Run]]] = MappingProxyType(
    dict.fromkeys(_Run, frozenset[_Run]())
    | {
        _Run.PLANNED: frozenset(
            {_Run.RUNNING, _Run.CANCELLED, _Run.SKIPPED, _Run.MISSED, _Run.SUPERSEDED}
        ),
        _Run.RUNNING: frozenset(
            {_Run.SUCCEEDED, _Run.PARTIAL, _Run.FAILED, _Run.CANCELLED, _Run.INTERRUPTED}
        ),
    }
)
LEGAL_STEPS: Final[Mapping[_Step, frozenset[_Step]]] = MappingProxyType(
    dict.fromkeys(_Step, frozenset[_Step]())
    | {
        _Step.PLANNED: frozenset(
            {_Step.RUNNING, _Step.SKIPPED, _Step.CANCELLED, _Step.INTERRUPTED}
        ),
        _Step.RUNNING: frozenset(
            {_Step.SUCCEEDED, _Step.FAILED, _Step.CANCELLED, _Step.INTERRUPTED}
        ),
    }
)
#: Verbs that do nothing to a container.
_WAITS = frozenset({model.Verb.WAIT_HEALTHY, model.Verb.WAIT_COMPLETED})


def begins_at(run: model.Run) -> datetime:
    """Return when it is to begin: what the order of runs on a stack goes by."""
    return run.start_at or run.planned_at


def advance(current: model.RunStatus, new: model.RunStatus) -> model.RunStatus:
    """Return the new status of a run. Raises ValueError where the table does not allow it."""
    if new not in LEGAL[current]:
        raise ValueError(f"a run that is {current} cannot become {new}")
    return new


def advance_step(current: model.StepStatus, new: model.StepStatus) -> model.StepStatus:
    """Return the new status of a step. Raises ValueError where the table does not allow it."""
    if new not in LEGAL_STEPS[current]:
        raise ValueError(f"a step that is {current} cannot become {new}")
    return new


def outcome(steps: Iterable[model.Step], *, cancelled: bool = False) -> model.RunStatus:
    """Return how a run ended whose steps are all over.

    An answer that was lost makes it interrupted; a cancellation that came too late to cut
    anything changes nothing. Otherwise it is partial when at least one container has done all
    that was asked of it, waits aside, and failed when none has.
    """
    everything = tuple(steps)
    statuses = {step.status for step in everything}
    if _Step.INTERRUPTED in statuses:
        return _Run.INTERRUPTED
    if statuses == {_Step.SUCCEEDED}:
        return _Run.SUCCEEDED
    if cancelled:
        return _Run.CANCELLED
    if not everything:
        return _Run.SUCCEEDED
    acts = [step for step in everything if step.verb not in _WAITS]
    undone = {step.container_id for step in acts if step.status is not _Step.SUCCEEDED}
    return _Run.PARTIAL if any(s.container_id not in undone for s in acts) else _Run.FAILED


def summary_error(steps: Iterable[model.Step]) -> str | None:
    """Return one sentence about what went wrong; None when every step succeeded.

    It tells the first step, by position, that failed by itself, and counts the others.
    """
    ordered = sorted(steps, key=lambda step: step.position)
    count = {status: sum(step.status is status for step in ordered) for status in _Step}
    for status in (_Step.FAILED, _Step.INTERRUPTED):
        first = next((step for step in ordered if step.status is status), None)
        if first is not None:
            why = f": {first.error}" if first.error else ""
            count[status] -= 1
            return f"{first.verb} {first.container} {_OUTCOMES[status]}{why}{_others(count)}"
    if all(step.status is _Step.SUCCEEDED for step in ordered):
        return None
    done = count[_Step.SUCCEEDED]
    return f"it ended after {done} of {len(ordered)} steps"


_OUTCOMES: Final = {_Step.FAILED: "failed", _Step.INTERRUPTED: "was interrupted"}
_OTHERS: Final = {
    _Step.FAILED: "failed",
    _Step.INTERRUPTED: "interrupted",
    _Step.SKIPPED: "skipped",
    _Step.CANCELLED: "cancelled",
}


def _others(count: Mapping[model.StepStatus, int]) -> str:
    parts = [f"{count[status]} {word}" for status, word in _OTHERS.items() if count[status]]
    return f" (and {', '.join(parts)})" if parts else ""


#: What a person can have finished.
_LEFT_OPEN: Final = frozenset({_Run.PARTIAL, _Run.FAILED, _Run.CANCELLED, _Run.INTERRUPTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class NotResumable:
    """Why there is no use in resuming a run, and what to do instead."""

    message: str
    hint: str


def resumable(run: model.Run, *, later: model.Run | None) -> NotResumable | None:
    """Return why what is left of the run cannot be done now; None where it can.

    `later` is the newest run on the same stack that was planned after it.
    """
    if run.status in {_Run.PLANNED, _Run.RUNNING}:
        message = f"the run `{run.id}` is not over: it is {run.status}"
        return NotResumable(message=message, hint=f"dockschedctl run watch {run.id}")
    if run.status not in _LEFT_OPEN:
        left = "nothing is left of it" if run.status is _Run.SUCCEEDED else "it never began"
        return NotResumable(
            message=f"the run `{run.id}` is {run.status}: {left}",
            hint=f"to do it now: dockschedctl stack {run.action} {run.stack}",
        )
    overtaken = later.id if later is not None else run.superseded_by
    if overtaken is None:
        return None
    what = f"a later {later.action}" if later is not None else "a further attempt"
    return NotResumable(
        message=f"the run `{run.id}` has been overtaken by {what}, run `{overtaken}`",
        hint=f"see `dockschedctl run show {overtaken}`; "
        f"to do it now: dockschedctl stack {run.action} {run.stack}",
    )


@dataclass(frozen=True, slots=True)
class Continue:
    """An interrupted run gets another attempt."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Stop:
    """An interrupted run is left as it is; `cause` says why."""

    cause: str


def continuation(
    run: model.Run,
    *,
    later: model.Run | None,
    now: datetime,
    pause: timedelta | None = None,
) -> Continue | Stop:
    """Return whether an interrupted run gets another attempt.

    It does while it is the last word on its stack, within its deadline (a manual run within
    one hour of being asked for) and has not had its attempts: five, or, where a pause goes
    before the next one, as many as core.retry allows. `later` is the newest run on the same
    stack that was planned after it.
    """
    if later is not None:
        at = instants.to_text(later.planned_at)
        return Stop(f"a later {later.action} of {run.stack}, planned for {at}, counts")
    deadline_at = run.deadline_at
    if deadline_at is None and run.cause_kind is model.CauseKind.MANUAL:
        deadline_at = run.planned_at + MANUAL_DEADLINE
    if deadline_at is not None and now > deadline_at:
        return Stop(f"its deadline, {instants.to_text(deadline_at)}, has passed")
    if run.attempt >= (MOST_ATTEMPTS if pause is None else retry.MOST_ATTEMPTS):
        return Stop(f"it has been interrupted {run.attempt} times")
    if deadline_at is not None and pause is not None and now + pause > deadline_at:
        return Stop(f"its deadline, {instants.to_text(deadline_at)}, comes before a next attempt")
    return Continue(run.attempt + 1)
