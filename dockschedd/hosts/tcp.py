"""The way to an engine over TCP: with TLS, or without where that was said."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import TYPE_CHECKING

from dockschedd.hosts import tls, trouble, ways

if TYPE_CHECKING:
    from dockschedd.core import certificates, fleet

#: A peer that is gone without a word is noticed within a minute, also by a stream on which
#: nothing is ever sent.
_KEEP_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)
#: How an alert of TLS begins, as HTTP takes it for a status line.
_ALERT = "\x15\x03"
_PORT = 2376


class Tcp:
    """Implements ways.Way."""

    kept = ways.MOST_KEPT

    def __init__(self, endpoint: fleet.Endpoint) -> None:
        self._endpoint = endpoint
        name, port = ways.address(endpoint.url, _PORT)
        self.host: str = name
        self.port: int | None = port
        self.has_certificates = not endpoint.plain_tcp
        self._engines: certificates.Certificate | None = None

    def connect(self, limit: float | None) -> socket.socket:
        """Return a new connection, of which nothing was asked yet."""
        assert self.port is not None
        context = None if self._endpoint.plain_tcp else tls.context(self._endpoint)
        try:
            made = socket.create_connection((self.host, self.port), timeout=limit)
        except socket.gaierror as unknown:
            raise no_name(self.host, unknown) from unknown
        try:
            for level, option, value in _KEEP_ALIVE:
                made.setsockopt(level, option, value)
            if context is None:
                return made
            wrapped = tls.wrap(made, context, self.host)
        except BaseException:
            made.close()
            raise
        self._engines = tls.certificate(wrapped)
        return wrapped

    def why(self, lost: Exception, sock: socket.socket | None) -> Exception:  # noqa: ARG002 - Way
        """Return what explains it: in TLS 1.3 the engine refuses a client after the handshake."""
        if isinstance(lost, ssl.SSLError):
            return tls.explained(lost) or lost
        if isinstance(lost, http.client.BadStatusLine) and str(lost).startswith(_ALERT):
            return trouble.wants_tls()
        return lost

    def certificates(self) -> tuple[certificates.Certificate, ...]:
        """Return the engine's of the last connection and the client's as it is on disk now."""
        own = tls.own_certificate(self._endpoint)
        return tuple(each for each in (self._engines, own) if each is not None)

    def close(self) -> None:
        """There is nothing to forget."""


def no_name(name: str, cause: socket.gaierror) -> trouble.Trouble:
    """Return that the name has no address."""
    if cause.errno == socket.EAI_AGAIN:
        return trouble.Trouble(
            "host-name-unknown",
            f"the name `{name}` cannot be looked up now",
            hint="see whether this machine reaches its name servers: `resolvectl status`",
        )
    return trouble.Trouble(
        "host-name-unknown",
        f"there is no address for the name `{name}`",
        hint=f"see `getent hosts {name}`; correct the name, or the DNS",
    )
