"""Runs once, before the first tick: settles the runs that a crash left running.

It assumes nothing about what their engine calls did: the next attempt observes and decides.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dockschedd.core import people
from dockschedd.daemon import attempts
from dockschedd.failpoints import failpoint

if TYPE_CHECKING:
    from dockschedd import ports

log = logging.getLogger(__name__)

CAUSE = "dockschedd ended while it ran"


async def recover(*, store: ports.Store, clock: ports.Clock, ids: ports.Ids) -> int:
    """Settle all running runs in one transaction; return how many there were."""
    now = clock.now()
    async with store.transaction() as unit:
        running = await unit.runs.running()
        for run in running:
            ended, follower = await attempts.interrupt(
                unit, run, why=CAUSE, now=now, new_id=ids.new()
            )
            await unit.audit.append(
                people.AuditRecord(
                    at=now,
                    actor="dockschedd",
                    origin="-",
                    action="run.interrupt",
                    target=str(run.stack),
                    outcome="failed",
                    detail=f"{run.action} {run.id}: {ended.error}",
                )
            )
            log.warning(
                "run.interrupted",
                extra={
                    "run": run.id,
                    "stack": str(run.stack),
                    "continued_by": follower.id if follower else None,
                },
            )
        failpoint("recovery-before-commit")
    return len(running)
