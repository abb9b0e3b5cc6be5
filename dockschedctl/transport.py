"""HTTP/1.1 to one daemon, over its Unix socket or over TLS.

Knows requests and answers, and nothing of what they mean. What the network does wrong
becomes a Failure here; `Broken` alone says that the same request may be sent again.
"""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl.exits import Exit
from dockschedctl.failures import Failure
from dockschedd.wire import paths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from dockschedctl.servers import Server

#: How long an ordinary request may take.
PATIENCE: Final = 30.0
LARGEST_ANSWER: Final = 64 * 1024 * 1024


class Broken(Failure):
    """The connection ended before there was an answer."""


class Answer(msgspec.Struct, frozen=True):
    """What the daemon answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket; the Host header is a name that no web page can have."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__(paths.LOCAL_HOST, timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)
        except BaseException:
            self.sock.close()
            self.sock = None
            raise


class Transport:
    """Connections to one daemon."""

    def __init__(self, server: Server, *, patience: float = PATIENCE) -> None:
        self.server = server
        self._patience = patience
        self._connection: http.client.HTTPConnection | None = None
        self._extra: list[http.client.HTTPConnection] = []

    def send(
        self, method: str, target: str, *, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Carry out one request on the connection that is kept open.

        Raises Broken when the connection ended first, Failure when there is none to be had.
        """
        if self._connection is None or self._connection.sock is None:
            self._connection = self._connect(self._patience)
        try:
            response = self._begin(self._connection, method, target, body, headers)
            return Answer(response.status, response.headers, self.read(response))
        except BaseException:
            self._connection.close()
            self._connection = None
            raise

    def stream(
        self, target: str, *, headers: Mapping[str, str], patience: float
    ) -> http.client.HTTPResponse:
        """Open a stream on a connection of its own; a silence longer than `patience` ends it."""
        connection = self._connect(patience)
        self._extra.append(connection)
        return self._begin(connection, "GET", target, None, headers)

    def close(self) -> None:
        """Close every connection."""
        for connection in (self._connection, *self._extra):
            if connection is not None:
                connection.close()
        self._connection = None
        self._extra.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        connection = self._unconnected(timeout)
        try:
            connection.connect()
        except OSError as exc:
            connection.close()
            raise unreachable(self.server, exc) from exc
        return connection

    def _unconnected(self, timeout: float) -> http.client.HTTPConnection:
        path = self.server.socket
        if path is not None:
            return _UnixConnection(path, timeout)
        scheme, _, rest = self.server.url.partition("://")
        if scheme == "http":
            return http.client.HTTPConnection(rest, timeout=timeout)
        import ssl  # noqa: PLC0415 (only where there is TLS)

        try:
            context = ssl.create_default_context(cafile=self.server.ca)
        except (OSError, ssl.SSLError) as exc:
            raise Failure(
                f"the certificates in {self.server.ca} cannot be read: {exc}",
                exit_code=Exit.USAGE,
            ) from exc
        return http.client.HTTPSConnection(rest, timeout=timeout, context=context)

    def _begin(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        try:
            connection.request(method, target, body=body, headers=dict(headers))
            return connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected) as exc:
            raise Broken(
                f"{self.server.url} closed the connection without an answer",
                exit_code=Exit.UNREACHABLE,
                hint="look at the daemon's log: `journalctl -u dockschedd`",
            ) from exc
        except TimeoutError as exc:
            raise self._too_slow() from exc
        except (http.client.HTTPException, OSError) as exc:
            raise stranger(self.server, str(exc)) from exc

    def read(self, response: http.client.HTTPResponse) -> bytes:
        """Return the body of an answer; raises Broken where it ends early."""
        try:
            body = response.read(LARGEST_ANSWER + 1)
        except TimeoutError as exc:
            raise self._too_slow() from exc
        except (http.client.HTTPException, OSError) as exc:
            raise Broken(
                f"{self.server.url} closed the connection in the middle of its answer",
                exit_code=Exit.UNREACHABLE,
            ) from exc
        if len(body) > LARGEST_ANSWER:
            raise stranger(self.server, "its answer is longer than 64 MiB")
        return body

    def _too_slow(self) -> Failure:
        return Failure(
            f"{self.server.url} did not answer within {self._patience:g}s",
            exit_code=Exit.TIMED_OUT,
            hint="what was asked for may still be carried out: see `dockschedctl run ls`",
        )


def stranger(server: Server, why: str) -> Failure:
    """Return the failure for something that answers and is no dockschedd."""
    return Failure(
        f"what answers at {server.url} is not dockschedd: {why}",
        exit_code=Exit.UNREACHABLE,
        hint=f"the address comes from {server.chosen_by}; see `dockschedctl context ls`",
    )


def unreachable(server: Server, error: OSError) -> Failure:
    """Return the failure for a daemon that cannot be connected to, with what helps."""
    message, hint = _reason(server, error)
    return Failure(message, exit_code=Exit.UNREACHABLE, hint=hint)


def _reason(server: Server, error: OSError) -> tuple[str, str]:
    running = "is dockschedd running? `systemctl status dockschedd`"
    reason = error.strerror or str(error)
    path = server.socket
    if path is None:
        return _reason_tcp(server, error, running, reason)
    match error:
        case PermissionError():
            join = "`sudo usermod -aG dockschedd $USER`, then log in to the machine again"
            return f"you may not open {path}", f"use sudo, or join the group: {join}"
        case FileNotFoundError():
            return f"there is no daemon at {path}", f"{running}; for another machine give --server"
        case ConnectionRefusedError():
            return f"nothing listens at {path}", running
        case _:
            return f"{path} cannot be reached: {reason}", running


def _reason_tcp(server: Server, error: OSError, running: str, reason: str) -> tuple[str, str]:
    import ssl  # noqa: PLC0415 (only where there is TCP)

    url = server.url
    match error:
        case ssl.SSLCertVerificationError():
            store = "`dockschedctl context add NAME URL --ca FILE`"
            hint = f"for a private authority give --ca FILE, or store it with {store}"
            return f"the certificate of {url} is not to be trusted: {error.verify_message}", hint
        case ssl.SSLError():
            return f"{url} does not speak TLS: {error.reason or reason}", "check the port"
        case socket.gaierror():
            return f"the name in {url} cannot be resolved: {reason}", "check the spelling"
        case ConnectionRefusedError():
            return f"nothing listens at {url}", running
        case TimeoutError():
            return f"{url} does not answer", "check the address, and firewalls between"
        case _:
            return f"{url} cannot be reached: {reason}", running
