"""Engines over ssh: the system's ssh to a private sshd that allows one command and no more."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.hosts.pool import DockerHosts
from tests import sshd
from tests.engines import eventually
from tests.hosts.parts import ours

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.engines import Engine

pytestmark = pytest.mark.docker


@pytest.fixture
async def hosts(server: sshd.Sshd) -> AsyncIterator[DockerHosts]:
    """The engine as `far`."""
    made = DockerHosts({"far": server.endpoint})
    yield made
    await made.close()
    await eventually(lambda: not ours(server.endpoint), within=10)


async def test_stacks_are_listed_stopped_and_started_with_the_forced_command(
    hosts: DockerHosts, engine: Engine, compose_up: Callable[..., str]
) -> None:
    """The key can do nothing else: no shell, no forwarding, no terminal."""
    stack = compose_up("pair")
    container_id = engine.container_id(stack, "a")

    assert stack in await hosts.containers("far")
    await hosts.stop("far", container_id, grace=None)
    assert engine.state(stack, "a") == "exited"
    await hosts.start("far", container_id)
    assert engine.is_running(stack, "a")


async def test_twenty_calls_at_once_are_three_logins(
    hosts: DockerHosts, server: sshd.Sshd, engine: Engine, compose_up: Callable[..., str]
) -> None:
    """sshd would refuse twenty at once; the sessions of one login are ten at most."""
    stack = compose_up("pair")
    container_id = engine.container_id(stack, "a")
    wide = DockerHosts({"far": server.endpoint}, parallel=20)
    before = server.logins()

    await asyncio.gather(
        *(wide.stop("far", container_id, grace=timedelta(seconds=1)) for _ in range(20))
    )

    assert server.logins() - before <= 3
    await wide.close()
    await eventually(lambda: not ours(server.endpoint), within=10)


async def test_calls_one_after_the_other_share_a_connection(
    hosts: DockerHosts, server: sshd.Sshd
) -> None:
    """One login and one process for any number of them."""
    before = server.logins()

    for _ in range(10):
        await hosts.version("far")

    assert server.logins() - before == 1
    assert len(ours(server.endpoint)) == 1


async def test_only_a_few_connections_are_kept(hosts: DockerHosts, server: sshd.Sshd) -> None:
    """Each costs a process at both ends."""
    await asyncio.gather(*(hosts.start("far", "0" * 64) for _ in range(9)), return_exceptions=True)

    await eventually(lambda: len(ours(server.endpoint)) <= 5, within=10)
    assert ours(server.endpoint)


async def test_a_server_that_allows_one_session_is_logged_in_to_for_each(
    own_server: sshd.Sshd,
) -> None:
    """MaxSessions may be less than what is usual."""
    own_server.options = ("MaxSessions 1",)
    own_server.start()
    hosts = DockerHosts({"far": own_server.endpoint})

    answers = await asyncio.gather(*(hosts.containers("far") for _ in range(4)))

    assert answers == [answers[0]] * 4
    await hosts.close()
    await eventually(lambda: not ours(own_server.endpoint), within=10)


async def test_events_come_and_the_stream_can_be_closed(
    hosts: DockerHosts, server: sshd.Sshd, engine: Engine, compose_up: Callable[..., str]
) -> None:
    """Closing it is no matter of time, and leaves no ssh behind."""
    stack = compose_up("pair")
    stream = hosts.events("far", since=datetime.now(UTC))
    first = asyncio.ensure_future(anext(stream))
    await hosts.stop("far", engine.container_id(stack, "a"), grace=None)
    assert (await first).stack == stack
    closing = time.monotonic()

    await stream.aclose()

    assert time.monotonic() - closing < 0.3
    await hosts.close()
    await eventually(lambda: not ours(server.endpoint), within=10)


async def test_a_stream_ends_when_its_connection_is_cut(
    own_server: sshd.Sshd, engine: Engine, compose_up: Callable[..., str]
) -> None:
    """A new one follows through a new login."""
    own_server.start()
    hosts = DockerHosts({"far": own_server.endpoint})
    stack = compose_up("pair")
    began = datetime.now(UTC)
    engine.compose_stop(stack)
    stream = hosts.events("far", since=began)
    assert (await anext(stream)).stack == stack

    own_server.stop()

    async with asyncio.timeout(5):
        async for _ in stream:
            pass
    own_server.start()
    again = hosts.events("far", since=began)
    assert (await anext(again)).stack == stack
    await again.aclose()
    await hosts.close()
    await eventually(lambda: not ours(own_server.endpoint), within=10)


async def test_a_call_whose_connection_is_cut_has_lost_its_answer(
    own_server: sshd.Sshd, engine: Engine, compose_up: Callable[..., str]
) -> None:
    """What the engine did is not known, so it is not said to have done nothing."""
    own_server.start()
    hosts = DockerHosts({"far": own_server.endpoint})
    stack = compose_up("stubborn")
    container_id = engine.container_id(stack, "thirty-seconds")
    began = datetime.now(UTC)
    stop = asyncio.ensure_future(hosts.stop("far", container_id, grace=timedelta(seconds=30)))
    await eventually(lambda: engine.events_since(began, project=stack), within=10)

    own_server.stop()

    async with asyncio.timeout(5):
        with pytest.raises(errors.HostTimeout) as caught:
            await stop
    assert caught.value.code == "host-answer-lost"
    engine.client.kill(container_id)
    await hosts.close()
    await eventually(lambda: not ours(own_server.endpoint), within=10)


async def test_a_stop_takes_as_long_as_it_takes(
    server: sshd.Sshd, engine: Engine, compose_up: Callable[..., str]
) -> None:
    """Longer than any other call may, on a connection where nothing is said meanwhile."""
    slow = DockerHosts({"far": server.endpoint}, act_limit=timedelta(seconds=1))
    stack = compose_up("stubborn")
    await slow.version("far")
    began = time.monotonic()

    await slow.stop(
        "far", engine.container_id(stack, "thirty-seconds"), grace=timedelta(seconds=2)
    )

    assert time.monotonic() - began >= 1.9
    assert engine.exited_with(stack, "thirty-seconds") == 137
    await slow.close()


DAEMON = """
import asyncio, sys
from dockschedd.core.fleet import Endpoint
from dockschedd.hosts.pool import DockerHosts

