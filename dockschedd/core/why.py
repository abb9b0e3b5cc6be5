"""What decided the state of a stack at an instant, and what would have and did not.

Pure: told the runs, the schedules and what was done to them, and what is observed. Everything it
says is recorded somewhere; what is not recorded it says it does not know. The order of what it
is told does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dockschedd.core import coming, due, model, occurrences, wants
from dockschedd.core import explain as explaining

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from dockschedd.core import days_off

#: Lines about what did not happen, the newest.
MOST_LINES: Final = 20
#: Further back it is not looked for what a disabled schedule would have done.
_FURTHEST: Final = timedelta(days=60)
#: More than a minute's cron has in that time.
_MOST_INSTANTS: Final = 100_000


class Kind(StrEnum):
    """What a line is about."""

    #: The run that left the stack as it is.
    DECIDED = "decided"
    #: Something that would have changed it, and did not or not wholly.
    DID_NOT = "did-not"
    #: Somebody changed a schedule of this stack.
    SCHEDULE = "schedule"
    #: The stack is not as the last run left it.
    OUTSIDE = "outside"
    #: A hold, or the freeze, keeps schedules from the stack.
    HELD = "held"
    #: A window wants the stack in a state.
    WANTED = "wanted"
    #: A stack that it needs is not there for it.
    NEEDS = "needs"
    #: What is not known.
    UNKNOWN = "unknown"
    #: What comes next.
    NEXT = "next"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One part of the explanation."""

    kind: Kind
    #: When; None where there is no instant to tell.
    at: datetime | None
    text: str
    run: str | None = None
    schedule: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What somebody did to a schedule."""

    at: datetime
    schedule: str
    #: `add`, `edit`, `enable`, `disable`, `remove`
    what: str
    actor: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """The stack as it is observed now."""

    status: model.StackStatus
    #: When the newest of its containers that are down ended, where that was seen.
    ended_at: datetime | None = None
    #: Why its host cannot be asked; None: it can.
    unreachable: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Everything that an explanation rests on."""

    ref: model.StackRef
    #: The stack's, planned up to the instant that is asked about, the newest ones.
    runs: Sequence[model.Run]
    #: The newest that had succeeded by then, if `runs` does not go back that far.
    last_success: model.Run | None
    #: Those whose selector matches the stack now, also disabled ones.
    schedules: Sequence[model.Schedule]
    changes: Sequence[Change]
    #: None where the instant is in the past: states are not recorded.
    seen: Seen | None
    #: What keeps schedules from the stack at that instant, as a sentence.
    held: str | None = None
    #: Those of its host.
    off: days_off.DaysOff | None = None
    #: What it needs and is not there for it now, each as a sentence.
    needs: Sequence[str] = ()


def explain(told: Told, *, at: datetime) -> tuple[Line, ...]:
    """Return what decided, then by instant what has been since, then what is next.

    Runs are judged as they were at that instant; that a planned instant was missed counts
    although it was recorded later.
    """
    runs = sorted({run.id: _as_of(run, at) for run in told.runs}.values(), key=_order)
    decided = _decided(runs, told.last_success)
    since = decided.started_at if decided is not None else None
    lines = [
        *_between(told, runs, decided, since=since, at=at),
        *_outside(told, decided, at=at),
    ]
    # What has no instant comes last; of one instant, what happened comes before what is seen.
    lines += _wanted(told, at=at)
    if told.held is not None:
        lines.append(Line(kind=Kind.HELD, at=None, text=f"{told.held}; schedules leave it alone"))
    lines += [Line(kind=Kind.NEEDS, at=None, text=text) for text in told.needs]
    lines.sort(key=lambda line: (line.at is None, line.at or at))
    return (_because(decided), *_warned(decided), *lines, _next(told, at=at))


def _order(run: model.Run) -> tuple[datetime, str]:
    return run.started_at or run.planned_at, run.id


def _as_of(run: model.Run, at: datetime) -> model.Run:
    """Return the run as far as it had got by then."""
    if run.started_at is None or run.started_at > at:
        waiting = run.finished_at is not None and run.finished_at > at and run.created_at <= at
        began_later = run.started_at is not None
        if waiting or began_later:
            return replace(run, status=model.RunStatus.PLANNED, started_at=None, error=None)
        return run
    if run.finished_at is None or run.finished_at > at:
        return replace(run, status=model.RunStatus.RUNNING, error=None)
    return run


def _decided(runs: Iterable[model.Run], older: model.Run | None) -> model.Run | None:
    succeeded = [run for run in runs if run.status is model.RunStatus.SUCCEEDED]
    if older is not None:
        succeeded.append(older)
    return max(succeeded, key=_order, default=None)


