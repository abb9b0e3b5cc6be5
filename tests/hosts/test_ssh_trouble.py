"""What is said of engines over ssh that cannot be reached, by a real sshd and a real ssh."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.hosts.pool import DockerHosts
from tests import sshd
from tests.engines import eventually
from tests.hosts.parts import ours

if TYPE_CHECKING:
    from pathlib import Path

    from dockschedd.core.fleet import Endpoint
    from tests.engines import Engine

pytestmark = pytest.mark.docker


async def refused(endpoint: Endpoint, **limits: timedelta) -> errors.HostError:
    """Return what a call on that host raises."""
    hosts = DockerHosts({"far": endpoint}, **limits)
    with pytest.raises(errors.HostError) as caught:
        await hosts.containers("far")
    await hosts.close()
    await eventually(lambda: not ours(endpoint), within=10)
    return caught.value


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

    closed = await refused(replace(server.endpoint, url=sshd.at("127.0.0.1", port)))
    unknown = await refused(replace(server.endpoint, url=sshd.at("no-such-host.invalid", 22)))

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
            replace(server.endpoint, url=sshd.at("127.0.0.1", port)),
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


async def test_letting_go_of_a_host_never_waits_for_a_login(server: sshd.Sshd) -> None:
    """It is done in the event loop, while a login may hang in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        endpoint = replace(server.endpoint, url=sshd.at("127.0.0.1", port))
        hosts = DockerHosts({"far": endpoint}, read_limit=timedelta(seconds=2))
        calls = [asyncio.ensure_future(hosts.version("far")) for _ in range(3)]
        await eventually(lambda: ours(endpoint), within=10)
        began = time.monotonic()

        await hosts.close()

        assert time.monotonic() - began < 0.5
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in results} == {errors.HostTimeout}
    await eventually(lambda: not ours(endpoint), within=10)
