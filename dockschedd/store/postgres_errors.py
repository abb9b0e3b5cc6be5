"""What the errors of asyncpg and PostgreSQL mean to a person."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg  # type: ignore[import-untyped]

from dockschedd import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNAVAILABLE = (
    "store-unavailable",
    "PostgreSQL cannot be reached: {error}",
    "is it running, and is the URL right?",
)
_LOST = (
    "store-unavailable",
    "the connection to PostgreSQL was lost: {error}",
    "look at the log of its server",
)
_REFUSED = (
    "store-unavailable",
    "PostgreSQL refuses the connection: {error}",
    "make the role and the database (createuser, createdb), or correct the URL",
)
_FULL = (
    "store-full",
    "PostgreSQL has no space left: {error}",
    "free some space on its server; nothing that was recorded is lost",
)
_READ_ONLY = (
    "store-read-only",
    "the PostgreSQL server is read-only",
    "it may be a standby: name the primary in --database",
)
_DAMAGED = (
    "store-damaged",
    "the database is damaged: {error}",
    "look at the log of the PostgreSQL server",
)
_BUSY = (
    "store-busy",
    "the database is busy: {error}",
    "`SELECT * FROM pg_stat_activity` on its server shows who holds it",
)
_FOREIGN = (
    "database-foreign",
    "the database holds something else: {error}",
    "give dockschedd a database, or a schema, of its own",
)

#: By SQLSTATE, else by its class: PostgreSQL's documentation, appendix A.
_MEANING = {
    "08": _UNAVAILABLE,
    "25006": _READ_ONLY,
    "28": _REFUSED,
    "3D": _REFUSED,
    "40": _BUSY,
    "42P07": _FOREIGN,
    "42710": _FOREIGN,
    "53": _UNAVAILABLE,
    "53100": _FULL,
    "55": _BUSY,
    "57": _UNAVAILABLE,
    "57014": _BUSY,
    "58": _UNAVAILABLE,
    "XX": _DAMAGED,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise StoreError in place of what asyncpg and the network raise."""
    try:
        yield
    except asyncpg.PostgresError as error:
        raise _translate(error) from error
    except asyncpg.InterfaceError as error:
        if "pool is clos" in str(error):
            message = "the database has been closed"
            raise errors.StoreError(message, code="store-closed") from error
        raise _speak(_LOST, error) from error
    except (OSError, TimeoutError, asyncpg.InternalClientError) as error:
        raise _speak(_UNAVAILABLE, error) from error


def _translate(error: Any) -> errors.StoreError:
    state: str = error.sqlstate or ""
    meaning = _MEANING.get(state) or _MEANING.get(state[:2])
    if meaning is None:
        return errors.StoreError(f"PostgreSQL: {error}")
    return _speak(meaning, error)


def _speak(meaning: tuple[str, str, str], error: BaseException) -> errors.StoreError:
    code, message, hint = meaning
    said = str(error) or type(error).__name__
    return errors.StoreError(message.format(error=said), code=code, hint=hint)
