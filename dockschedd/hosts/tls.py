"""TLS with engines: always verified, the name included, and at least version 1.2.

What OpenSSL says becomes one of a few codes with a sentence and what to do about it.
"""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dockschedd.core.certificates import Certificate
from dockschedd.hosts import x509
from dockschedd.hosts.trouble import Trouble

if TYPE_CHECKING:
    import socket

    from dockschedd.core import fleet

ENGINE, CLIENT = "the engine", "dockschedd"
#: X509_V_ERR_…: not yet valid and expired; host name and address do not match.
_EXPIRED = frozenset({9, 10})
_NAME = frozenset({62, 63, 64})
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def context(endpoint: fleet.Endpoint) -> ssl.SSLContext:
    """Return what to connect with, from the files as they are now. Raises Trouble."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if endpoint.tls_ca is None:
        made.load_default_certs()
    else:
        try:
            made.load_verify_locations(cafile=endpoint.tls_ca)
        except (OSError, ValueError) as cause:
            raise _unusable("tls_ca", endpoint.tls_ca, cause) from cause
    if endpoint.tls_cert is not None:
        _load_own(made, endpoint)
    return made


def wrap(raw: socket.socket, made: ssl.SSLContext, name: str) -> ssl.SSLSocket:
    """Return the connection after the handshake. Raises OSError or Trouble."""
    try:
        return made.wrap_socket(raw, server_hostname=name)
    except ssl.SSLError as cause:
        raise explained(cause) or cause from cause


def certificate(sock: ssl.SSLSocket) -> Certificate | None:
    """Return the engine's certificate of a connection that was verified."""
    found = sock.getpeercert()
    if not found:
        return None
    begins, ends = (_instant(str(found[key])) for key in ("notBefore", "notAfter"))
    return Certificate(owner=ENGINE, begins_at=begins, ends_at=ends)


def own_certificate(endpoint: fleet.Endpoint) -> Certificate | None:
    """Return the client's certificate as it is on disk now; None where it cannot be read."""
    if endpoint.tls_cert is None:
        return None
    try:
        text = Path(endpoint.tls_cert).read_text(encoding="ascii", errors="replace")
        begins, ends = x509.validity(ssl.PEM_cert_to_DER_cert(_first(text)))
    except (OSError, ValueError):
        return None
    return Certificate(owner=CLIENT, begins_at=begins, ends_at=ends)


def explained(cause: ssl.SSLError) -> Trouble | None:
    """Return what an error of OpenSSL means; None where nobody knows."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _not_verified(cause)
    reason = cause.reason or ""
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
        return Trouble(
            "host-speaks-plain",
            "what answers does not speak TLS",
            hint="is it the right port? Let dockerd listen with --tlsverify",
        )
    if "PROTOCOL_VERSION" in reason or reason == "UNSUPPORTED_PROTOCOL":
        return Trouble(
            "host-tls-version",
            "the engine speaks no TLS 1.2 or newer",
            hint="install a newer Docker",
        )
    if "ALERT" in reason:
        said = reason.partition("ALERT_")[2].replace("_", " ").lower() or reason
        return Trouble(
            "host-tls-client",
            f"the engine refused the certificate of dockschedd ({said})",
            hint="tls_cert must be signed by the authority that dockerd has as --tlscacert, "
            "for client authentication, and must not have expired",
        )
    if isinstance(cause, ssl.SSLEOFError):
        return Trouble(
            "host-tls-broken",
            "the connection was closed while TLS was being agreed on",
            hint="is it the right port? See what dockerd logs: `journalctl -u docker`",
        )
    return None


def _not_verified(cause: ssl.SSLCertVerificationError) -> Trouble:
    said = cause.verify_message.rstrip(".")
    if cause.verify_code in _EXPIRED:
        begun = "is not valid yet" if cause.verify_code == min(_EXPIRED) else "has expired"
        return Trouble(
            "host-tls-expired",
            f"the certificate of the engine, or of its authority, {begun}",
            hint="renew it on that machine and restart Docker there; or set the clock of this "
            "machine right",
        )
    if cause.verify_code in _NAME:
        return Trouble(
            "host-tls-name",
            f"the certificate of the engine is for another name ({said})",
            hint="use the name that the certificate has; or make one with this name as "
            "subjectAltName",
        )
    return Trouble(
        "host-tls-trust",
        f"the certificate of the engine is not signed by the authority in tls_ca ({said})",
        hint="give the ca.pem of that engine's certificate as tls_ca",
    )


def _load_own(made: ssl.SSLContext, endpoint: fleet.Endpoint) -> None:
    assert endpoint.tls_cert is not None
    assert endpoint.tls_key is not None

    def no_password() -> str:
        raise Trouble(
            "host-tls-files",
            f"the key {endpoint.tls_key} has a passphrase",
            hint="dockschedd starts without anybody there: `openssl pkey -in KEY -out NEW`",
        )

    for name, path in (("tls_cert", endpoint.tls_cert), ("tls_key", endpoint.tls_key)):
        # OpenSSL does not say which of the two it could not read.
        try:
            with Path(path).open("rb"):
                pass
        except OSError as cause:
            raise _unusable(name, path, cause) from cause
    try:
        made.load_cert_chain(endpoint.tls_cert, endpoint.tls_key, password=no_password)
    except ssl.SSLError as cause:
        if cause.reason == "KEY_VALUES_MISMATCH":
            raise Trouble(
                "host-tls-files",
                f"the key {endpoint.tls_key} does not belong to the certificate "
                f"{endpoint.tls_cert}",
            ) from cause
        raise _unusable("tls_cert, tls_key", endpoint.tls_cert, cause) from cause


def _unusable(name: str, path: str, cause: Exception) -> Trouble:
    hint: str | None = None
    match cause:
        case PermissionError():
            said = "may not be read by the user that dockschedd runs as"
            hint = f"`ls -l {path}`; `setfacl -m u:dockschedd:r {path}` lets it read the file"
        case ssl.SSLError() | ValueError():
            said, hint = "is not what it should be", "a file in PEM format is needed"
        case OSError():
            said = f"cannot be read: {cause.strerror}"
        case _:
            said = f"cannot be read: {cause}"
    return Trouble("host-tls-files", f"{path} ({name}) {said}", hint=hint)


def _first(pem: str) -> str:
    found = _PEM.search(pem)
    if found is None:
        raise ValueError("there is no certificate")
    return found.group()


def _instant(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
