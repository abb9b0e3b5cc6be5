"""What tests of hosts/ connect to: engines with TLS, imitations of engines, and garbage."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import socketserver
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import engines, pki, sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dockschedd.core.fleet import Endpoint

LONG_AGO = datetime.now(UTC) - timedelta(days=30)
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@dataclass
class Secured:
    """An engine that asks for client certificates, with what belongs to it."""

    engine: engines.Engine
    authority: pki.Authority
    port: int
    client: pki.Pair

    @property
    def url(self) -> str:
        return f"tcp://localhost:{self.port}"

    @property
    def endpoint(self) -> Endpoint:
        return self.authority.endpoint(self.url, self.client)


@contextlib.contextmanager
def secured_engine(directory: Path, *, not_after: datetime | None = None) -> Iterator[Secured]:
    engines.require_engine()
    authority = pki.Authority(directory)
    port = sshd.free_port()
    server = authority.issue("server", "localhost", not_before=LONG_AGO, not_after=not_after)
    engine = engines.start_engine(*authority.options(server, port))
    try:
        yield Secured(engine, authority, port, authority.issue("client"))
    finally:
        engine.remove()


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


@contextlib.contextmanager
def answering(data: bytes) -> Iterator[int]:
    """Answer whatever comes with that, on the port that is yielded."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(data)
                        connection.shutdown(socket.SHUT_WR)
                        while connection.recv(65536):
                            pass

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def ours(endpoint: Endpoint) -> list[str]:
    """Return the command lines of every ssh that uses the key of that host."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = entry.read_bytes().decode(errors="replace").split("\0")
            if words[0].endswith("ssh") and any(str(endpoint.ssh_key) in each for each in words):
                found.append(" ".join(words))
    return found
