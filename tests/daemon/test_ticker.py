"""Each occurrence is recorded exactly once, whatever the daemon and the clock do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dockschedd.core import changes, due, model, people, triggers
from dockschedd.daemon import recording
from tests.fake_clock import START

MINUTE = timedelta(minutes=1)


def planned(runs):
    """Minutes after the start of the test → status, of each run."""
    return [((r.planned_at - START) // MINUTE, r.status.value) for r in runs]


async def test_a_schedule_fires_at_each_of_its_instants(world):
    """Three minutes give three occurrences, each carried out."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/web")
        await daemon.pass_time(3 * MINUTE)
        runs = await daemon.all_ended(3)

    assert planned(runs) == [(1, "succeeded"), (2, "succeeded"), (3, "succeeded")]
    assert runs[0].cause == "schedule `often`, due at 12:01 on 24 November 2026, UTC"


async def test_one_occurrence_makes_one_run_for_each_stack_that_matches(world):
    """A pattern is resolved when it fires."""
    for name in ("a-1", "a-2", "b-1"):
        world.hosts.add_stack("local", name, ["x"])
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/a-*")
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(2)

    assert sorted(str(r.stack) for r in runs) == ["local/a-1", "local/a-2"]


async def test_a_pattern_without_a_match_is_recorded_as_skipped(world):
    """An occurrence that finds no stack leaves a row that says so."""
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/x-*")
        await daemon.pass_time(MINUTE)
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.SKIPPED
    assert run.cause == "no stack matches `local/x-*` now"


async def test_downtime_is_caught_up_by_the_latest_occurrence(world):
    """After an hour away the latest missed occurrence runs; the others are superseded by it."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("quarterly", "stop", "local/web", cron="*/15 * * * *")
    await world.clock.advance(timedelta(minutes=50))
    async with world.daemon() as daemon:
        runs = await daemon.all_ended(3)

    assert planned(runs) == [(15, "superseded"), (30, "superseded"), (45, "succeeded")]
    assert [r.superseded_by for r in runs] == [runs[2].id, runs[2].id, None]
    assert runs[2].cause_kind is model.CauseKind.CATCH_UP
    assert "caught up 5m late" in runs[2].cause


async def test_a_schedule_that_skips_records_what_it_missed(world):
    """catch-up skip: nothing runs, and each occurrence says that it was missed."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule(
            "quarterly", "stop", "local/web", cron="*/15 * * * *", catch_up=model.CatchUp.SKIP
        )
    await world.clock.advance(timedelta(minutes=35))
    async with world.daemon() as daemon:
        runs = await daemon.all_ended(2)
        await daemon.pass_time(10 * MINUTE)
        later = await daemon.all_ended(3)

    assert planned(runs) == [(15, "missed"), (30, "missed")]
    assert planned(later)[2] == (45, "succeeded")


async def test_what_is_older_than_the_deadline_is_missed(world):
    """A catch-up that could only start after the deadline does not start."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule(
            "hourly", "stop", "local/web", cron="0 13 * * *", deadline=timedelta(minutes=10)
        )
    await world.clock.advance(timedelta(minutes=90))
    async with world.daemon() as daemon:
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.MISSED


async def test_a_gap_inside_a_living_process_is_treated_like_downtime(world):
    """A forward step of the clock (suspend, SIGSTOP, NTP) falls under the catch-up policy."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule(
            "quarterly", "stop", "local/web", cron="*/15 * * * *", catch_up=model.CatchUp.SKIP
        )
        world.clock.step(timedelta(hours=1))
        await daemon.pass_time(timedelta(seconds=3))
        runs = await daemon.all_ended(4)

    assert [status for _, status in planned(runs)] == ["missed"] * 4


