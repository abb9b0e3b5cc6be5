"""What ports.Hosts promises of events, on the fake and on a real engine."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.contracts.rigs import HOST, take
from tests.engines import eventually

if TYPE_CHECKING:
    from tests.contracts.rigs import Rig


async def test_events_tell_what_happens_in_order(rig: Rig) -> None:
    """A stop and a start are seen as kill, die, stop, start, of the right stack."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    began = datetime.now(UTC)

    await rig.hosts.stop(HOST, container_id, grace=None)
    await rig.hosts.start(HOST, container_id)
    found = await take(rig, 4, since=began)

    assert [event.action for event in found] == ["kill", "die", "stop", "start"]
    assert {event.container_id for event in found} == {container_id}
    assert {event.stack for event in found} == {stack}
    assert [event.exit_code for event in found] == [None, 0, None, None]
    instants = [event.at for event in found]
    assert instants == sorted(instants)
    assert began <= instants[0] <= datetime.now(UTC)


async def test_a_stream_goes_on_from_the_kept_events_to_those_that_happen(rig: Rig) -> None:
    """Nothing is lost between a list and the stream that follows from its instant."""
    stack = rig.up("pair")
    began = datetime.now(UTC)
    rig.docker_stop(stack, "a")

    async with (
        asyncio.timeout(5),
        contextlib.aclosing(rig.hosts.events(HOST, since=began)) as stream,
    ):
        first = [(await anext(stream)).action for _ in range(3)]
        rig.docker_start(stack, "a")
        then = await anext(stream)

    assert first == ["kill", "die", "stop"]
    assert then.action == "start"
    assert then.container_id == rig.id(stack, "a")


async def test_without_since_only_what_happens_from_now_on_is_seen(rig: Rig) -> None:
    """Older events do not come again."""
    stack = rig.up("pair")
    stream = rig.hosts.events(HOST, since=None)
    async with contextlib.aclosing(stream):
        first = asyncio.ensure_future(anext(stream))

        async def seen() -> bool:
            rig.docker_stop(stack, "b")
            rig.docker_start(stack, "b")
            return first.done()

        # When the stream is open is not told; what happens again and again is seen then.
        await eventually(seen, every=0.1)

        assert (await first).at > datetime.now(UTC) - timedelta(seconds=4)


async def test_changes_of_health_are_events(rig: Rig) -> None:
    """Whoever waits for a healthy service needs no polling."""
    stack = rig.up("unhealthy")
    began = datetime.now(UTC)
    rig.turn_healthy(stack)

    async with (
        asyncio.timeout(5),
        contextlib.aclosing(rig.hosts.events(HOST, since=began)) as stream,
    ):
        async for event in stream:
            if event.action == "health_status: healthy":
                break
            assert not event.action.startswith("exec_")


async def test_pauses_are_events(rig: Rig) -> None:
    """Paused and unpaused by whomever."""
    stack = rig.up("pair")
    began = datetime.now(UTC)
    await rig.hosts.pause(HOST, rig.id(stack, "a"))
    await rig.hosts.unpause(HOST, rig.id(stack, "a"))

    assert [each.action for each in await take(rig, 2, since=began)] == ["pause", "unpause"]


async def test_a_removed_container_is_an_event(rig: Rig) -> None:
    """destroy comes last, with the stack that it belonged to."""
    stack = rig.up("pair")
    rig.docker_stop(stack, "a")
    began = datetime.now(UTC)
    rig.docker_rm(stack, "a")

    (event,) = await take(rig, 1, since=began)

    assert (event.action, event.stack) == ("destroy", stack)
