"""Which runs an occurrence makes: one per stack that the schedule's selector matches.

Pure: the stacks that exist, the owner's right, what keeps schedules from stacks, the last
words on them and the ids are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, assert_never

from dockschedd.core import due, holds, instants, model, selectors, spread, triggers, wants
from dockschedd.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from dockschedd.core import fold

_FREE: Final = holds.Blocks()
_TICK: Final = timedelta.resolution


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A stack to act on, or, with a reason, what was asked for and cannot be acted on."""

    ref: model.StackRef
    problem: str | None = None


def targets(
    selector: str,
    refs: Sequence[model.StackRef],
    *,
    default_host: str,
    unseen: Collection[str] = (),
    groups: selectors.Groups = selectors.NO_GROUPS,
) -> tuple[Target, ...]:
    """Return the stacks that the selector names now, at least one.

    An exact name is a target whether or not it exists now: its host may be unreachable. Of the
    hosts that nobody has seen yet, `unseen`, the target of a pattern or a group is what it says
    of stacks: its run waits until it is known what matches on that host.
    """
    parsed = selectors.parse(selector)
    host, _, name = selector.rpartition("/")
    if parsed.is_exact and host:
        return (Target(ref=model.StackRef(host, name)),)
    try:
        found = selectors.resolve(parsed, refs, groups)
    except (selectors.Ambiguous, NotFound) as error:
        return (Target(ref=model.StackRef(host or "*", name), problem=error.message),)
    if not parsed.is_exact:
        waiting = (model.StackRef(name, parsed.name) for name in sorted(unseen))
        found = (*found, *(ref for ref in waiting if parsed.matches(ref, groups)))
    if found:
        return tuple(Target(ref=ref) for ref in found)
    if parsed.is_exact:
        return (Target(ref=model.StackRef(host or default_host, name)),)
    return (
        Target(
            ref=model.StackRef(host or "*", name), problem=f"no stack matches `{selector}` now"
        ),
    )


def newest(
    schedule: model.Schedule,
    ref: model.StackRef,
    *,
    blocks: holds.Blocks,
    now: datetime,
    windows: Sequence[model.Schedule] = (),
) -> datetime | None:
    """Return the planned instant of its newest unrecorded word on the stack (core.fold).

    None: it has none, for what came fell into times at which schedules are kept from the stack,
    or was overruled by others of the `windows` on it: what is left out takes no other's place.
    """
    first = schedule.next_at
    moved = spread.offset(schedule.id, ref, schedule.spread)
    until = now - moved
    while first is not None and first <= until:
        at = due.newest_at(schedule.trigger, first=first, until=until)
        if blocks.cause(ref, at=at + moved, now=now) is not None:
            before = blocks.before(ref, at=at + moved, now=now)
            if before is None:
                return None
            until = before - moved
        elif wants.overruled(schedule, ref, windows, at=at + moved) is not None:
            until = at - _TICK
        else:
            return at
    return None


