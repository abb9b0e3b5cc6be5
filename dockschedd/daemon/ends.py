"""How runs end, with steps and without, and what is told and written down of every end.

The end, and what the audit log says of it, share one transaction. Never decides whether
another attempt follows (core.runs).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import memory, model, retry, runs
from dockschedd.daemon import attempts, run_records
from dockschedd.daemon.batches import Batches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import people
    from dockschedd.daemon.recorder import Recorder

log = logging.getLogger(__name__)

#: After the store failed, it is tried again this often.
RETRY_EVERY = timedelta(seconds=2)
TOLD_TO_STOP = "dockschedd was told to stop"


@dataclass(frozen=True, slots=True)
class Cut:
    """Why a run is cancelled."""

    why: str
    #: The run that takes its place.
    by: str | None = None


@dataclass(frozen=True, slots=True)
class _Over:
    """A run whose steps are over."""

    recorder: Recorder
    cut: Cut | None
    is_draining: Callable[[], bool]


class Ends:
    """Ends runs."""

    def __init__(
        self,
        *,
        store: ports.Store,
        bus: ports.Bus,
        clock: ports.Clock,
        ids: ports.Ids,
        jitter: Callable[[], float],
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._jitter = jitter
        #: Runs that end at once are recorded together.
        self._finishing = Batches(self._record_all)

    async def settle(
        self, run: model.Run, status: model.RunStatus, cause: str, *, by: str | None = None
    ) -> None:
        """End a planned run that is not carried out, with its cause."""
        now = self._clock.now()
        async with self._store.transaction() as unit:
            if not await unit.runs.settle(
                run.id, status=status, at=now, cause=cause, superseded_by=by, stack=run.stack
            ):
                return
            await unit.audit.append(
                run_records.audit(run, "run.finish", now, "failed", f"{status}: {cause}")
            )
        self.tell(replace(run, status=status, cause=cause, superseded_by=by), now)

    async def fail(self, run: model.Run, error: errors.DockschedError) -> bool:
        """End a planned run that could not even begin as failed.

        Returns False when it is not planned, or the store has another run running on its stack.
        """
        now = self._clock.now()
        async with self._store.transaction() as unit:
            if not await unit.runs.claim(run.id, at=now, stack=run.stack):
                return False
            await unit.runs.finish(
                run.id, status=model.RunStatus.FAILED, at=now, error=error.message
            )
            await unit.audit.append(
                run_records.audit(run, "run.finish", now, "failed", error.message)
            )
        self.tell(
            replace(run, status=model.RunStatus.FAILED, started_at=now, error=error.message), now
        )
        return True

    async def finish(
        self, recorder: Recorder, *, cut: Cut | None, is_draining: Callable[[], bool]
    ) -> None:
        """Record the end of a run whose steps are over.

        While the store cannot, it keeps trying: the work is done. Of a daemon that is told to
        stop, the next start finds it running, observes, and settles it.
        """
        while True:
            try:
                ended, follower = await self._finishing.add(_Over(recorder, cut, is_draining))
            except errors.StoreError as error:
                log.error("run.unsaved", extra={"run": recorder.run.id, "reason": error.message})
                if is_draining():
                    return
                await self._clock.sleep(RETRY_EVERY)
            else:
                self.tell(ended, ended.finished_at)
                if follower is not None:
                    self._bus.publish_run(follower)
                return

    async def _record_all(
        self, over: Sequence[_Over]
    ) -> Sequence[tuple[model.Run, model.Run | None]]:
        now = self._clock.now()
        async with self._store.transaction() as unit:
            done = [await self._record(unit, each, now) for each in over]
            await unit.audit.append_all(_finished(ended, now) for ended, _ in done)
        return done

    async def _record(
        self, unit: ports.Unit, over: _Over, now: datetime
    ) -> tuple[model.Run, model.Run | None]:
        run, cut, draining = over.recorder.run, over.cut, over.is_draining()
        status = runs.outcome(run.steps, cancelled=cut is not None)
        await over.recorder.write_all(unit)
        if status is model.RunStatus.INTERRUPTED:
            gone = runs.summary_error(run.steps) or "the engine went away"
            ended, follower = await attempts.interrupt(
                unit,
                run,
                why=TOLD_TO_STOP if draining else gone,
                now=now,
                new_id=self._ids.new(),
                # Nobody waits at a terminal for a run of a schedule. What is handed back
                # because the daemon ends goes on at once when it starts.
                pause=None
                if run.schedule_id is None or draining
                else retry.delay(run.attempt, jitter=self._jitter()),
            )
        else:
            follower = None
            error = cut.why if cut else runs.summary_error(run.steps)
            by = cut.by if cut else None
            ended = replace(run, status=status, finished_at=now, error=error, superseded_by=by)
            await unit.runs.finish(run.id, status=status, at=now, error=error, superseded_by=by)
        await _settle_memory(unit, ended, now)
        return ended, follower

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


def _finished(ended: model.Run, now: datetime) -> people.AuditRecord:
    outcome = "ok" if ended.status is model.RunStatus.SUCCEEDED else "failed"
    detail = f"{ended.status}: {ended.error}" if ended.error else ended.status.value
    return run_records.audit(ended, "run.finish", now, outcome, detail)


async def _settle_memory(unit: ports.Unit, ended: model.Run, now: datetime) -> None:
    """Note that the stack is awake again, or that all of it runs."""
    if ended.action is not model.Action.START:
        return
    old = await unit.memories.get(ended.stack)
    new = old and memory.after(ended, old, status=ended.status, now=now)
    if new is None and old is not None:
        await unit.memories.forget(ended.stack)
    elif new is not None and new != old:
        await unit.memories.keep(new)
