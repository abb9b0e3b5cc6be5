"""The API on its sockets, from the first request to the last."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import AsyncIterator

    from dockschedd.api.sockets import UnixSocket

_log = logging.getLogger(__name__)

#: Seconds that requests under way get to end; event streams end at once.
GRACE = 10.0


def _shorten(record: logging.LogRecord) -> bool:
    """Make one line of what is no HTTP: anybody can send that, as often as they like."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args, record.exc_info = "request.malformed", (), None
    return True


@asynccontextmanager
async def serving(
    app: web.Application,
    *,
    unix: UnixSocket | None,
    tcp: socket.socket | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[None]:
    """Answer requests while inside; at the end stop listening first, then let them end."""
    _log.addFilter(_shorten)
    runner = web.AppRunner(app, access_log=None, logger=_log, shutdown_timeout=GRACE)
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
