"""Whether an engine's endpoint can be one at all, before anything is connected.

Files are not looked at: whether they can be read shows where they are used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dockschedd.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedd.core import fleet

_NAME = r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)"
_UNIX = re.compile(r"unix:///[^\0\s]*[^/\0\s]")
_TCP = re.compile(rf"tcp://{_NAME}:(?P<port>[0-9]{{1,5}})")
# A user or a host that begins with `-` would be an option of ssh(1).
_SSH = re.compile(rf"ssh://(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?{_NAME}(?::(?P<port>[0-9]{{1,5}}))?")
# Quotes and line ends would end the value in ssh's configuration, `${` names a variable.
_NOT_FOR_SSH = re.compile(r'["\r\n]|\$\{')
_MOST_PORT = 65535
_HINT = "write unix:///var/run/docker.sock, tcp://host:2376 with TLS files, or ssh://user@host"


def faults(endpoint: fleet.Endpoint, *, path: str = "") -> tuple[Fault, ...]:
    """Return what is wrong with it; `path` and a dot go before the name of each field.

    Codes: host-url, host-plain-tcp, host-option.
    """
    return tuple(_faults(endpoint, f"{path}." if path else ""))


def kind(url: str) -> str:
    """Return the part of the URL before `://`."""
    return url.partition("://")[0]


def _faults(endpoint: fleet.Endpoint, path: str) -> Iterator[Fault]:
    url = endpoint.url
    found = _UNIX.fullmatch(url) or _TCP.fullmatch(url) or _SSH.fullmatch(url)
    port = found.groupdict().get("port") if found else None
    if found is None or (port is not None and not 0 < int(port) <= _MOST_PORT):
        yield Fault(
            path=f"{path}url",
            code="host-url",
            message=f"`{url}` is no URL of a Docker Engine",
            hint=_HINT,
        )
        return
    scheme = kind(url)
    yield from _misplaced(endpoint, scheme, path)
    yield from _files(endpoint, path)
    has_tls = endpoint.tls_ca or endpoint.tls_cert or endpoint.tls_key
    if scheme == "tcp" and not has_tls and not endpoint.plain_tcp:
        yield Fault(
            path=f"{path}url",
            code="host-plain-tcp",
            message=f"`{url}` has no TLS: whoever reaches that port owns the machine behind it",
            hint="give tls_ca, tls_cert and tls_key; or plain_tcp, where the way to it is safe",
        )
    if scheme == "tcp" and has_tls and endpoint.plain_tcp:
        yield _option(f"{path}plain_tcp", "plain_tcp and TLS files contradict each other")


def _misplaced(endpoint: fleet.Endpoint, scheme: str, path: str) -> Iterator[Fault]:
    for belongs_to, names in (
        ("tcp", ("tls_ca", "tls_cert", "tls_key", "plain_tcp")),
        ("ssh", ("ssh_key", "ssh_known_hosts")),
    ):
        for name in names:
            if scheme != belongs_to and getattr(endpoint, name):
                yield _option(f"{path}{name}", f"{name} belongs to {belongs_to}:// only")


def _files(endpoint: fleet.Endpoint, path: str) -> Iterator[Fault]:
    for name in ("tls_ca", "tls_cert", "tls_key", "ssh_key", "ssh_known_hosts"):
        value = getattr(endpoint, name)
        if value is not None and (not value.startswith("/") or "\0" in value):
            yield _option(f"{path}{name}", f"`{value}` is not an absolute path")
    for name in ("ssh_key", "ssh_known_hosts"):
        value = getattr(endpoint, name)
        if value is not None and _NOT_FOR_SSH.search(value):
            yield _option(
                f"{path}{name}", f"`{value}` has a character that ssh would not take as it is"
            )
    if bool(endpoint.tls_cert) != bool(endpoint.tls_key):
        missing = "tls_key" if endpoint.tls_cert else "tls_cert"
        yield _option(f"{path}{missing}", "tls_cert and tls_key are needed together")


def _option(path: str, message: str) -> Fault:
    return Fault(path=path, code="host-option", message=message)
