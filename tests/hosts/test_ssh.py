"""Engines over ssh: the system's ssh to a private sshd that allows one command and no more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.hosts.pool import DockerHosts
from tests import sshd
from tests.engines import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from dockschedd.core.fleet import Endpoint
    from tests.engines import Engine

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def server(engine: Engine) -> Iterator[sshd.Sshd]:
    """An sshd in front of the session's engine."""
    sshd.require_sshd()
    made = sshd.Sshd(engine.url).start()
    yield made
    made.remove()


@pytest.fixture
def own_server(engine: Engine) -> Iterator[sshd.Sshd]:
    """An sshd of the test's own, not started."""
    sshd.require_sshd()
    made = sshd.Sshd(engine.url)
    yield made
    made.remove()


@pytest.fixture
async def hosts(server: sshd.Sshd) -> AsyncIterator[DockerHosts]:
    """The engine as `far`."""
    made = DockerHosts({"far": server.endpoint})
    yield made
    await made.close()
    await eventually(lambda: not ours(server.endpoint), within=10)


def ours(endpoint: Endpoint) -> list[str]:
    """Return the command lines of every ssh that uses the key of that host."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = entry.read_bytes().decode(errors="replace").split("\0")
            if words[0].endswith("ssh") and any(str(endpoint.ssh_key) in each for each in words):
                found.append(" ".join(words))
    return found


async def refused(endpoint: Endpoint, **limits: timedelta) -> errors.HostError:
    """Return what a call on that host raises."""
    hosts = DockerHosts({"far": endpoint}, **limits)
    with pytest.raises(errors.HostError) as caught:
        await hosts.containers("far")
    await hosts.close()
    await eventually(lambda: not ours(endpoint), within=10)
    return caught.value


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
    short = timedelta(seconds=1)
    slow = DockerHosts({"far": server.endpoint}, read_limit=short, act_limit=short)
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


# ---------------------------------------------------------------- trouble


async def test_an_unknown_host_key_is_refused(server: sshd.Sshd) -> None:
    """It is never taken over; the hint says how to get it and what to compare."""
    empty = server.directory / "empty"
    empty.touch()

    error = await refused(replace(server.endpoint, ssh_known_hosts=str(empty)))

    assert (type(error), error.code) == (errors.HostUnreachable, "host-ssh-key-unknown")
    assert str(empty) in error.message
    assert f"ssh-keyscan -p {server.port} 127.0.0.1" in (error.hint or "")
    assert empty.read_text() == ""


async def test_a_changed_host_key_is_refused(server: sshd.Sshd) -> None:
    """It is told from an unknown one."""
    other = server.make_key("other-host")
    kind, public = other.with_suffix(".pub").read_text().split()[:2]
    changed = server.directory / "changed"
    changed.write_text(f"[127.0.0.1]:{server.port} {kind} {public}\n")

    error = await refused(replace(server.endpoint, ssh_known_hosts=str(changed)))

    assert error.code == "host-ssh-key-changed"
    assert f"ssh-keygen -R '[127.0.0.1]:{server.port}' -f {changed}" in (error.hint or "")


async def test_a_key_that_is_not_let_in_is_denied(server: sshd.Sshd) -> None:
    """The hint names its public half."""
    key = server.make_key("stranger")

    error = await refused(replace(server.endpoint, ssh_key=str(key)))

    assert error.code == "host-ssh-denied"
    assert f"{key}.pub" in (error.hint or "")


async def test_a_denied_login_is_not_tried_again_at_once(own_server: sshd.Sshd) -> None:
    """sshd and fail2ban lock out whoever insists."""
    own_server.start()
    key = own_server.make_key("stranger")
    hosts = DockerHosts({"far": replace(own_server.endpoint, ssh_key=str(key))})

    for _ in range(3):
        results = await asyncio.gather(
            *(hosts.version("far") for _ in range(3)), return_exceptions=True
        )
        assert {getattr(each, "code", None) for each in results} == {"host-ssh-denied"}

    assert own_server.log().count("Connection closed by authenticating user") <= 1
    await hosts.close()


async def test_a_key_with_open_permissions_is_not_used(server: sshd.Sshd) -> None:
    """It is told from one that is not let in."""
    key = server.make_key("open")
    key.chmod(0o644)

    error = await refused(replace(server.endpoint, ssh_key=str(key)))

    assert error.code == "host-ssh-key-open"
    assert error.hint is not None
    assert error.hint.startswith(f"`chmod 600 {key}`")


async def test_a_key_that_is_missing_or_no_key_is_said(server: sshd.Sshd) -> None:
    """ssh goes on without it and is denied; that is not what has to be mended."""
    garbage = server.directory / "garbage"
    garbage.write_text("garbage\n")
    garbage.chmod(0o600)

    nowhere = server.directory / "nowhere"
    for endpoint, path, code in (
        (replace(server.endpoint, ssh_key=str(garbage)), garbage, "host-ssh-key-unusable"),
        (replace(server.endpoint, ssh_key=str(nowhere)), nowhere, "host-ssh-files"),
        (replace(server.endpoint, ssh_known_hosts=str(nowhere)), nowhere, "host-ssh-files"),
    ):
        error = await refused(endpoint)

        assert error.code == code
        assert str(path) in error.message


async def test_a_port_without_sshd_and_a_name_without_address_are_said(
    server: sshd.Sshd,
) -> None:
    """With the name and the port."""
    port = sshd.free_port()

    closed = await refused(replace(server.endpoint, url=f"ssh://root@127.0.0.1:{port}"))
    unknown = await refused(replace(server.endpoint, url="ssh://root@no-such-host.invalid"))

    assert closed.code == "host-ssh-refused"
    assert f"127.0.0.1 port {port}: connection refused" in closed.message
    assert unknown.code == "host-name-unknown"
    assert "no-such-host.invalid" in unknown.message


async def test_what_is_wrong_at_the_other_end_is_said(
    own_server: sshd.Sshd, tmp_path: Path, engine: Engine
) -> None:
    """No docker there, no permission, no engine, or something that is no engine."""
    docker = "docker system dial-stdio"
    denied = "echo 'dial unix /var/run/docker.sock: connect: permission denied' >&2; exit 1"
    for forced, code in (
        ("PATH=/nonexistent docker system dial-stdio", "host-ssh-no-docker"),
        ("sh -c 'PATH=/nonexistent; docker system dial-stdio'", "host-ssh-no-docker"),
        (f'sh -c \\"{denied}\\"', "host-ssh-docker-denied"),
        (f"DOCKER_HOST=unix://{tmp_path}/none {docker}", "host-ssh-no-engine"),
        ("echo hello; cat", "host-not-docker"),
    ):
        server = sshd.Sshd(engine.url, forced=forced).start()
        try:
            error = await refused(server.endpoint)
        finally:
            server.remove()

        assert error.code == code, (forced, error.message)
        lost = errors.HostRefused if code == "host-not-docker" else errors.HostUnreachable
        assert type(error) is lost


async def test_a_server_that_never_answers_is_a_timeout_within_the_limit(
    server: sshd.Sshd,
) -> None:
    """And leaves no ssh behind."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        error = await refused(
            replace(server.endpoint, url=f"ssh://root@127.0.0.1:{port}"),
            read_limit=timedelta(seconds=0.5),
        )

    assert type(error) is errors.HostTimeout
    assert time.monotonic() - began < 5


async def test_without_an_ssh_it_is_said_what_to_install(
    server: sshd.Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is connected."""
    monkeypatch.setenv("PATH", "/nonexistent")

    error = await refused(server.endpoint)

    assert error.code == "host-ssh-missing"
    assert error.hint == "`apt-get install openssh-client`"
