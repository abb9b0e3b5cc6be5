"""What ports.Hosts promises to do, on the fake and on a real engine."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.core.model import ContainerState
from tests.contracts.rigs import HOST, container
from tests.engines import eventually

if TYPE_CHECKING:
    from tests.contracts.rigs import Rig


GONE = "0" * 64


async def test_stop_and_start_take_effect_before_they_return(rig: Rig) -> None:
    """Whoever asks afterwards sees the new state."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")

    await rig.hosts.stop(HOST, container_id, grace=None)
    assert (await container(rig, stack, "a")).state is ContainerState.EXITED

    await rig.hosts.start(HOST, container_id)
    assert (await container(rig, stack, "a")).state is ContainerState.RUNNING
    assert (await container(rig, stack, "b")).state is ContainerState.RUNNING


async def test_starting_what_runs_and_stopping_what_has_stopped_is_no_error(rig: Rig) -> None:
    """A repeated call does nothing, so that a lost answer can be followed by another try."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    before = (await rig.hosts.inspect(HOST, container_id)).started_at

    await rig.hosts.start(HOST, container_id)
    assert (await rig.hosts.inspect(HOST, container_id)).started_at == before

    await rig.hosts.stop(HOST, container_id, grace=None)
    ended = (await rig.hosts.inspect(HOST, container_id)).finished_at
    await rig.hosts.stop(HOST, container_id, grace=None)
    assert (await rig.hosts.inspect(HOST, container_id)).finished_at == ended


async def test_a_stop_honours_the_containers_own_timeout(rig: Rig) -> None:
    """A process that ignores the signal is killed after its own stop timeout."""
    stack = rig.up("stubborn")
    container_id = rig.id(stack, "one-second")
    assert (await rig.hosts.inspect(HOST, container_id)).stop_timeout == timedelta(seconds=1)
    began = time.monotonic()

    await rig.hosts.stop(HOST, container_id, grace=None)

    assert 0.9 < time.monotonic() - began < 4
    assert (await container(rig, stack, "one-second")).exit_code == 137


@pytest.mark.parametrize(("grace", "least", "most"), [(0, 0, 1), (0.2, 0.9, 4), (1, 0.9, 4)])
async def test_a_given_grace_overrides_the_containers_own(
    rig: Rig, grace: float, least: float, most: float
) -> None:
    """In whole seconds, rounded up; zero kills at once."""
    stack = rig.up("stubborn")
    began = time.monotonic()

    await rig.hosts.stop(HOST, rig.id(stack, "thirty-seconds"), grace=timedelta(seconds=grace))

    assert least <= time.monotonic() - began < most
    assert (await container(rig, stack, "thirty-seconds")).exit_code == 137


async def test_a_stop_sends_the_containers_own_signal(rig: Rig) -> None:
    """The exit code is that of its handler, and it takes no grace."""
    stack = rig.up("stubborn")
    began = time.monotonic()

    await rig.hosts.stop(HOST, rig.id(stack, "by-usr1"), grace=None)

    assert time.monotonic() - began < 2
    assert (await container(rig, stack, "by-usr1")).exit_code == 7


async def test_restart_gives_the_container_a_new_process(rig: Rig) -> None:
    """It runs as before, since later."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    before = await rig.hosts.inspect(HOST, container_id)

    await rig.hosts.restart(HOST, container_id, grace=None)

    after = await rig.hosts.inspect(HOST, container_id)
    assert after.container.state is ContainerState.RUNNING
    assert before.started_at is not None
    assert after.started_at is not None
    assert after.started_at > before.started_at


async def test_pause_and_unpause_are_repeatable(rig: Rig) -> None:
    """Already paused, and not paused, are no errors."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")

    for _ in range(2):
        await rig.hosts.pause(HOST, container_id)
        assert (await container(rig, stack, "a")).state is ContainerState.PAUSED
    for _ in range(2):
        await rig.hosts.unpause(HOST, container_id)
        assert (await container(rig, stack, "a")).state is ContainerState.RUNNING


async def test_what_does_not_run_cannot_be_paused(rig: Rig) -> None:
    """The refusal is an error with a sentence; unpausing it does nothing."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    rig.docker_stop(stack, "a")

    with pytest.raises(errors.HostRefused):
        await rig.hosts.pause(HOST, container_id)
    await rig.hosts.unpause(HOST, container_id)

    assert (await container(rig, stack, "a")).state is ContainerState.EXITED


async def test_a_paused_container_cannot_be_started(rig: Rig) -> None:
    """It has to be unpaused: the caller's decision."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    await rig.hosts.pause(HOST, container_id)

    with pytest.raises(errors.HostRefused):
        await rig.hosts.start(HOST, container_id)

    assert (await container(rig, stack, "a")).state is ContainerState.PAUSED


async def test_a_paused_container_can_be_stopped(rig: Rig) -> None:
    """The engine resumes it for its signal."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    await rig.hosts.pause(HOST, container_id)

    await rig.hosts.stop(HOST, container_id, grace=None)

    assert (await container(rig, stack, "a")).state is ContainerState.EXITED


async def test_calls_on_a_container_that_does_not_exist_say_so(rig: Rig) -> None:
    """Every call tells a removed container from a refusal."""
    hosts = rig.hosts
    for call in (
        hosts.inspect(HOST, GONE),
        hosts.start(HOST, GONE),
        hosts.stop(HOST, GONE, grace=None),
        hosts.stop(HOST, GONE, grace=timedelta()),
        hosts.restart(HOST, GONE, grace=timedelta()),
        hosts.pause(HOST, GONE),
        hosts.unpause(HOST, GONE),
    ):
        with pytest.raises(errors.ContainerGone):
            await call


async def test_a_container_removed_behind_our_back_is_gone(rig: Rig) -> None:
    """The id stays unknown for ever, and the list does not show it."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    rig.docker_rm(stack, "a")

    with pytest.raises(errors.ContainerGone):
        await rig.hosts.start(HOST, container_id)

    assert [each.service for each in (await rig.hosts.containers(HOST))[stack]] == ["b"]


async def test_a_cancelled_stop_is_carried_out_all_the_same(rig: Rig) -> None:
    """Cancelling ends the waiting at once and not the engine's work."""
    stack = rig.up("stubborn")
    grace = timedelta(seconds=1)
    stop = asyncio.ensure_future(rig.hosts.stop(HOST, rig.id(stack, "one-second"), grace=grace))
    events = rig.hosts.events(HOST, since=datetime.now(UTC) - timedelta(seconds=5))
    async with contextlib.aclosing(events):
        async for event in events:
            if event.action == "kill":
                break

    stop.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await stop

    assert time.monotonic() - began < 0.3

    async def ended() -> bool:
        return (await container(rig, stack, "one-second")).state is ContainerState.EXITED

    await eventually(ended)
