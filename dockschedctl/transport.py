"""Requests to one daemon, over its Unix socket or over TLS.

Knows requests and answers, and nothing of what they mean. What the network does wrong
becomes a Failure here; `Broken` alone says that the same request may be sent again.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from dockschedctl.exits import Exit
from dockschedctl.failures import Failure
from dockschedctl.unix_http import Connection as UnixConnection
from dockschedctl.unix_http import Headers, MalformedError
from dockschedctl.unix_http import Response as UnixResponse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message
    from types import TracebackType
    from typing import Self

    from dockschedctl import tcp_http
    from dockschedctl.servers import Server

    Connection: TypeAlias = UnixConnection | tcp_http.Connection
    Response: TypeAlias = UnixResponse | tcp_http.Response

#: How long an ordinary request may take.
PATIENCE: Final = 30.0
LARGEST_ANSWER: Final = 64 * 1024 * 1024


class Broken(Failure):
    """The connection ended before there was an answer."""


class Answer(msgspec.Struct, frozen=True):
    """What the daemon answered."""

    status: int
    headers: Headers | Message[str, str]
    body: bytes


class Transport:
    """Connections to one daemon."""

    def __init__(self, server: Server, *, patience: float = PATIENCE) -> None:
        self.server = server
        self._patience = patience
        self._connection: Connection | None = None
        self._extra: list[Connection] = []

    def send(
        self, method: str, target: str, *, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Carry out one request on the connection that is kept open.

        Raises Broken when the connection ended first, Failure when there is none to be had.
        """
        if self._connection is None or not self._connection.is_open:
            self._drop()
            self._connection = self._connect(self._patience)
        try:
            response = self._begin(self._connection, method, target, body, headers)
            return Answer(response.status, response.headers, self.read(response))
        except BaseException:
            self._drop()
            raise

    def stream(self, target: str, *, headers: Mapping[str, str], patience: float) -> Response:
        """Open a stream on a connection of its own; a silence longer than `patience` ends it.

        The one that was open before is closed.
        """
        for old in self._extra:
            old.close()
        connection = self._connect(patience)
        self._extra = [connection]
        return self._begin(connection, "GET", target, None, headers)

    def abort(self) -> None:
        """End every connection under whoever waits for it in another thread."""
        for connection in (self._connection, *self._extra):
            if connection is not None:
                connection.abort()

    def close(self) -> None:
        """Close every connection."""
        self._drop()
        for connection in self._extra:
            connection.close()
        self._extra.clear()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _connect(self, timeout: float) -> Connection:
        connection = self._unconnected(timeout)
        try:
            connection.connect()
        except OSError as exc:
            connection.close()
            raise unreachable(self.server, exc) from exc
        return connection

    def _unconnected(self, timeout: float) -> Connection:
        if self.server.socket is not None:
            return UnixConnection(self.server.socket, timeout)
        from dockschedctl import tcp_http  # noqa: PLC0415 (25 ms, only where there is TCP)

        return tcp_http.Connection(self.server, timeout)

    def _begin(
        self,
        connection: Connection,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Response:
        try:
            return connection.exchange(method, target, body, headers)
        except ConnectionError as exc:
            raise Broken(
                f"{self.server.url} closed the connection without an answer",
                exit_code=Exit.UNREACHABLE,
                hint="look at the daemon's log: `journalctl -u dockschedd`",
            ) from exc
        except TimeoutError as exc:
            raise self._too_slow() from exc
        except (MalformedError, OSError) as exc:
            raise stranger(self.server, str(exc)) from exc

    def read(self, response: Response) -> bytes:
        """Return the body of an answer; raises Broken where it ends early."""
        try:
            body = response.read(LARGEST_ANSWER)
        except TimeoutError as exc:
            raise self._too_slow() from exc
        except (MalformedError, OSError) as exc:
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
