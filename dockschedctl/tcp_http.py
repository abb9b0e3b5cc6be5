"""HTTP/1.1 over TCP and TLS: the standard library's client, in the form of unix_http.

Whatever stands between, proxies and old servers included, is its business.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from dockschedctl.exits import Exit
from dockschedctl.failures import Failure
from dockschedctl.unix_http import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dockschedctl.servers import Server


class Response:
    """One answer; its body is read once, as a whole or line by line."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = response.headers

    def read(self, limit: int) -> bytes:
        """Return the body, or a little more than the limit of it."""
        try:
            body = self._response.read(limit + 1)
        except http.client.HTTPException as exc:
            raise MalformedError(str(exc)) from exc
        # With a limit the library does not tell when a body ends too early.
        if len(body) <= limit and self._response.length:
            raise MalformedError("its answer ends too early")
        return body

    def lines(self) -> Iterator[bytes]:
        """Yield the body's lines as they come, without their ends."""
        try:
            for line in self._response:
                yield line.removesuffix(b"\n").removesuffix(b"\r")
        except (http.client.HTTPException, ValueError) as exc:
            raise MalformedError(str(exc)) from exc


class Connection:
    """A connection to one server, for one request at a time."""

    def __init__(self, server: Server, timeout: float) -> None:
        scheme, _, where = server.url.partition("://")
        self._connection = (
            http.client.HTTPConnection(where, timeout=timeout)
            if scheme == "http"
            else http.client.HTTPSConnection(where, timeout=timeout, context=_trust(server.ca))
        )

    def connect(self) -> None:
        """Open it; raises OSError."""
        self._connection.connect()

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent on it."""
        return self._connection.sock is not None

    def exchange(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        """Send a request and return the beginning of its answer.

        Raises OSError and MalformedError; ConnectionError where nothing was answered at all.
        """
        try:
            self._connection.request(method, target, body=body, headers=dict(headers))
            return Response(self._connection.getresponse())
        except http.client.HTTPException as exc:
            if isinstance(exc, ConnectionError):
                raise
            raise MalformedError(str(exc) or "it does not speak HTTP") from exc

    def abort(self) -> None:
        """End it under whoever reads from it in another thread."""
        end = self._connection.sock
        if end is not None:
            with suppress(OSError):
                # Not the method of TLS sockets, which takes the session from the reader.
                socket.socket.shutdown(end, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def _trust(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as exc:
        raise Failure(
            f"the certificates in {ca} cannot be read: {exc}", exit_code=Exit.USAGE
        ) from exc
