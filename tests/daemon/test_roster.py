"""Hosts that come, go and change their names while the daemon runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dockschedd import errors
from dockschedd.core import fleet, model
from tests.daemon.world import Daemon, World
from tests.engines import eventually
from tests.fake_hosts import Service

MINUTE = timedelta(minutes=1)
EDGE = "unix:///run/edge.sock"
OTHER = "unix:///run/other.sock"
RUNNING = model.ContainerState.RUNNING


def host(world: World, name: str = "edge", url: str = EDGE, **changes) -> fleet.Host:
    found = fleet.Host(
        name=name,
        endpoint=fleet.Endpoint(url=url),
        owner="alice",
        updated_at=world.clock.now(),
    )
    return replace(found, **changes)


def machine(world: World, url: str, *stacks: str) -> None:
    """An engine that nobody has set up yet, with stacks of one service that run."""
    engine = world.hosts.machine(url)
    for name in stacks:
        engine.add(name, "app", number=1, behaves=Service(), state=RUNNING)


async def add(daemon: Daemon, found: fleet.Host) -> None:
    async with daemon.store.transaction() as unit:
        await unit.hosts.add(found)
    daemon.roster.put(found)
    await daemon.roster.tried(found.name, within=timedelta(seconds=5))


async def remove(daemon: Daemon, name: str) -> None:
    async with daemon.store.transaction() as unit:
        await unit.hosts.remove(name)
    daemon.roster.drop(name)


async def rename(daemon: Daemon, was: str, found: fleet.Host) -> None:
    async with daemon.store.transaction() as unit:
        await unit.hosts.rename(found, was=was)
    daemon.roster.rename(was, found)


def refs(daemon: Daemon) -> list[str]:
    return [str(ref) for ref in daemon.inventory.refs()]


async def test_a_host_that_is_added_is_seen_acted_on_and_there_after_a_restart(world):
    """Its stacks are in the inventory at once; exact names and patterns reach them."""
    machine(world, EDGE, "web")
    world.hosts.add_stack("local", "web", ["app"])
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        seen = refs(daemon)
        await daemon.schedule("exact", "stop", "edge/web")
        await daemon.schedule("pattern", "restart", "*/web")
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(3)
    async with world.daemon() as daemon:
        again = refs(daemon)
        view = daemon.inventory.host("edge")

    assert seen == again == ["edge/web", "local/web"]
    assert view.reachable
    assert [each.name for each in daemon.roster.hosts()] == ["edge", "local"]
    assert sorted((str(run.stack), run.action.value) for run in runs) == [
        ("edge/web", "restart"),
        ("edge/web", "stop"),
        ("local/web", "restart"),
    ]
    assert {run.status.value for run in runs} <= {"succeeded", "superseded"}


async def test_a_host_that_is_removed_is_forgotten(world):
    """It and its stacks are gone; what names it still is skipped, and says so."""
    machine(world, EDGE, "web")
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        await remove(daemon, "edge")
        await daemon.schedule("exact", "stop", "edge/web")
        await daemon.pass_time(MINUTE)
        (run,) = await daemon.all_ended(1)

        assert refs(daemon) == []
        assert daemon.inventory.host("edge") is None
        assert (run.status, run.cause) == (
            model.RunStatus.SKIPPED,
            "there is no host `edge`",
        )
        with pytest.raises(errors.HostRefused):
            await daemon.hosts.version("edge")


async def test_a_renamed_host_keeps_its_stacks_its_past_and_what_is_planned(world):
    """No look is lost between: what the store and the inventory say is one name at any time."""
    machine(world, EDGE, "web")
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        await daemon.schedule("exact", "restart", "edge/web")
        await daemon.schedule("all", "restart", "edge/*", cron="* * * * *")
        await daemon.pass_time(MINUTE)
        await daemon.all_ended(2)
        daemon.executor.hold_back(True)
        await daemon.pass_time(MINUTE)
        await rename(daemon, "edge", host(world, "far"))
        at_once = refs(daemon)
        daemon.executor.hold_back(False)
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(6)
        async with daemon.store.reading() as unit:
            selectors = {(await unit.schedules.get(n)).selector for n in ("exact", "all")}

    assert at_once == ["far/web"]
    assert {str(run.stack) for run in runs} == {"far/web"}
    assert {run.status.value for run in runs} <= {"succeeded", "superseded"}
    assert selectors == {"far/web", "far/*"}


async def test_a_rename_while_its_host_is_away_keeps_the_last_known_state(world):
    """And what is planned there waits for the host under its new name."""
    machine(world, EDGE, "web")
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        world.hosts.host_down("edge")
        await eventually(lambda: not daemon.inventory.host("edge").reachable)
        await daemon.schedule("exact", "stop", "edge/web")
        await daemon.pass_time(MINUTE)
        await rename(daemon, "edge", host(world, "far"))
        view = daemon.inventory.host("far")
        world.hosts.host_up("far")
        await daemon.pass_time(timedelta(seconds=10))
        (run,) = await daemon.all_ended(1)

    assert (view.reachable, view.seen_at is None) == (False, False)
    assert (str(run.stack), run.status.value) == ("far/web", "succeeded")


async def test_a_run_that_was_chosen_under_the_old_name_is_not_lost(world):
    """Whatever was decided for it meanwhile does not count: it is chosen again."""
    machine(world, EDGE, "web")
    async with world.daemon(ticking=False) as daemon:
        await add(daemon, host(world))
        daemon.executor.hold_back(True)
        run = await daemon.act("stop", "edge/web")
        await rename(daemon, "edge", host(world, "far"))
        async with daemon.store.transaction() as unit:
            old = model.StackRef("edge", "web")
            now = world.clock.now()
            claimed = await unit.runs.claim(run.id, at=now, stack=old)
            settled = await unit.runs.settle(
                run.id, status=model.RunStatus.SKIPPED, at=now, cause="gone", stack=old
            )
        daemon.executor.hold_back(False)
        ended = await daemon.ended(run.id)

    assert (claimed, settled) == (False, False)
    assert (str(ended.stack), ended.status.value) == ("far/web", "succeeded")


@pytest.mark.parametrize("selector", ["edge/web", "edge/*"])
async def test_a_rename_while_a_run_is_being_decided_on_loses_nothing(world, selector):
    """What the engine answers under the old name decides nothing any more."""
    machine(world, EDGE, "web")
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        await daemon.schedule("s", "stop", selector)
        world.hosts.latency = timedelta(seconds=3)
        await daemon.pass_time(timedelta(seconds=61))
        deciding = list(daemon.executor._active)
        await rename(daemon, "edge", host(world, "far"))
        await daemon.pass_time(timedelta(seconds=20))
        (run,) = await daemon.all_ended(1)

    assert [str(ref) for ref in deciding] == ["edge/web"]
    assert (str(run.stack), run.status.value) == ("far/web", "succeeded")


async def test_another_engine_behind_the_same_name_shares_nothing(world):
    """The stacks of the old one are gone at once; late answers of it are not believed."""
    machine(world, EDGE, "web")
    machine(world, OTHER, "mail")
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        asked = daemon.inventory._ask()
        changed = host(world, url=OTHER)
        async with daemon.store.transaction() as unit:
            await unit.hosts.replace(changed)
        daemon.roster.put(changed)
        at_once = refs(daemon)
        late = model.StackRef("edge", "web")
        listed = tuple(each.observed() for each in world.hosts.machine(EDGE).of("web", None))
        await daemon.inventory._observe(late, listed, asked)
        with pytest.raises(errors.HostUnreachable):
            daemon.inventory._refuse_changed("edge", asked)
        await daemon.roster.tried("edge", within=timedelta(seconds=5))

        assert at_once == []
        assert refs(daemon) == ["edge/mail"]


async def test_what_does_not_concern_the_engine_leaves_the_connection_alone(world):
    """A zone, an owner, a limit: the stacks stay known and the watcher goes on."""
    machine(world, EDGE, "web")
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        watcher = daemon.watchers["edge"]
        daemon.roster.put(host(world, zone="UTC", owner="bob"))
        daemon.roster.put(host(world, max_parallel_steps=1))

        assert daemon.watchers["edge"] is watcher
        assert refs(daemon) == ["edge/web"]
        assert daemon.inventory.host("edge").reachable
        assert daemon.executor._calls["edge"]._most == 1


async def test_what_was_recorded_and_not_done_follows_within_a_minute(world):
    """A request that was cancelled as it was committed: the store has the last word."""
    machine(world, EDGE, "web")
    machine(world, OTHER, "mail")
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        async with daemon.store.transaction() as unit:
            await unit.hosts.remove("edge")
            await unit.hosts.add(host(world, "other", OTHER))
        run = await daemon.act("stop", "other/mail")
        before = [each.name for each in daemon.roster.hosts()]
        await daemon.pass_time(MINUTE)
        ended = await daemon.ended(run.id)

        assert before == ["edge", "local"]
        assert [each.name for each in daemon.roster.hosts()] == ["local", "other"]
        assert ended.status is model.RunStatus.SUCCEEDED


async def test_the_configuration_wins_over_the_database(world, caplog):
    """A name that both have is the configuration's host; it is said, and it stays."""
    async with world.daemon() as daemon:
        local = daemon.roster.host("local")
        async with daemon.store.transaction() as unit:
            await unit.hosts.add(host(world, "local", OTHER))
        await daemon.roster.follow()
        await daemon.roster.follow()
        said = [each for each in caplog.records if each.message == "host.shadowed"]
        shadowed = daemon.roster.shadowed()
        await remove(daemon, "local")

        assert daemon.roster.host("local") == local
        assert shadowed == {"local"}
        assert len(said) == 1
        assert daemon.roster.shadowed() == frozenset()


