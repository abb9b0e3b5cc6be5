"""Engines over TLS: a real dockerd, with right and wrong certificates on both sides."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.core.fleet import Endpoint
from dockschedd.hosts import tls, ways
from dockschedd.hosts.pool import DockerHosts
from tests import pki, sshd
from tests.hosts.parts import LONG_AGO, YESTERDAY, answering, secured_engine

if TYPE_CHECKING:
    from tests.hosts.parts import Secured


async def refused(endpoint: Endpoint) -> errors.HostError:
    """Return what every call on that host raises."""
    hosts = DockerHosts({"far": endpoint})
    with pytest.raises(errors.HostError) as caught:
        await hosts.containers("far")
    await hosts.close()
    return caught.value


@pytest.mark.docker
async def test_an_engine_is_spoken_to_over_tls(
    secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment says of proxies and authorities has no say."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    hosts = DockerHosts({"far": secured.endpoint})

    assert await hosts.version("far")
    assert await hosts.containers("far") == {}
    await hosts.close()


@pytest.mark.docker
async def test_an_engine_of_another_authority_is_not_trusted(
    secured: Secured, tmp_path: Path
) -> None:
    """Nothing is asked of it."""
    error = await refused(replace(secured.endpoint, tls_ca=pki.Authority(tmp_path).ca))

    assert (type(error), error.code) == (errors.HostUnreachable, "host-tls-trust")
    assert "tls_ca" in error.message
    assert "ca.pem" in (error.hint or "")


@pytest.mark.docker
async def test_the_authorities_of_the_machine_do_not_sign_for_it(secured: Secured) -> None:
    """Without tls_ca those of the machine are trusted, and no others."""
    assert (await refused(replace(secured.endpoint, tls_ca=None))).code == "host-tls-trust"


@pytest.mark.docker
async def test_a_certificate_for_another_name_is_refused(secured: Secured) -> None:
    """The name in the URL has to be in it, or the address."""
    error = await refused(replace(secured.endpoint, url=f"tcp://127.0.0.1:{secured.port}"))

    assert error.code == "host-tls-name"
    assert "127.0.0.1" in error.message
    assert "subjectAltName" in (error.hint or "")


@pytest.mark.docker
async def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    """On whichever side it is."""
    with secured_engine(tmp_path, not_after=YESTERDAY) as expired:
        error = await refused(expired.endpoint)

    assert error.code == "host-tls-expired"
    assert "expired" in error.message


@pytest.mark.docker
@pytest.mark.parametrize("which", ["none", "foreign", "expired"])
async def test_an_engine_that_refuses_our_certificate_is_told_from_one_that_is_wrong(
    secured: Secured, tmp_path: Path, which: str
) -> None:
    """TLS 1.3 tells it after the handshake, when the first request is on its way."""
    own = {
        "none": lambda: None,
        "foreign": lambda: pki.Authority(tmp_path).issue("client"),
        "expired": lambda: secured.authority.issue(
            "old", not_before=LONG_AGO, not_after=YESTERDAY
        ),
    }[which]()

    for _ in range(10):
        error = await refused(secured.authority.endpoint(secured.url, own))

        assert (type(error), error.code) == (errors.HostUnreachable, "host-tls-client")
        assert "--tlscacert" in (error.hint or "")


@pytest.mark.docker
async def test_renewed_files_are_taken_up_by_the_next_connection(
    secured: Secured, tmp_path: Path
) -> None:
    """The daemon is not restarted; the files keep their names."""
    own = pki.Authority(tmp_path).issue("client")
    hosts = DockerHosts({"far": secured.authority.endpoint(secured.url, own)})
    with pytest.raises(errors.HostUnreachable):
        await hosts.version("far")

    Path(own.cert).write_bytes(Path(secured.client.cert).read_bytes())
    Path(own.key).write_bytes(Path(secured.client.key).read_bytes())

    assert await hosts.version("far")
    await hosts.close()


@pytest.mark.docker
async def test_the_ends_of_both_certificates_are_known(secured: Secured) -> None:
    """The engine's from the last connection, the client's from the file as it is now."""
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10)
    own = secured.authority.issue("short", not_after=soon)
    hosts = DockerHosts({"far": secured.authority.endpoint(secured.url, own)})
    assert [each.owner for each in await hosts.certificates("far")] == [tls.CLIENT]
    await hosts.version("far")

    ends = {each.owner: each.ends_at for each in await hosts.certificates("far")}
    assert ends[tls.CLIENT] == soon
    assert ends[tls.ENGINE] > soon

    secured.authority.issue("short", not_after=soon + timedelta(days=300))
    ends = {each.owner: each.ends_at for each in await hosts.certificates("far")}
    assert ends[tls.CLIENT] == soon + timedelta(days=300)
    await hosts.close()


@pytest.mark.docker
async def test_plain_http_to_a_port_that_wants_tls_is_said(secured: Secured) -> None:
    """It is not taken for a refusal of the call."""
    error = await refused(Endpoint(url=secured.url, plain_tcp=True))

    assert (type(error), error.code) == (errors.HostUnreachable, "host-speaks-tls")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "host-speaks-plain"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "host-speaks-plain"),
        (b"", "host-tls-broken"),
    ],
)
async def test_what_does_not_speak_tls_is_said(tmp_path: Path, data: bytes, code: str) -> None:
    """A plain engine, another service, or one that hangs up."""
    with answering(data) as port:
        error = await refused(pki.Authority(tmp_path).endpoint(f"tcp://127.0.0.1:{port}", None))

    assert (type(error), error.code) == (errors.HostUnreachable, code)
    assert error.hint


@pytest.mark.parametrize(
    ("data", "code"),
    [
        # A fatal alert, as servers without plain HTTP answer.
        (b"\x15\x03\x01\x00\x02\x02\x0a", "host-speaks-tls"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "host-not-docker"),
        (b"220 mail ESMTP\r\n" * 100, "host-not-docker"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "host-not-docker"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "host-answer-lost"),
        (b"", "host-answer-lost"),
    ],
)
async def test_garbage_on_a_plain_port_is_said(data: bytes, code: str) -> None:
    """A wrong URL is told from an engine that fails."""
    with answering(data) as port:
        error = await refused(Endpoint(url=f"tcp://127.0.0.1:{port}", plain_tcp=True))

    assert error.code == code


async def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    """Before anything is connected."""
    authority, other = pki.Authority(tmp_path), pki.Authority(tmp_path, "other")
    own, others = authority.issue("client"), other.issue("client")
    garbage = tmp_path / "garbage"
    garbage.write_text("garbage")
    good = authority.endpoint("tcp://127.0.0.1:9", own)

    for endpoint, named in (
        (replace(good, tls_ca="/nonexistent/ca.pem"), "/nonexistent/ca.pem"),
        (replace(good, tls_ca=str(garbage)), str(garbage)),
        (replace(good, tls_cert="/nonexistent/c.pem"), "/nonexistent/c.pem"),
        (replace(good, tls_key="/nonexistent/k.pem"), "/nonexistent/k.pem"),
        (replace(good, tls_cert=str(garbage)), str(garbage)),
        (replace(good, tls_key=others.key), others.key),
    ):
        error = await refused(endpoint)

        assert error.code == "host-tls-files"
        assert named in error.message


def test_a_key_with_a_passphrase_is_refused_and_asks_nobody(tmp_path: Path) -> None:
    """OpenSSL would ask on the terminal."""
    authority = pki.Authority(tmp_path)
    own = authority.issue("client")
    locked = str(tmp_path / "locked.key")
    subprocess.run(
        ["openssl", "pkey", "-in", own.key, "-aes256", "-passout", "pass:x", "-out", locked],
        check=True,
    )
    way = ways.to(authority.endpoint("tcp://127.0.0.1:9", pki.Pair(own.cert, locked)))

    with pytest.raises(Exception, match="has a passphrase"):
        way.connect(1)


async def test_names_that_do_not_exist_and_ports_that_are_closed_are_said() -> None:
    """With what to look at."""
    unknown = await refused(Endpoint(url="tcp://no-such-host.invalid:2375", plain_tcp=True))
    closed = await refused(Endpoint(url=f"tcp://127.0.0.1:{sshd.free_port()}", plain_tcp=True))

    assert unknown.code == "host-name-unknown"
    assert "getent hosts no-such-host.invalid" in (unknown.hint or "resolvectl")
    assert "connection refused" in closed.message
    assert "ss -ltn" in (closed.hint or "")
