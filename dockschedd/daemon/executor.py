"""Carries out recorded runs: one at a time per stack, in order of planned instant.

Observe, decide (core), record, execute, record. Every run that it takes ends in the store,
also when its stack, its engine or the store goes away in the middle.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import instants, model, plan, reconcile, runs
from dockschedd.daemon import attempts, run_records
from dockschedd.daemon.recorder import Recorder
from dockschedd.daemon.walker import Walker
from dockschedd.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.daemon.inventory import Inventory

log = logging.getLogger(__name__)

#: Planned runs are looked for at least this often, for those whose deadline passes.
LOOK_EVERY = timedelta(seconds=5)
#: Runs under way at once.
MOST = 200
#: After the store failed, it is tried again this often.
RETRY_EVERY = timedelta(seconds=2)
_TOLD_TO_STOP = "dockschedd was told to stop"
_DEFECT = "dockschedd made a mistake; its log says more"
_ORPHANED = "the database failed while it began"


@dataclass(slots=True)
class _Active:
    """One run under way; the walker exists once its steps do."""

    run: model.Run
    walker: Walker | None = None
    cancelled_by: str | None = None


class Executor:
    """ports.Executor."""

    def __init__(
        self,
        *,
        store: ports.Store,
        hosts: ports.Hosts,
        inventory: Inventory,
        bus: ports.Bus,
        clock: ports.Clock,
        ids: ports.Ids,
        max_parallel_steps: int,
    ) -> None:
        self._store = store
        self._hosts = hosts
        self._inventory = inventory
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._calls = {name: asyncio.Semaphore(max_parallel_steps) for name in hosts.names()}
        self._wake = asyncio.Event()
        self._active: dict[model.StackRef, _Active] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False

    def wake(self) -> None:
        """Say that there may be planned runs."""
        self._wake.set()

    async def run(self) -> None:
        """Carry out what is planned, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._wake.set()
            while True:
                woken = await self._clock.sleep(LOOK_EVERY, wake=self._wake)
                self._wake.clear()
                try:
                    if not woken:
                        await self._settle_orphans()
                    await self._dispatch(group)
                except errors.StoreError as error:
                    log.error(
                        "dispatch.failed", extra={"reason": error.message, "code": error.code}
                    )
                    await self._clock.sleep(RETRY_EVERY)
                    self._wake.set()

    async def cancel(self, run_id: str, *, actor: str) -> bool:
        """Cancel a planned run at once, a running one between steps."""
        for active in self._active.values():
            if active.run.id == run_id:
                active.cancelled_by = actor
                if active.walker is not None:
                    active.walker.cancel(f"cancelled by {actor}")
                return True
        async with self._store.transaction() as unit:
            run = await unit.runs.get(run_id)
            now = self._clock.now()
            cause = f"cancelled by {actor}"
            if run is None or not await unit.runs.settle(
                run_id, status=model.RunStatus.CANCELLED, at=now, cause=cause
            ):
                return False
        self._publish_end(replace(run, status=model.RunStatus.CANCELLED, cause=cause), now)
        return True

    async def drain(self, grace: timedelta) -> None:
        """Begin nothing new, let calls under way return, and hand back what is left.

        Returns when every run has ended, at the latest after `grace`.
        """
        self._draining = True
        for active in self._active.values():
            if active.walker is not None:
                active.walker.interrupt(_TOLD_TO_STOP)
        try:
            async with asyncio.timeout(grace.total_seconds()):
                await self._idle.wait()
        except TimeoutError:
            log.warning("drain.timeout", extra={"runs": len(self._active)})

    # ------------------------------------------------------------ choosing

    async def _dispatch(self, group: asyncio.TaskGroup) -> None:
        if self._draining:
            return
        async with self._store.reading() as unit:
            planned = await unit.runs.planned(limit=MOST + len(self._active))
        now = self._clock.now()
        for run in planned:
            if run.stack in self._active or len(self._active) >= MOST or self._draining:
                continue
            if run.deadline_at is not None and now > run.deadline_at:
                await self._settle(run, model.RunStatus.MISSED, self._too_late(run))
            elif self._must_wait(run):
                continue
            else:
                self._active[run.stack] = active = _Active(run)
                self._idle.clear()
                group.create_task(self._carry_out(active))

    async def _settle_orphans(self) -> None:
        """Interrupt runs that are running in the store and that nobody carries out.

        A database whose connection broke while it committed a claim may have kept it.
        """
        # In a transaction: a run leaves `_active` after its end was committed, never before.
        async with self._store.transaction() as unit:
            for run in await unit.runs.running():
                if run.stack not in self._active:
                    log.warning("run.orphaned", extra={"run": run.id, **run_records.names(run)})
                    await attempts.interrupt(
                        unit, run, why=_ORPHANED, now=self._clock.now(), new_id=self._ids.new()
                    )

    def _must_wait(self, run: model.Run) -> bool:
        """A run with a deadline waits for its host; one without fails at once."""
        view = self._inventory.host(run.stack.host)
        return run.deadline_at is not None and view is not None and not view.reachable

    def _too_late(self, run: model.Run) -> str:
        assert run.deadline_at is not None
        view = self._inventory.host(run.stack.host)
        late = instants.format_duration(run.deadline_at - run.planned_at)
        if view is not None and not view.reachable:
            return f"host `{view.name}` was unreachable until the deadline of {late}: {view.error}"
        return f"it could not start before its deadline of {late}"

    # ------------------------------------------------------------ one run

    async def _carry_out(self, active: _Active) -> None:
        run = active.run
        again = True
        try:
            again = await self._observe_and_act(active)
        except errors.StoreError as error:
            log.error("run.unsaved", extra={"run": run.id, "reason": error.message})
            await self._clock.sleep(RETRY_EVERY)
        except Exception:
            # A task's root: one run's defect must not take the others down with it.
            log.exception("run.defect", extra={"run": run.id})
            with suppress(errors.StoreError):
                await self._fail(run, errors.DockschedError(_DEFECT))
        finally:
            del self._active[run.stack]
            if not self._active:
                self._idle.set()
            if again:
                self._wake.set()

    async def _observe_and_act(self, active: _Active) -> bool:
        """Return whether the next planned run may be looked for at once."""
        run = active.run
        if run.stack.host not in self._calls:
            await self._settle(
                run, model.RunStatus.SKIPPED, f"there is no host `{run.stack.host}`"
            )
            return True
        try:
            decided = await self._decide(run)
        except errors.HostError as error:
            if run.deadline_at is not None and isinstance(error, errors.HostUnreachable):
                log.warning("run.waits", extra={"run": run.id, "reason": error.message})
                return False  # it stays planned until the host is back, or the deadline
            await self._fail(run, error)
            return True
        if decided is None:
            await self._settle(
                run, model.RunStatus.SKIPPED, f"stack `{run.stack}` has no container"
            )
            return True
        return await self._execute(active, decided)

    async def _decide(self, run: model.Run) -> plan.Plan | None:
        stack = await self._inventory.refresh(run.stack)
        if stack is None:
            return None
        started: dict[str, datetime] = {}
        repeats = run.action is model.Action.RESTART or run.options.rerun_oneshots
        if repeats and run.first_started_at is not None:
            for container in stack.containers:
                seen = await self._hosts.inspect(run.stack.host, container.id)
                if seen.started_at is not None:
                    started[container.id] = seen.started_at
        return reconcile.reconcile(
            run.action, stack, run.options, started_at=started, since=run.first_started_at
        )

    async def _execute(self, active: _Active, decided: plan.Plan) -> bool:
        """Claim, carry out and end the run; return False when it could not be claimed."""
        now = self._clock.now()
        failpoint("run-before-claim")
        async with self._store.transaction() as unit:
            if self._draining or not await unit.runs.claim(active.run.id, at=now):
                return False
            await unit.runs.plan_steps(active.run.id, decided.steps)
            await self._remember_intent(unit, active.run.stack.host, decided.steps, now)
            await unit.audit.append(run_records.audit(active.run, "run.start", now, "ok", ""))
        failpoint("run-after-claim")
        run = replace(
            active.run,
            status=model.RunStatus.RUNNING,
            started_at=now,
            first_started_at=active.run.first_started_at or now,
            steps=decided.steps,
        )
        active.run = run
        self._bus.publish_run(run)
        log.info(
            "run.started", extra={"run": run.id, **run_records.names(run), "steps": len(run.steps)}
        )
        recorder = Recorder(run, store=self._store, bus=self._bus, clock=self._clock)
        active.walker = Walker(
            recorder,
            hosts=self._hosts,
            inventory=self._inventory,
            clock=self._clock,
            calls=self._calls[run.stack.host],
        )
        if active.cancelled_by is not None:
            active.walker.cancel(f"cancelled by {active.cancelled_by}")
        elif self._draining:
            active.walker.interrupt(_TOLD_TO_STOP)
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(recorder.keep_writing())
            await active.walker.walk()
            writer.cancel()
        with suppress(errors.HostError):
            # Whoever waits for the end sees the stack as the run has left it.
            await self._inventory.refresh(run.stack)
        failpoint("run-before-finish")
        await self._finish(active, recorder)
        failpoint("run-after-finish")
        return True

    async def _remember_intent(
        self, unit: ports.Unit, host: str, steps: Iterable[model.Step], now: datetime
    ) -> None:
        """Keep that these containers are stopped on request, or were before they are started.

        A next attempt, which may find half of the stack up, must not take the other half for
        one-shots that have finished.
        """
        for step in steps:
            if step.verb in (model.Verb.STOP, model.Verb.START):
                known = self._inventory.ending(step.container_id)
                if step.verb is model.Verb.STOP or known is None:
                    self._inventory.note_ending(step.container_id, model.Ended.STOPPED)
                    await unit.endings.remember(
                        host, step.container_id, ended=model.Ended.STOPPED, at=now
                    )

    async def _finish(self, active: _Active, recorder: Recorder) -> None:
        """Record the end; while the store cannot, keep trying: the work is done."""
        while True:
            try:
                ended, follower = await self._record_end(active, recorder)
            except errors.StoreError as error:
                log.error("run.unsaved", extra={"run": active.run.id, "reason": error.message})
                if self._draining:
                    return  # the next start finds it running, observes, and settles it
                await self._clock.sleep(RETRY_EVERY)
            else:
                self._publish_end(ended, ended.finished_at)
                if follower is not None:
                    self._bus.publish_run(follower)
                return

    async def _record_end(
        self, active: _Active, recorder: Recorder
    ) -> tuple[model.Run, model.Run | None]:
        now = self._clock.now()
        run = recorder.run
        status = runs.outcome(run.steps, cancelled=active.cancelled_by is not None)
        async with self._store.transaction() as unit:
            await recorder.write_all(unit)
            if status is model.RunStatus.INTERRUPTED:
                why = (
                    _TOLD_TO_STOP
                    if self._draining
                    else runs.summary_error(run.steps) or "the engine went away"
                )
                ended, follower = await attempts.interrupt(
                    unit, run, why=why, now=now, new_id=self._ids.new()
                )
            else:
                follower = None
                error = (
                    f"cancelled by {active.cancelled_by}"
                    if active.cancelled_by is not None
                    else runs.summary_error(run.steps)
                )
                ended = replace(run, status=status, finished_at=now, error=error)
                await unit.runs.finish(run.id, status=status, at=now, error=error)
            outcome = "ok" if ended.status is model.RunStatus.SUCCEEDED else "failed"
            detail = f"{ended.status}: {ended.error}" if ended.error else ended.status.value
            await unit.audit.append(run_records.audit(run, "run.finish", now, outcome, detail))
        return ended, follower

    # ------------------------------------------------------------ ends without steps

    async def _settle(self, run: model.Run, status: model.RunStatus, cause: str) -> None:
        now = self._clock.now()
        async with self._store.transaction() as unit:
            if not await unit.runs.settle(run.id, status=status, at=now, cause=cause):
                return
            await unit.audit.append(
                run_records.audit(run, "run.finish", now, "failed", f"{status}: {cause}")
            )
        self._publish_end(replace(run, status=status, cause=cause), now)

    async def _fail(self, run: model.Run, error: errors.DockschedError) -> None:
        now = self._clock.now()
        async with self._store.transaction() as unit:
            await unit.runs.claim(run.id, at=now)
            await unit.runs.finish(
                run.id, status=model.RunStatus.FAILED, at=now, error=error.message
            )
            await unit.audit.append(
                run_records.audit(run, "run.finish", now, "failed", error.message)
            )
        self._publish_end(
            replace(run, status=model.RunStatus.FAILED, started_at=now, error=error.message), now
        )

    def _publish_end(self, run: model.Run, at: datetime | None) -> None:
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
