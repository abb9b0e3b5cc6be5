"""The steps of a check that belong to tcp://."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

from dockschedd.core import certificates
from dockschedd.core.checks import Finding, Step
from dockschedd.hosts import looks, tls, trouble, ways

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from dockschedd.core import fleet

_RENEW = "renew it; the files are read at each connect, so nothing has to be restarted here"


def at(
    endpoint: fleet.Endpoint, *, limit: float, now: Callable[[], datetime]
) -> Iterator[Step | Finding]:
    """Yield each step and what it has found."""
    name, port = ways.address(endpoint.url, 0)
    context = None
    if not endpoint.plain_tcp:
        yield Step.FILES
        try:
            context = tls.context(endpoint)
        except trouble.Trouble as cause:
            yield looks.troubled(Step.FILES, cause)
            return
        yield _key(endpoint.tls_key)
    yield Step.NAME
    yield looks.resolved(name, port)
    yield Step.PORT
    try:
        socket.create_connection((name, port), timeout=limit).close()
    except OSError as cause:
        yield looks.failure(
            Step.PORT,
            f"port {port} of {name} cannot be reached: {_reason(cause)}",
            "see whether dockerd listens there (`ss -ltn` on that machine, `-H tcp://…` or "
            "`hosts` in its configuration), and whether a firewall is in between",
        )
        return
    yield looks.ok(Step.PORT, f"port {port} answers")
    if context is None:
        yield Step.ENCRYPTION
        yield looks.warning(
            Step.ENCRYPTION,
            "the connection is not encrypted: whoever reaches that port owns the machine",
            "set up TLS, or use ssh://",
        )
        return
    yield from _tls(endpoint, context, (name, port), limit=limit, now=now)


def _tls(
    endpoint: fleet.Endpoint,
    context: ssl.SSLContext,
    address: tuple[str, int],
    *,
    limit: float,
    now: Callable[[], datetime],
) -> Iterator[Step | Finding]:
    # The chain first and then the name: OpenSSL would tell of one of them only. Nothing is
    # sent on the connection whose name was not looked at.
    context.check_hostname = False
    yield Step.TLS_TRUST
    try:
        _, names = _handshake(context, address, limit)
    except trouble.Trouble as cause:
        step = Step.CERTIFICATES if cause.code == "host-tls-expired" else Step.TLS_TRUST
        yield looks.troubled(step, cause)
        return
    except OSError as cause:
        yield looks.failure(Step.TLS_TRUST, f"TLS could not be agreed on: {_reason(cause)}")
        return
    by = endpoint.tls_ca or "an authority of this machine"
    yield looks.ok(Step.TLS_TRUST, f"its certificate is signed by {by}")
    context.check_hostname = True
    yield Step.TLS_NAME
    try:
        engines, _ = _handshake(context, address, limit)
    except trouble.Trouble as cause:
        named = f"; it is for {names}" if cause.code == "host-tls-name" and names else ""
        yield looks.failure(Step.TLS_NAME, f"{cause.said}{named}", cause.hint)
        return
    except OSError as cause:
        yield looks.failure(Step.TLS_NAME, f"TLS could not be agreed on: {_reason(cause)}")
        return
    yield looks.ok(Step.TLS_NAME, f"its certificate is for {address[0]}")
    yield Step.CERTIFICATES
    found = [each for each in (engines, tls.own_certificate(endpoint)) if each is not None]
    soon = certificates.warnings(found, now())
    for sentence in soon:
        yield looks.warning(Step.CERTIFICATES, sentence, _RENEW)
    if not soon:
        first = min(found, key=lambda each: each.ends_at, default=None)
        until = f" until {first.ends_at:%Y-%m-%d}" if first else ""
        yield looks.ok(Step.CERTIFICATES, f"all certificates are valid{until}")


def _handshake(
    context: ssl.SSLContext, address: tuple[str, int], limit: float
) -> tuple[certificates.Certificate | None, str]:
    """Return the engine's certificate, and the names that it is for."""
    with (
        socket.create_connection(address, timeout=limit) as raw,
        tls.wrap(raw, context, address[0]) as wrapped,
    ):
        names = (wrapped.getpeercert() or {}).get("subjectAltName", ())
        return tls.certificate(wrapped), ", ".join(str(each[1]) for each in names)


def _key(path: str | None) -> Finding:
    if path is not None and Path(path).stat().st_mode & 0o007:
        return looks.warning(
            Step.FILES, f"the key {path} can be read by everybody", f"`chmod o= {path}`"
        )
    return looks.ok(Step.FILES, "the files can be read, and the key not by everybody")


def _reason(cause: OSError) -> str:
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    said = cause.strerror or str(cause)
    return f"{said[:1].lower()}{said[1:]}"
