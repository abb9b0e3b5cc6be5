"""What becomes of a run that was interrupted: a new attempt, or its end, with the cause.

Used at start-up for what a crash left, when the daemon is told to stop, and when the engine
goes away in the middle.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd.core import instants, model, runs
from dockschedd.daemon import run_records

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from datetime import datetime

    from dockschedd import ports

log = logging.getLogger(__name__)

_ORPHANED = "the database failed while it began"
_OPEN = (model.StepStatus.PLANNED, model.StepStatus.RUNNING)


async def interrupt(
    unit: ports.Unit,
    run: model.Run,
    *,
    why: str,
    now: datetime,
    new_id: str,
    pause: timedelta | None = None,
) -> tuple[model.Run, model.Run | None]:
    """End a running run as interrupted, and record the attempt that continues it, if any.

    With a `pause` it begins no sooner than that. Returns the ended run and the new, planned
    one. All in the caller's transaction.
    """
    steps = tuple(
        replace(step, status=model.StepStatus.INTERRUPTED, finished_at=now)
        for step in run.steps
        if step.status in _OPEN
    )
    later = await unit.runs.later(run)
    decision = runs.continuation(run, later=later, now=now, pause=pause)
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
            start_at=None if pause is None else now + pause,
            steps=(),
        )
        wait = "" if pause is None else f" after {instants.format_duration(_rounded(pause))}"
        error = f"{why}; attempt {follower.attempt} continues it{wait}"
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


async def settle_orphans(
    unit: ports.Unit,
    *,
    carried_out: Container[model.StackRef],
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Interrupt the runs that are running in the store on stacks where nothing is carried out."""
    for run in await unit.runs.running():
        if run.stack not in carried_out:
            log.warning("run.orphaned", extra={"run": run.id, **run_records.names(run)})
            await interrupt(unit, run, why=_ORPHANED, now=now, new_id=new_id())


async def outdated(unit: ports.Unit, planned: Iterable[model.Run]) -> Mapping[str, model.Run]:
    """Return which of the attempts that had to wait are not the last word on their stack any more.

    By their ids, with the run that is. What waits behind them is not looked at here.
    """
    found = {}
    for run in planned:
        if run.attempt > 1 and run.start_at is not None:
            later = await unit.runs.later(run)
            if later is not None and later.started_at is not None:
                found[run.id] = later
    return found


def _rounded(pause: timedelta) -> timedelta:
    return timedelta(seconds=max(1, round(pause.total_seconds())))
