"""The inventory believes the newest answer, whichever order answers come in."""

from __future__ import annotations

import asyncio

import pytest

from dockschedd.core import model
from dockschedd.daemon.bus import Bus
from dockschedd.daemon.inventory import Inventory
from tests.fake_clock import FakeClock, settle

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