async def test_a_clock_that_steps_back_fires_nothing_twice(world):
    """What has fired has fired: the same wall time comes again and nothing happens."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/web")
        await daemon.pass_time(3 * MINUTE)
        await daemon.all_ended(3)
        world.clock.step(-2 * MINUTE)
        await daemon.pass_time(3 * MINUTE)
        runs = await daemon.all_ended(4)

    assert [minute for minute, _ in planned(runs)] == [1, 2, 3, 4]


async def test_a_one_off_fires_once_and_is_done(world):
    """An `at` schedule fires at its instant and never again."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule(
            "once", "stop", "local/web", trigger=triggers.AtTrigger(at=START + MINUTE, zone="UTC")
        )
        await daemon.pass_time(3 * MINUTE)
        runs = await daemon.all_ended(1)
        async with daemon.store.reading() as unit:
            schedule = await unit.schedules.get("once")

    assert planned(runs) == [(1, "succeeded")]
    assert (schedule.done, schedule.next_at) == (True, None)


async def test_a_disabled_schedule_misses_nothing(world):
    """Time during which a schedule was disabled is not missed time."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/web", enabled=False, next_at=None)
        await daemon.pass_time(5 * MINUTE)
        runs = await daemon.runs()

    assert runs == []


@pytest.mark.parametrize("change", ["removed", "disabled", "viewer"])
async def test_the_owners_right_is_checked_when_the_schedule_fires(world, change):
    """A schedule of somebody who may not operate any more is skipped, and says why."""
    world.hosts.add_stack("local", "web", ["a"])
    alice = people.User(
        id="u1",
        name="alice",
        role="viewer" if change == "viewer" else "operator",
        disabled=change == "disabled",
        password_hash="-",
        password_changed_at=START,
        created_at=START,
    )
    async with world.daemon() as daemon:
        if change != "removed":
            async with daemon.store.transaction() as unit:
                await unit.users.add(alice)
        await daemon.schedule("often", "stop", "local/web", owner="alice")
        await daemon.pass_time(MINUTE)
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.SKIPPED
    assert "`alice`" in run.cause
    assert world.hosts.states("local/web") == {"a-1": "running"}


async def test_a_long_backlog_is_recorded_whole(world):
    """Two days of a schedule that fires every minute are recorded, one row each."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        schedule = await daemon.schedule("often", "stop", "local/web")
    await world.clock.advance(timedelta(hours=36))
    async with world.daemon() as daemon, daemon.store.reading() as unit:
        advanced = await unit.schedules.get("often")
        runs = []
        before = None
        while page := await unit.runs.page(before=before, limit=1000):
            runs += page
            before = page[-1].id

    expected = int(timedelta(hours=36) / MINUTE)
    assert len(runs) == len({r.planned_at for r in runs}) == expected
    assert advanced.next_at == due.first_at(schedule.trigger, after=world.clock.now())


async def test_a_thousand_that_are_due_at_once_are_recorded_once_each(world):
    """None is lost, and none doubled, where one transaction ends and the next begins."""
    async with world.daemon(ticking=False) as daemon:
        first = await daemon.schedule("n-0", "stop", "local/s-0")
        async with daemon.store.transaction() as unit:
            for n in range(1, 1000):
                other = replace(first, id=f"id-{n}", name=f"n-{n}", selector=f"local/s-{n}")
                await unit.schedules.add(other)
        await world.clock.advance(MINUTE)
        while await daemon.ticker.tick(world.clock.now(), recording.Survey()):
            pass
        async with daemon.store.reading() as unit:
            runs = await unit.runs.page(before=None, limit=5000)

    assert sorted((run.schedule_name, str(run.stack)) for run in runs) == sorted(
        (f"n-{n}", f"local/s-{n}") for n in range(1000)
    )


async def test_whoever_watches_hears_that_a_schedule_has_fired(world):
    """Its next instant is another one then, also where no stack matches."""
    async with world.daemon() as daemon:
        await daemon.schedule("often", "stop", "local/x-*")
        async with daemon.bus.subscribe() as items:
            await daemon.pass_time(MINUTE)
            while not isinstance(change := await anext(items), changes.Change):
                pass

    assert (change.noun, change.name, change.action) == ("schedule", "often", "fire")
    assert change.at == START + MINUTE
