"""What the errors of sqlite3 and aiosqlite mean to a person."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dockschedd import errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = (
    "store-full",
    "there is no space left for {path}",
    "free some space; nothing that was recorded is lost",
)
_READ_ONLY = (
    "store-read-only",
    "{path} cannot be written",
    "it must be on a writable file system and belong to the user that dockschedd runs as",
)
_DAMAGED = (
    "store-damaged",
    "{path} is damaged: {error}",
    "move it away and restore a backup; `sqlite3 FILE .recover` may save the rest",
)
_BUSY = (
    "store-busy",
    "{path} is locked by another program",
    "find it with `fuser FILE`; a backup must not hold the file for long",
)
_UNAVAILABLE = (
    "store-unavailable",
    "{path} cannot be used: {error}",
    "look at the disk and at the permissions of the directory",
)
_GONE = (
    "store-unavailable",
    "{path} has been moved or deleted while it was open",
    "put it back and restart dockschedd",
)

#: By extended result code, else by primary one: https://www.sqlite.org/rescode.html
_MEANING = {
    sqlite3.SQLITE_FULL: _FULL,
    # The shared memory beside the log could not be made larger.
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_READONLY_DBMOVED: _GONE,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CANTOPEN: _UNAVAILABLE,
    sqlite3.SQLITE_PERM: _UNAVAILABLE,
    sqlite3.SQLITE_IOERR: _UNAVAILABLE,
}


def read_only(path: Path) -> errors.StoreError:
    """Return the error for a file, or a directory, that cannot be written."""
    return _speak(_READ_ONLY, path, "")


def damaged(path: Path, error: object) -> errors.StoreError:
    """Return the error for a file whose content is not sound."""
    return _speak(_DAMAGED, path, error)


def unavailable(path: Path, error: object) -> errors.StoreError:
    """Return the error for a file that cannot be used at all."""
    return _speak(_UNAVAILABLE, path, error)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise StoreError in place of what sqlite3 and aiosqlite raise."""
    try:
        yield
    except sqlite3.Error as error:
        extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        meaning = _MEANING.get(extended) or _MEANING.get(extended & 0xFF)
        if meaning is None:
            raise errors.StoreError(f"{path}: {error}") from error
        raise _speak(meaning, path, error) from error
    except OverflowError as error:
        raise errors.StoreError(f"a number is too large to be stored: {error}") from error
    except ValueError as error:
        # aiosqlite's word for a connection that has been closed.
        raise errors.StoreError("the database has been closed", code="store-closed") from error


def _speak(meaning: tuple[str, str, str], path: Path, error: object) -> errors.StoreError:
    code, message, hint = meaning
    return errors.StoreError(message.format(path=path, error=error), code=code, hint=hint)