def _because(decided: model.Run | None) -> Line:
    if decided is None:
        text = "no run of dockschedd that is on record has changed this stack"
        return Line(kind=Kind.DECIDED, at=None, text=text)
    return Line(
        kind=Kind.DECIDED,
        at=decided.finished_at,
        text=f"{decided.action} succeeded: {decided.cause}",
        run=decided.id,
        schedule=decided.schedule_name,
    )


def _warned(decided: model.Run | None) -> Iterator[Line]:
    """Yield what was worth knowing about it: for example what it did not wake."""
    if decided is not None:
        for text in decided.warnings:
            yield replace(_because(decided), text=text)


# ---------------------------------------------------------------- since then


def _between(
    told: Told,
    runs: Sequence[model.Run],
    decided: model.Run | None,
    *,
    since: datetime | None,
    at: datetime,
) -> tuple[Line, ...]:
    lines = [
        _did_not(run, told.seen)
        for run in runs
        if run.status is not model.RunStatus.SUCCEEDED
        and (decided is None or max(run.planned_at, _order(run)[0]) >= _order(decided)[0])
    ]
    begin = max(since or at - _FURTHEST, at - _FURTHEST)
    names = {schedule.name for schedule in told.schedules}
    names |= {run.schedule_name for run in told.runs if run.schedule_name}
    changes = sorted(
        (c for c in told.changes if c.schedule in names and c.at <= at), key=lambda c: c.at
    )
    lines += [_changed(each) for each in changes if each.at >= begin]
    for schedule in told.schedules:
        lines += _while_disabled(
            schedule, [c for c in changes if c.schedule == schedule.name], begin=begin, at=at
        )
        lines += _left_out(schedule, told, begin=begin, at=at)
    ordered = sorted(lines, key=lambda line: (line.at or at, line.text))
    return tuple(ordered[-MOST_LINES:])


_WORDS: Final = {
    model.RunStatus.PARTIAL: "only partly succeeded",
    model.RunStatus.FAILED: "failed",
    model.RunStatus.CANCELLED: "was cancelled",
    model.RunStatus.SKIPPED: "was skipped",
    model.RunStatus.MISSED: "was missed",
    model.RunStatus.SUPERSEDED: "was superseded",
    model.RunStatus.INTERRUPTED: "was interrupted",
    model.RunStatus.RUNNING: "is still running",
    model.RunStatus.PLANNED: "is waiting",
    model.RunStatus.SUCCEEDED: "succeeded",
}


def _did_not(run: model.Run, seen: Seen | None) -> Line:
    why = run.error if run.started_at is not None and run.error else run.cause
    if run.status is model.RunStatus.PLANNED and seen is not None and seen.unreachable:
        why = f"for its host: {seen.unreachable}"
    elif run.status is model.RunStatus.PLANNED and run.after:
        why = f"{why}; it comes after run {', '.join(run.after)}"
    whose = f" of schedule `{run.schedule_name}`" if run.schedule_name else f" by {run.actor}"
    return Line(
        kind=Kind.DID_NOT,
        at=run.started_at or run.planned_at,
        text=f"{run.action}{whose} {_WORDS[run.status]}: {why}",
        run=run.id,
        schedule=run.schedule_name,
    )


_DONE: Final = {
    "add": "was added",
    "edit": "was changed",
    "enable": "was enabled",
    "disable": "was disabled",
    "remove": "was removed",
}


def _changed(change: Change) -> Line:
    detail = f": {change.detail}" if change.detail else ""
    return Line(
        kind=Kind.SCHEDULE,
        at=change.at,
        text=f"schedule `{change.schedule}` {_DONE[change.what]} by {change.actor}{detail}",
        schedule=change.schedule,
    )


def _while_disabled(
    schedule: model.Schedule, changes: Sequence[Change], *, begin: datetime, at: datetime
) -> Iterator[Line]:
    """Yield the last thing that the schedule would have done in each time it was disabled.

    Only since it was last edited: what it would have done before is not known.
    """
    edited = [c.at for c in changes if c.what in ("add", "edit")]
    begin = max(begin, schedule.created_at, *edited)
    for opens, closes in _disabled(schedule, changes, begin=begin, at=at):
        planned = occurrences.within(
            schedule.trigger, after=opens, until=closes, limit=_MOST_INSTANTS
        )
        if planned:
            more = f"; nor did {len(planned) - 1} before it" if len(planned) > 1 else ""
            yield Line(
                kind=Kind.DID_NOT,
                at=planned[-1],
                text=f"{due.action_at(schedule, planned[-1])} of schedule `{schedule.name}` "
                f"did not happen: the schedule was disabled{more}",
                schedule=schedule.name,
            )


