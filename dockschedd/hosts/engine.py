"""One Docker Engine: its calls, each in a thread, each within its time limit.

Nothing is connected before the first call. Cancelling a call stops the waiting and not the
engine: what has been sent is carried out, and has to be observed afterwards.
"""

from __future__ import annotations

import asyncio
import math
import threading
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from dockschedd import errors
from dockschedd.core import labels
from dockschedd.core.model import ContainerState
from dockschedd.hosts import breaker, events, lanes, limits, observe, ways

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from datetime import datetime

    from dockschedd.core import certificates, fleet, model
    from dockschedd.hosts.client import Client

T = TypeVar("T")

#: Of a container without its own stop timeout: the engine's, unless it was configured.
DEFAULT_GRACE = timedelta(seconds=10)
#: Of a container whose own stop timeout is negative: the engine itself waits for ever.
LONGEST_GRACE = timedelta(days=1)
_READERS = 4
#: Containers whose stop timeouts are remembered.
_MOST_REMEMBERED = 20_000


class _Kind(Enum):
    """What a call is to the engine."""

    #: Always made: its answer is what ends a time in which no others are.
    PROBE = "probe"
    #: Answered at once.
    QUESTION = "question"
    #: Answered when it is done, which may take its time.
    ACTION = "action"


class _LeftAloneError(Exception):
    """The call is not made."""

    def __init__(self, refusal: errors.HostError) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


