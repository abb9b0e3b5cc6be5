"""The daemon's loops over a real SQLite file, engines in memory and a clock that tests move."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dockschedd.core import due, fleet, model, requirements, triggers
from dockschedd.daemon import recovery, requiring
from dockschedd.daemon.bus import Bus
from dockschedd.daemon.enforcer import Enforcer
from dockschedd.daemon.executor import Executor
from dockschedd.daemon.inventory import Inventory
from dockschedd.daemon.lookout import Lookout
from dockschedd.daemon.measured_hosts import MeasuredHosts
from dockschedd.daemon.meter import Meter
from dockschedd.daemon.roster import Roster
from dockschedd.daemon.ticker import Ticker
from dockschedd.daemon.watcher import Watcher
from dockschedd.store import open_store
from tests.engines import eventually
from tests.fake_clock import CountingIds, FakeClock, settle
from tests.fake_hosts import FakeHosts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from dockschedd import ports

KEYS = {"1": b"k" * 32}


@dataclass
class World:
    """Everything that lives longer than the daemon: the database, the engines, the time."""

    path: Path
    clock: FakeClock = field(default_factory=FakeClock)
    ids: CountingIds = field(default_factory=CountingIds)
    max_parallel_runs: int = 50
    #: Hosts that the configuration has.
    configured: tuple[str, ...] = ("local",)
    hosts: FakeHosts = field(init=False)

    def __post_init__(self) -> None:
        self.hosts = FakeHosts(self.clock)

    @asynccontextmanager
    async def daemon(self, *, ticking: bool = True) -> AsyncIterator[Daemon]:
        """Run the loops; leaving is a crash: nothing is settled, drained or handed back."""
        store = CountedStore(
            await open_store(f"sqlite://{self.path}", audit_keys=KEYS, audit_key_id="1")
        )
        daemon = Daemon(self, store)
        daemon.executor.hold_back(ticking)
        try:
            await daemon.roster.follow()
            await recovery.recover(store=store, clock=self.clock, ids=self.ids)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(loop) for loop in daemon.loops()]
                await daemon.roster.tried(within=timedelta(seconds=10))
                if ticking:
                    tasks.append(group.create_task(daemon.ticker.run()))
                    await eventually(lambda: daemon.ticker.progressed_at() is not None)
                yield daemon
                for task in tasks:
                    task.cancel()
        finally:
            await store.close()


class CountedStore:
    """The store, which tells how many transactions and reads are under way."""

    def __init__(self, store: ports.Store) -> None:
        self._store = store
        self.under_way = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[ports.Unit]:
        with self._counted():
            async with self._store.transaction() as unit:
                yield unit

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ports.Unit]:
        with self._counted():
            async with self._store.reading() as unit:
                yield unit

    async def close(self) -> None:
        await self._store.close()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1


class Daemon:
    """One life of the daemon."""

    def __init__(self, world: World, store: CountedStore) -> None:
        self.world = world
        self.store = store
        self.bus = Bus()
        self.meter = Meter()
        self.hosts = hosts = MeasuredHosts(world.hosts, self.meter)
        self.inventory = Inventory(hosts=hosts, bus=self.bus, clock=world.clock)
        self.lookout = Lookout(store=store, inventory=self.inventory, clock=world.clock)
        self.executor = Executor(
            store=store,
            hosts=hosts,
            inventory=self.inventory,
            bus=self.bus,
            clock=world.clock,
            ids=world.ids,
            max_parallel_steps=10,
            max_parallel_runs=world.max_parallel_runs,
            jitter=lambda: 0.5,
            lookout=self.lookout,
            on_first_call=self.meter.first_call,
        )
        self.enforcer = Enforcer(
            store=store,
            inventory=self.inventory,
            bus=self.bus,
            clock=world.clock,
            ids=world.ids,
            on_recorded=self.executor.wake,
        )
        self.ticker = Ticker(
            store=store,
            inventory=self.inventory,
            clock=world.clock,
            ids=world.ids,
            bus=self.bus,
            on_recorded=self.executor.wake,
            on_hold_ended=self.enforcer.after_block,
            on_behind=self.executor.hold_back,
            on_coming=self.lookout.coming,
        )
        configured = (
            fleet.Host(
                name=name,
                endpoint=fleet.Endpoint(url=hosts.url(name)),
                origin=fleet.Origin.CONFIG,
            )
            for name in world.configured
        )
        self.watchers: dict[str, Watcher] = {}
        self.roster = Roster(
            configured,
            store=store,
            hosts=hosts,
            inventory=self.inventory,
            executor=self.executor,
            clock=world.clock,
            meter=self.meter,
            watch=self._watch,
        )

    def loops(self) -> tuple[Any, ...]:
        counting = self.meter.listen(self.bus)
        looking = self.lookout.run()
        return self.roster.run(), self.executor.run(), self.enforcer.run(), looking, counting

    @property
    def watcher(self) -> Watcher:
        """That of the host `local`."""
        return self.watchers["local"]

    def _watch(self, name: str) -> Watcher:
        self.watchers[name] = Watcher(
            name,
            hosts=self.hosts,
            inventory=self.inventory,
            store=self.store,
            clock=self.world.clock,
            jitter=lambda: 0.5,
            on_reached=self._reached,
            pace=timedelta(),
        )
        return self.watchers[name]

    def _reached(self, host: str) -> None:
        self.executor.wake()
        self.enforcer.reached(host)

    async def schedule(
        self, name: str, action: str, selector: str, **changes: Any
    ) -> model.Schedule:
        """Add a schedule that fires every minute, or as told."""
        now = self.world.clock.now()
        trigger = changes.pop("trigger", None) or triggers.CronTrigger(
            expression=changes.pop("cron", "* * * * *"), zone="UTC"
        )
        values: dict[str, Any] = {
            "id": self.world.ids.new(),
            "name": name,
            "enabled": True,
            "trigger": trigger,
            "action": None
            if isinstance(trigger, triggers.WindowTrigger)
            else model.Action(action),
            "selector": selector,
            "catch_up": model.CatchUp.LATEST,
            "deadline": timedelta(hours=1),
            "owner": "local",
            "created_at": now,
            "updated_at": now,
            "next_at": due.first_at(trigger, after=now),
        } | changes
        schedule = model.Schedule(**values)
        async with self.store.transaction() as unit:
            await unit.schedules.add(schedule)
        self.ticker.wake()
        self.enforcer.wake()
        return schedule

    def planned(self, action: str, ref: str, **changes: Any) -> model.Run:
        """A run that is asked for by hand now."""
        now = self.world.clock.now()
        host, _, name = ref.partition("/")
        return model.Run(
            id=self.world.ids.new(),
            stack=model.StackRef(host, name),
            action=model.Action(action),
            status=model.RunStatus.PLANNED,
            cause_kind=model.CauseKind.MANUAL,
            cause="asked for by local",
            actor="local",
            planned_at=now,
            created_at=now,
            **changes,
        )

    async def act(self, action: str, ref: str, **changes: Any) -> model.Run:
        """Ask for an action by hand, as the API does."""
        run = self.planned(action, ref, **changes)
        async with self.store.transaction() as unit:
            assert await unit.runs.add(run)
        self.executor.wake()
        return run

    async def require(self, stack: str, *needs: str) -> None:
        """Say what a stack needs, as the API does."""
        async with self.store.transaction() as unit:
            for each in needs:
                said = requirements.Requirement(
                    stack=model.StackRef("local", stack),
                    needs=model.StackRef("local", each),
                    owner="local",
                    created_at=self.world.clock.now(),
                )
                assert await unit.requirements.add(said)

    async def act_all(self, action: str, *refs: str, **changes: Any) -> dict[str, model.Run]:
        """Ask for an action on several stacks by hand, with what they need; by stack."""
        asked = [self.planned(action, ref, **changes) for ref in refs]
        async with self.store.transaction() as unit:
            made = await requiring.arranged(
                unit,
                asked,
                inventory=self.inventory,
                now=self.world.clock.now(),
                new_id=self.world.ids.new,
            )
            assert all(await unit.runs.add_all(made))
        self.executor.wake()
        return {run.stack.name: run for run in made}

    async def runs(self, **filters: Any) -> list[model.Run]:
        """All runs, by planned instant."""
        async with self.store.reading() as unit:
            found = await unit.runs.page(before=None, limit=1000, **filters)
        return sorted(found, key=lambda run: (run.planned_at, run.id))

    async def run(self, run_id: str) -> model.Run:
        async with self.store.reading() as unit:
            found = await unit.runs.get(run_id)
        assert found is not None
        return found

    async def ended(self, run_id: str) -> model.Run:
        """Wait until the run is over."""

        async def over() -> model.Run | None:
            found = await self.run(run_id)
            return found if found.finished_at else None

        found: model.Run = await eventually(over)
        return found

    async def all_ended(self, count: int) -> list[model.Run]:
        """Wait until there are that many runs and all are over."""

        async def over() -> list[model.Run] | None:
            found = await self.runs()
            return found if len(found) >= count and all(r.finished_at for r in found) else None

        found: list[model.Run] = await eventually(over)
        return found

    async def pass_time(self, duration: timedelta) -> None:
        """Let time pass second by second, as the loops see it, and let them settle."""
        until = self.world.clock.now() + duration
        while (left := until - self.world.clock.now()) > timedelta():
            await eventually(self._is_at_rest)
            await self.world.clock.advance(min(left, timedelta(seconds=1)))
        await eventually(self._is_at_rest)

    async def _is_at_rest(self) -> bool:
        """Nothing happens any more before time passes: no query, and both loops sleep.

        Only queries take real time here; whatever they were asked for has to be done first.
        """
        await settle()
        clock = self.world.clock
        return (
            not self.store.under_way
            and clock.is_slept_on(self.ticker._wake)
            and clock.is_slept_on(self.executor._wake)
            and clock.is_slept_on(self.enforcer._wake)
        )
