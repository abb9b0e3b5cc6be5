"""What a check tells of hosts that work and of hosts that do not, on real parts."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dockschedd.core.checks import Finding, Outcome, Step, failed
from dockschedd.core.fleet import Endpoint
from dockschedd.hosts import check, lanes
from dockschedd.hosts.pool import DockerHosts
from tests import pki, sshd
from tests.hosts.parts import answering, imitation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engines import Engine
    from tests.hosts.parts import Secured


def now() -> datetime:
    return datetime.now(UTC)


async def checked(
    endpoint: Endpoint, *, clock: Callable[[], datetime] = now, limit: float = 10, **others: str
) -> tuple[Finding, ...]:
    return await check.check(
        endpoint,
        host="far",
        now=clock,
        limit=timedelta(seconds=limit),
        lane=lanes.Lane("check", 1),
        others={engine: name for name, engine in others.items()},
    )


def shape(found: tuple[Finding, ...]) -> list[str]:
    return [f"{each.step} {each.outcome}" for each in found]


def last(found: tuple[Finding, ...]) -> tuple[Step, Outcome]:
    assert not failed(found[:-1])
    assert found[-1].outcome is not Outcome.FAILED or found[-1].hint
    return found[-1].step, found[-1].outcome


@pytest.mark.docker
async def test_a_local_engine_is_looked_at_from_its_socket_to_its_clock(engine: Engine) -> None:
    """Every step says what it found."""
    found = await checked(Endpoint(url=engine.url))

    assert shape(found) == [
        "socket ok",
        "permission ok",
        "docker ok",
        "api-version ok",
        "engine-id ok",
        "clock ok",
    ]
    assert str(engine.client.info()["ID"]) in found[4].message


@pytest.mark.docker
async def test_an_engine_over_tls_is_looked_at_step_by_step(secured: Secured) -> None:
    """Files, name, port, trust, name in the certificate, ends, and whether it accepts ours."""
    found = await checked(secured.endpoint)

    assert shape(found) == [
        "files ok",
        "name ok",
        "port ok",
        "tls-trust ok",
        "tls-name ok",
        "certificates ok",
        "tls-client ok",
        "docker ok",
        "api-version ok",
        "engine-id ok",
        "clock ok",
    ]


@pytest.mark.docker
async def test_an_engine_over_ssh_is_looked_at_step_by_step(server: sshd.Sshd) -> None:
    """Files, name, port, host key and login, and then the engine."""
    found = await checked(server.endpoint)

    assert shape(found) == [
        "files ok",
        "name ok",
        "port ok",
        "ssh-host-key ok",
        "ssh-login ok",
        "docker ok",
        "api-version ok",
        "engine-id ok",
        "clock ok",
    ]


@pytest.mark.docker
async def test_certificates_that_end_soon_are_warned_of(secured: Secured) -> None:
    """On both sides; they still work, so the rest is looked at."""
    own = secured.authority.issue("soon", not_after=now() + timedelta(days=6))
    soon = await checked(secured.authority.endpoint(secured.url, own))
    late = await checked(secured.endpoint, clock=lambda: now() + timedelta(days=400_000))

    (client,) = (each for each in soon if each.step is Step.CERTIFICATES)
    assert client.outcome is Outcome.WARNING
    assert client.message.startswith("the certificate of dockschedd expires in 5 days")
    both = [each.message for each in late if each.step is Step.CERTIFICATES]
    assert sorted(each.partition(" expired on")[0] for each in both) == [
        "the certificate of dockschedd",
        "the certificate of the engine",
    ]
    assert soon[-1].step is late[-1].step is Step.CLOCK


@pytest.mark.docker
async def test_a_key_that_everybody_can_read_is_warned_of(secured: Secured) -> None:
    """With TLS it is used all the same; ssh refuses it by itself."""
    own = secured.authority.issue("everybody")
    Path(own.key).chmod(0o644)

    found = await checked(secured.authority.endpoint(secured.url, own))

    assert shape(found)[0] == "files warning"
    assert found[0].hint == f"`chmod o= {own.key}`"
    assert not failed(found)


@pytest.mark.docker
async def test_wrong_trust_name_and_client_are_told_apart(
    secured: Secured, tmp_path: Path
) -> None:
    """Each fails in its own step, with what to do; a wrong name tells the right ones."""
    foreign = pki.Authority(tmp_path)
    right = secured.endpoint
    trust = await checked(replace(right, tls_ca=foreign.ca))
    name = await checked(replace(right, url=f"tcp://127.0.0.1:{secured.port}"))
    client = await checked(secured.authority.endpoint(secured.url, foreign.issue("client")))
    plain = await checked(Endpoint(url=secured.url, plain_tcp=True))

    assert last(trust) == (Step.TLS_TRUST, Outcome.FAILED)
    assert last(name) == (Step.TLS_NAME, Outcome.FAILED)
    assert "it is for localhost" in name[-1].message
    assert last(client) == (Step.TLS_CLIENT, Outcome.FAILED)
    assert shape(plain)[-2:] == ["encryption warning", "encryption failed"]


@pytest.mark.docker
async def test_trouble_with_ssh_fails_in_the_step_that_it_belongs_to(server: sshd.Sshd) -> None:
    """A key with a passphrase is told from one that is not let in."""
    right = server.endpoint
    stranger = server.make_key("check-stranger")
    locked = server.make_key("check-locked", "-N", "secret")
    opened = server.make_key("check-open")
    opened.chmod(0o640)
    empty = server.directory / "check-empty"
    empty.touch()
    port = sshd.free_port()
    for endpoint, step, words in (
        (replace(right, ssh_key=str(stranger)), Step.SSH_LOGIN, "permission denied"),
        (replace(right, ssh_key=str(locked)), Step.FILES, "has a passphrase"),
        (replace(right, ssh_key=str(opened)), Step.FILES, "read by others"),
        (replace(right, ssh_key="/nonexistent/key"), Step.FILES, "/nonexistent/key"),
        (replace(right, ssh_known_hosts=str(empty)), Step.SSH_HOST_KEY, "not in"),
        (replace(right, url=sshd.at("127.0.0.1", port)), Step.PORT, "connection refused"),
        (replace(right, url=sshd.at("no-such-host.invalid", 22)), Step.NAME, "no-such-host"),
    ):
        found = await checked(endpoint)

        assert last(found) == (step, Outcome.FAILED), found
        assert words in found[-1].message
        wanted = [Step.FILES, Step.NAME, Step.PORT, Step.SSH_HOST_KEY, Step.SSH_LOGIN]
        # The key of the machine is known before a login is tried, and the port before that.
        assert [each.step for each in found] == wanted[: wanted.index(step) + 1]


@pytest.mark.parametrize(
    ("url", "step"),
    [
        ("unix:///nonexistent/docker.sock", Step.SOCKET),
        ("unix:///etc/hostname", Step.SOCKET),
        ("tcp://no-such-host.invalid:2375", Step.NAME),
        ("tcp://127.0.0.1:{free}", Step.PORT),
    ],
)
async def test_what_cannot_be_reached_is_told_by_the_step(url: str, step: Step) -> None:
    """The first that fails is the last."""
    url = url.format(free=sshd.free_port())
    found = await checked(Endpoint(url=url, plain_tcp=url.startswith("tcp:")))

    assert last(found) == (step, Outcome.FAILED)


async def test_garbage_and_old_engines_are_told_apart(tmp_path: Path) -> None:
    """By the step that fails."""
    too_old = {"Version": "1.13", "ApiVersion": "1.25", "MinAPIVersion": "1.12"}
    with imitation(tmp_path, lambda _: (200, too_old)) as server:
        old = await checked(Endpoint(url=server.url))
    with answering(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        garbage = await checked(Endpoint(url=f"tcp://127.0.0.1:{port}", plain_tcp=True))

    assert last(old) == (Step.API_VERSION, Outcome.FAILED)
    assert "20.10" in (old[-1].hint or "")
    assert last(garbage) == (Step.DOCKER, Outcome.FAILED)


async def test_an_engine_that_tells_little_is_warned_of_and_no_more(tmp_path: Path) -> None:
    """A socket proxy that lets only a few requests through is no failure."""

    def answer(path: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"Version": "x", "ApiVersion": "1.41"}
        return 403, {"message": "forbidden"}

    with imitation(tmp_path, answer) as server:
        found = await checked(Endpoint(url=server.url))

    assert shape(found)[-2:] == ["engine-id warning", "clock ok"]
    assert not failed(found)


@pytest.mark.docker
async def test_a_clock_that_differs_is_warned_of(engine: Engine) -> None:
    """With how much, and in which direction."""
    found = await checked(Endpoint(url=engine.url), clock=lambda: now() - timedelta(seconds=90))

    assert last(found) == (Step.CLOCK, Outcome.WARNING)
    assert "90 s ahead of" in found[-1].message


async def test_what_hangs_is_told_within_the_limit() -> None:
    """With the step that it hangs in."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        found = await checked(Endpoint(url=f"tcp://127.0.0.1:{port}", plain_tcp=True), limit=0.4)

    assert last(found) == (Step.DOCKER, Outcome.FAILED)


@pytest.mark.docker
async def test_two_hosts_with_one_engine_are_told(engine: Engine) -> None:
    """By the name of the other, once that was connected."""
    hosts = DockerHosts({"one": Endpoint(url=engine.url), "two": Endpoint(url=engine.url)})
    await hosts.version("two")

    found = await hosts.check("one", now=now)

    (identity,) = (each for each in found if each.step is Step.ENGINE_ID)
    assert identity.outcome is Outcome.WARNING
    assert "`two`" in identity.message
    await hosts.close()


@pytest.mark.docker
async def test_a_check_that_finds_nothing_wrong_ends_the_wait_after_a_denied_login(
    server: sshd.Sshd,
) -> None:
    """Whoever has put the key where it belongs need not wait."""
    stranger = server.make_key("check-late")
    keys = server.directory / "keys"
    hosts = DockerHosts({"far": replace(server.endpoint, ssh_key=str(stranger))})
    with pytest.raises(Exception, match="permission denied"):
        await hosts.version("far")
    public = stranger.with_suffix(".pub").read_text()
    keys.write_text(f'{keys.read_text()}restrict,command="{sshd.FORCED}" {public}')

    assert not failed(await hosts.check("far", now=now))

    assert await hosts.version("far")
    await hosts.close()
