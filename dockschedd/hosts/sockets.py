"""Connections for the docker SDK, made by the way to the engine.

Each is known to the call that uses it, which can be cut from outside.
"""

from __future__ import annotations

import http.client
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import urllib3
import urllib3.connection
from docker.transport.basehttpadapter import BaseHTTPAdapter

from dockschedd.hosts import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests
    from urllib3._base_connection import BaseHTTPConnection

    from dockschedd.hosts import ways


#: A connection that has not been used for this long is closed when another one is.
IDLE_S: Final = 60.0


class Adapter(BaseHTTPAdapter):
    """An adapter of requests with one pool of `_Connection`, whatever the URL is.

    The SDK's own keeps a pool for each URL: a connection for every call of every container.
    """

    def __init__(self, way: ways.Way, *, kept: int) -> None:
        super().__init__()
        self._way = way
        self._kept = kept
        self._lock = threading.Lock()
        self._pool = _Pool(way, kept)

    def get_connection(
        self,
        url: bytes | str,  # noqa: ARG002 - requests passes it
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - the same
    ) -> _Pool:
        """Return the pool of the engine; a new one after `close`, for calls under way."""
        with self._lock:
            if self._pool.pool is None:
                self._pool = _Pool(self._way, self._kept)
            return self._pool

    def request_url(
        self,
        request: requests.PreparedRequest,
        proxies: Mapping[str, str] | None,  # noqa: ARG002 - requests passes it
    ) -> str:
        """Return the path: what is before it stands for the engine."""
        return request.path_url

    def close(self) -> None:
        """Close the connections that are not in use; the others when they are done."""
        super().close()
        self._pool.close()


class _Pool(urllib3.HTTPConnectionPool):
    def __init__(
        self, way: ways.Way, kept: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(way.host, way.port, maxsize=kept)
        self._way = way
        self._clock = clock

    def _put_conn(self, conn: BaseHTTPConnection | None) -> None:
        # urllib3 warns of each connection that it does not keep.
        if conn is not None and self.pool is not None and self.pool.full():
            conn.close()
        else:
            if isinstance(conn, _Connection):
                conn.used_at = self._clock()
            super()._put_conn(conn)
        self._close_idle()

    def _close_idle(self) -> None:
        """Close what one busy moment needed and nobody since: the last one in is the first out."""
        waiting = self.pool
        if waiting is None:
            return
        before = self._clock() - IDLE_S
        with waiting.mutex:
            for place, conn in enumerate(waiting.queue):
                if isinstance(conn, _Connection) and conn.used_at < before:
                    conn.close()
                    waiting.queue[place] = None

    def _new_conn(self) -> _Connection:
        return _Connection(self._way)


class _Connection(urllib3.connection.HTTPConnection):
    def __init__(self, way: ways.Way) -> None:
        super().__init__(way.host, way.port)
        self._way = way
        self.used_at = 0.0

    def connect(self) -> None:
        self.sock = self._way.connect(self.timeout)
        limits.uses(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send one request, by the connection that was kept if there is one."""
        limits.uses(self.sock)
        super().request(*args, **kwargs)

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as in urllib3
        """Return the answer; one that never came is explained by the way."""
        sock = self.sock
        try:
            return super().getresponse()
        except (OSError, http.client.BadStatusLine) as lost:
            why = self._way.why(lost, sock)
            if why is lost:
                raise
            raise why from lost
