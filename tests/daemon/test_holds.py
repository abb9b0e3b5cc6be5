"""Holds and the freeze keep schedules from stacks, end once, and leave nothing to make up for."""

from __future__ import annotations

from datetime import timedelta

from dockschedd.core import holds, model
from tests.engines import eventually
from tests.fake_clock import START

MINUTE = timedelta(minutes=1)
WEB = model.StackRef("local", "web")


async def hold(daemon, *, until, wants="up", stack=WEB) -> holds.Hold:
    """Hold a stack, as the API does."""
    placed = holds.Hold(
        stack=stack,
        wants=holds.Wanted(wants),
        owner="alice",
        reason="",
        zone="UTC",
        since=daemon.world.clock.now(),
        until=until,
    )
    async with daemon.store.transaction() as unit:
        await unit.holds.place(placed)
    daemon.ticker.wake()
    daemon.executor.wake()
    return placed


async def audit(daemon) -> list[tuple[str, str]]:
    async with daemon.store.reading() as unit:
        return [(e.record.action, e.record.target) async for e in unit.audit.entries()]


def told(runs):
    """Minutes after the start → status."""
    return [((r.planned_at - START) // MINUTE, r.status.value) for r in runs]


async def test_a_held_stack_is_left_alone_and_what_would_have_happened_is_recorded(world):
    """Skipped runs name the hold, its owner and its end; afterwards schedules act again."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/web")
        await hold(daemon, until=START + 3 * MINUTE)
        await daemon.pass_time(2 * MINUTE)
        states = world.hosts.states("local/web")
        await daemon.pass_time(2 * MINUTE)
        runs = await daemon.all_ended(4)

    assert states == {"a-1": "running"}
    assert told(runs) == [(1, "skipped"), (2, "skipped"), (3, "succeeded"), (4, "succeeded")]
    assert runs[0].cause == (
        "`local/web` is held up by alice until 12:03 on 24 November 2026, UTC"
    )


async def test_another_stack_of_the_same_occurrence_is_not_held(world):
    """A hold is about one stack."""
    world.hosts.add_stack("local", "web", ["a"])
    world.hosts.add_stack("local", "db", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/*")
        await hold(daemon, until=None)
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(2)

    assert {r.stack.name: r.status.value for r in runs} == {"web": "skipped", "db": "succeeded"}


async def test_a_hold_expires_once(world):
    """One audit record, also after a crash and a restart."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await hold(daemon, until=START + MINUTE)
        await daemon.pass_time(2 * MINUTE)
        first = await audit(daemon)
    async with world.daemon() as daemon:
        await daemon.pass_time(MINUTE)
        again = await audit(daemon)
        async with daemon.store.reading() as unit:
            assert await unit.holds.get(WEB) is None

    assert first == again == [("hold.expire", "local/web")]


async def test_time_held_is_not_missed_time(world):
    """A hold that ended while no daemon ran covers what fell into it: nothing is caught up."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/web", cron="*/10 * * * *")
        await hold(daemon, until=START + 25 * MINUTE)
    await world.clock.advance(28 * MINUTE)
    async with world.daemon() as daemon:
        runs = await daemon.all_ended(2)
        ends = await audit(daemon)

    assert told(runs) == [(10, "skipped"), (20, "skipped")]
    assert world.hosts.states("local/web") == {"a-1": "running"}
    assert ends == [("hold.expire", "local/web")]


async def test_the_end_of_a_hold_lets_desired_states_be_evaluated(world):
    """Whoever evaluates them is asked in the transaction that ends the hold, once."""
    world.hosts.add_stack("local", "web", ["a"])
    asked = []

    async def evaluate(unit, ended, now):
        asked.append((ended.stack, now))
        return (daemon.planned("stop", "local/web"),)

    async with world.daemon() as daemon:
        daemon.ticker._on_hold_ended = evaluate
        await hold(daemon, until=START + MINUTE)
        await daemon.pass_time(2 * MINUTE)
        (run,) = await daemon.all_ended(1)

    assert asked == [(WEB, START + MINUTE)]
    assert run.status is model.RunStatus.SUCCEEDED


async def test_a_run_that_waits_when_its_stack_is_held_is_skipped(world):
    """Held before it began: it does not begin."""
    world.hosts.add_stack("local", "web", ["a"])
    world.hosts.host_down()
    async with world.daemon() as daemon:
        await daemon.schedule("once", "stop", "local/web", cron="1 12 * * *")
        await daemon.pass_time(2 * MINUTE)
        (waiting,) = await daemon.runs()
        await hold(daemon, until=None)
        # What waits for a host that is away is looked at every few seconds.
        await daemon.pass_time(timedelta(seconds=6))
        (run,) = await daemon.all_ended(1)

    assert waiting.status is model.RunStatus.PLANNED
    assert run.status is model.RunStatus.SKIPPED


async def test_what_a_person_asks_for_is_done_on_a_held_stack(world):
    """A hold binds schedules, not people."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await hold(daemon, until=None)
        run = await daemon.act("stop", "local/web")
        ended = await daemon.ended(run.id)

    assert ended.status is model.RunStatus.SUCCEEDED


async def test_a_freeze_leaves_out_all_schedules_and_survives_a_restart(world):
    """Skipped with who, since when and why; thawed, they act again and make up for nothing."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/web", cron="*/10 * * * *")
        async with daemon.store.transaction() as unit:
            await unit.holds.place_freeze(
                holds.Freeze(owner="bob", reason="rack", zone="UTC", since=START, until=None)
            )
        await daemon.pass_time(11 * MINUTE)
    await world.clock.advance(10 * MINUTE)
    async with world.daemon() as daemon:
        await eventually(lambda: daemon.ticker.progressed_at() is not None)
        frozen = await daemon.all_ended(2)
        async with daemon.store.transaction() as unit:
            assert await unit.holds.thaw(at=world.clock.now(), actor="bob")
        daemon.ticker.wake()
        await daemon.pass_time(11 * MINUTE)
        runs = await daemon.all_ended(3)

    assert told(frozen) == [(10, "skipped"), (20, "skipped")]
    assert frozen[1].cause == (
        "all schedules are frozen by bob since 12:00 on 24 November 2026, UTC: rack"
    )
    assert told(runs)[2] == (30, "succeeded")
