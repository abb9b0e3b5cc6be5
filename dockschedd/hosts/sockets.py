"""Connections to a Unix socket for the docker SDK, which close what they could not connect.

The SDK's own leaves the socket of a failed connect to the garbage collector, which warns of
each: an engine that is down would fill the log of a daemon that runs with `-X dev`.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from docker.transport import unixconn

if TYPE_CHECKING:
    from collections.abc import Mapping


class Adapter(unixconn.UnixHTTPAdapter):
    """The SDK's adapter, with one pool of `_Connection`.

    The SDK's own keeps a pool for each URL: a connection for every call of every container.
    """

    def get_connection(
        self,
        url: bytes | str,
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - requests passes it
    ) -> _Pool:
        """Return the pool of the socket, whatever the URL is."""
        with self.pools.lock:
            pool: _Pool | None = self.pools.get(self.socket_path)
            if pool is None:
                pool = _Pool(str(url), self.socket_path, self.timeout, maxsize=self.max_pool_size)
                self.pools[self.socket_path] = pool
        return pool


class _Pool(unixconn.UnixHTTPConnectionPool):
    def _new_conn(self) -> _Connection:  # type: ignore[override]  # the stubs know an older urllib3
        return _Connection(self.base_url, self.socket_path, self.timeout)  # type: ignore[arg-type]


class _Connection(unixconn.UnixHTTPConnection):
    def connect(self) -> None:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.settimeout(self.timeout)
            made.connect(self.unix_socket)
        except BaseException:
            made.close()
            raise
        self.sock = made