def _left_out(
    schedule: model.Schedule, told: Told, *, begin: datetime, at: datetime
) -> Iterator[Line]:
    """Yield the last thing that the schedule would have done, had no calendar left it out.

    Only since it was last edited. What has a run was not left out when it came.
    """
    if not schedule.enabled:
        return
    mine = (c for c in told.changes if c.schedule == schedule.name and c.at <= at)
    after = max(begin, schedule.created_at, *(c.at for c in mine if c.what in ("add", "edit")))
    recorded = {run.planned_at for run in told.runs if run.schedule_id == schedule.id}
    found = occurrences.left_out(schedule.trigger, after=after, until=at, limit=_MOST_INSTANTS)
    left = [each for each in found if each not in recorded]
    if left:
        more = f"; nor did {len(left) - 1} before it" if len(left) > 1 else ""
        yield Line(
            kind=Kind.DID_NOT,
            at=left[-1],
            text=f"{schedule.action} of schedule `{schedule.name}` did not happen: "
            f"{explaining.left_out_at(schedule.trigger, left[-1])}{more}",
            schedule=schedule.name,
        )


def _disabled(
    schedule: model.Schedule, changes: Sequence[Change], *, begin: datetime, at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the intervals of [begin, at] in which the schedule was disabled."""
    switches = [c for c in changes if c.what in ("enable", "disable")]
    before = [c for c in switches if c.at <= begin]
    if before:
        off = before[-1].what == "disable"
    elif switches:
        off = switches[0].what == "enable"
    else:
        off = not schedule.enabled and not schedule.done
    opens = begin
    for switch in [c for c in switches if c.at > begin]:
        if off:
            yield opens, switch.at
        off, opens = switch.what == "disable", switch.at
    if off:
        yield opens, at


# ---------------------------------------------------------------- now, and next

_LEAVES: Final = {
    model.Action.START: model.StackStatus.RUNNING,
    model.Action.RESTART: model.StackStatus.RUNNING,
    model.Action.UNPAUSE: model.StackStatus.RUNNING,
    model.Action.STOP: model.StackStatus.STOPPED,
    model.Action.PAUSE: model.StackStatus.PAUSED,
}


def _outside(told: Told, decided: model.Run | None, *, at: datetime) -> Iterator[Line]:
    seen = told.seen
    if seen is None:
        text = "what was done by hand or by the engine in between is not recorded"
        yield Line(kind=Kind.UNKNOWN, at=None, text=text)
        return
    if seen.unreachable:
        text = f"how the stack is now is not known: {seen.unreachable}"
        yield Line(kind=Kind.UNKNOWN, at=None, text=text)
        return
    if decided is None or seen.status is _LEAVES[decided.action]:
        return
    if decided.warnings and seen.status is model.StackStatus.PARTIAL:
        text = f"the {decided.action} left it so: {'; '.join(decided.warnings)}"
        yield Line(kind=Kind.OUTSIDE, at=decided.finished_at, text=text, run=decided.id)
        return
    began = _order(decided)[0]
    later = [r for r in told.runs if r.started_at is not None and began < r.started_at <= at]
    if later:
        newest = max(later, key=_order)
        if newest.finished_at is None:
            return
        text = f"the stack is {seen.status}: the {newest.action} that did not succeed left it so"
        yield Line(kind=Kind.OUTSIDE, at=newest.finished_at, text=text, run=newest.id)
        return
    ended = seen.ended_at
    when = ended if ended is not None and ended > began and _is_down(seen) else None
    text = (
        f"the stack is {seen.status}, although the last {decided.action} left it "
        f"{_LEAVES[decided.action]}: somebody or the engine did that; dockschedd did not"
    )
    yield Line(kind=Kind.OUTSIDE, at=when, text=text)


def _wanted(told: Told, *, at: datetime) -> Iterator[Line]:
    """Yield what windows want of it; those that were changed since did not want it so then."""
    known = (schedule for schedule in told.schedules if schedule.updated_at <= at)
    found = wants.desired(known, told.ref, at)
    if found is None:
        return
    name = found.schedule.name
    how = "what differs is put right at once (enforce: always)"
    if not found.always:
        how = "a change by hand lives until its next edge (enforce: boundary)"
    text = f"schedule `{name}` wants it {found.wish}{wants.until(found)}; {how}"
    yield Line(kind=Kind.WANTED, at=None, text=text, schedule=name)


def _is_down(seen: Seen) -> bool:
    return seen.status in {model.StackStatus.STOPPED, model.StackStatus.PARTIAL}


def _next(told: Told, *, at: datetime) -> Line:
    found = coming.earliest(told.schedules, told.ref, after=at, off=told.off)
    if found is None:
        return Line(kind=Kind.NEXT, at=None, text="no schedule will change it")
    first, action, name = found
    text = f"{action} by schedule `{name}`"
    return Line(kind=Kind.NEXT, at=first, text=text, schedule=name)
