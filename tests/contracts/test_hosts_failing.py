"""What ports.Hosts promises when an engine fails, on the fake and on a real engine."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from tests.contracts.rigs import HOST, LIMIT, take

if TYPE_CHECKING:
    from tests.contracts.rigs import Rig


async def test_an_engine_that_is_down_is_unreachable_at_once(rig: Rig) -> None:
    """Every call says so quickly, with what to look at, and works when the engine is back."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    rig.engine_down()
    began = time.monotonic()
    hosts = rig.hosts

    for call in (
        hosts.version(HOST),
        hosts.containers(HOST),
        hosts.containers(HOST, stack=stack),
        hosts.inspect(HOST, container_id),
        hosts.start(HOST, container_id),
        hosts.stop(HOST, container_id, grace=None),
        hosts.restart(HOST, container_id, grace=timedelta()),
        hosts.pause(HOST, container_id),
        hosts.unpause(HOST, container_id),
        anext(hosts.events(HOST, since=None)),
    ):
        with pytest.raises(errors.HostUnreachable):
            await call

    assert time.monotonic() - began < 2
    rig.engine_up()
    # Until then it is left alone.
    await hosts.version(HOST)
    assert stack in await hosts.containers(HOST)


async def test_a_stream_ends_when_its_engine_dies(rig: Rig) -> None:
    """It ends by itself or as unreachable, and a new one follows when the engine is back."""
    stack = rig.up("pair")
    began = datetime.now(UTC)
    rig.docker_stop(stack, "a")
    stream = rig.hosts.events(HOST, since=began)
    for _ in range(3):
        await anext(stream)

    rig.engine_down()

    async with asyncio.timeout(2):
        with contextlib.suppress(errors.HostUnreachable):
            async for _ in stream:
                pass
    rig.engine_up()
    await rig.hosts.version(HOST)
    again = datetime.now(UTC)
    rig.docker_start(stack, "a")

    assert (await take(rig, 1, since=again))[0].stack == stack


async def test_a_call_under_way_when_the_engine_dies_loses_its_answer(rig: Rig) -> None:
    """It is a timeout: what the engine did is not known."""
    stack = rig.up("stubborn")
    # An engine that starts again first stops what its predecessor left, with its own timeout.
    await rig.hosts.stop(HOST, rig.id(stack, "thirty-seconds"), grace=timedelta())
    began = datetime.now(UTC)
    grace = timedelta(seconds=30)
    stop = asyncio.ensure_future(rig.hosts.stop(HOST, rig.id(stack, "one-second"), grace=grace))
    await take(rig, 1, since=began)

    rig.engine_down()

    async with asyncio.timeout(2):
        with pytest.raises(errors.HostTimeout) as caught:
            await stop
    assert caught.value.code == "host-answer-lost"


async def test_an_engine_that_hangs_is_a_timeout_within_the_limit(rig: Rig) -> None:
    """No call waits longer, and all goes on when the engine does."""
    stack = rig.up("pair")
    assert stack in await rig.hosts.containers(HOST)
    rig.hang()
    began = time.monotonic()

    results = await asyncio.gather(
        *(rig.hosts.containers(HOST) for _ in range(3)), return_exceptions=True
    )

    took = time.monotonic() - began
    rig.resume()
    assert [type(each) for each in results] == [errors.HostTimeout] * 3
    assert took < LIMIT.total_seconds() + 1
    await rig.hosts.version(HOST)
    assert stack in await rig.hosts.containers(HOST)


async def test_the_stream_of_an_engine_that_hangs_can_be_closed(rig: Rig) -> None:
    """Closing returns at once, whether the stream was open or still being opened."""
    stack = rig.up("pair")
    began = datetime.now(UTC)
    rig.docker_stop(stack, "a")
    opened = rig.hosts.events(HOST, since=began)
    await anext(opened)
    rig.hang()
    waiting = asyncio.ensure_future(anext(rig.hosts.events(HOST, since=began)))
    await asyncio.sleep(0)
    closing = time.monotonic()

    await opened.aclose()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert time.monotonic() - closing < 0.3
    rig.resume()
