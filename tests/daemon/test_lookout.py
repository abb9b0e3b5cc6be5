"""What is about to be due is asked for a moment before, and used only while it is still so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dockschedd.core import model, triggers
from dockschedd.daemon import lookout
from tests.engines import eventually
from tests.fake_clock import START
from tests.fake_hosts import FakeHosts, Service

TWO = {"a": Service(), "b": Service()}
#: When the schedules of these tests are due: not when everything is asked for anyway.
DUE = START + timedelta(seconds=30)
ONCE = triggers.AtTrigger(at=DUE, zone="UTC")
SECOND = timedelta(seconds=1)


def asked(world, *, host="local"):
    """When lists were asked for in the minute before the instant and at it."""
    return [
        call.at
        for call in world.hosts.calls
        if call.verb == "containers"
        and call.host == host
        and DUE - lookout.AHEAD <= call.at <= DUE
    ]


def acted(world):
    """What was called at the instant."""
    return sorted(
        (call.verb, call.container)
        for call in world.hosts.calls
        if call.at >= DUE and call.verb not in {"containers", "inspect", "version", "events"}
    )


@pytest.mark.parametrize("count", [1, lookout.FEW + 1])
async def test_at_the_instant_nothing_has_to_be_asked(world, count):
    """The stacks are asked for before it, many of a host by one list; the runs are as ever."""
    for number in range(count):
        world.hosts.add_stack("local", f"web{number}", TWO)
    async with world.daemon() as daemon:
        for number in range(count):
            await daemon.schedule(f"nightly{number}", "stop", f"local/web{number}", trigger=ONCE)
        await daemon.pass_time(DUE - START - SECOND)
        ahead = [at for at in asked(world) if at < DUE]
        world.hosts.calls.clear()
        await daemon.pass_time(SECOND)
        runs = await daemon.all_ended(count)

    assert {run.status for run in runs} == {model.RunStatus.SUCCEEDED}
    assert len(ahead) == 1
    stops = [call.verb for call in world.hosts.calls].index("stop")
    assert "containers" not in [call.verb for call in world.hosts.calls[:stops]]
    assert len(acted(world)) == 2 * count


async def test_what_happened_since_is_seen(world):
    """A container that was stopped by hand after the question is not stopped again."""
    world.hosts.add_stack("local", "web", TWO)
    async with world.daemon() as daemon:
        await daemon.schedule("nightly", "stop", "local/web", trigger=ONCE)
        await daemon.pass_time(DUE - START - SECOND)
        assert asked(world)
        world.hosts.docker_stop("local/web", "a")
        await daemon.pass_time(SECOND)
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.SUCCEEDED
    assert acted(world) == [("stop", "web-b-1")]


async def test_what_was_heard_of_is_not_used_before_it_was_looked_at(world):
    """From the event on the stack has to be asked for, also while the engine is slow to answer."""
    world.hosts.add_stack("local", "web", TWO)
    async with world.daemon(ticking=False) as daemon:
        await daemon.schedule("nightly", "stop", "local/web", trigger=ONCE)
        await looked(world, daemon, DUE, refs=[])
        world.hosts.hang("local")
        before = len(asked_of(world))
        world.hosts.docker_stop("local/web", "a")
        await eventually(lambda: len(asked_of(world)) > before)

        assert daemon.lookout.take(model.StackRef("local", "web")) is None


async def test_a_run_in_between_takes_it(world):
    """After somebody else has acted the stack is asked for again."""
    world.hosts.add_stack("local", "web", TWO)
    async with world.daemon() as daemon:
        await daemon.schedule("nightly", "stop", "local/web", trigger=ONCE)
        await daemon.pass_time(DUE - START - SECOND)
        by_hand = await daemon.act("stop", "local/web")
        await daemon.ended(by_hand.id)
        assert daemon.lookout.take(model.StackRef("local", "web")) is None
        await daemon.pass_time(SECOND)
        await daemon.all_ended(2)

    assert acted(world) == []


async def looked(world, daemon, at, *, refs):
    """Let it look for that instant; return whether each stack was asked for."""
    before = len(asked_of(world))
    daemon.lookout.coming(at)
    await eventually(lambda: len(asked_of(world)) > before)
    await world.clock.advance(timedelta(milliseconds=1))
    return [daemon.lookout.take(model.StackRef(*ref.split("/"))) is not None for ref in refs]


def asked_of(world, host="local"):
    return [call for call in world.hosts.calls if (call.verb, call.host) == ("containers", host)]


async def test_it_is_used_once_and_not_for_long(world):
    """What was seen some seconds ago is nothing to act on."""
    world.hosts.add_stack("local", "web", TWO)
    async with world.daemon(ticking=False) as daemon:
        await daemon.schedule("nightly", "stop", "local/web", trigger=ONCE)
        twice = await looked(world, daemon, DUE, refs=["local/web"] * 2)
        await looked(world, daemon, DUE + timedelta(minutes=1), refs=[])
        await world.clock.advance(lookout.FRESH)
        late = daemon.lookout.take(model.StackRef("local", "web"))

    assert twice == [True, False]
    assert late is None


async def test_a_host_that_was_lost_since_is_asked_again(world):
    """Nothing is decided from what was seen of a host that does not answer any more."""
    world.hosts.add_stack("local", "web", TWO)
    async with world.daemon(ticking=False) as daemon:
        await daemon.schedule("nightly", "stop", "local/web", trigger=ONCE)
        await looked(world, daemon, DUE, refs=[])
        world.hosts.host_down()
        await eventually(lambda: not daemon.inventory.host("local").reachable)

        assert daemon.lookout.take(model.StackRef("local", "web")) is None


async def test_a_host_that_hangs_keeps_no_other_waiting(world):
    """The others are asked for the next instant while it has not answered for the last one."""
    world.configured = ("local", "edge")
    world.hosts = FakeHosts(world.clock, world.configured)
    both = ["local/web", "edge/web"]
    for ref in both:
        world.hosts.add_stack(*ref.split("/"), TWO)
    async with world.daemon(ticking=False) as daemon:
        await daemon.schedule("nightly", "stop", "*/web", trigger=ONCE)
        well = await looked(world, daemon, DUE, refs=both)
        world.hosts.hang("edge")
        once = await looked(world, daemon, DUE + timedelta(minutes=1), refs=both)
        unanswered = len(asked_of(world, "edge"))
        again = await looked(world, daemon, DUE + timedelta(minutes=2), refs=both)

    assert well == [True, True]
    assert once == [True, False]
    assert again == [True, False]
    assert len(asked_of(world, "edge")) == unanswered
