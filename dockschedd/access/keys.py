"""The key files below the state directory: one secret per file, made on the first start.

Two daemons that start at once end with the same key; a crash never leaves half of one behind.
Keys that others can read are refused, never repaired: they may be known already.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from dockschedd.errors import Startup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Bytes of a new key: as many as the hash that it is used with.
SIZE: Final = 32
_FIRST: Final = "1"
_NAME: Final = re.compile(r"(?P<use>[a-z]+)-(?P<id>[1-9][0-9]{0,8})\.key")
_LARGEST: Final = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One secret and the name by which what it signed refers to it."""

    id: str
    secret: bytes = field(repr=False)


def load(directory: Path, use: str, *, random: Callable[[int], bytes]) -> tuple[Key, ...]:
    """Return the keys of the files `USE-ID.key`, by number: the last one is the newest.

    Makes the directory and the key number 1 where there is none. To rotate, put a file with
    the next number beside it and start again. Raises Startup (`keys-open`, `keys-unreadable`,
    `keys-bad`).
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_open(directory, directory.stat())
        ids = _ids(directory, use)
        if not ids:
            _create(directory / f"{use}-{_FIRST}.key", random(SIZE))
            ids = _ids(directory, use)
        return tuple(Key(id=each, secret=_read(directory / f"{use}-{each}.key")) for each in ids)
    except OSError as exc:
        raise Startup(
            f"the keys in `{directory}` cannot be used: {exc.strerror}",
            code="keys-unreadable",
            hint="the user that dockschedd runs as must own the directory and its files",
        ) from exc


def refuse_open(path: Path, found: os.stat_result, *, allowed: int = 0o700) -> None:
    """Raise Startup (`keys-open`) when anybody but us and root may use the file.

    `allowed` are the permission bits that may be set.
    """
    if found.st_uid not in {os.geteuid(), 0}:
        message = f"`{path}` belongs to another user (uid {found.st_uid})"
        hint = f"chown it to the user that dockschedd runs as: chown {os.geteuid()} {path}"
        raise Startup(message, code="keys-open", hint=hint)
    if stat.S_IMODE(found.st_mode) & ~allowed & 0o777:
        message = f"`{path}` can be used by others (mode {stat.S_IMODE(found.st_mode):04o})"
        mode = "700" if stat.S_ISDIR(found.st_mode) else "600"
        hint = f"chmod {mode} {path}; if others may have read it, replace what is in it"
        raise Startup(message, code="keys-open", hint=hint)


def read_private(path: Path, *, allowed: int = 0o700) -> bytes:
    """Return what is in a small file that others cannot use. Raises OSError, Startup."""
    # O_NONBLOCK: a pipe in its place must not keep the daemon from starting.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        # Of the open file, not of the path: nobody can swap it in between.
        refuse_open(path, os.fstat(descriptor), allowed=allowed)
        return file.read(_LARGEST + 1)


def _ids(directory: Path, use: str) -> list[str]:
    found = (_NAME.fullmatch(each.name) for each in directory.iterdir())
    return sorted((m["id"] for m in found if m is not None and m["use"] == use), key=int)


def _read(path: Path) -> bytes:
    text = read_private(path).decode("ascii", "replace").strip()
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) < SIZE:
        message = f"`{path}` does not hold a key"
        hint = f"it must be one line of at least {SIZE * 2} hexadecimal digits; restore it"
        raise Startup(message, code="keys-bad", hint=hint)
    return secret


def _create(path: Path, secret: bytes) -> None:
    """Write the file whole, or leave the one that somebody else has just written."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret.hex().encode("ascii") + b"\n")
            file.flush()
            os.fsync(descriptor)
        try:
            # Not a rename, which would replace the key of whoever was first.
            path.hardlink_to(half)
        except FileExistsError:
            return
        parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)
    finally:
        half.unlink(missing_ok=True)
