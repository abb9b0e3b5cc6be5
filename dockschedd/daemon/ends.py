"""How runs end without steps, and what is told and written down of every end.

The end, and what the audit log says of it, share one transaction.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from dockschedd.core import model
from dockschedd.daemon import run_records

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd import errors, ports

log = logging.getLogger(__name__)


class Ends:
    """Ends runs."""

    def __init__(self, *, store: ports.Store, bus: ports.Bus, clock: ports.Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    async def settle(
        self, run: model.Run, status: model.RunStatus, cause: str, *, by: str | None = None
    ) -> None:
        """End a planned run that is not carried out, with its cause."""
        now = self._clock.now()
        async with self._store.transaction() as unit:
            if not await unit.runs.settle(
                run.id, status=status, at=now, cause=cause, superseded_by=by
            ):
                return
            await unit.audit.append(
                run_records.audit(run, "run.finish", now, "failed", f"{status}: {cause}")
            )
        self.tell(replace(run, status=status, cause=cause, superseded_by=by), now)

    async def fail(self, run: model.Run, error: errors.DockschedError) -> None:
        """End a planned run that could not even begin as failed."""
        now = self._clock.now()
        async with self._store.transaction() as unit:
            await unit.runs.claim(run.id, at=now)
            await unit.runs.finish(
                run.id, status=model.RunStatus.FAILED, at=now, error=error.message
            )
            await unit.audit.append(
                run_records.audit(run, "run.finish", now, "failed", error.message)
            )
        self.tell(
            replace(run, status=model.RunStatus.FAILED, started_at=now, error=error.message), now
        )

    def tell(self, run: model.Run, at: datetime | None) -> None:
        """Tell whoever watches that the run has ended."""
        ended = replace(run, finished_at=at)
        self._bus.publish_run(ended)
        log.info(
            "run.ended",
            extra={
                "run": run.id,
                **run_records.names(run),
                "status": run.status.value,
                **({"reason": run.error} if run.error else {}),
            },
        )
