"""Named servers, kept in contexts.json, as docker context does it.

`default` is built in: the daemon on this machine. Files are replaced, never written into,
so that a command that is killed leaves the old one.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl.failures import Failure, Usage

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT: Final = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


class Context(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One named server."""

    server: str
    ca: str | None = None


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """All contexts, and the one in use."""

    current: str = DEFAULT
    contexts: dict[str, Context] = {}

    def ca_of(self, url: str) -> str | None:
        """Return the certificates that some context names for this server."""
        return next((c.ca for c in self.contexts.values() if c.server == url and c.ca), None)

    def current_context(self) -> tuple[str, Context] | None:
        """Return the context in use with its name; None for the built-in one."""
        context = self.contexts.get(self.current)
        if context is None and self.current != DEFAULT:
            raise Failure(
                f"the current context `{self.current}` does not exist",
                hint="choose one with `dockschedctl context use NAME`",
            )
        return (self.current, context) if context else None


def load(directory: Path) -> Book:
    """Return what is stored; an empty book where nothing is."""
    path = directory / "contexts.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Book)
    except FileNotFoundError:
        return Book()
    except (msgspec.DecodeError, OSError) as exc:
        raise Failure(f"{path} cannot be read: {exc}", hint="repair it or remove it") from exc


def save(directory: Path, book: Book) -> None:
    """Store the book in place of what was there."""
    write_private(
        directory / "contexts.json", msgspec.json.format(msgspec.json.encode(book), indent=2)
    )


def check_name(name: str) -> str:
    """Return the name of a context; raise Usage where it could not be typed or stored."""
    if name == DEFAULT:
        raise Usage(f"`{DEFAULT}` is built in: the daemon on this machine")
    if not _NAME.fullmatch(name):
        raise Usage(f"`{name}` is no name", hint="use letters, digits, dots, hyphens, underscores")
    return name


def write_private(path: Path, data: bytes) -> None:
    """Replace a file atomically; only its owner can read it, and its directory."""
    make_private(path.parent)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def make_private(directory: Path) -> None:
    """Make the directory and those above it that are ours, readable by the owner only."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