async def main():
    url, key, known = sys.argv[1:]
    endpoint = Endpoint(url=url, ssh_key=key, ssh_known_hosts=known)
    hosts = DockerHosts({"far": endpoint})
    stream = hosts.events("far", since=None)
    first = asyncio.ensure_future(anext(stream))
    await asyncio.gather(*(hosts.version("far") for _ in range(4)))
    print("ready", flush=True)
    await first

asyncio.run(main())
"""


async def test_nothing_is_left_of_a_daemon_that_is_killed(own_server: sshd.Sshd) -> None:
    """Neither an ssh here nor a session over there, with a stream open and calls done."""
    own_server.start()
    endpoint = own_server.endpoint
    daemon = subprocess.Popen(
        [
            *(sys.executable, "-c", DAEMON),
            *(endpoint.url, str(endpoint.ssh_key), str(endpoint.ssh_known_hosts)),
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert daemon.stdout is not None
    try:
        assert await asyncio.to_thread(daemon.stdout.readline) == b"ready\n"
        await eventually(lambda: len(ours(endpoint)) >= 2, within=10)
        assert own_server.sessions()
    finally:
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        daemon.stdout.close()

    await eventually(lambda: not ours(endpoint), within=10)
    await eventually(lambda: not own_server.sessions(), within=10)


async def test_nothing_is_left_where_the_other_end_goes_on(engine: Engine) -> None:
    """What is let go is ended, the ssh that carried others last."""
    sshd.require_sshd()
    server = sshd.Sshd(engine.url, forced=f"{sshd.FORCED}; exec sleep 60").start()
    hosts = DockerHosts({"far": server.endpoint})
    await asyncio.gather(*(hosts.version("far") for _ in range(3)))
    try:
        await hosts.close()

        await eventually(lambda: not ours(server.endpoint), within=15)
    finally:
        server.remove()
