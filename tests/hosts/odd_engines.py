"""Engines that misbehave, over real Unix sockets: what a real one cannot be made to do.

Each request is given to `answer`, which writes what it likes to the connection. An engine
that was left in the middle of an answer ends with `close`.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

VERSION = {"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
EVENT = {
    "Type": "container",
    "Action": "die",
    "Actor": {
        "ID": "f" * 64,
        "Attributes": {"com.docker.compose.project": "web", "exitCode": "0"},
    },
    "timeNano": 1_700_000_000_000_000_000,
}


def row(number: int, *, stack: str = "web", state: str = "running") -> dict[str, object]:
    """Return one row of a list of containers."""
    return {
        "Id": f"{number:064x}",
        "Names": [f"/{stack}-a-{number}"],
        "State": state,
        "Status": "Up 3 minutes" if state == "running" else "Exited (0) 3 minutes ago",
        "Labels": {
            "com.docker.compose.project": stack,
            "com.docker.compose.service": "a",
            "com.docker.compose.container-number": str(number),
        },
    }


@dataclass
class Talk:
    """One request, and the connection that it came by."""

    engine: OddEngine
    connection: socket.socket
    method: str
    path: str
    #: How many bytes were sent in all.
    sent: int = 0

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)
        self.sent += len(data)

    def reply(self, body: object, status: int = 200) -> None:
        """Answer as an engine does."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\n"
        self.send(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)

    def trickle(self, data: bytes) -> None:
        """Send one byte at a time for ever, well within what is waited for one."""
        while not self.engine.over.wait(0.03):
            self.send(data[:1] or b" ")
            data = data[1:]

    def chunk(self, data: bytes) -> None:
        """Send a piece of an answer whose length nobody knows."""
        self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def stay(self) -> None:
        """Say nothing more, until the other side has had enough."""
        while self.connection.recv(65536):
            pass

    def well(self) -> None:
        """Answer as an engine does on which one stack runs; events begin and never come."""
        if self.path.endswith("/version"):
            self.reply(VERSION)
        elif self.path.endswith("/info"):
            self.reply({"ID": str(self.engine.path), "Name": "odd"})
        elif "/events" in self.path:
            self.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            self.stay()
        elif "/containers/json" in self.path:
            self.reply([row(1)] if "dockschedd.stack" not in self.path else [])
        elif self.path.endswith("/json"):
            state = {"Status": "running", "ExitCode": 0}
            self.reply({"Id": f"{1:064x}", "Name": "/web-a-1", "State": state, "Config": {}})
        else:
            self.reply(b"", 204)


Answer = Callable[[Talk], object]


@dataclass
class OddEngine:
    """Listens on a Unix socket and gives each request to `answer`."""

    path: Path
    answer: Answer
    asked: list[str] = field(default_factory=list)
    #: Set when it is closed: whoever sends for ever stops.
    over: threading.Event = field(default_factory=threading.Event)
    connections: int = 0
    _open: set[socket.socket] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(128)
        self._run(self._accept)

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    @property
    def open(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def close(self) -> None:
        """End every connection, and the threads."""
        self.over.set()
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _run(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name="odd-engine", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            self._run(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                method, path, _ = line.decode().split(" ", 2)
                length = 0
                while header := stream.readline().strip():
                    name, _, value = header.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                stream.read(length)
                self.asked.append(f"{method} {path}")
                if self.answer(Talk(self, connection, method, path)) is False:
                    break
        self._open.discard(connection)


@contextlib.contextmanager
def odd_engine(directory: Path, answer: Answer, name: str = "docker.sock") -> Iterator[OddEngine]:
    """Run one for a while."""
    engine = OddEngine(directory / name, answer)
    try:
        yield engine
    finally:
        engine.close()


# ---------------------------------------------------------------- how they misbehave


def silent(talk: Talk) -> None:
    """Accept and never answer."""
    talk.stay()


def slow_to_begin(talk: Talk) -> None:
    """One byte of a header at a time."""
    talk.trickle(HEAD + b"X-" + b"a" * 4000)


def slow_to_end(talk: Talk) -> None:
    """One byte of the answer at a time."""
    talk.send(HEAD + b"Content-Length: 100000\r\n\r\n")
    talk.trickle(b"[" + b" " * 100000)


def endless(talk: Talk) -> None:
    """An answer that does not end, as fast as it can."""
    talk.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    talk.chunk(b"[")
    while not talk.engine.over.is_set():
        talk.chunk(b" " * 65536)


def endless_header(talk: Talk) -> None:
    """Headers that do not end, as fast as it can."""
    talk.send(HEAD)
    while not talk.engine.over.is_set():
        talk.send(b"X-More: 1\r\n")


def garbage(talk: Talk) -> bool:
    """Bytes that are no HTTP."""
    talk.send(b"\x00\xff\x13garbage\n" * 40)
    return False


def wrong_shape(talk: Talk) -> None:
    """JSON of another shape than an engine's."""
    if talk.path.endswith("/version"):
        talk.reply(VERSION)
    else:
        talk.reply([None, 3, "x", {"Id": 5, "Labels": [1], "State": {}, "Names": 3}, [[]]])


def deep(talk: Talk) -> None:
    """JSON that is nested too deep for any parser."""
    if talk.path.endswith("/version"):
        talk.reply(VERSION)
    else:
        talk.reply(b"[" * 200_000)


def no_json(talk: Talk) -> None:
    """A page, with success."""
    talk.reply(b"<html>It works!</html>")


def cut_off(talk: Talk) -> bool:
    """Half of the answer, and the end of the connection."""
    talk.send(HEAD + b"Content-Length: 1000\r\n\r\n[{")
    return False


def closing(talk: Talk) -> bool:
    """The end of the connection for an answer."""
    return False


def failing(talk: Talk) -> None:
    """An error of the engine's own, whatever is asked."""
    talk.reply({"message": "something is broken"}, 500)


def redirecting(talk: Talk) -> None:
    """Somewhere else, for ever."""
    talk.send(b"HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
