"""What runs of schedules do on a busy stack, on a lost engine, and spread over time."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from dockschedd import errors
from dockschedd.core import model, spread, triggers
from tests.engines import eventually
from tests.fake_clock import START
from tests.fake_hosts import Service

MINUTE = timedelta(minutes=1)
SLOW = {
    "db": Service(healthy_after=timedelta(seconds=90)),
    "app": Service(depends_on={"db": "service_healthy"}),
}


async def busy(daemon) -> model.Run:
    """A start that is under way for a minute and a half."""
    run = await daemon.act("start", "local/web")
    await eventually(lambda: daemon.world.hosts.states("local/web")["db-1"] == "running")
    return run


async def test_by_default_a_run_waits_for_the_one_before_it(world):
    """Wait: the stop of 12:01 begins when the start is done."""
    world.hosts.add_stack("local", "web", SLOW, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        await busy(daemon)
        await daemon.schedule("once", "stop", "local/web", cron="1 12 * * *")
        await daemon.pass_time(2 * MINUTE)
        start, stop = await daemon.all_ended(2)

    assert (start.status.value, stop.status.value) == ("succeeded", "succeeded")
    assert stop.started_at >= start.finished_at


async def test_skip_records_what_was_under_way(world):
    """Skip: the occurrence leaves a row that names the other run."""
    world.hosts.add_stack("local", "web", SLOW, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        first = await busy(daemon)
        await daemon.schedule(
            "once", "stop", "local/web", cron="1 12 * * *", if_busy=model.IfBusy.SKIP
        )
        await daemon.pass_time(2 * MINUTE)
        _, stop = await daemon.all_ended(2)

    assert stop.status is model.RunStatus.SKIPPED
    assert stop.cause.startswith(f"start {first.id} of local at 12:00 on 24 November 2026, UTC")


async def test_replace_cancels_the_running_one_between_steps(world):
    """Replace: the start ends cancelled, naming the stop, which then runs."""
    world.hosts.add_stack("local", "web", SLOW, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        await busy(daemon)
        await daemon.schedule(
            "once", "stop", "local/web", cron="1 12 * * *", if_busy=model.IfBusy.REPLACE
        )
        await daemon.pass_time(MINUTE + timedelta(seconds=5))
        start, stop = await daemon.all_ended(2)

    assert (start.status.value, stop.status.value) == ("cancelled", "succeeded")
    assert start.superseded_by == stop.id
    assert "replaced by stop" in start.error
    assert world.hosts.states("local/web") == {"app-1": "exited", "db-1": "exited"}


async def test_a_waiting_run_is_overtaken_by_a_later_opposite_one(world):
    """The stop that waited is superseded by the start that came after it."""
    world.hosts.add_stack("local", "web", SLOW, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        await busy(daemon)
        await daemon.schedule("stop", "stop", "local/web", cron="1 12 * * *")
        again = START + MINUTE + timedelta(seconds=10)
        await daemon.schedule(
            "start", "start", "local/web", trigger=triggers.AtTrigger(at=again, zone="UTC")
        )
        await daemon.pass_time(2 * MINUTE)
        _, stop, start = await daemon.all_ended(3)

    assert (stop.status.value, start.status.value) == ("superseded", "succeeded")
    assert stop.superseded_by == start.id
    assert [c.verb for c in world.hosts.calls if c.verb == "stop"] == []


async def test_no_more_runs_than_allowed_are_under_way(world):
    """max_parallel_runs: with 1, stacks are started one after the other."""
    world.max_parallel_runs = 1
    for name in ("a", "b", "c"):
        world.hosts.add_stack("local", name, ["x"])
    async with world.daemon() as daemon:
        world.hosts.latency = timedelta(seconds=1)
        await daemon.schedule("all", "stop", "local/*", cron="1 12 * * *")
        await daemon.pass_time(2 * MINUTE)
        runs = await daemon.all_ended(3)

    ordered = sorted(runs, key=lambda run: run.started_at)
    assert {r.status.value for r in runs} == {"succeeded"}
    assert all(b.started_at >= a.finished_at for a, b in pairwise(ordered))


async def test_a_lost_engine_is_tried_again_with_growing_pauses(world):
    """Each attempt names the next; permanent errors are not tried again."""
    world.hosts.add_stack("local", "web", ["a"])
    for _ in range(3):
        world.hosts.fail_next("stop", errors.HostTimeout("silence"))
    async with world.daemon() as daemon:
        await daemon.schedule("once", "stop", "local/web", cron="1 12 * * *")
        await daemon.pass_time(2 * MINUTE)
        runs = await daemon.all_ended(4)

    assert [r.status.value for r in runs] == ["interrupted"] * 3 + ["succeeded"]
    assert [r.attempt for r in runs] == [1, 2, 3, 4]
    pauses = [b.started_at - a.finished_at for a, b in pairwise(runs)]
    assert [timedelta(seconds=s) <= p for s, p in zip((1.5, 3, 6), pauses, strict=True)] == [
        True
    ] * 3
    assert "attempt 2 continues it after 2s" in runs[0].error


async def test_a_permanent_error_is_not_tried_again(world):
    """What the engine refuses, it refuses again."""
    world.hosts.add_stack("local", "web", ["a"])
    world.hosts.fail_next("stop", errors.HostRefused("no"))
    async with world.daemon() as daemon:
        await daemon.schedule("once", "stop", "local/web", cron="1 12 * * *")
        await daemon.pass_time(2 * MINUTE)
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.FAILED


async def test_attempts_end_with_the_deadline(world):
    """No attempt begins after it, and the last one says why there is no other."""
    world.hosts.add_stack("local", "web", ["a"])
    for _ in range(20):
        world.hosts.fail_next("stop", errors.HostTimeout("silence"))
    async with world.daemon() as daemon:
        await daemon.schedule(
            "once", "stop", "local/web", cron="1 12 * * *", deadline=timedelta(seconds=20)
        )
        await daemon.pass_time(3 * MINUTE)
        runs = await daemon.all_ended(4)

    assert {r.status.value for r in runs} == {"interrupted"}
    assert all(r.started_at <= START + MINUTE + timedelta(seconds=20) for r in runs)
    assert "comes before a next attempt" in runs[-1].error


async def test_an_attempt_that_waits_gives_way_to_what_has_been_done_since(world):
    """A start by hand during the pause counts: the stop is not tried again after it."""
    world.hosts.add_stack("local", "web", ["a"])
    world.hosts.fail_next("stop", errors.HostTimeout("silence"))
    async with world.daemon() as daemon:
        await daemon.schedule("once", "stop", "local/web", cron="1 12 * * *")
        await daemon.pass_time(MINUTE)
        await eventually(lambda: any(c.verb == "stop" for c in world.hosts.calls))
        await daemon.act("start", "local/web")
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(3)

    assert sorted(r.status.value for r in runs) == ["interrupted", "succeeded", "superseded"]
    assert world.hosts.states("local/web") == {"a-1": "running"}


@pytest.mark.parametrize("crash", [False, True])
async def test_a_spread_schedule_begins_at_each_stacks_own_instant(world, crash):
    """The planned instant stays; each run begins at its offset, also after a restart."""
    for name in ("a", "b", "c"):
        world.hosts.add_stack("local", name, ["x"])
    width = 10 * MINUTE
    async with world.daemon() as daemon:
        schedule = await daemon.schedule("all", "stop", "local/*", cron="1 12 * * *", spread=width)
        await daemon.pass_time(MINUTE + timedelta(seconds=1))
        if not crash:
            await daemon.pass_time(width)
            runs = await daemon.all_ended(3)
    if crash:
        async with world.daemon() as daemon:
            await daemon.pass_time(width)
            runs = await daemon.all_ended(3)

    assert {r.planned_at for r in runs} == {START + MINUTE}
    for run in runs:
        begins = START + MINUTE + spread.offset(schedule.id, run.stack, width)
        assert run.status is model.RunStatus.SUCCEEDED
        assert run.start_at == begins
        assert begins <= run.started_at <= begins + timedelta(seconds=2)
