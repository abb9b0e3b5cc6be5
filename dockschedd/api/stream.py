"""Server-sent events: `event: run`, `data: {…}`, and a comment as a sign of life.

The subscription is open before the headers are sent, so that whoever has them misses nothing.
Ends when the daemon stops, when the caller may no longer see it, or when nobody reads.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from dockschedd.api import auth
from dockschedd.wire import system

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    from dockschedd.api.call import Call

CONTENT_TYPE: Final = "text/event-stream"
#: Seconds for which a client may leave what was sent unread before it is taken for dead.
_PATIENCE: Final = 60.0
_encoder: Final = msgspec.json.Encoder()
_KINDS: Final = {
    system.RunEvent: b"run",
    system.StackEvent: b"stack",
    system.ChangeEvent: b"change",
}


async def serve(
    request: web.Request,
    call: Call,
    source: AbstractAsyncContextManager[AsyncGenerator[system.Event, None]],
    stopping: asyncio.Event,
) -> web.StreamResponse:
    """Send the events of the source until it is over."""
    async with source as source_events, aclosing(source_events) as events:
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = CONTENT_TYPE
        # nginx holds back what it has not been told to pass on.
        response.headers["X-Accel-Buffering"] = "no"
        await response.prepare(request)
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.TaskGroup() as group:
                stop = group.create_task(stopping.wait())
                try:
                    await _pump(response, call, events, stop)
                finally:
                    stop.cancel()
            await response.write_eof()
    return response


async def _pump(
    response: web.StreamResponse,
    call: Call,
    events: AsyncGenerator[system.Event, None],
    stop: asyncio.Task[bool],
) -> None:
    loop = asyncio.get_running_loop()
    every = call.services.ping_every.total_seconds()
    ping_at = loop.time() + every
    coming = asyncio.ensure_future(anext(events))
    try:
        while not stop.done():
            wait = max(0.0, ping_at - loop.time())
            await asyncio.wait({coming, stop}, timeout=wait, return_when="FIRST_COMPLETED")
            if coming.done():
                await _write(response, encode(coming.result()))
                coming = asyncio.ensure_future(anext(events))
            if loop.time() >= ping_at:
                if not await auth.is_current(call.services, call.who):
                    return
                await _write(response, b": ping\n\n")
                ping_at = loop.time() + every
    except StopAsyncIteration:
        return
    finally:
        coming.cancel()
        await asyncio.wait({coming})


def encode(event: system.Event) -> bytes:
    """Return the event as it is sent."""
    return b"event: " + _KINDS[type(event)] + b"\ndata: " + _encoder.encode(event) + b"\n\n"


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(_PATIENCE):
        await response.write(data)
