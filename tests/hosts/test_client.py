"""What is agreed with an engine on first contact, and what else may answer at its address."""

from __future__ import annotations

import contextlib
import http.server
import json
import socketserver
import threading
from typing import TYPE_CHECKING, Any

import pytest

from dockschedd import errors
from dockschedd.hosts.pool import DockerHosts, url_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


async def test_nothing_is_connected_before_the_first_call(tmp_path: Path) -> None:
    """A daemon starts although an engine is down; the first call tells why."""
    hosts = DockerHosts({"local": f"unix://{tmp_path}/docker.sock"})

    with pytest.raises(errors.HostUnreachable) as caught:
        await hosts.version("local")

    assert caught.value.hint == "see whether Docker runs: `systemctl status docker`"
    assert isinstance(caught.value.__cause__, Exception)
    await hosts.close()


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("unix:///var/run/docker.sock", True),
        ("tcp://127.0.0.1:2375", True),
        ("tcp://[::1]:2375", True),
        ("unix://docker.sock", False),
        ("/var/run/docker.sock", False),
        ("tcp://127.0.0.1", False),
        ("http://127.0.0.1:2375", False),
        ("", False),
    ],
)
def test_only_urls_that_an_engine_can_have_are_taken(url: str, right: bool) -> None:
    """All faults are told at once, each with its path."""
    assert (url_fault("hosts.a.url", url) is None) is right
    if not right:
        with pytest.raises(errors.Invalid) as caught:
            DockerHosts({"b": url, "a": url})
        assert [fault.path for fault in caught.value.faults] == ["hosts.a.url", "hosts.b.url"]


class Imitation(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers over a Unix socket as it is told, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, path: Path, answer: Callable[[str], tuple[int, object]]) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Answers(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked.append(self.path)
                status, body = answer(self.path)
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def address_string(self) -> str:
                return ""

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(str(path), Answers)
        self.url = f"unix://{path}"
        self.connections = 0

    def get_request(self) -> tuple[Any, Any]:
        self.connections += 1
        return super().get_request()


@contextlib.contextmanager
def imitation(path: Path, answer: Callable[[str], tuple[int, object]]) -> Iterator[Imitation]:
    with Imitation(path / "docker.sock", answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("oldest", "newest", "spoken"),
    [("1.12", "1.41", "1.41"), ("1.24", "1.47", "1.41"), ("1.44", "1.52", "1.44")],
)
async def test_the_version_is_the_oldest_that_both_understand(
    tmp_path: Path, oldest: str, newest: str, spoken: str
) -> None:
    """Engines that dropped API 1.41 are spoken to in their own oldest version."""

    def answer(path: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"Version": "x", "ApiVersion": newest, "MinAPIVersion": oldest}
        return 200, []

    with imitation(tmp_path, answer) as server:
        hosts = DockerHosts({"local": server.url})
        assert await hosts.containers("local") == {}
        await hosts.close()

    assert server.asked[0] == "/version"
    assert server.asked[1].startswith(f"/v{spoken}/containers/json")
    assert len(server.asked) == 2


async def test_an_engine_that_is_too_old_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """It is a refusal, not something that passes by itself."""
    too_old = {"Version": "1.13", "ApiVersion": "1.25", "MinAPIVersion": "1.12"}
    with imitation(tmp_path, lambda _: (200, too_old)) as server:
        hosts = DockerHosts({"local": server.url})
        with pytest.raises(errors.HostRefused) as caught:
            await hosts.containers("local")
        await hosts.close()

    assert caught.value.code == "host-too-old"
    assert "20.10" in (caught.value.hint or "")


@pytest.mark.parametrize("body", [b"<html>hello</html>", {}, [], b"", b"\xff"])
async def test_what_is_no_engine_is_said_to_be_none(tmp_path: Path, body: object) -> None:
    """A wrong URL is told from an engine that fails."""
    with imitation(tmp_path, lambda _: (200, body)) as server:
        hosts = DockerHosts({"local": server.url})
        with pytest.raises(errors.HostRefused) as caught:
            await hosts.containers("local")
        await hosts.close()

    assert caught.value.code == "host-not-docker"


async def test_an_upgraded_engine_is_asked_for_its_version_again(tmp_path: Path) -> None:
    """After a refusal of the version the next call agrees on another one."""
    oldest = ["1.12"]

    def answer(path: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"Version": "x", "ApiVersion": "1.52", "MinAPIVersion": oldest[0]}
        if not path.startswith(f"/v{max(oldest[0], '1.41')}/"):
            return 400, {"message": "client version 1.41 is too old"}
        return 200, []

    with imitation(tmp_path, answer) as server:
        hosts = DockerHosts({"local": server.url})
        assert await hosts.containers("local") == {}
        oldest[0] = "1.44"
        with pytest.raises(errors.HostRefused):
            await hosts.containers("local")
        assert await hosts.containers("local") == {}
        await hosts.close()


async def test_calls_about_different_containers_share_a_connection(tmp_path: Path) -> None:
    """The SDK would open one for each URL, which costs the engine more than the call."""

    def answer(path: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"Version": "x", "ApiVersion": "1.41"}
        return 200, {"Id": path}

    with imitation(tmp_path, answer) as server:
        hosts = DockerHosts({"local": server.url})
        for number in range(40):
            await hosts.inspect("local", f"{number:064x}")
        await hosts.close()

    assert len(server.asked) == 41
    assert server.connections == 1
