"""Where the API listens."""

from __future__ import annotations

import asyncio
import grp
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys

import aiohttp
import pytest
import trustme

from dockschedd.api import server, serving, sockets
from dockschedd.errors import Startup


def test_the_socket_is_for_its_user_and_group_from_the_beginning(tmp_path) -> None:
    """Mode 0660 whatever the umask says, and the umask is put back."""
    before = os.umask(0)
    try:
        bound = sockets.bind_unix(tmp_path / "run" / "s", group="no-such-group")
        after = os.umask(0)
    finally:
        os.umask(before)

    assert stat.S_IMODE(bound.path.stat().st_mode) == 0o660
    assert after == 0
    bound.close()
    assert not bound.path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_socket_belongs_to_the_group_that_is_asked_for(tmp_path) -> None:
    """Whoever is in it may connect."""
    group = next(g for g in grp.getgrall() if g.gr_gid not in {0, os.getegid()})
    bound = sockets.bind_unix(tmp_path / "s", group=group.gr_name)

    assert bound.path.stat().st_gid == group.gr_gid
    bound.close()


def test_a_daemon_that_is_alive_keeps_its_socket(tmp_path) -> None:
    """The second one is refused with what to do, and the first one goes on."""
    first = sockets.bind_unix(tmp_path / "s", group="-")
    with pytest.raises(Startup) as refused:
        sockets.bind_unix(tmp_path / "s", group="-")

    assert refused.value.code == "socket-in-use"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "s"))
    first.close()


def test_a_daemon_that_is_too_busy_to_answer_keeps_its_socket(tmp_path) -> None:
    """A full queue is a sign of life."""
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(path)
        busy.listen(0)
        waiting = []
        for _ in range(5):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            waiting.append(client)
            try:
                client.connect(path)
            except BlockingIOError:
                break
        with pytest.raises(Startup, match="another dockschedd"):
            sockets.bind_unix(tmp_path / "s", group="-")
        for client in waiting:
            client.close()


def test_what_a_killed_daemon_left_is_replaced(tmp_path) -> None:
    """After kill -9 the file is still there, and nobody listens."""
    program = (
        "import sys, pathlib, time; from dockschedd.api import sockets; "
        "b = sockets.bind_unix(pathlib.Path(sys.argv[1]), group='-'); print(flush=True); "
        "sys.stdin.read()"
    )
    words = [sys.executable, "-c", program, str(tmp_path / "s")]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert stat.S_ISSOCK((tmp_path / "s").lstat().st_mode)

    bound = sockets.bind_unix(tmp_path / "s", group="-")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "s"))
    bound.close()


def test_what_is_no_socket_is_left_alone(tmp_path) -> None:
    """A file, a directory or a link in its place is somebody's."""
    (tmp_path / "file").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "directory").mkdir()
    for name in ("file", "link", "directory"):
        with pytest.raises(Startup) as refused:
            sockets.bind_unix(tmp_path / name, group="-")

        assert refused.value.code == "socket-failed"
    assert (tmp_path / "file").read_text() == "precious"


def test_a_path_that_cannot_be_is_told(tmp_path) -> None:
    """Too long, or below a file: a sentence, not a traceback."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / ("x" * 200), tmp_path / "file" / "s"):
        with pytest.raises(Startup) as refused:
            sockets.bind_unix(path, group="-")

        assert refused.value.code == "socket-failed"


def test_the_file_of_a_successor_is_not_removed(tmp_path) -> None:
    """A daemon that ends late leaves alone what is not its own."""
    first = sockets.bind_unix(tmp_path / "s", group="-")
    (tmp_path / "s").rename(tmp_path / "old")
    second = sockets.bind_unix(tmp_path / "s", group="-")
    first.close()

    assert (tmp_path / "s").exists()
    second.close()


def test_a_port_that_is_taken_is_told() -> None:
    """With what to do; another address that cannot be is told apart."""
    first = sockets.bind_tcp("127.0.0.1", 0)
    with pytest.raises(Startup) as taken:
        sockets.bind_tcp("127.0.0.1", first.getsockname()[1])
    with pytest.raises(Startup) as foreign:
        sockets.bind_tcp("192.0.2.1", 8737)
    first.close()

    assert (taken.value.code, foreign.value.code) == ("address-in-use", "address-failed")
    assert "--listen" in str(taken.value.hint)


@pytest.fixture
def certificate(tmp_path):
    """A CA, and a certificate and key that it signed, as files."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    return authority


async def test_tls_is_spoken_with_a_certificate_and_nothing_older_than_1_2(
    start, certificate, tmp_path
) -> None:
    """A client that trusts the CA gets through; one that does not, or is too old, does not."""
    async with start() as daemon:
        tcp = sockets.bind_tcp("127.0.0.1", 0)
        context = sockets.tls(tmp_path / "cert.pem", tmp_path / "key.pem")
        app = server.build(daemon.services)
        url = f"https://127.0.0.1:{tcp.getsockname()[1]}/healthz"
        trusting, stranger = ssl.create_default_context(), ssl.create_default_context()
        certificate.configure_trust(trusting)
        async with (
            serving.serving(app, unix=None, tcp=tcp, tls=context),
            aiohttp.ClientSession() as session,
        ):
            async with session.get(url, ssl=trusting) as response:
                assert response.status == 200
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await session.get(url, ssl=stranger)

    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_files_that_are_no_certificate_are_told(certificate, tmp_path) -> None:
    """Missing, not PEM, or not belonging together."""
    other = trustme.CA().issue_cert("127.0.0.1")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    (tmp_path / "text").write_text("nothing")
    assert certificate
    for cert, key in (("cert.pem", "other.pem"), ("text", "key.pem"), ("none", "key.pem")):
        with pytest.raises(Startup) as refused:
            sockets.tls(tmp_path / cert, tmp_path / key)

        assert refused.value.code == "tls"


async def test_a_request_under_way_is_answered_before_the_daemon_stops(start) -> None:
    """Nothing new is accepted, and the socket's file is gone afterwards."""
    gate, entered = asyncio.Event(), asyncio.Event()

    async def slow(ref) -> None:
        entered.set()
        await gate.wait()

    async with start() as daemon:
        daemon.inventory.refresh = slow
        session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(daemon.socket)))
        body = {"action": "stop", "selectors": ["web"]}
        asking = asyncio.ensure_future(session.post("http://localhost/v1/plans", json=body))
        await entered.wait()
        asyncio.get_running_loop().call_later(0.1, gate.set)
    response = await asking

    assert (response.status, (await response.json(content_type=None))["code"]) == (
        *(404, "stack-not-found"),
    )
    assert not daemon.socket.exists()
    await session.close()


async def test_no_new_action_is_taken_once_the_daemon_is_stopping(daemon) -> None:
    """It would be planned and not carried out before the next start; looking goes on."""
    body = {"action": "stop", "selectors": ["web"]}
    daemon.services.stopping.set()
    reply = await daemon.local("POST", "/v1/runs", json=body)

    assert (reply.status, reply.code) == (503, "shutting-down")
    assert (await daemon.local("GET", "/v1/runs")).json["items"] == []
