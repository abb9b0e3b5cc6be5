"""The API on its sockets, from the first request to the last."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import AsyncIterator

    from dockschedd.api.sockets import UnixSocket

#: Seconds that requests under way get to end; event streams end at once.
GRACE = 10.0


@asynccontextmanager
async def serving(
    app: web.Application,
    *,
    unix: UnixSocket | None,
    tcp: socket.socket | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[None]:
    """Answer requests while inside; at the end stop listening first, then let them end."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    try:
        if unix is not None:
            await web.SockSite(runner, unix.listening).start()
        if tcp is not None:
            await web.SockSite(runner, tcp, ssl_context=tls).start()
        yield
    finally:
        try:
            await runner.cleanup()
        finally:
            if unix is not None:
                unix.close()
