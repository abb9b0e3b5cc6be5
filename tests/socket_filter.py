"""A filter before a Docker Engine, over real Unix sockets, as a socket proxy is one.

It lets through what it is told to, answers 403 to everything else, and remembers both.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FORBIDDEN = b"<html><body><h1>403 Forbidden</h1></body></html>\n"
_REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nConnection: close\r\n"
    + f"Content-Length: {len(_FORBIDDEN)}\r\n\r\n".encode()
    + _FORBIDDEN
)


@dataclass
class SocketFilter:
    """Listens at `path` for the engine at `engine`; `allows` gets method and path."""

    path: Path
    engine: Path
    allows: Callable[[str, str], bool]
    #: Method and path, without the query, of each request.
    passed: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    _open: set[socket.socket] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(128)
        self._accepting = threading.Thread(target=self._accept, name="filter", daemon=True)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def close(self) -> None:
        """End every connection."""
        for each in (self._listener, *tuple(self._open)):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._accepting.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Pass one request on, and then whatever either side sends."""
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(65536)
                if not piece:
                    break
                head += piece
            if head:
                self._pass_on(client, head)
        self._open.discard(client)

    def _pass_on(self, client: socket.socket, head: bytes) -> None:
        line, _, rest = head.partition(b"\r\n")
        method, target, _ = line.decode().split(" ", 2)
        asked = method, target.partition("?")[0]
        if not self.allows(*asked):
            self.refused.append(asked)
            client.sendall(_REFUSAL)
            return
        self.passed.append(asked)
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(str(self.engine))
            # One request for each connection: the next one is looked at as well.
            engine.sendall(line + b"\r\nConnection: close\r\n" + rest)
            _pipe(client, engine)


def _pipe(one: socket.socket, other: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                source = key.fileobj
                assert isinstance(source, socket.socket)
                data = source.recv(65536)
                if not data:
                    return
                key.data.sendall(data)


@contextlib.contextmanager
def socket_filter(
    path: Path, engine: Path, allows: Callable[[str, str], bool]
) -> Iterator[SocketFilter]:
    """Run one for a while."""
    made = SocketFilter(path, engine, allows)
    try:
        yield made
    finally:
        made.close()
