"""Whether a stack is brought where its windows want it, outside of their edges.

Pure: told what is wanted, what is observed and what is on record. A window that is enforced
always corrects whatever it sees. One that acts at its boundaries only puts right what the engine
or a time without dockschedd has done since its edge, and leaves alone what somebody wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dockschedd.core import memory, model, reconcile, triggers, wants

if TYPE_CHECKING:
    from datetime import datetime

_WAITS: Final = frozenset({model.Verb.WAIT_HEALTHY, model.Verb.WAIT_COMPLETED})
_WAKES: Final = frozenset({model.Action.START, model.Action.RESTART, model.Action.UNPAUSE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is so about one stack at one moment."""

    now: datetime
    stack: model.Stack
    desired: wants.Desired
    memory: memory.Memory | None
    #: Its host has just come back, or dockschedd has just begun: what differs, nobody wanted.
    came_back: bool
    #: When somebody made it different; None: nobody did.
    deviated_at: datetime | None
    #: The newest run on it that has started.
    latest: model.Run | None
    #: A run on it is planned or under way.
    is_busy: bool
    #: Why schedules leave it alone.
    blocked: str | None


@dataclass(frozen=True, slots=True)
class Fine:
    """It is as it is wanted, or whoever is at it sees to that."""


@dataclass(frozen=True, slots=True)
class Leave:
    """It is not as it is wanted, and is left so until the next edge."""


@dataclass(frozen=True, slots=True)
class Note:
    """As `Leave`, and nothing on record says why yet: somebody has just changed it."""


@dataclass(frozen=True, slots=True)
class Act:
    """Bring it where it is wanted."""

    cause: str


Verdict = Fine | Leave | Note | Act


def decide(facts: Facts) -> Verdict:
    """Return what is to be done about the stack now."""
    desired = facts.desired
    recorded = desired.schedule.next_at is None or desired.schedule.next_at > facts.now
    if facts.is_busy or facts.blocked or not recorded:
        return Fine()
    if not deviates(facts.stack, desired, facts.memory):
        return Fine()
    if desired.always:
        return Act(f"{wanted(desired)}, and it was not (enforce: {triggers.Enforce.ALWAYS})")
    if _is_left_alone(facts):
        return Leave()
    if facts.came_back:
        return Act(f"{wanted(desired)}, and the engine came back with it otherwise")
    return Note()


def deviates(stack: model.Stack, desired: wants.Desired, remembered: memory.Memory | None) -> bool:
    """Return whether something would have to be done to bring the stack where it is wanted."""
    awake = desired.wish is triggers.Wish.AWAKE
    steps = reconcile.reconcile(
        desired.action,
        stack,
        desired.schedule.options,
        remembered=remembered if awake else None,
    ).steps
    return any(step.verb not in _WAITS for step in steps)


def contradicts(action: model.Action, wish: triggers.Wish) -> bool:
    """Return whether the action leaves a stack other than it is wanted."""
    return (action in _WAKES) is not (wish is triggers.Wish.AWAKE)


def wanted(desired: wants.Desired) -> str:
    """Return who wants what, and until when: `schedule `nights` wants it asleep until …`."""
    name = desired.schedule.name
    return f"schedule `{name}` wants it {desired.wish}{wants.until(desired)}"


def run(
    desired: wants.Desired,
    ref: model.StackRef,
    *,
    kind: model.CauseKind,
    cause: str,
    run_id: str,
    now: datetime,
) -> model.Run:
    """Return the run that brings the stack where it is wanted, on its schedule's behalf."""
    schedule = desired.schedule
    return model.Run(
        id=run_id,
        stack=ref,
        action=desired.action,
        status=model.RunStatus.PLANNED,
        cause_kind=kind,
        cause=cause,
        actor=schedule.owner,
        schedule_id=schedule.id,
        schedule_name=schedule.name,
        planned_at=now,
        deadline_at=desired.until or now + schedule.deadline,
        options=wants.options(schedule, desired.action),
        created_at=now,
        if_busy=schedule.if_busy,
    )


def _is_left_alone(facts: Facts) -> bool:
    """Return whether it is known that the difference is to stay until the next edge."""
    since = facts.desired.since
    if since is None or since < facts.desired.schedule.updated_at:
        return True  # there has been no edge yet that could be put right
    if facts.deviated_at is not None and facts.deviated_at >= since:
        return True
    return _was_wanted(facts.latest, facts.desired)


def _was_wanted(latest: model.Run | None, desired: wants.Desired) -> bool:
    """Return whether somebody else has had another word on the stack since the edge.

    A run of the window itself that did not succeed explains a difference, and excuses nothing.
    """
    if latest is None or latest.started_at is None or desired.since is None:
        return False
    return (
        latest.started_at >= desired.since
        and latest.schedule_id != desired.schedule.id
        and contradicts(latest.action, desired.wish)
    )