class Engine:
    """One engine, by its name and where it is."""

    def __init__(
        self,
        name: str,
        endpoint: fleet.Endpoint,
        *,
        parallel: int,
        read_limit: timedelta,
        act_limit: timedelta,
        stop_margin: timedelta,
    ) -> None:
        self.name = name
        self.endpoint = endpoint
        self.url = endpoint.url
        self._way = ways.to(endpoint)
        self._read_limit = read_limit.total_seconds()
        self._act_limit = act_limit.total_seconds()
        self._stop_margin = stop_margin.total_seconds()
        self._graces: dict[str, timedelta | None] = {}
        # Apart, so that stops that take their time never keep a list waiting.
        self._actions = lanes.Lane(f"docker-{name}", parallel)
        self._reads = lanes.Lane(f"docker-{name}-read", _READERS)
        self.checks = lanes.Lane(f"docker-{name}-check", 1)
        # Apart as well: lists that hang must not keep it from being known whether others do.
        self._probes = lanes.Lane(f"docker-{name}-probe", 1)
        self._breaker = breaker.Breaker(name, limit=self._read_limit)
        self._client: Client | None = None
        self._lock = threading.Lock()

    def allow(self, parallel: int) -> None:
        """Let so many calls that change something be under way at once, from now on."""
        self._actions = lanes.Lane(f"docker-{self.name}", parallel)

    async def version(self) -> str:
        """Return the engine's version; asked also while other calls are refused."""

        def call(client: Client) -> str:
            return str(client.about().get("Version", ""))

        return await self._run(
            self._probes,
            call,
            doing="ask for its version",
            seconds=self._read_limit,
            kind=_Kind.PROBE,
        )

    async def identity(self) -> str:
        """Return what only this engine says of itself; "" where it does not tell."""
        return await self._read(lambda client: client.identity(), doing="ask who it is")

    def silent(self) -> float:
        """Return for how many seconds a question has been waiting; 0: none is."""
        return self._breaker.silent(asyncio.get_running_loop().time())

    def rest(self, seconds: float) -> None:
        """Note that the next probe comes in so many seconds."""
        self._breaker.rests(until=asyncio.get_running_loop().time() + seconds)

    @property
    def is_connected(self) -> bool:
        """Return whether the last call found the engine."""
        return self._client is not None

    def renew(self) -> None:
        """Connect anew, at once, for the next call."""
        self.close()
        self._way = ways.to(self.endpoint)

    async def certificates(self) -> tuple[certificates.Certificate, ...]:
        """Return those of the last connection, the client's as it is on disk now."""
        if not self._way.has_certificates:
            return ()
        try:
            # A file may be on a disk that hangs.
            return await self._reads.run(self._way.certificates, limit=self._read_limit)
        except TimeoutError as cause:
            raise self._translated(cause, "read its certificate") from cause

    async def containers(self, stack: str | None) -> Mapping[str, tuple[model.Container, ...]]:
        """Return stack → containers, of all stacks or of that one."""

        def call(client: Client) -> Mapping[str, tuple[model.Container, ...]]:
            if stack is None:
                return observe.stacks(client.rows())
            # The engine joins labels by AND: one call for each way of belonging to a stack.
            rows = [
                row
                for label in (labels.PROJECT, labels.STACK)
                for row in client.rows(f"{label}={stack}")
            ]
            found = observe.stacks(rows)
            return {stack: found[stack]} if stack in found else {}

        return await self._read(call, doing="list the containers")

    async def inspect(self, container_id: str) -> observe.Inspected:
        """Return what only an inspect tells."""

        def call(client: Client) -> observe.Inspected:
            return observe.inspected(client.inspected(container_id))

        return await self._read(call, doing=_doing("inspect", container_id))

    async def start(self, container_id: str) -> None:
        """Start it; the engine itself says nothing when it runs already."""

        def call(client: Client) -> None:
            client.start(container_id)

        await self._act(call, doing=_doing("start", container_id), seconds=self._act_limit)

    async def stop(self, container_id: str, grace: timedelta | None) -> None:
        """Stop it and return when it has stopped."""
        if grace is None:
            grace = await self._own_grace(container_id)
        # Without a time of its own the engine's default holds, which may be configured.
        seconds = None if grace is None else _whole_seconds(grace)

        def call(client: Client) -> None:
            client.stop(container_id, timeout=seconds)

        doing = _doing("stop", container_id)
        await self._act(call, doing=doing, seconds=self._stop_limit(grace))

    async def restart(self, container_id: str, grace: timedelta | None) -> None:
        """Let the engine restart it."""
        if grace is None:
            grace = await self._own_grace(container_id)
        # The SDK always sends a time; without one it would be its own default.
        seconds = _whole_seconds(DEFAULT_GRACE if grace is None else grace)
        limit = self._stop_limit(grace) + self._act_limit

        def call(client: Client) -> None:
            client.restart(container_id, timeout=seconds)

        await self._act(call, doing=_doing("restart", container_id), seconds=limit)

    async def _own_grace(self, container_id: str) -> timedelta | None:
        """Return the container's own stop timeout: fixed when it was created, so asked once."""
        if container_id not in self._graces:
            if len(self._graces) >= _MOST_REMEMBERED:
                self._graces.clear()
            self._graces[container_id] = (await self.inspect(container_id)).stop_timeout
        return self._graces[container_id]

    async def pause(self, container_id: str) -> None:
        """Pause it."""

        def call(client: Client) -> None:
            client.pause(container_id)

        doing = _doing("pause", container_id)
        try:
            await self._act(call, doing=doing, seconds=self._act_limit)
        except errors.HostRefused:
            if (await self.inspect(container_id)).container.state is not ContainerState.PAUSED:
                raise

    async def unpause(self, container_id: str) -> None:
        """Unpause it."""

        def call(client: Client) -> None:
            client.unpause(container_id)

        doing = _doing("unpause", container_id)
        try:
            await self._act(call, doing=doing, seconds=self._act_limit)
        except errors.HostRefused:
            if (await self.inspect(container_id)).container.state is ContainerState.PAUSED:
                raise

    async def events(self, since: datetime | None) -> AsyncGenerator[observe.Event, None]:
        """Yield its events; see hosts.events."""
        try:
            self._allow(_Kind.QUESTION)
        except _LeftAloneError as left:
            raise left.refusal from None
        found = events.stream(
            self._connect,
            name=f"events-{self.name}",
            since=since,
            limit=self._read_limit,
            translated=lambda cause: self._failed(cause, "follow the events", _Kind.QUESTION),
        )
        try:
            async for event in found:
                yield event
        finally:
            await found.aclose()
            # The engine that comes back may be another version.
            self.close()

    def close(self) -> None:
        """Let the connections go; calls under way end by themselves."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()
        self._way.close()

    def _stop_limit(self, grace: timedelta | None) -> float:
        seconds = _whole_seconds(DEFAULT_GRACE if grace is None else grace)
        longest = LONGEST_GRACE.total_seconds()
        return (longest if seconds < 0 else float(seconds)) + self._stop_margin

    async def _read(self, call: Callable[[Client], T], *, doing: str) -> T:
        return await self._run(
            self._reads, call, doing=doing, seconds=self._read_limit, kind=_Kind.QUESTION
        )

    async def _act(self, call: Callable[[Client], None], *, doing: str, seconds: float) -> None:
        await self._run(self._actions, call, doing=doing, seconds=seconds, kind=_Kind.ACTION)

    async def _run(
        self,
        lane: lanes.Lane,
        call: Callable[[Client], T],
        *,
        doing: str,
        seconds: float,
        kind: _Kind,
    ) -> T:
        under_way = limits.Call()

        def work() -> T:
            with under_way.under_way():
                return self._connected().limited(seconds, call)

        try:
            self._allow(kind)
            answer = await lane.run(
                work, limit=seconds, cut=under_way.cut, allow=lambda: self._allow(kind)
            )
        except _LeftAloneError as left:
            raise left.refusal from None
        except Exception as cause:
            raise self._failed(cause, doing, kind) from cause
        self._breaker.answered()
        return answer

    def _allow(self, kind: _Kind) -> None:
        """Raise _LeftAloneError, or note that the engine is asked."""
        now = asyncio.get_running_loop().time()
        if kind is not _Kind.PROBE:
            refusal = self._breaker.refusal(now)
            if refusal is not None:
                raise _LeftAloneError(refusal)
        if kind is not _Kind.ACTION:
            self._breaker.asked(now)

    def _failed(self, cause: Exception, doing: str, kind: _Kind) -> errors.HostError:
        error = self._translated(cause, doing)
        now = asyncio.get_running_loop().time()
        self._breaker.failed(error, now=now, is_probe=kind is _Kind.PROBE)
        return error

    def _connected(self) -> Client:
        """Return the client for calls, made on first use and after a connection was lost."""
        with self._lock:
            if self._client is not None:
                return self._client
        made = self._connect()
        with self._lock:
            if self._client is None:
                self._client = made
                return made
            kept = self._client
        made.close()
        return kept

    def _connect(self) -> Client:
        from dockschedd.hosts import client  # noqa: PLC0415 - on first use: 90 ms, 15 MB

        return client.connect(self._way, limit=self._read_limit)

    def _translated(self, cause: Exception, doing: str) -> errors.HostError:
        from dockschedd.hosts import translate  # noqa: PLC0415 - as above

        if isinstance(cause, TimeoutError):
            return translate.timeout(host=self.name, doing=doing)
        error = translate.error(cause, host=self.name, url=self.url, doing=doing)
        if isinstance(error, errors.HostUnreachable) or error.code == "host-api-version":
            self.close()
        return error


def _whole_seconds(grace: timedelta) -> int:
    """Return what the engine is told; it takes -1 as for ever."""
    return max(-1, math.ceil(grace.total_seconds()))


def _doing(verb: str, container_id: str) -> str:
    return f"{verb} container {container_id[:12]}"