def runs(
    schedule: model.Schedule,
    dues: Sequence[due.Due],
    *,
    found: Sequence[Target],
    refusal: str | None,
    now: datetime,
    live_since: datetime,
    new_id: Callable[[], str],
    blocks: holds.Blocks = _FREE,
    last: Mapping[model.StackRef, fold.Last] = MappingProxyType({}),
    windows: Mapping[model.StackRef, Sequence[model.Schedule]] = MappingProxyType({}),
) -> tuple[model.Run, ...]:
    """Return the runs to record for those occurrences, in order of planned instant.

    `refusal`: why the owner may not do this any more. `last`: the last words on the stacks,
    where something was missed; their runs have their ids already. `windows`: all windows on
    the stacks, where this schedule is one of them. Runs that must not happen are ended from the
    start (missed, superseded, skipped), each with its cause.
    """
    moved = {each.ref: spread.offset(schedule.id, each.ref, schedule.spread) for each in found}
    ids = {
        (item.planned_at, each.ref): _said(schedule, item, last.get(each.ref)) or new_id()
        for item in dues
        for each in found
    }
    out = []
    for item in dues:
        for target in found:
            begins = item.planned_at + moved[target.ref]
            late = item.late and begins <= live_since
            judged = _judge(
                schedule,
                item,
                begins=begins,
                late=late,
                problem=refusal or target.problem,
                left_out=blocks.cause(target.ref, at=begins, now=now)
                or wants.overruled(schedule, target.ref, windows.get(target.ref, ()), at=begins),
                now=now,
                last=last.get(target.ref),
            )
            action = due.action_at(schedule, item.planned_at)
            over = judged.status is not model.RunStatus.PLANNED
            by = judged.by
            if judged.status is model.RunStatus.SUPERSEDED and item.superseded_by and by is None:
                by = ids.get((item.superseded_by, target.ref))
            out.append(
                model.Run(
                    id=ids[item.planned_at, target.ref],
                    stack=target.ref,
                    action=action,
                    status=judged.status,
                    cause_kind=_kind(schedule, late=late),
                    cause=judged.cause,
                    actor=schedule.owner,
                    schedule_id=schedule.id,
                    schedule_name=schedule.name,
                    planned_at=item.planned_at,
                    deadline_at=_deadline(schedule, item.planned_at, begins),
                    options=wants.options(schedule, action),
                    created_at=now,
                    finished_at=now if over else None,
                    superseded_by=by,
                    if_busy=schedule.if_busy,
                    start_at=begins if schedule.spread else None,
                )
            )
    return tuple(out)


def _said(schedule: model.Schedule, item: due.Due, last: fold.Last | None) -> str | None:
    """Return the id of the run of this occurrence where it is one of the last words."""
    for word in (last.state, last.restart) if last else ():
        if word and (word.schedule_id, word.planned_at) == (schedule.id, item.planned_at):
            return word.run_id
    return None


def _kind(schedule: model.Schedule, *, late: bool) -> model.CauseKind:
    if isinstance(schedule.trigger, triggers.WindowTrigger):
        return model.CauseKind.WINDOW_EDGE
    return model.CauseKind.CATCH_UP if late else model.CauseKind.SCHEDULE


def _deadline(schedule: model.Schedule, planned_at: datetime, begins: datetime) -> datetime:
    """Return by when it must have begun: what a window wants, it wants until its next edge."""
    if due.expires(schedule):
        return begins + schedule.deadline
    following = due.first_at(schedule.trigger, after=planned_at)
    if following is None:
        return begins + instants.LONGEST
    return following + (begins - planned_at)


@dataclass(frozen=True, slots=True)
class _Judged:
    status: model.RunStatus
    cause: str
    #: The run that takes its place.
    by: str | None = None


def _judge(
    schedule: model.Schedule,
    item: due.Due,
    *,
    begins: datetime,
    late: bool,
    problem: str | None,
    left_out: str | None,
    now: datetime,
    last: fold.Last | None,
) -> _Judged:
    if left_out is not None:
        return _Judged(model.RunStatus.SKIPPED, left_out)
    verdict = item
    if item.late and not late:
        verdict = due.on_time(schedule, begins)
    elif late and schedule.catch_up is model.CatchUp.LATEST and last is not None and not problem:
        action = due.action_at(schedule, item.planned_at)
        word = last.over(at=begins, schedule_id=schedule.id, action=action)
        if word is not None:
            cause = f"{due.WHY_LATE}; the {word.action} by {word.by}, due later, takes its place"
            return _Judged(model.RunStatus.SUPERSEDED, cause, word.run_id)
        if due.expires(schedule) and now - begins > schedule.deadline:
            verdict = due.missed(schedule, begins, due.too_late(schedule, begins, now))
        else:
            verdict = due.caught_up(schedule, begins, now)
    match verdict.verdict:
        case due.Verdict.MISSED:
            return _Judged(model.RunStatus.MISSED, verdict.cause)
        case due.Verdict.SUPERSEDED:
            return _Judged(model.RunStatus.SUPERSEDED, verdict.cause)
        case due.Verdict.RUN if problem:
            return _Judged(model.RunStatus.SKIPPED, problem)
        case due.Verdict.RUN:
            cause = f"schedule `{schedule.name}`, {verdict.cause}"
            return _Judged(model.RunStatus.PLANNED, cause)
        case _ as never:
            assert_never(never)
