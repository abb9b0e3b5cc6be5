"""Which runs an occurrence makes: one per stack that the schedule's selector matches.

Pure: the stacks that exist, the owner's right and the ids are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from dockschedd.core import due, model, selectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A stack to act on, or, with a reason, what was asked for and cannot be acted on."""

    ref: model.StackRef
    problem: str | None = None


def targets(
    selector: str, refs: Sequence[model.StackRef], *, default_host: str
) -> tuple[Target, ...]:
    """Return the stacks that the selector names now, at least one.

    An exact name is a target whether or not it exists now: its host may be unreachable.
    """
    parsed = selectors.parse(selector)
    host, _, name = selector.rpartition("/")
    try:
        found = selectors.resolve(parsed, refs)
    except selectors.Ambiguous as error:
        return (Target(ref=model.StackRef(host or "*", name), problem=error.message),)
    if found:
        return tuple(Target(ref=ref) for ref in found)
    if parsed.is_exact:
        return (Target(ref=model.StackRef(host or default_host, name)),)
    return (
        Target(
            ref=model.StackRef(host or "*", name), problem=f"no stack matches `{selector}` now"
        ),
    )


def runs(
    schedule: model.Schedule,
    dues: Sequence[due.Due],
    *,
    found: Sequence[Target],
    refusal: str | None,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[model.Run, ...]:
    """Return the runs to record for those occurrences, in order of planned instant.

    `refusal`: why the owner may not do this any more. Runs that must not happen are ended
    from the start (missed, superseded, skipped), each with its cause.
    """
    ids = {(item.planned_at, target.ref): new_id() for item in dues for target in found}
    out = []
    for item in dues:
        kind = model.CauseKind.CATCH_UP if item.late else model.CauseKind.SCHEDULE
        for target in found:
            status, cause = _verdict(item, target, refusal=refusal)
            over = status is not model.RunStatus.PLANNED
            by = None if item.superseded_by is None else ids.get((item.superseded_by, target.ref))
            out.append(
                model.Run(
                    id=ids[item.planned_at, target.ref],
                    stack=target.ref,
                    action=schedule.action,
                    status=status,
                    cause_kind=kind,
                    cause=cause or f"schedule `{schedule.name}`, {item.cause}",
                    actor=schedule.owner,
                    schedule_id=schedule.id,
                    schedule_name=schedule.name,
                    planned_at=item.planned_at,
                    deadline_at=item.planned_at + schedule.deadline,
                    options=schedule.options,
                    created_at=now,
                    finished_at=now if over else None,
                    superseded_by=by if status is model.RunStatus.SUPERSEDED else None,
                )
            )
    return tuple(out)


def _verdict(
    item: due.Due, target: Target, *, refusal: str | None
) -> tuple[model.RunStatus, str | None]:
    match item.verdict:
        case due.Verdict.MISSED:
            return model.RunStatus.MISSED, item.cause
        case due.Verdict.SUPERSEDED:
            return model.RunStatus.SUPERSEDED, item.cause
        case due.Verdict.RUN:
            problem = refusal or target.problem
            status = model.RunStatus.SKIPPED if problem else model.RunStatus.PLANNED
            return status, problem
        case _ as never:
            assert_never(never)
