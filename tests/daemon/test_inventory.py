"""The inventory believes the newest answer, whichever order answers come in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from dockschedd import errors
from dockschedd.core import changes, model
from dockschedd.daemon.bus import Bus
from dockschedd.daemon.inventory import Inventory
from tests.fake_clock import START, FakeClock, settle
from tests.fake_hosts import FakeHosts

WEB = model.StackRef("local", "web")


class SlowHosts:
    """Answers each list when the test says so, with what the test says."""

    def __init__(self):
        self.answers = []

    def names(self):
        return ("local",)

    def url(self, host):
        return "unix:///x"

    async def containers(self, host, *, stack=None):
        answer = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        return {"web": (await answer,)}


def container(state):
    return model.Container(
        id="1", name="web-a-1", service="a", number=1, state=model.ContainerState(state)
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_an_answer_that_was_overtaken_is_not_believed(order):
    """Of two lists that were asked for one after the other, the later one counts."""
    hosts = SlowHosts()
    inventory = Inventory(hosts=hosts, bus=Bus(), clock=FakeClock())
    tasks = [asyncio.create_task(inventory.refresh(WEB)) for _ in range(2)]
    await settle()
    answers = ["running", "paused"]
    for number in order:
        hosts.answers[number].set_result(container(answers[number]))
        await settle()
    await asyncio.gather(*tasks)

    assert [c.state.value for c in inventory.stack(WEB).containers] == ["paused"]


@pytest.fixture
def two_hosts():
    """Engines `a` and `b`, each with a stack `web`, and an inventory that has seen neither."""
    clock = FakeClock()
    hosts = FakeHosts(clock, ["a", "b"])
    for host in hosts.names():
        hosts.add_stack(host, "web", ["app"])
    return hosts, Inventory(hosts=hosts, bus=Bus(), clock=clock)


async def test_how_containers_ended_is_kept_until_their_own_host_is_seen(two_hosts):
    """That another host has been seen first says nothing about them."""
    hosts, inventory = two_hosts
    container_id = hosts.container("b/web", "app").id
    inventory.load_endings("b", {container_id: model.Ended.STOPPED})

    await inventory.resync("a")
    await inventory.resync("b")

    assert inventory.ending(container_id) is model.Ended.STOPPED


async def test_what_is_known_of_containers_that_are_gone_is_forgotten(two_hosts):
    """Whether they were seen, only noted, or kept from before."""
    hosts, inventory = two_hosts
    seen = hosts.container("a/web", "app").id
    inventory.load_endings("a", {"kept": model.Ended.FINISHED})
    await inventory.resync("a")
    inventory.note_ending("a", "noted", model.Ended.FINISHED)
    inventory.note_ending("a", seen, model.Ended.STOPPED)
    assert inventory.ending("kept") is None
    await inventory.resync("a")
    assert inventory.ending("noted") is None
    assert inventory.ending(seen) is model.Ended.STOPPED

    hosts.docker_rm("a/web")
    await inventory.resync("a")

    assert inventory.ending(seen) is None


async def test_that_a_host_was_lost_and_found_is_told_once_each(two_hosts):
    """Also of a host without stacks; again where it is lost for another reason."""
    _, inventory = two_hosts
    bus = inventory._bus
    gone = errors.HostUnreachable("there is no such socket")
    hangs = errors.HostTimeout("it did not answer in time")
    told = []
    async with bus.subscribe(at_once=True) as items:
        for error in (gone, gone, hangs, None, None, gone):
            if error is None:
                inventory.reached("a", at=START)
            else:
                inventory.lost("a", error=error)
            bus.publish_stack(WEB)
            while isinstance(item := await anext(items), changes.Change):
                told.append((item.noun, item.name, item.action))

    assert told == [("host", "a", each) for each in ("lost", "lost", "found", "lost")]


async def test_since_when_a_container_is_in_its_state_is_kept_and_no_change_by_itself(two_hosts):
    """Events say it exactly; looking again, at it or at its neighbour, changes nothing."""
    hosts, inventory = two_hosts
    hosts.add_stack("a", "web", ["more"])
    first, second = (hosts.container("a/web", name).id for name in ("app", "more"))
    inventory.happened("a", first, "start", START - timedelta(hours=1))
    await inventory.resync("a")
    await inventory.look(model.StackRef("a", "web"), second)
    before = inventory.stack(model.StackRef("a", "web"))
    hosts.clock.step(timedelta(minutes=10))
    await inventory.look(before.ref, second)
    await inventory.resync("a")
    since = {c.id: c.since for c in before.containers}

    assert inventory.stack(before.ref) is before
    assert since == {
        first: model.Since(at=START - timedelta(hours=1), exact=True),
        second: None,
    }


@pytest.mark.parametrize("events", [False, True])
async def test_without_an_event_it_is_what_the_list_says(events):
    """Its words are read when it comes, and not again when a neighbour is looked at."""
    hosts, clock = SlowHosts(), FakeClock()
    inventory = Inventory(hosts=hosts, bus=Bus(), clock=clock)
    looks = []
    for age in (3, 4):
        task = asyncio.create_task(inventory.refresh(WEB))
        await settle()
        hosts.answers.pop().set_result(replace(container("running"), age=timedelta(hours=age)))
        looks.append(await task)
        clock.step(timedelta(hours=1))
        if events:
            inventory.happened("local", "1", "start", clock.now())

    at = START + timedelta(hours=1) if events else START - timedelta(hours=3)
    assert looks[0].containers[0].since == model.Since(at=START - timedelta(hours=3), exact=False)
    assert looks[1].containers[0].since == model.Since(at=at, exact=events)
