"""What is told to whoever watches: everything that lasts, together, and ends at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dockschedd.core import model
from dockschedd.daemon import bus as buses
from tests.fake_clock import START

RUN = model.Run(
    id="00000000-0000-7000-8000-000000000001",
    stack=model.StackRef("local", "web"),
    action=model.Action.STOP,
    status=model.RunStatus.RUNNING,
    cause_kind=model.CauseKind.MANUAL,
    cause="-",
    actor="local",
    planned_at=START,
    created_at=START,
)
OVER = replace(RUN, status=model.RunStatus.SUCCEEDED)


def causing(cause: str) -> model.Run:
    return replace(RUN, cause=cause)


async def test_changes_in_quick_succession_are_told_together() -> None:
    """The first is told at once; of those in its wake only what came of them."""
    bus = buses.Bus()
    async with bus.subscribe() as changes:
        bus.publish_run(causing("first"))
        told = [await anext(changes)]
        after = asyncio.ensure_future(anext(changes))
        for number in range(20):
            bus.publish_run(causing(str(number)))
            await asyncio.sleep(0)
        told.append(await after)

    assert told == [causing("first"), causing("19")]


async def test_the_end_of_a_run_is_told_at_once(monkeypatch) -> None:
    """Nobody who waits for it waits for changes to gather."""
    monkeypatch.setattr(buses, "TOGETHER_S", 1000)
    bus = buses.Bus()
    async with bus.subscribe() as changes:
        for expected in (RUN, OVER, replace(OVER, id="other")):
            bus.publish_run(expected)
            async with asyncio.timeout(10):
                assert await anext(changes) == expected


async def test_a_run_under_way_is_known_as_it_is_now() -> None:
    """What was read from the store gives way to what was told since, but not a run's end."""
    bus = buses.Bus()
    bus.publish_run(causing("now"))

    assert bus.newest(RUN) == causing("now")
    assert bus.newest(replace(RUN, status=model.RunStatus.PLANNED)) == causing("now")
    assert bus.newest(OVER) == OVER
    bus.publish_run(OVER)
    assert bus.newest(RUN) == RUN
