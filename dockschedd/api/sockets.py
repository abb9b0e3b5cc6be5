"""Where the API listens: a Unix socket, and TCP with or without TLS.

Never takes a socket away from a daemon that is alive; one that a dead daemon left behind is
replaced. Nobody can connect to the Unix socket before its mode and group are right.
"""

from __future__ import annotations

import errno
import grp
import os
import socket
import ssl
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dockschedd.errors import Startup

if TYPE_CHECKING:
    from pathlib import Path

#: Whoever may connect: the daemon's user and the group.
_UMASK: Final = 0o117
_BACKLOG: Final = 128
#: Seconds; a daemon that is alive accepts at once.
_PATIENCE: Final = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class UnixSocket:
    """A listening socket, and the file that it is known by."""

    listening: socket.socket
    path: Path
    _inode: int

    def close(self) -> None:
        """Stop listening, and remove the file unless somebody else's has taken its place."""
        self.listening.close()
        with suppress(OSError):
            if self.path.lstat().st_ino == self._inode:
                self.path.unlink()


def bind_unix(path: Path, *, group: str) -> UnixSocket:
    """Return a listening Unix socket of mode 0660, of that group if it exists and we may.

    Raises Startup (`socket-in-use`, `socket-failed`).
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path)
        before = os.umask(_UMASK)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        # There is nothing to connect to before `listen`.
        with suppress(KeyError, PermissionError):
            os.chown(path, -1, grp.getgrnam(group).gr_gid)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
        return UnixSocket(listening=listening, path=path, _inode=path.lstat().st_ino)
    except OSError as exc:
        listening.close()
        raise Startup(
            f"cannot listen on `{path}`: {exc.strerror or exc}",
            code="socket-failed",
            hint="choose another path with --socket",
        ) from exc
    except BaseException:
        listening.close()
        raise


def bind_tcp(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket; port 0 is any that is free.

    Raises Startup (`address-in-use`, `address-failed`).
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listening = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as exc:
        in_use = exc.errno == errno.EADDRINUSE
        raise Startup(
            f"cannot listen on `{host}:{port}`: {exc.strerror or exc}",
            code="address-in-use" if in_use else "address-failed",
            hint="another program listens there; choose another with --listen"
            if in_use
            else "choose another address with --listen",
        ) from exc
    listening.setblocking(False)
    return listening


def tls(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the server's side of TLS 1.2 and later, from PEM files. Raises Startup (`tls`)."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A key with a passphrase would ask for it on the terminal: there is none.
        context.load_cert_chain(certificate, key, password="")
    except OSError as exc:
        raise Startup(
            f"the certificate `{certificate}` with the key `{key}` cannot be used: "
            f"{exc.strerror or exc}",
            code="tls",
            hint="both must be PEM files that belong together, the key without a passphrase",
        ) from exc
    return context


def _make_room(path: Path) -> None:
    """Remove the socket file that a dead daemon left; leave everything else alone."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise Startup(
            f"`{path}` exists and is no socket",
            code="socket-failed",
            hint="remove it, or choose another path with --socket",
        )
    if _is_alive(path):
        raise Startup(
            f"another dockschedd is listening on `{path}`",
            code="socket-in-use",
            hint="stop it first (systemctl stop dockschedd), or choose another with --socket",
        )
    path.unlink(missing_ok=True)


def _is_alive(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PATIENCE)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            # Full, slow or closed to us: somebody is there.
            return True
    return True
