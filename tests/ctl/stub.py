"""A daemon that says what a test tells it to say: real HTTP over a real Unix socket.

For what the real daemon cannot be made to do on demand: break connections, answer nonsense,
count refreshes, end its event stream in the middle.
"""

from __future__ import annotations

import json
import socketserver
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from dockschedd.wire import paths, problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the client sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Refuse:
    """Answer with a problem."""

    code: str
    detail: str = ""
    hint: str | None = None
    faults: tuple[problems.FieldFault, ...] = ()


class Hang(Exception):
    """Close the connection without an answer."""


@dataclass(frozen=True)
class Stream:
    """Answer with server-sent events, then close."""

    chunks: Any


@dataclass
class Stub:
    """The daemon: what it answers, and what it was asked."""

    socket: Path
    routes: dict[str, Callable[[Request], object]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    api: str | None = paths.API_VERSION

    def on(self, what: str, answer: object) -> None:
        """Answer `GET /v1/x` with a value, a callable's value, or the next item of a list."""
        if isinstance(answer, list):
            items = iter(answer)
            self.routes[what] = lambda _: next(items)
        elif callable(answer):
            self.routes[what] = answer
        else:
            self.routes[what] = lambda _: answer

    @property
    def asked(self) -> Counter[str]:
        """How often each route was asked for."""
        return Counter(f"{r.method} {r.path}" for r in self.requests)

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stub: Stub

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length)
        request = Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers=dict(self.headers),
            body=json.loads(data) if data else None,
        )
        self.stub.requests.append(request)
        route = self.stub.routes.get(f"{request.method} {request.path}")
        try:
            answer = route(request) if route else Refuse("no-such-route")
        except Hang:
            self.close_connection = True
            return
        match answer:
            case Stream():
                self._stream(answer)
            case Refuse():
                status, title = problems.CODES[answer.code]
                problem = problems.Problem(
                    code=answer.code,
                    title=title,
                    status=status,
                    detail=answer.detail,
                    hint=answer.hint,
                    faults=answer.faults,
                )
                self._send(status, msgspec.json.encode(problem), problems.CONTENT_TYPE)
            case bytes():
                self._send(200, answer, "text/html")
            case None:
                self._send(204, b"", "application/json")
            case _:
                status = 202 if request.method == "POST" else 200
                self._send(status, msgspec.json.encode(answer), "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self._head(status, content_type)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def _head(self, status: int, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if self.stub.api is not None:
            self.send_header(paths.API_HEADER, self.stub.api)
        self.send_header(paths.VERSION_HEADER, "0.1.0")

    def _stream(self, answer: Stream) -> None:
        self._head(200, "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for chunk in answer.chunks:
                self.wfile.write(chunk)
                self.wfile.flush()
        except BrokenPipeError:
            pass

    # The names are those of the standard library.
    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are part of the tests."""


@contextmanager
def running(socket: Path) -> Iterator[Stub]:
    """Run a stub on a Unix socket until the block ends."""
    stub = Stub(socket=socket)
    handler = type("Handler", (_Handler,), {"stub": stub})
    with _Server(str(socket), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()


def event(name: str, value: object) -> bytes:
    """Return one server-sent event as the daemon writes it."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(value) + b"\n\n"
