"""Runs on real sockets with the real clock: what is between the ticker and the engines."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd.clock import SystemClock, SystemIds
from dockschedd.core import fleet, model
from dockschedd.daemon.bus import Bus
from dockschedd.daemon.executor import Executor
from dockschedd.daemon.inventory import Inventory
from dockschedd.daemon.meter import Meter
from dockschedd.daemon.roster import Roster
from dockschedd.daemon.watcher import Watcher
from dockschedd.hosts.pool import DockerHosts
from dockschedd.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Daemon:
    """What carries out runs on many hosts, with the real clock."""

    def __init__(self, store, endpoints: dict[str, fleet.Endpoint], limit: timedelta) -> None:
        clock, bus = SystemClock(), Bus()
        self.clock, self.store, self.ids = clock, store, SystemIds(clock)
        self.hosts = DockerHosts({}, read_limit=limit, act_limit=limit)
        self.inventory = Inventory(hosts=self.hosts, bus=bus, clock=clock)
        self.executor = Executor(
            store=store,
            hosts=self.hosts,
            inventory=self.inventory,
            bus=bus,
            clock=clock,
            ids=self.ids,
            max_parallel_steps=10,
            max_parallel_runs=10,
            jitter=lambda: 0.5,
        )
        self.roster = Roster(
            [fleet.Host(name=name, endpoint=each) for name, each in endpoints.items()],
            store=store,
            hosts=self.hosts,
            inventory=self.inventory,
            executor=self.executor,
            clock=clock,
            meter=Meter(),
            watch=self._watch,
        )

    def _watch(self, name: str) -> Watcher:
        return Watcher(
            name,
            hosts=self.hosts,
            inventory=self.inventory,
            store=self.store,
            clock=self.clock,
            jitter=lambda: 0.5,
            on_reached=lambda _: self.executor.wake(),
        )

    def reachable(self) -> set[str]:
        return {view.name for view in self.inventory.hosts() if view.reachable}

    def stop(self, ref: model.StackRef, *, within: timedelta = timedelta(hours=1)) -> model.Run:
        """Return a planned stop with that deadline."""
        now = self.clock.now()
        return model.Run(
            id=self.ids.new(),
            stack=ref,
            action=model.Action.STOP,
            status=model.RunStatus.PLANNED,
            cause_kind=model.CauseKind.MANUAL,
            cause="asked for",
            actor="alice",
            planned_at=now,
            deadline_at=now + within,
            created_at=now,
        )

    async def record(self, *runs: model.Run) -> None:
        """Record what is to be carried out."""
        async with self.store.transaction() as unit:
            await unit.runs.add_all(runs)
        self.executor.wake()

    async def runs(self) -> dict[model.StackRef, model.Run]:
        """Return stack → its newest run."""
        async with self.store.reading() as unit:
            found = await unit.runs.page(before=None, limit=1000)
        return {run.stack: run for run in reversed(found)}


@asynccontextmanager
async def daemon(
    path: Path, endpoints: dict[str, fleet.Endpoint], *, limit: timedelta
) -> AsyncIterator[Daemon]:
    """Run it on these hosts, whose calls are limited so, with room for ten runs."""
    store = await open_store(f"sqlite://{path}", audit_keys={"1": b"k" * 32}, audit_key_id="1")
    made = Daemon(store, endpoints, limit)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each.run()) for each in (made.roster, made.executor)]
            yield made
            for task in tasks:
                task.cancel()
    finally:
        await made.hosts.close()
        await store.close()
