"""What a login gave, one file per server, readable by the owner only.

A refresh token works once: whoever uses it holds the server's lock and has read the file
again under it, so that two commands at once never use the same one.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from dockschedctl import contexts
from dockschedd.wire.instants import Instant  # noqa: TC001 (msgspec reads the annotations)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from dockschedd.wire import access

#: An access token that ends so soon is refreshed before it is used.
EARLY = timedelta(seconds=20)


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A login that is still good for something."""

    server: str
    user: str
    role: str
    access_token: str
    access_expires_at: Instant
    refresh_token: str
    refresh_expires_at: Instant

    def is_stale(self, now: datetime) -> bool:
        """Return whether the access token has ended, or is about to."""
        return self.access_expires_at - EARLY <= now


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off Ctrl-C: a refresh token that was used up and not replaced is a lost login."""
    import signal  # noqa: PLC0415 (only where a token is refreshed)

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def of_tokens(server: str, tokens: access.Tokens) -> Login:
    """Return what to keep of a login."""
    return Login(
        server=server,
        user=tokens.user,
        role=tokens.role,
        access_token=tokens.access_token,
        access_expires_at=tokens.access_expires_at,
        refresh_token=tokens.refresh_token,
        refresh_expires_at=tokens.refresh_expires_at,
    )


class Shelf:
    """Where the login to one server is kept."""

    def __init__(self, config_dir: Path, server: str) -> None:
        self._server = server
        self._directory = config_dir / "credentials"
        self._path = self._directory / f"{quote(server, safe='')}.json"

    def load(self) -> Login | None:
        """Return the login; None where there is none, or nothing that can be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Login)
        except (OSError, msgspec.DecodeError):
            return None

    def store(self, login: Login) -> None:
        """Keep the login in place of what was there."""
        contexts.make_private(self._directory.parent)
        contexts.write_private(self._path, msgspec.json.encode(login))

    def forget(self) -> None:
        """Remove the login."""
        self._path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands from refreshing the same login meanwhile."""
        import fcntl  # noqa: PLC0415 (only where a token is refreshed)

        contexts.make_private(self._directory.parent)
        contexts.make_private(self._directory)
        path = self._path.with_suffix(".lock")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
