"""Whatever happens in whatever order: each occurrence once, holds kept, nothing left running.

The loops of the daemon over a real SQLite file, with a clock that the test moves and engines in
memory; a crash is the end of all tasks, wherever they are.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dockschedd.core import due, holds, model
from dockschedd.core import runs as runs_
from tests.daemon.world import World
from tests.engines import eventually

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
STACKS = ("local/a", "local/b")
Status = model.RunStatus


@dataclass
class Known:
    """What the test knows of one schedule."""

    schedule: model.Schedule
    #: Begin and end of the times at which it was enabled; None: it still is.
    enabled: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def expected(self, now: datetime) -> set[datetime]:
        """All instants that have to be recorded by now."""
        found = set()
        for since, until in self.enabled:
            at = due.first_at(self.schedule.trigger, after=since)
            while at is not None and at <= (until or now):
                found.add(at)
                at = due.first_at(self.schedule.trigger, after=at)
        return found


class Machine(RuleBasedStateMachine):
    """One world, and the daemons that live in it one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.directory = tempfile.TemporaryDirectory()
        self.daemon = None
        self.known: list[Known] = []
        self.blocks: list[tuple[str | None, datetime, datetime | None]] = []
        self.by_hand: dict[str, datetime] = {}

    def do(self, coroutine):
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, 30))

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    # ------------------------------------------------------------ lives

    @initialize()
    def begin(self) -> None:
        self.world = World(Path(self.directory.name) / "dockschedd.db")
        for ref in STACKS:
            self.world.hosts.add_stack("local", ref.partition("/")[2], ["x", "y"])
        self.do(self._live())

    async def _live(self) -> None:
        born, self._end = asyncio.Event(), asyncio.Event()

        async def life() -> None:
            async with self.world.daemon() as daemon:
                self.daemon = daemon
                born.set()
                await self._end.wait()

        self._life = asyncio.ensure_future(life())
        await asyncio.wait({self._life, asyncio.ensure_future(born.wait())},
                           return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
        assert born.is_set()
        await self.daemon.pass_time(2 * SECOND)

    async def _crash(self) -> None:
        self.daemon = None
        self._end.set()
        await self._life

    @precondition(lambda self: self.daemon)
    @rule(away=st.integers(0, 150), act=st.sampled_from((None, "stop", "start")))
    def crash_and_restart(self, away: int, act: str | None) -> None:
        """Perhaps with a run on its way, which nobody waits for."""

        async def it() -> None:
            if act:
                await self.daemon.act(act, STACKS[0])
                for _ in range(away % 20):
                    await asyncio.sleep(0)
            await self._crash()
            await self.world.clock.advance(away * MINUTE)
            await self._live()

        self.do(it())

    # ------------------------------------------------------------ time

    @rule(seconds=st.integers(1, 150))
    def advance(self, seconds: int) -> None:
        self.do(self.daemon.pass_time(seconds * SECOND))

    @rule(minutes=st.integers(1, 150))
    def suspend(self, minutes: int) -> None:
        """A jump of the clock under a living daemon."""
        self.world.clock.step(minutes * MINUTE)
        self.do(self.daemon.pass_time(3 * SECOND))

    # ------------------------------------------------------------ schedules

    @precondition(lambda self: len(self.known) < 5)
    @rule(
        action=st.sampled_from(("start", "stop", "restart", "pause", "unpause")),
        selector=st.sampled_from((*STACKS, "local/*")),
        every=st.sampled_from(("*/2", "*/9", "17", "*/31")),
        catch_up=st.sampled_from(model.CatchUp),
        if_busy=st.sampled_from(model.IfBusy),
        spread=st.sampled_from((timedelta(), timedelta(), 3 * MINUTE)),
    )
    def add(self, *, action, selector, every, catch_up, if_busy, spread) -> None:
        async def it() -> None:
            schedule = await self.daemon.schedule(
                f"s{self.world.ids.new()[-6:]}",
                action,
                selector,
                cron=f"{every} * * * *",
                catch_up=catch_up,
                if_busy=if_busy,
                spread=spread,
            )
            self.known.append(Known(schedule, [(self.now, None)]))
            await self.daemon.pass_time(SECOND)

        self.do(it())

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def edit(self, data) -> None:
        """Disable an enabled one, or the other way round."""
        known = data.draw(st.sampled_from(self.known))

        async def it() -> None:
            since, until = known.enabled[-1]
            on = until is not None
            first = due.first_at(known.schedule.trigger, after=self.now) if on else None
            async with self.daemon.store.transaction() as unit:
                await unit.schedules.replace(replace(known.schedule, enabled=on, next_at=first))
            if on:
                known.enabled.append((self.now, None))
            else:
                known.enabled[-1] = (since, self.now)
            self.daemon.ticker.wake()
            await self.daemon.pass_time(SECOND)

        self.do(it())

    # ------------------------------------------------------------ people

    def _note(self, ref: str | None, until: datetime | None) -> None:
        """Note a block; one that holds on the same stack ends now."""
        self.blocks = [
            (r, s, self.now if r == ref and (u is None or u > self.now) else u)
            for r, s, u in self.blocks
        ]
        if until is None or until > self.now:
            self.blocks.append((ref, self.now, until))

    @rule(
        ref=st.sampled_from(STACKS),
        wants=st.sampled_from(holds.Wanted),
        minutes=st.none() | st.integers(1, 60),
    )
    def hold(self, ref, wants, minutes) -> None:
        async def it() -> None:
            until = None if minutes is None else self.now + minutes * MINUTE
            host, _, name = ref.partition("/")
            async with self.daemon.store.transaction() as unit:
                await unit.holds.place(
                    holds.Hold(
                        stack=model.StackRef(host, name),
                        wants=wants,
                        owner="alice",
                        reason="",
                        zone="UTC",
                        since=self.now,
                        until=until,
                    )
                )
            self._note(ref, until)
            self.daemon.ticker.wake()
            await self.daemon.pass_time(SECOND)

        self.do(it())

    @rule(ref=st.sampled_from(STACKS))
    def release(self, ref) -> None:
        async def it() -> None:
            host, _, name = ref.partition("/")
            async with self.daemon.store.transaction() as unit:
                await unit.holds.release(model.StackRef(host, name), at=self.now, actor="bob")
            self._note(ref, self.now)
            self.daemon.ticker.wake()
            await self.daemon.pass_time(SECOND)

        self.do(it())

    @rule(thaw=st.booleans())
    def freeze(self, thaw) -> None:
        async def it() -> None:
            async with self.daemon.store.transaction() as unit:
                if thaw:
                    await unit.holds.thaw(at=self.now, actor="bob")
                else:
                    await unit.holds.place_freeze(
                        holds.Freeze(
                            owner="bob", reason="", zone="UTC", since=self.now, until=None
                        )
                    )
            self._note(None, self.now if thaw else None)
            self.daemon.ticker.wake()
            await self.daemon.pass_time(SECOND)

        self.do(it())

    @rule(ref=st.sampled_from(STACKS), action=st.sampled_from(("start", "stop")))
    def act(self, ref, action) -> None:
        async def it() -> None:
            run = await self.daemon.act(action, ref)
            await self.daemon.pass_time(2 * SECOND)
            await self.daemon.ended(run.id)

        self.do(it())

    @rule(ref=st.sampled_from(STACKS), up=st.booleans())
    def manual_change(self, ref, up) -> None:
        """Somebody uses docker."""
        (self.world.hosts.docker_start if up else self.world.hosts.docker_stop)(ref)
        self.by_hand[ref] = self.now
        self.do(self.daemon.pass_time(SECOND))

    @rule(seconds=st.integers(1, 60))
    def engine_loss(self, seconds) -> None:
        async def it() -> None:
            self.world.hosts.host_down()
            await self.daemon.pass_time(seconds * SECOND)
            self.world.hosts.host_up()
            await self.daemon.pass_time(20 * SECOND)
            await eventually(lambda: self.daemon.inventory.hosts()[0].reachable)

        self.do(it())

    # ------------------------------------------------------------ what is always so

    async def _runs(self) -> list[model.Run]:
        found: list[model.Run] = []
        before = None
        async with self.daemon.store.reading() as unit:
            while page := await unit.runs.page(before=before, limit=1000):
                found += page
                before = page[-1].id
        return found

    @invariant()
    def all_is_as_promised(self) -> None:
        if self.daemon is not None:
            self.do(self._check())

    async def _check(self) -> None:
        await eventually(self.daemon._is_at_rest)
        runs = await self._runs()
        # In a transaction, as the executor looks at it: no run ends meanwhile.
        async with self.daemon.store.transaction() as unit:
            for run in await unit.runs.running():
                assert run.stack in self.daemon.executor._active, run
        self._check_occurrences(runs)
        self._check_blocks(runs)
        ids = {run.id for run in runs}
        for run in runs:
            assert run.superseded_by is None or run.superseded_by in ids, run
            assert run.status is not Status.SUPERSEDED or run.superseded_by, run
        for ref in STACKS:
            self._check_state(ref, [run for run in runs if str(run.stack) == ref])

    def _check_occurrences(self, runs: list[model.Run]) -> None:
        """Every occurrence exactly once on each of its stacks."""
        for known in self.known:
            refs = STACKS if "*" in known.schedule.selector else (known.schedule.selector,)
            firsts = sorted(
                (run.planned_at, str(run.stack))
                for run in runs
                if run.schedule_id == known.schedule.id and run.attempt == 1
            )
            wanted = sorted((at, ref) for at in known.expected(self.now) for ref in refs)
            assert firsts == wanted, known

    def _check_blocks(self, runs: list[model.Run]) -> None:
        """No schedule has begun anything on a held stack, or while all were frozen."""
        for run in runs:
            if run.schedule_id is None or run.started_at is None:
                continue
            for ref, since, until in self.blocks:
                if ref in (None, str(run.stack)):
                    ended = until is not None and until <= run.started_at
                    assert run.started_at <= since or ended, (run, ref, since, until)

    def _check_state(self, ref: str, runs: list[model.Run]) -> None:
        """Where nothing is left to do, the stack is as the last run has left it."""
        begun = [run for run in runs if run.started_at is not None]
        if not begun or any(run.finished_at is None for run in runs):
            return
        # In one instant of this clock they follow each other in their own order.
        last = max(begun, key=lambda run: (run.started_at, runs_.begins_at(run), run.id))
        if last.status is not Status.SUCCEEDED or self.by_hand.get(ref, last.created_at) > (
            last.started_at
        ):
            return
        wanted = {model.Action.STOP: {"exited"}, model.Action.START: {"running"}}
        if last.action in wanted:
            assert set(self.world.hosts.states(ref).values()) == wanted[last.action], last

    def teardown(self) -> None:
        if self.daemon is not None:
            self.do(self._crash())
        with suppress(RuntimeError):
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.directory.cleanup()


def test_whatever_happens_in_whatever_order() -> None:
    """Each occurrence once; nothing left running; held stacks untouched; the last run's state."""
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
