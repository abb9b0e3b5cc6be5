"""Schedules of groups: on each host by itself, and by what the groups have when they act."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dockschedd.core import fleet, model, triggers
from tests.daemon.world import World
from tests.fake_clock import START
from tests.fake_hosts import FakeHosts

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
EDGE = fleet.Group(name="edge", hosts=("a", "b"), owner="local", updated_at=START)


@pytest.fixture
def world(tmp_path) -> World:
    """Three hosts with a stack `web` each, that runs."""
    found = World(tmp_path / "dockschedd.db")
    found.configured = ("a", "b", "c")
    found.hosts = FakeHosts(found.clock, found.configured)
    for host in found.hosts.names():
        found.hosts.add_stack(host, "web", ["app"])
    return found


async def keep(daemon, group: fleet.Group, *, why: str = "the group `edge` has changed") -> None:
    """Add or change a group, as the API does."""
    async with daemon.store.transaction() as unit:
        old = await unit.groups.get(group.name)
        await (unit.groups.add(group) if old is None else unit.groups.replace(group))
    moved = set(group.hosts) ^ set(old.hosts if old else ())
    daemon.ticker.wake()
    daemon.enforcer.wake()
    daemon.enforcer.evaluate(moved, why=why)


def up(world: World) -> dict[str, bool]:
    return {
        host: world.hosts.container(f"{host}/web", "app").state is model.ContainerState.RUNNING
        for host in world.hosts.names()
    }


async def test_a_schedule_of_a_group_acts_on_the_hosts_that_it_has_then(world):
    """A host that came to the group since is among them, one that left is not."""
    async with world.daemon() as daemon:
        await keep(daemon, EDGE)
        await daemon.schedule("soon", "stop", "@edge/*", cron="1 12 * * *")
        await keep(daemon, replace(EDGE, hosts=("b", "c")))
        await daemon.pass_time(MINUTE + SECOND)
        runs = await daemon.all_ended(2)

    assert {str(run.stack) for run in runs} == {"b/web", "c/web"}
    assert up(world) == {"a": True, "b": False, "c": False}


async def test_each_host_of_a_group_acts_or_waits_by_itself(world):
    """What was seen acts; what was never seen waits until its deadline, or until it is there."""
    world.hosts.host_down("b")
    async with world.daemon() as daemon:
        await keep(daemon, EDGE)
        await daemon.schedule(
            "soon", "stop", "@edge/*", cron="1 12 * * *", deadline=timedelta(minutes=2)
        )
        await daemon.pass_time(MINUTE + 30 * SECOND)
        runs = {str(run.stack): run.status.value for run in await daemon.runs()}
        assert runs == {"a/web": "succeeded", "b/*": "planned"}
        # Which groups there are does not matter any more: what waits is known.
        await keep(daemon, replace(EDGE, hosts=("a",)))
        world.hosts.host_up("b")
        await daemon.pass_time(30 * SECOND)
        done = {str(run.stack): run.status.value for run in await daemon.all_ended(3)}

    assert done == {"a/web": "succeeded", "b/*": "superseded", "b/web": "succeeded"}
    assert up(world) == {"a": False, "b": False, "c": True}


async def test_what_waits_for_a_host_of_a_group_is_missed_at_its_deadline(world):
    """The others have acted long before."""
    world.hosts.host_down("b")
    async with world.daemon() as daemon:
        await keep(daemon, EDGE)
        await daemon.schedule("soon", "stop", "@edge/web", cron="1 12 * * *", deadline=MINUTE)
        await daemon.pass_time(3 * MINUTE)
        runs = {str(run.stack): run for run in await daemon.all_ended(2)}

    assert runs["a/web"].status is model.RunStatus.SUCCEEDED
    assert runs["b/web"].status is model.RunStatus.MISSED
    assert "host `b` was unreachable" in runs["b/web"].cause


async def test_a_schedule_of_a_group_that_has_gone_is_skipped_with_that_cause(world):
    """Once for each occurrence; nothing else happens."""
    async with world.daemon() as daemon:
        await daemon.schedule("soon", "stop", "@edge/*", cron="1 12 * * *")
        await daemon.pass_time(MINUTE + SECOND)
        (run,) = await daemon.all_ended(1)

    assert (run.status, run.cause) == (model.RunStatus.SKIPPED, "there is no group `edge`")
    assert all(up(world).values())


@pytest.mark.parametrize("enforce", list(triggers.Enforce))
async def test_windows_of_a_group_that_changes_are_evaluated_at_once(world, enforce):
    """A stack that comes to it in the night goes to sleep; one that leaves it stays asleep."""
    night = triggers.WindowTrigger(
        expression="daily 11:00-13:00", zone="UTC", wants=triggers.Wish.ASLEEP, enforce=enforce
    )
    async with world.daemon() as daemon:
        await keep(daemon, replace(EDGE, hosts=("a",)), why="there is a group `edge` now")
        updated = START - timedelta(days=1)
        await daemon.schedule(
            "night", "-", "@edge/*", trigger=night, created_at=updated, updated_at=updated
        )
        await daemon.pass_time(30 * SECOND)
        async with daemon.store.reading() as unit:
            before = await unit.runs.page(before=None, limit=10, host="c")
        await keep(daemon, replace(EDGE, hosts=("a", "c")))
        await daemon.pass_time(2 * SECOND)
        runs = [run for run in await daemon.all_ended(1) if run.stack.host == "c"]
        await keep(daemon, replace(EDGE, hosts=("a",)))
        await daemon.pass_time(30 * SECOND)
        after = [run for run in await daemon.runs() if run.stack.host == "c"]

    assert before == ()
    (run,) = runs
    assert after == runs
    assert (run.action, run.status) == (model.Action.STOP, model.RunStatus.SUCCEEDED)
    assert run.cause_kind is model.CauseKind.ENFORCEMENT
    assert run.cause == (
        "schedule `night` wants it asleep until 13:00 on 24 November 2026, UTC; "
        "the group `edge` has changed"
    )


async def test_a_stack_that_leaves_a_group_goes_where_other_windows_want_it(world):
    """Awake won while two spoke of it; now the other one has the word."""
    asleep = triggers.WindowTrigger(
        expression="daily 11:00-13:00", zone="UTC", wants=triggers.Wish.ASLEEP
    )
    async with world.daemon() as daemon:
        await daemon.schedule(
            "up", "-", "@edge/*", trigger=replace(asleep, wants=triggers.Wish.AWAKE)
        )
        await keep(daemon, EDGE)
        await daemon.pass_time(5 * SECOND)
        await daemon.schedule("all", "-", "*/web", trigger=asleep)
        await daemon.pass_time(5 * SECOND)
        assert await daemon.runs() == []
        await keep(daemon, replace(EDGE, hosts=("b",)))
        await daemon.pass_time(5 * SECOND)
        (run,) = await daemon.all_ended(1)

    assert (str(run.stack), run.action) == ("a/web", model.Action.STOP)
    assert up(world) == {"a": False, "b": True, "c": True}
