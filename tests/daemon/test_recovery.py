"""What a crash leaves running is settled at the next start, by observing."""

from __future__ import annotations

from datetime import timedelta

from dockschedd.core import model
from tests.engines import eventually
from tests.fake_hosts import Service

SLOW = {
    "db": Service(healthy_after=timedelta(seconds=30)),
    "app": Service(depends_on={"db": "service_healthy"}),
}


async def crash_in_mid_start(world):
    """Begin a start, crash while it waits for health; return the run's id."""
    async with world.daemon() as daemon:
        run = await daemon.act("start", "local/web")
        await eventually(lambda: world.hosts.states("local/web")["db-1"] == "running")

        async def recorded():
            return (await daemon.run(run.id)).status is model.RunStatus.RUNNING

        await eventually(recorded)
    return run.id


async def test_a_run_that_a_crash_left_running_is_continued(world):
    """The old run is interrupted, and a second attempt does what is left."""
    world.hosts.add_stack("local", "web", SLOW, state=model.ContainerState.EXITED)
    run_id = await crash_in_mid_start(world)
    async with world.daemon() as daemon:
        first = await daemon.run(run_id)
        await daemon.pass_time(timedelta(seconds=31))
        second = await daemon.ended(first.superseded_by)

    assert first.status is model.RunStatus.INTERRUPTED
    assert (second.status, second.attempt) == (model.RunStatus.SUCCEEDED, 2)
    assert [c.container for c in world.hosts.calls if c.verb == "start"] == [
        "web-db-1",
        "web-app-1",
    ]


async def test_no_step_stays_open_after_recovery(world):
    """Steps of the old run that had not ended are interrupted."""
    world.hosts.add_stack("local", "web", SLOW, state=model.ContainerState.EXITED)
    run_id = await crash_in_mid_start(world)
    async with world.daemon() as daemon:
        first = await daemon.run(run_id)

    assert {s.status for s in first.steps} <= {
        model.StepStatus.SUCCEEDED,
        model.StepStatus.INTERRUPTED,
    }


async def test_a_run_that_is_not_the_last_word_is_not_continued(world):
    """A stop was asked for after the interrupted start: only the stop is carried out."""
    world.hosts.add_stack("local", "web", SLOW, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        start = await daemon.act("start", "local/web")
        await eventually(lambda: world.hosts.states("local/web")["db-1"] == "running")

        async def recorded():
            return (await daemon.run(start.id)).status is model.RunStatus.RUNNING

        await eventually(recorded)
        world.clock.step(timedelta(milliseconds=1))
        stop = await daemon.act("stop", "local/web")
    async with world.daemon() as daemon:
        first = await daemon.run(start.id)
        await daemon.ended(stop.id)
        runs = await daemon.runs()

    assert first.status is model.RunStatus.INTERRUPTED
    assert first.superseded_by == stop.id
    assert len(runs) == 2
    assert world.hosts.states("local/web") == {"app-1": "exited", "db-1": "exited"}


async def test_a_manual_run_is_not_continued_a_day_later(world):
    """After its deadline an interrupted run stays as it is, with the cause."""
    world.hosts.add_stack("local", "web", SLOW, state=model.ContainerState.EXITED)
    run_id = await crash_in_mid_start(world)
    world.clock.step(timedelta(days=1))
    async with world.daemon() as daemon:
        first = await daemon.run(run_id)
        runs = await daemon.runs()

    assert first.status is model.RunStatus.INTERRUPTED
    assert first.superseded_by is None
    assert "deadline" in (first.error or "")
    assert len(runs) == 1


async def test_a_restart_that_crashed_restarts_nothing_twice(world):
    """The second attempt of a restart leaves alone what the first has restarted."""
    services = {
        "db": Service(),
        "app": Service(depends_on={"db": "service_started"}, start_takes=timedelta(seconds=30)),
    }
    world.hosts.add_stack("local", "web", services)
    async with world.daemon() as daemon:
        await daemon.pass_time(timedelta(seconds=5))
        run = await daemon.act("restart", "local/web")
        await eventually(
            lambda: any(
                c.verb == "start" and c.container == "web-app-1" for c in world.hosts.calls
            )
        )
    async with world.daemon() as daemon:
        first = await daemon.run(run.id)
        await daemon.pass_time(timedelta(seconds=31))
        second = await daemon.ended(first.superseded_by)

    assert second.status is model.RunStatus.SUCCEEDED
    starts = [c.container for c in world.hosts.calls if c.verb == "start"]
    assert starts.count("web-db-1") == 1
    assert world.hosts.states("local/web") == {"app-1": "running", "db-1": "running"}
