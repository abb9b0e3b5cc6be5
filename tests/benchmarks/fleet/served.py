"""Engines in memory behind the Docker Engine API, over Unix sockets.

What dockschedd asks of an engine is answered as a real one does (it passes tests/contracts);
anything else is a 404. One connection carries one request at a time, as HTTP/1.1 clients do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import urllib.parse
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core.model import ContainerState
from tests.benchmarks.fleet import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dockschedd import ports
    from tests.fake_engine import Event, FakeContainer, FakeEngine

_BACKLOG = 128
_HEAD_END = b"\r\n\r\n"
#: The engine keeps so many events for `since`.
_KEPT_EVENTS = 256
_ROUTE = re.compile(r"(?:/v[0-9.]+)?(/[a-z_]+)(?:/([^/]+))?(?:/([a-z]+))?")
_ACTIONS = frozenset({"start", "stop", "restart", "pause", "unpause"})
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
_REASONS = {200: "OK", 204: "No Content", 304: "Not Modified", 404: "Not Found", 409: "Conflict"}


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str]


class ServedEngine:
    """One engine on one socket.

    `reads_take`: how long a list or an inspect takes it. `on_action`: called with the verb
    and the container when a call that acts arrives.
    """

    def __init__(
        self,
        engine: FakeEngine,
        path: Path,
        *,
        clock: ports.Clock,
        reads_take: timedelta = timedelta(),
        on_action: Callable[[str, FakeContainer], None] | None = None,
    ) -> None:
        self.engine = engine
        self.url = f"unix://{path}"
        self._path = path
        self._clock = clock
        self._reads_take = reads_take
        self._on_action = on_action
        self._answers = answers.Answers()
        self._listener: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None
        self.connections: set[_Connection] = set()

    def open(self) -> None:
        """Accept connections from now on."""
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.setblocking(False)
        listening.bind(str(self._path))
        listening.listen(_BACKLOG)
        self._listener = asyncio.get_running_loop().create_task(self._listen(listening))

    def close(self) -> None:
        """Refuse connections and drop those that are open, as an engine that was killed."""
        if self._listener is not None:
            self._listener.cancel()
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in tuple(self.connections):
            connection.drop()

    async def _listen(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            made = await loop.create_unix_server(lambda: _Connection(self), sock=listening)
        except asyncio.CancelledError:
            listening.close()
            raise
        self._server = made

    # ------------------------------------------------------------ answering

    async def answer(self, request: _Request, connection: _Connection) -> None:
        """Answer one request."""
        await self.engine.answers.wait()
        found = _ROUTE.fullmatch(request.path)
        noun, name, verb = found.groups() if found else ("", None, None)
        match request.method, noun, name, verb:
            case "GET", "/version", None, None:
                connection.send(200, json.dumps(answers.VERSION).encode())
            case "GET", "/containers", "json", None:
                await self._clock.sleep(self._reads_take)
                connection.send(200, self._list(request.query))
            case "GET", "/containers", str(container_id), "json":
                await self._clock.sleep(self._reads_take)
                await self._inspect(container_id, connection)
            case "POST", "/containers", str(container_id), str(action) if action in _ACTIONS:
                await self._act(action, container_id, request.query, connection)
            case "GET", "/events", None, None:
                await self._events(request.query, connection)
            case _:
                connection.refuse(404, "page not found")

    def _list(self, query: Mapping[str, str]) -> bytes:
        wanted = [
            text.partition("=") for text in json.loads(query.get("filters", "{}")).get("label", ())
        ]
        everything = query.get("all") in ("1", "true")
        now = self._clock.now()
        rows = []
        for container in self.engine.containers.values():
            said = self._answers.labels(container)
            matches = all(
                said.get(key) == value if equals else key in said for key, equals, value in wanted
            )
            if matches and (everything or container.is_up):
                rows.append(self._answers.row(container, now))
        return b"[" + b",".join(rows) + b"]"

    async def _inspect(self, container_id: str, connection: _Connection) -> None:
        try:
            container = self.engine.known(container_id)
        except errors.ContainerGone:
            connection.refuse(404, f"No such container: {container_id}")
        else:
            connection.send(200, json.dumps(self._answers.inspect(container)).encode())

    async def _act(
        self, verb: str, container_id: str, query: Mapping[str, str], connection: _Connection
    ) -> None:
        try:
            container = self.engine.known(container_id)
            if self._on_action is not None:
                self._on_action(verb, container)
            if (verb, container.is_up) in (("start", True), ("stop", False)):
                paused = container.state is ContainerState.PAUSED
                if not (verb == "start" and paused):
                    connection.send(304, b"")
                    return
            # The engine goes on when its caller goes away.
            work = self.engine.spawn(self._carry_out(verb, container, _grace(query)))
            await asyncio.shield(work)
        except errors.ContainerGone:
            connection.refuse(404, f"No such container: {container_id}")
        except errors.HostRefused as refused:
            connection.refuse(409, refused.message)
        else:
            await self.engine.answers.wait()
            connection.send(204, b"")

    async def _carry_out(
        self, verb: str, container: FakeContainer, grace: timedelta | None
    ) -> None:
        engine = self.engine
        paused = container.state is ContainerState.PAUSED
        match verb:
            case "start":
                await engine.start(container)
            case "stop":
                await engine.stop(container, grace)
            case "restart":
                await engine.restart(container, grace)
            case "pause" if paused:
                raise errors.HostRefused(f"Container {container.id} is already paused")
            case "pause":
                engine.pause(container)
            case "unpause" if not paused:
                raise errors.HostRefused(f"Container {container.id} is not paused")
            case _:
                engine.unpause(container)

    async def _events(self, query: Mapping[str, str], connection: _Connection) -> None:
        filters = json.loads(query.get("filters", "{}"))
        actions = frozenset(filters.get("event", ()))
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        if "since" in query:
            since = datetime.fromtimestamp(float(query["since"]), UTC)
            for event in self.engine.log[-_KEPT_EVENTS:]:
                if event.at >= since:
                    queue.put_nowait(event)
        self.engine.watchers.add(queue)
        try:
            connection.begin_stream()
            while (item := await queue.get()) is not None:
                await self.engine.answers.wait()
                container = self.engine.made[item.container_id]
                if not actions or item.action.partition(":")[0] in actions:
                    connection.send_chunk(self._answers.event(item, container))
            connection.drop()
        finally:
            self.engine.watchers.discard(queue)


class _Connection(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, served: ServedEngine) -> None:
        self._served = served
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._served.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._served.connections.discard(self)
        self._transport = None
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._next()

    def drop(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def send(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
        if status not in (204, 304):
            head += f"Content-Length: {len(body)}\r\n"
        self._write(head.encode() + b"\r\n" + body)

    def refuse(self, status: int, message: str) -> None:
        self.send(status, json.dumps({"message": message}).encode())

    def begin_stream(self) -> None:
        self._write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )

    def send_chunk(self, body: bytes) -> None:
        self._write(b"%x\r\n%s\r\n" % (len(body), body))

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _next(self) -> None:
        """Begin to answer the next request, if it is whole and none is being answered."""
        end = self._received.find(_HEAD_END)
        if end < 0 or (self._task is not None and not self._task.done()):
            return
        head = self._received[:end]
        length = _LENGTH.search(head)
        whole = end + len(_HEAD_END) + (int(length[1]) if length else 0)
        if len(self._received) < whole:
            return
        self._received = self._received[whole:]
        method, target, _ = head.partition(b"\r\n")[0].decode().split(" ", 2)
        path, _, query = target.partition("?")
        request = _Request(method, urllib.parse.unquote(path), dict(urllib.parse.parse_qsl(query)))
        self._task = asyncio.get_running_loop().create_task(self._answer(request))

    async def _answer(self, request: _Request) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await self._served.answer(request, self)
            asyncio.get_running_loop().call_soon(self._next)


def _grace(query: Mapping[str, str]) -> timedelta | None:
    if "t" not in query:
        return None
    seconds = int(query["t"])
    # Negative: for ever.
    return timedelta(seconds=seconds) if seconds >= 0 else timedelta(days=1)
