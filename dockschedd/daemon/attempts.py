"""What becomes of a run that was interrupted: a new attempt, or its end, with the cause.

Used at start-up for what a crash left, when the daemon is told to stop, and when the engine
goes away in the middle.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dockschedd.core import model, runs

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd import ports

_OPEN = (model.StepStatus.PLANNED, model.StepStatus.RUNNING)


async def interrupt(
    unit: ports.Unit, run: model.Run, *, why: str, now: datetime, new_id: str
) -> tuple[model.Run, model.Run | None]:
    """End a running run as interrupted, and record the attempt that continues it, if any.

    Returns the ended run and the new, planned one. All in the caller's transaction.
    """
    steps = tuple(
        replace(step, status=model.StepStatus.INTERRUPTED, finished_at=now)
        for step in run.steps
        if step.status in _OPEN
    )
    later = await unit.runs.later(run)
    decision = runs.continuation(run, later=later, now=now)
    follower = None
    if isinstance(decision, runs.Stop):
        error = f"{why}; {decision.cause}"
    else:
        follower = replace(
            run,
            id=new_id,
            status=model.RunStatus.PLANNED,
            attempt=decision.attempt,
            first_started_at=run.first_started_at or run.started_at,
            idempotency_key=None,
            deadline_at=run.deadline_at or run.planned_at + runs.MANUAL_DEADLINE,
            created_at=now,
            started_at=None,
            finished_at=None,
            error=None,
            superseded_by=None,
            steps=(),
        )
        error = f"{why}; attempt {follower.attempt} continues it"
    await unit.runs.update_steps(run.id, steps)
    ended = replace(
        run,
        status=model.RunStatus.INTERRUPTED,
        finished_at=now,
        error=error,
        superseded_by=follower.id if follower else (later.id if later else None),
    )
    was_running = await unit.runs.finish(
        run.id,
        status=ended.status,
        at=now,
        error=error,
        superseded_by=ended.superseded_by,
    )
    if follower is not None and not (was_running and await unit.runs.add(follower)):
        follower = None
    return ended, follower
