"""Connections to a Unix socket for the docker SDK, which close what they could not connect.

The SDK's own leaves the socket of a failed connect to the garbage collector, which warns
about each: an engine that is down would fill the log of a daemon run with `-X dev`.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from docker.transport import unixconn

if TYPE_CHECKING:
    from collections.abc import Mapping


class Adapter(unixconn.UnixHTTPAdapter):
    """The SDK's adapter, with pools of `_Connection`."""

    def get_connection(self, url: str, proxies: Mapping[str, str] | None = None) -> _Pool:
        """Return the pool of that URL."""
        with self.pools.lock:
            pool = self.pools.get(url)
            if pool is None:
                pool = _Pool(url, self.socket_path, self.timeout, maxsize=self.max_pool_size)
                self.pools[url] = pool
        return pool


class _Pool(unixconn.UnixHTTPConnectionPool):
    def _new_conn(self) -> _Connection:
        return _Connection(self.base_url, self.socket_path, self.timeout)


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
