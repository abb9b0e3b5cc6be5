"""A host that is slow, hung or lost keeps the runs of the others from nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dockschedd import errors
from dockschedd.core import model
from tests.daemon.world import World
from tests.engines import eventually
from tests.fake_hosts import FakeHosts, Service

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def fleet(tmp_path) -> World:
    """Two hosts and room for two runs; `far` has ten stacks, `local` has three."""
    world = World(tmp_path / "dockschedd.db", max_parallel_runs=2, configured=("far", "local"))
    world.hosts = FakeHosts(world.clock, ("far", "local"))
    for number in range(10):
        world.hosts.add_stack("far", f"s{number}", ["a"])
    for number in range(3):
        world.hosts.add_stack("local", f"s{number}", ["a"])
    return world


def due(world, **changes):
    return {"deadline_at": world.clock.now() + HOUR, **changes}


async def stop_all(daemon, host, count, **changes):
    return [
        await daemon.act("stop", f"{host}/s{number}", **due(daemon.world, **changes))
        for number in range(count)
    ]


def statuses(runs):
    return [run.status.value for run in runs]


async def test_runs_that_wait_for_a_lost_host_keep_nobody_waiting(fleet):
    """However many they are and however early they were due; and they go on when it is back."""
    async with fleet.daemon() as daemon:
        fleet.hosts.host_down("far")
        await eventually(lambda: not daemon.inventory.host("far").reachable)
        waiting = await stop_all(daemon, "far", 10)
        here = await stop_all(daemon, "local", 3)
        done = [await daemon.ended(run.id) for run in here]
        left = [await daemon.run(run.id) for run in waiting]
        fleet.hosts.host_up("far")
        await daemon.pass_time(10 * SECOND)
        later = [await daemon.ended(run.id) for run in waiting]

    assert statuses(done) == ["succeeded"] * 3
    assert statuses(left) == ["planned"] * 10
    assert statuses(later) == ["succeeded"] * 10


async def test_more_lost_hosts_than_there_is_room_hide_nobody(tmp_path):
    """What waits is not even looked at while there is something to do."""
    names = ("a", "b", "c", "d", "e", "local")
    world = World(tmp_path / "dockschedd.db", max_parallel_runs=1, configured=names)
    world.hosts = FakeHosts(world.clock, names)
    for name in names:
        world.hosts.add_stack(name, "s0", ["a"])
    async with world.daemon() as daemon:
        for name in names[:-1]:
            world.hosts.host_down(name)
        await eventually(lambda: sum(view.reachable for view in daemon.inventory.hosts()) == 1)
        for name in names[:-1]:
            await stop_all(daemon, name, 1)
        (here,) = await stop_all(daemon, "local", 1)
        done = await daemon.ended(here.id)

    assert done.status is model.RunStatus.SUCCEEDED


async def test_runs_on_a_host_that_hangs_take_no_room_from_others(fleet):
    """Before it is known to be lost: who is not answered for a moment is not waited for."""
    async with fleet.daemon() as daemon:
        fleet.hosts.hang("far")
        waiting = await stop_all(daemon, "far", 10)
        await eventually(lambda: len(daemon.executor._active) == 2)
        here = await stop_all(daemon, "local", 3)
        await daemon.pass_time(6 * SECOND)
        done = [await daemon.ended(run.id) for run in here]
        reachable = daemon.inventory.host("far").reachable
        fleet.hosts.host_up("far")
        await daemon.pass_time(20 * SECOND)
        later = [await daemon.ended(run.id) for run in waiting]

    assert reachable
    assert statuses(done) == ["succeeded"] * 3
    assert statuses(later) == ["succeeded"] * 10


async def test_a_host_with_many_runs_leaves_room_for_one_with_few(fleet):
    """The next place is for the host that has the fewest."""
    for container in fleet.hosts.engines["far"].containers.values():
        container.behaves = Service(stop_takes=timedelta(seconds=5))
    async with fleet.daemon() as daemon:
        many = await stop_all(daemon, "far", 10)
        (few,) = await stop_all(daemon, "local", 1)
        await daemon.pass_time(6 * SECOND)
        done = await daemon.ended(few.id)
        left = [(await daemon.run(run.id)).status for run in many]

    assert done.status is model.RunStatus.SUCCEEDED
    assert model.RunStatus.PLANNED in left


async def test_a_run_that_fails_because_of_its_host_says_which_and_why(fleet):
    """A run without a deadline does not wait for a host that is lost."""
    async with fleet.daemon() as daemon:
        fleet.hosts.host_down("far")
        await eventually(lambda: not daemon.inventory.host("far").reachable)
        run = await daemon.act("stop", "far/s0")
        failed = await daemon.ended(run.id)

    assert failed.status is model.RunStatus.FAILED
    assert "`far`" in (failed.error or "")


async def test_a_deadline_that_passes_while_the_host_is_away_is_missed(fleet):
    """With the host and what kept it away as the cause."""
    async with fleet.daemon() as daemon:
        fleet.hosts.host_down("far")
        await eventually(lambda: not daemon.inventory.host("far").reachable)
        (run,) = await stop_all(daemon, "far", 1, deadline_at=fleet.clock.now() + 60 * SECOND)
        await daemon.pass_time(70 * SECOND)
        missed = await daemon.ended(run.id)

    assert missed.status is model.RunStatus.MISSED
    assert "host `far` was unreachable until the deadline" in missed.cause


# ---------------------------------------------------------------- one engine, two hosts


@pytest.fixture
def doubled(tmp_path) -> World:
    """`zeta` and `alpha` are one engine on which one stack runs."""
    world = World(tmp_path / "dockschedd.db", configured=("alpha", "zeta"))
    world.hosts = FakeHosts(world.clock, ("alpha",))
    world.hosts.add_stack("alpha", "web", ["a"])
    world.hosts.engines["zeta"] = world.hosts.engines["alpha"]
    return world


async def test_of_two_hosts_that_are_one_engine_the_second_is_left_alone(doubled):
    """It says so, has no stacks, and its runs are skipped with that cause."""
    async with doubled.daemon() as daemon:
        await eventually(lambda: daemon.inventory.host("zeta").error)
        view = daemon.inventory.host("zeta")
        refs = daemon.inventory.refs()
        run = await daemon.act("stop", "zeta/web", **due(doubled))
        skipped = await daemon.ended(run.id)

    assert (view.reachable, view.error_code) == (False, "host-duplicate")
    assert (
        view.error == "host `zeta` is the same engine as `alpha`, which is acted on in its place"
    )
    assert [str(ref) for ref in refs] == ["alpha/web"]
    assert (skipped.status.value, skipped.cause) == ("skipped", view.error)
    assert doubled.hosts.states("alpha/web") == {"a-1": "running"}


async def test_a_second_host_that_is_seen_first_is_left_when_the_first_is_seen(doubled):
    """What it began goes on to its end, and the first host's run waits for that."""
    doubled.hosts.fail_next("version", errors.HostUnreachable("no route"), host="alpha")
    slow = Service(stop_takes=timedelta(seconds=8))
    async with doubled.daemon() as daemon:
        doubled.hosts.container("alpha/web", "a").behaves = slow
        await eventually(lambda: daemon.inventory.host("zeta").reachable)
        first = await daemon.act("stop", "zeta/web")
        await eventually(lambda: "zeta" in {ref.host for ref in daemon.executor._active})
        await daemon.pass_time(3 * SECOND)
        second = await daemon.act("start", "alpha/web", **due(doubled))
        await daemon.pass_time(SECOND)
        busy = (await daemon.run(second.id)).status
        view = daemon.inventory.host("zeta")
        await daemon.pass_time(15 * SECOND)
        ends = [await daemon.ended(run.id) for run in (first, second)]

    assert view.error_code == "host-duplicate"
    assert busy is model.RunStatus.PLANNED
    assert statuses(ends) == ["succeeded", "succeeded"]
    assert doubled.hosts.states("alpha/web") == {"a-1": "running"}


async def test_a_host_that_says_nothing_of_itself_is_used_all_the_same(doubled):
    """A proxy may keep it from being asked."""
    doubled.hosts.fail_next("identity", errors.HostRefused("forbidden"), host="zeta")
    async with doubled.daemon() as daemon:
        await eventually(lambda: daemon.inventory.host("zeta").reachable)


# ---------------------------------------------------------------- reconnecting


async def test_a_host_that_is_lost_again_and_again_is_tried_less_often(world):
    """An engine whose event stream ends at once is not asked for everything twice a second."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        engine = world.hosts.engines["local"]
        before = sum(call.verb == "version" for call in world.hosts.calls)
        for _ in range(60):
            await daemon.pass_time(SECOND)
            for watcher in tuple(engine.watchers):
                watcher.put_nowait(None)
        asked = sum(call.verb == "version" for call in world.hosts.calls) - before

    assert asked < 25