async def test_a_daemon_without_any_host_waits_for_one(world):
    """It ticks, and the first host that is added is the default one."""
    world.configured = ()
    world.hosts.engines.clear()
    machine(world, EDGE, "web")
    async with world.daemon() as daemon:
        await daemon.schedule("bare", "stop", "web")
        await add(daemon, host(world))
        await daemon.pass_time(MINUTE)
        (run,) = await daemon.all_ended(1)

    assert (str(run.stack), run.status.value) == ("edge/web", "succeeded")


async def test_a_run_under_way_ends_when_its_host_is_removed(world):
    """Between steps: the call that is under way returns, nothing is called after it."""
    world.hosts.machine(EDGE)
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        slow = Service(stop_takes=timedelta(seconds=5), depends_on={"db": "service_started"})
        world.hosts.add_stack("edge", "web", {"app": slow, "db": Service()})
        await daemon.inventory.resync("edge")
        run = await daemon.act("stop", "edge/web")
        await eventually(lambda: _calls(world, "stop"))
        await remove(daemon, "edge")
        assert await daemon.executor.cancel(run.id, actor="alice")
        await daemon.pass_time(timedelta(seconds=10))
        ended = await daemon.ended(run.id)

    assert _calls(world, "stop") == ["web-app-1"]
    assert ended.status is model.RunStatus.CANCELLED
    assert ended.error == "cancelled by alice"
    assert not daemon.executor._active


async def test_a_wait_for_health_ends_when_its_host_is_removed(world):
    """Nobody waits for a stack of a host that is not there any more."""
    world.hosts.machine(EDGE)
    async with world.daemon() as daemon:
        await add(daemon, host(world))
        app = Service(depends_on={"db": "service_healthy"})
        db = Service(healthy_after=timedelta(hours=1))
        world.hosts.add_stack(
            "edge", "web", {"db": db, "app": app}, state=model.ContainerState.EXITED
        )
        await daemon.inventory.resync("edge")
        run = await daemon.act("start", "edge/web")
        await eventually(lambda: _calls(world, "start"))
        await remove(daemon, "edge")
        ended = await daemon.ended(run.id)

    assert ended.status in {model.RunStatus.FAILED, model.RunStatus.PARTIAL}


def _calls(world: World, verb: str) -> list[str]:
    return [call.container for call in world.hosts.calls if call.verb == verb]
