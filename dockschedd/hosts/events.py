"""The event stream of an engine: read by a thread of its own, yielded in the event loop.

An engine that ends just ends the stream. Nothing is ever dropped in silence: when the reader
is too slow the stream ends, and whoever reads it observes everything anew. Closing it wakes
the thread by shutting the socket down, which works on an engine that hangs as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from typing import TYPE_CHECKING

from dockschedd.hosts import lanes, limits, observe, threads

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
_PIECE = 1 << 16
_FILTERS = json.dumps({"type": ["container"], "event": list(ACTIONS)})


async def stream(
    connect: Callable[[], Client],
    *,
    name: str,
    since: datetime | None,
    limit: float,
    translated: Callable[[Exception], errors.HostError],
) -> AsyncGenerator[observe.Event, None]:
    """Yield events until the connection is lost, which ends it, or until it is closed.

    The engine keeps its last 256 events for `since`, those of health checks included.
    Raises what `translated` makes of an exception, while it is being opened, which takes no
    longer than `limit` seconds.
    """
    wake = asyncio.Event()
    loop = asyncio.get_running_loop()
    reader = _Reader(connect, since, loop, wake)
    timer = loop.call_later(limit, reader.give_up)
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
        timer.cancel()
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
        self._call = limits.Call()
        self._response: requests.Response | None = None
        self._closed = False
        self._is_late = False

    def read(self) -> None:
        """Open the stream and read it to its end."""
        error: Exception | None = None
        try:
            with self._call.under_way():
                self._read()
        except Exception as raised:  # noqa: BLE001 - the root of a thread
            # A stream that has been open only ever ends: the reader has to observe anew.
            error = None if self._response is not None else raised
        self._put(_End(TimeoutError() if self._is_late else error))

    def close(self) -> None:
        """Let the thread end at once."""
        self._closed = True
        self._call.cut()

    def give_up(self) -> None:
        """Let the thread end if the stream is not open."""
        if self._response is None:
            self._is_late = True
            self._call.cut()

    def _read(self) -> None:
        with contextlib.closing(self._connect()) as client:
            response = client.open_events(self._since, _FILTERS)
            with contextlib.closing(response):
                self._response = response
                self._call.take_its_time()
                rest = b""
                # What has come by now, whatever the pieces are in which it was sent.
                while piece := response.raw.read1(_PIECE):
                    *lines, rest = (rest + piece).split(b"\n")
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
