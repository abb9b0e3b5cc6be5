"""A pattern means the stacks of hosts that nobody has seen yet, too: it waits for them."""

from __future__ import annotations

from datetime import timedelta

from dockschedd.core import holds, model
from dockschedd.daemon import expanding
from tests.fake_clock import START

MINUTE = timedelta(minutes=1)
WEB = model.StackRef("local", "web")


async def soon(world, daemon, **changes):
    """A stop of all stacks of `local` at 12:02, two minutes from now."""
    return await daemon.schedule("soon", "stop", "local/*", cron="2 12 * * *", **changes)


async def test_a_pattern_waits_for_a_host_that_was_never_seen(world):
    """Due while its engine has been away since the start, it is done once the engine is there."""
    world.hosts.add_stack("local", "web", ["a"])
    world.hosts.add_stack("local", "db", ["a"])
    world.hosts.host_down()
    async with world.daemon() as daemon:
        await soon(world, daemon)
        await daemon.pass_time(2 * MINUTE + timedelta(seconds=30))
        (waiting,) = await daemon.runs()
        assert (waiting.status.value, str(waiting.stack)) == ("planned", "local/*")

        world.hosts.host_up()
        await daemon.pass_time(timedelta(seconds=30))
        runs = await daemon.all_ended(3)

    done = {str(run.stack): run.status.value for run in runs}
    assert done == {
        "local/*": "superseded",
        "local/web": "succeeded",
        "local/db": "succeeded",
    }
    assert {run.planned_at for run in runs} == {START + 2 * MINUTE}
    assert world.hosts.states("local/web") == {"a-1": "exited"}


async def test_a_pattern_is_missed_when_its_host_stays_away(world):
    """At its deadline it is over, and says which host it waited for."""
    world.hosts.add_stack("local", "web", ["a"])
    world.hosts.host_down()
    async with world.daemon() as daemon:
        await soon(world, daemon, deadline=timedelta(minutes=5))
        await daemon.pass_time(8 * MINUTE)
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.MISSED
    assert "host `local` was unreachable until the deadline of 5m" in run.cause
    assert world.hosts.states("local/web") == {"a-1": "running"}


async def test_a_pattern_that_matches_nothing_on_its_host_says_so(world):
    """Once the host is seen and has no such stack, it is skipped."""
    world.hosts.host_down()
    async with world.daemon() as daemon:
        await soon(world, daemon)
        await daemon.pass_time(2 * MINUTE + timedelta(seconds=30))
        world.hosts.host_up()
        await daemon.pass_time(timedelta(seconds=30))
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.SKIPPED
    assert run.cause == "no stack matches `local/*`"


async def test_what_waited_gives_way_to_what_was_done_since(world):
    """A stop of all stacks that waited is not done to one that was started later on."""
    world.hosts.add_stack("local", "web", ["a"], state=model.ContainerState.EXITED)
    world.hosts.add_stack("local", "db", ["a"])
    world.hosts.host_down()
    async with world.daemon() as daemon:
        await soon(world, daemon)
        await daemon.schedule("later", "start", "local/web", cron="4 12 * * *")
        await daemon.pass_time(5 * MINUTE)
    async with world.daemon() as daemon:
        world.hosts.host_up()
        await daemon.pass_time(timedelta(seconds=30))
        runs = await daemon.all_ended(4)

    ends = {(str(run.stack), run.action.value): run.status.value for run in runs}
    assert ends["local/web", "start"] == "succeeded"
    assert ends["local/web", "stop"] == "superseded"
    assert ends["local/db", "stop"] == "succeeded"
    assert world.hosts.states("local/web") == {"a-1": "running"}


async def test_what_waited_leaves_a_held_stack_alone(world):
    """A hold that covered the planned instant keeps the stack out of what waited."""
    world.hosts.add_stack("local", "web", ["a"])
    world.hosts.add_stack("local", "db", ["a"])
    world.hosts.host_down()
    async with world.daemon() as daemon:
        await soon(world, daemon)
        async with daemon.store.transaction() as unit:
            await unit.holds.place(
                holds.Hold(
                    stack=WEB,
                    wants=holds.Wanted.UP,
                    owner="local",
                    reason="",
                    zone="UTC",
                    since=START,
                    until=None,
                )
            )
        await daemon.pass_time(2 * MINUTE + timedelta(seconds=30))
        world.hosts.host_up()
        await daemon.pass_time(timedelta(seconds=30))
        runs = await daemon.all_ended(3)

    ends = {str(run.stack): run for run in runs}
    assert ends["local/web"].status is model.RunStatus.SKIPPED
    assert "held up by local" in ends["local/web"].cause
    assert ends["local/db"].status is model.RunStatus.SUCCEEDED


async def test_a_crash_in_the_middle_neither_loses_nor_doubles(world, monkeypatch):
    """Killed before or after what waited became runs, each stack is stopped once."""
    for name in ("web", "db"):
        world.hosts.add_stack("local", name, ["a"])
    world.hosts.host_down()
    async with world.daemon() as daemon:
        await soon(world, daemon)
        await daemon.pass_time(2 * MINUTE + timedelta(seconds=30))
    points = ["pattern-before-commit", "pattern-after-commit"]

    class Crash(Exception):
        pass

    def crash(name: str) -> None:
        if name in points:
            points.remove(name)
            raise Crash

    monkeypatch.setattr(expanding, "failpoint", crash)
    world.hosts.host_up()
    while points:
        left = len(points)
        try:
            async with world.daemon() as daemon:
                await daemon.pass_time(timedelta(seconds=30))
        except* (Crash, AssertionError):
            assert len(points) == left - 1
    async with world.daemon() as daemon:
        await daemon.pass_time(timedelta(seconds=30))
        runs = await daemon.all_ended(3)

    assert sorted(str(run.stack) for run in runs) == ["local/*", "local/db", "local/web"]
    assert [c.verb for c in world.hosts.calls].count("stop") == 2
