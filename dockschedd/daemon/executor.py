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
from dockschedd import log as logs
from dockschedd.core import memory, model, plan, queue, reconcile
from dockschedd.daemon import (
    attempts,
    claiming,
    ends,
    expanding,
    limits,
    looking,
    recorder,
    run_records,
)
from dockschedd.daemon.walker import Walker
from dockschedd.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.daemon.inventory import Inventory
    from dockschedd.daemon.lookout import Lookout

log = logging.getLogger(__name__)

#: Planned runs are looked for at least this often, for those whose deadline passes.
LOOK_EVERY = timedelta(seconds=5)
#: After the store failed, it is tried again this often.
RETRY_EVERY = timedelta(seconds=2)
_DEFECT = "dockschedd made a mistake; its log says more"


@dataclass(slots=True)
class _Active:
    """One run under way; the walker exists once its steps do."""

    run: model.Run
    walker: Walker | None = None
    cut: ends.Cut | None = None

    def cut_short(self, cut: ends.Cut) -> None:
        """Cancel it between steps."""
        self.cut = cut
        if self.walker is not None:
            self.walker.cancel(cut.why)


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
        max_parallel_runs: int,
        jitter: Callable[[], float],
        lookout: Lookout | None = None,
        on_first_call: Callable[[model.Run, datetime], None] | None = None,
    ) -> None:
        self._store = store
        self._hosts = hosts
        self._inventory = inventory
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._max_parallel_steps = max_parallel_steps
        self._max_parallel_runs = max_parallel_runs
        self._lookout = lookout
        self._on_first_call = on_first_call
        self._calls: dict[str, limits.Limit] = {}
        for name in hosts.names():
            self.put_host(name)
        self._ends = ends.Ends(store=store, bus=bus, clock=clock, ids=ids, jitter=jitter)
        self._claiming = claiming.Claiming(
            store=store, inventory=inventory, clock=clock, is_draining=lambda: self._draining
        )
        self._writes = recorder.writes(store)
        self._wake = asyncio.Event()
        self._watch = looking.Watch(inventory, self._wake.set)
        self._active: dict[model.StackRef, _Active] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False
        self._whole = looking.Seldom(LOOK_EVERY)
        self._held_back = False

    def hold_back(self, is_behind: bool) -> None:
        """Begin nothing until what was missed is recorded as a whole: order counts."""
        if self._held_back and not is_behind:
            self._wake.set()
        self._held_back = is_behind

    def _is_held_back(self) -> bool:
        return self._held_back

    def put_host(self, host: str, *, parallel: int | None = None) -> None:
        """Carry out runs on this host, with so many steps at once (None: as on any)."""
        most = parallel or self._max_parallel_steps
        if host in self._calls:
            # What is under way there counts.
            self._calls[host].change(most)
        else:
            self._calls[host] = limits.Limit(most)

    def drop_host(self, host: str) -> None:
        """Begin nothing on this host any more; what is under way there goes on."""
        self._calls.pop(host, None)

    def wake(self) -> None:
        """Say that there may be planned runs."""
        self._wake.set()

    async def run(self) -> None:
        """Carry out what is planned, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._wake.set()
            rest = LOOK_EVERY
            while True:
                woken = await self._clock.sleep(rest, wake=self._wake)
                self._wake.clear()
                try:
                    if not woken:
                        await self._settle_orphans()
                    rest = await self._dispatch(group)
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
                active.cut_short(ends.Cut(f"cancelled by {actor}"))
                return True
        async with self._store.transaction() as unit:
            run = await unit.runs.get(run_id)
            now = self._clock.now()
            cause = f"cancelled by {actor}"
            if run is None or not await unit.runs.settle(
                run_id, status=model.RunStatus.CANCELLED, at=now, cause=cause
            ):
                return False
        self._ends.tell(replace(run, status=model.RunStatus.CANCELLED, cause=cause), now)
        return True

    async def drain(self, grace: timedelta) -> None:
        """Begin nothing new, let calls under way return, and hand back what is left.

        Returns when every run has ended, at the latest after `grace`.
        """
        self._draining = True
        for active in self._active.values():
            if active.walker is not None:
                active.walker.interrupt(ends.TOLD_TO_STOP)
        try:
            async with asyncio.timeout(grace.total_seconds()):
                await self._idle.wait()
        except TimeoutError:
            log.warning("drain.timeout", extra={"runs": len(self._active)})

    # ------------------------------------------------------------ choosing

    async def _dispatch(self, group: asyncio.TaskGroup) -> timedelta:
        """Do what core.queue decides; return how long nothing changes by itself."""
        if self._draining or self._held_back:
            return LOOK_EVERY
        now = self._clock.now()
        seen = await looking.look(
            self._store,
            self._hosts,
            self._inventory,
            {ref: active.run for ref, active in self._active.items()},
            now=now,
            most=self._max_parallel_runs,
            whole=self._whole.is_due(now),
        )
        self._watch.on(seen.watched, group)
        # It may have begun to be held back meanwhile.
        first = () if self._is_held_back() else seen.first
        for decision in queue.choose(first, seen.behind, seen.scene):
            match decision:
                case queue.Begin(run=run):
                    if run.stack not in self._active and not self._draining:
                        self._active[run.stack] = active = _Active(run)
                        self._idle.clear()
                        group.create_task(self._carry_out(active))
                case queue.End(status=model.RunStatus.FAILED):
                    error = errors.DockschedError(decision.cause)
                    if await self._ends.fail(decision.run, error):
                        self._wake.set()
                case queue.End():
                    await self._ends.settle(
                        decision.run, decision.status, decision.cause, by=decision.by
                    )
                    self._wake.set()
                case queue.Expand(run=run):
                    await self._expand(run)
                case queue.Replace(run=run, under_way=under_way):
                    self._replace(under_way, by=run)
        rest = looking.SILENCE if self._active else LOOK_EVERY
        return rest if seen.coming is None else min(rest, seen.coming - now)

    async def _expand(self, run: model.Run) -> None:
        found = await expanding.expand(
            self._store,
            run,
            inventory=self._inventory,
            ids=self._ids,
            now=self._clock.now(),
        )
        for each in found:
            self._bus.publish_run(each)
        self._wake.set()

    async def _settle_orphans(self) -> None:
        """Interrupt runs that are running in the store and that nobody carries out.

        A database whose connection broke while it committed a claim may have kept it.
        """
        # In a transaction: a run leaves `_active` after its end was committed, never before.
        async with self._store.transaction() as unit:
            await attempts.settle_orphans(
                unit, carried_out=self._active, now=self._clock.now(), new_id=self._ids.new
            )

    def _replace(self, under_way: model.Run, *, by: model.Run) -> None:
        active = self._active.get(under_way.stack)
        if active is not None and active.run.id == under_way.id and active.cut is None:
            why = f"replaced by {by.action} {by.id} of schedule `{by.schedule_name}`"
            active.cut_short(ends.Cut(why, by=by.id))

    # ------------------------------------------------------------ one run

    async def _carry_out(self, active: _Active) -> None:
        run = active.run
        again = True
        try:
            with logs.of_run(run.id):
                again = await self._observe_and_act(active)
        except errors.StoreError as error:
            log.error("run.unsaved", extra={"run": run.id, "reason": error.message})
            await self._clock.sleep(RETRY_EVERY)
        except Exception:
            # A task's root: one run's defect must not take the others down with it.
            log.exception("run.defect", extra={"run": run.id})
            with suppress(errors.StoreError):
                await self._ends.fail(run, errors.DockschedError(_DEFECT))
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
            async with self._store.reading() as unit:
                known = await unit.hosts.get(run.stack.host)
            if known is not None:
                return False  # recorded a moment ago: whoever follows it wakes this
            await self._ends.settle(
                run, model.RunStatus.SKIPPED, f"there is no host `{run.stack.host}`"
            )
            return True
        try:
            decided = await self._decide(run)
        except errors.HostError as error:
            if run.deadline_at is not None and isinstance(error, errors.HostUnreachable):
                log.warning("run.waits", extra={"run": run.id, "reason": error.message})
                return False  # it stays planned until the host is back, or the deadline
            await self._ends.fail(run, error)
            return True
        if decided is None:
            await self._ends.settle(
                run, model.RunStatus.SKIPPED, f"stack `{run.stack}` has no container"
            )
            return True
        return await self._execute(active, decided)

    async def _decide(self, run: model.Run) -> plan.Plan | None:
        stack = self._lookout.take(run.stack) if self._lookout is not None else None
        stack = stack or await self._inventory.refresh(run.stack)
        if stack is None:
            return None
        remembered = None
        if run.action is model.Action.START:
            async with self._store.reading() as unit:
                remembered = memory.applies(run, await unit.memories.get(run.stack))
        started: dict[str, datetime] = {}
        repeats = run.action is model.Action.RESTART or run.options.rerun_oneshots
        if repeats and run.first_started_at is not None:
            for container in stack.containers:
                seen = await self._hosts.inspect(run.stack.host, container.id)
                if seen.started_at is not None:
                    started[container.id] = seen.started_at
        return reconcile.reconcile(
            run.action,
            stack,
            run.options,
            started_at=started,
            since=run.first_started_at,
            remembered=remembered,
        )

    async def _execute(self, active: _Active, decided: plan.Plan) -> bool:
        """Claim, carry out and end the run; return False when it could not be claimed."""
        calls = self._calls.get(active.run.stack.host)
        if calls is None:
            return True  # its host has gone: the next choice says so
        claimed = await self._claiming.claim(active.run, decided)
        if isinstance(claimed, claiming.Refusal):
            return claimed is claiming.Refusal.BLOCKED
        run = replace(
            active.run,
            status=model.RunStatus.RUNNING,
            started_at=claimed,
            first_started_at=active.run.first_started_at or claimed,
            warnings=decided.warnings,
            steps=decided.steps,
        )
        active.run = run
        self._bus.publish_run(run)
        log.info(
            "run.started", extra={"run": run.id, **run_records.names(run), "steps": len(run.steps)}
        )
        steps = recorder.Recorder(run, writes=self._writes, bus=self._bus, clock=self._clock)
        active.walker = Walker(
            steps,
            hosts=self._hosts,
            inventory=self._inventory,
            clock=self._clock,
            calls=calls,
            on_first_call=self._on_first_call,
        )
        if active.cut is not None:
            active.walker.cancel(active.cut.why)
        elif self._draining:
            active.walker.interrupt(ends.TOLD_TO_STOP)
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(steps.keep_writing())
            await active.walker.walk()
            writer.cancel()
        with suppress(errors.HostError):
            # Whoever waits for the end sees the stack as the run has left it.
            await self._inventory.refresh(run.stack)
        failpoint("run-before-finish")
        await self._ends.finish(steps, cut=active.cut, is_draining=lambda: self._draining)
        failpoint("run-after-finish")
        return True
