"""Which daemon a command talks to, and what its address may look like.

Plain http is refused except to this machine itself: passwords and tokens go over it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from dockschedctl import contexts
from dockschedctl.failures import Usage
from dockschedd.wire import paths

if TYPE_CHECKING:
    from dockschedctl.env import Env

VARIABLE: Final = "DOCKSCHEDCTL_SERVER"
EXAMPLES: Final = "unix:///run/dockschedd/dockschedd.sock or https://docker1.example:8443"


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """One daemon."""

    #: Canonical: also names its credentials.
    url: str
    #: A file with the certificates that its own is checked by; None: the machine's.
    ca: str | None = None
    #: Who said so, for messages.
    chosen_by: str

    @property
    def socket(self) -> str | None:
        """The path of its Unix socket; None when it is reached over TCP."""
        return self.url.removeprefix("unix://") if self.url.startswith("unix://") else None


def canonical(text: str, *, said_by: str) -> str:
    """Return the address in the one form in which it is stored and compared.

    Raises Usage, naming who gave it, where it can mean no daemon.
    """
    written = text.strip()
    if written.startswith("/"):
        written = f"unix://{written}"
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError as exc:
        raise Usage(f"{said_by}: `{text}` is no address: {exc}", hint=f"write {EXAMPLES}") from exc
    if parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc:
        return f"unix://{os.path.normpath(parts.path)}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Usage(f"{said_by}: `{text}` is no address of a daemon", hint=f"write {EXAMPLES}")
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise Usage(
            f"{said_by}: `{text}` says more than host and port",
            hint="log in with `dockschedctl login --server https://HOST:PORT --user NAME`",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise Usage(
            f"{said_by}: plain http would show passwords and tokens to the network",
            hint=f"write https://{parts.netloc}",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine by its very name."""
    if host in ("localhost", "::1"):
        return True
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(p.isdecimal() for p in parts)  # noqa: PLR2004 (IPv4)


def choose(env: Env, *, server: str | None, ca: str | None) -> Server:
    """Return the daemon to talk to: flag, environment, current context, local socket."""
    book = contexts.load(env.config_dir)
    for written, said_by in (
        (server, "--server"),
        (env.environ.get(VARIABLE), VARIABLE),
    ):
        if written:
            url = canonical(written, said_by=said_by)
            return Server(url=url, ca=ca or book.ca_of(url), chosen_by=said_by)
    current = book.current_context()
    if current is not None:
        name, context = current
        return Server(
            url=canonical(context.server, said_by=f"context `{name}`"),
            ca=ca or context.ca,
            chosen_by=f"context `{name}`",
        )
    return Server(url=f"unix://{_local_socket(env)}", ca=ca, chosen_by="the default")


def local_sockets(env: Env) -> tuple[str, ...]:
    """Return where a daemon on this machine listens, the system's before the user's own."""
    runtime = env.environ.get("XDG_RUNTIME_DIR")
    own = (os.path.join(runtime, paths.USER_SOCKET),) if runtime else ()  # noqa: PTH118 (no pathlib for a string)
    return (paths.SYSTEM_SOCKET, *own)


def _local_socket(env: Env) -> str:
    found = local_sockets(env)
    return next((path for path in found if os.path.exists(path)), found[0])  # noqa: PTH110 (a string)
