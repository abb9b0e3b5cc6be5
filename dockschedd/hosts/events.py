"""The event stream of an engine: read by a thread of its own, yielded in the event loop.

An engine that ends just ends the stream. Nothing is ever dropped in silence: when the reader
is too slow the stream ends, and whoever reads it observes everything anew. Closing it wakes
the thread by shutting the socket down, which works on an engine that hangs as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import deque
from typing import TYPE_CHECKING

from dockschedd.hosts import lanes, observe, threads

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from datetime import datetime

    import requests

    from dockschedd import errors
    from dockschedd.hosts.client import Client

#: What concerns a stack. The engine is asked for these only: a health check makes three
#: exec events each time. `health_status` stands for all that begin with it.
ACTIONS = (
    "create",
    "destroy",
    "die",
    "health_status",
    "kill",
    "oom",
    "pause",
    "rename",
    "restart",
    "start",
    "stop",
    "unpause",
    "update",
)
#: Events not yet taken by the reader; a few MB.
LIMIT = 10_000
_LONGEST_LINE = 1 << 20
_FILTERS = json.dumps({"type": ["container"], "event": list(ACTIONS)})


async def stream(
    connect: Callable[[], Client],
    *,
    name: str,
    since: datetime | None,
    translated: Callable[[Exception], errors.HostError],
) -> AsyncGenerator[observe.Event, None]:
    """Yield events until the connection is lost, which ends it, or until it is closed.

    The engine keeps its last 256 events for `since`, those of health checks included.
    Raises what `translated` makes of an exception, while it is being opened.
    """
    wake = asyncio.Event()
    reader = _Reader(connect, since, asyncio.get_running_loop(), wake)
    threads.SHARED.begin(name, reader.read)
    try:
        while True:
            wake.clear()
            while reader.found:
                item = reader.found.popleft()
                if isinstance(item, _End):
                    if item.error is not None:
                        raise translated(item.error) from item.error
                    return
                yield item
            await wake.wait()
    finally:
        reader.close()


class _End:
    """The end of the stream; with the error that kept it from being opened."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


class _Reader:
    """What the thread does."""

    def __init__(
        self,
        connect: Callable[[], Client],
        since: datetime | None,
        loop: asyncio.AbstractEventLoop,
        wake: asyncio.Event,
    ) -> None:
        self.found: deque[observe.Event | _End] = deque()
        self._connect = connect
        self._since = None if since is None else f"{since.timestamp():.6f}"
        self._loop = loop
        self._wake = wake
        self._lock = threading.Lock()
        self._response: requests.Response | None = None
        self._closed = False

    def read(self) -> None:
        """Open the stream and read it to its end."""
        error: Exception | None = None
        try:
            self._read()
        except Exception as raised:  # noqa: BLE001 - the root of a thread
            # A stream that has been open only ever ends: the reader has to observe anew.
            error = None if self._response is not None else raised
        self._put(_End(error))

    def close(self) -> None:
        """Let the thread end at once; if the engine never began to answer, by its limit."""
        with self._lock:
            self._closed = True
            if self._response is not None:
                # The connection may have ended by itself and be released or gone.
                with contextlib.suppress(OSError, RuntimeError, ValueError):
                    self._response.raw.shutdown()

    def _read(self) -> None:
        with contextlib.closing(self._connect()) as client:
            response = client.open_events(self._since, _FILTERS)
            with contextlib.closing(response):
                with self._lock:
                    self._response = response
                    if self._closed:
                        return
                rest = b""
                for chunk in response.iter_content(chunk_size=None):
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        if not self._take(line):
                            return
                    if len(rest) > _LONGEST_LINE:
                        return

    def _take(self, line: bytes) -> bool:
        """Pass one line on. Returns False when reading should end."""
        if not line.strip():
            return True
        event = observe.event(json.loads(line))
        if event is None:
            return not self._closed
        return len(self.found) < LIMIT and self._put(event)

    def _put(self, item: observe.Event | _End) -> bool:
        self.found.append(item)
        return lanes.tell(self._loop, self._wake.set) and not self._closed
