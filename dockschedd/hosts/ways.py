"""The ways to engines: each makes connections to one of them.

Files are read at each connect, so that renewed certificates are taken up by the next one.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from dockschedd.core import endpoints

if TYPE_CHECKING:
    from dockschedd.core import certificates, fleet


#: Above the number of calls at once, so that no connection is thrown away and made again.
MOST_KEPT = 64


class Way(Protocol):
    """The way to one engine. Every method may be called by several threads at once."""

    #: What HTTP requests call the engine.
    host: str
    port: int | None
    #: Connections that are kept for the next calls.
    kept: int
    has_certificates: bool

    def connect(self, limit: float | None) -> socket.socket:
        """Return a new connection, made within so many seconds. Raises OSError or Trouble."""

    def why(self, lost: Exception, sock: socket.socket | None) -> Exception:
        """Return what explains that a connection ended before an answer came."""

    def certificates(self) -> tuple[certificates.Certificate, ...]:
        """Return the certificates of the last connection, the client's as it is on disk now."""

    def close(self) -> None:
        """Let the next connection start afresh; those that are open live on."""


def to(endpoint: fleet.Endpoint) -> Way:
    """Return the way to an endpoint that has no faults."""
    match endpoints.kind(endpoint.url):
        case "unix":
            return Unix(endpoint.url.removeprefix("unix://"))
        case "tcp":
            from dockschedd.hosts import tcp  # noqa: PLC0415 - ssl: 10 ms, 3 MB

            return tcp.Tcp(endpoint)
        case _:
            from dockschedd.hosts import ssh  # noqa: PLC0415 - where there is an ssh:// host

            return ssh.Ssh(endpoint)


class Unix:
    """An engine's own socket, or one that is bridged to it."""

    host = "localhost"
    port: int | None = None
    kept = MOST_KEPT
    has_certificates = False

    def __init__(self, path: str) -> None:
        self._path = path

    def connect(self, limit: float | None) -> socket.socket:
        """Return a new connection; a socket that could not be connected is closed.

        The SDK's own leaves that to the garbage collector, which warns of each: an engine
        that is down would fill the log of a daemon that runs with `-X dev`.
        """
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.settimeout(limit)
            made.connect(self._path)
        except BaseException:
            made.close()
            raise
        return made

    def why(self, lost: Exception, sock: socket.socket | None) -> Exception:  # noqa: ARG002 - Way
        """Return the error itself: there is nobody else to ask."""
        return lost

    def certificates(self) -> tuple[certificates.Certificate, ...]:
        """Return nothing."""
        return ()

    def close(self) -> None:
        """There is nothing to forget."""


def address(url: str, port: int) -> tuple[str, int]:
    """Return host name and port of a `tcp://` or `ssh://` URL; `port` where it names none."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or port
