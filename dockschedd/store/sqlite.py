"""SQLite: the connections, the transactions and the translation of its errors.

One connection writes, in one transaction at a time; the others read what was last committed
and never wait for it. A transaction is over when its block is left, whoever is cancelled
meanwhile. The only importer of aiosqlite.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import sqlite3
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import aiosqlite

from dockschedd import errors, lockfile
from dockschedd.store import migrate, queries, sqlite_errors
from dockschedd.store.connection import storables, to_the_end
from dockschedd.store.sqlite_errors import translated
from dockschedd.store.unit import Unit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dockschedd import ports
    from dockschedd.core import days_off
    from dockschedd.store.audit import Keys
    from dockschedd.store.connection import Row, Value

_READERS = 2

#: How long another program (a backup, the sqlite3 shell) may hold the file.
_BUSY_MS = 5_000

#: Files up to this size are checked whole when they are opened: about 15 ms. In larger ones
#: damage is found when it is read.
_CHECK_UP_TO = 8 * 1024 * 1024

_SETTINGS = (
    f"PRAGMA busy_timeout = {_BUSY_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
)


class SqliteStore:
    """ports.Store over one SQLite file."""

    def __init__(
        self,
        path: Path,
        *,
        writer: aiosqlite.Connection,
        readers: Iterable[aiosqlite.Connection],
        keys: Keys,
        configured: days_off.Configured,
        held: ExitStack,
    ) -> None:
        self._path = path
        self._held = held
        self._writer = writer
        self._writing = asyncio.Lock()
        self._readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        for reader in readers:
            self._readers.put_nowait(reader)
        self._keys = keys
        self._configured = configured
        self._closed = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[ports.Unit]:
        """Enter a transaction that writes: commits at the end, rolls back on any exception.

        One that is cancelled while it commits is committed or not, but whole.
        """
        async with self._writing:
            connection = _Transaction(self._writer, self._path)
            try:
                # IMMEDIATE: a transaction that reads before it writes would fail with
                # SQLITE_BUSY_SNAPSHOT when another program has written in between.
                await connection.begin("BEGIN IMMEDIATE")
                yield Unit(connection, self._keys, self._configured)
                await connection.commit()
            except BaseException:
                # A statement whose caller is cancelled is carried out all the same, BEGIN and
                # COMMIT too: the connection's thread takes one after the other. So this waits
                # for it, and then undoes what is not committed.
                await to_the_end(connection.roll_back())
                raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ports.Unit]:
        """Enter a read of what was last committed, all of one moment."""
        reader = await self._readers.get()
        try:
            connection = _Transaction(reader, self._path)
            try:
                await connection.begin("BEGIN")
                yield Unit(connection, self._keys, self._configured)
            finally:
                await to_the_end(connection.roll_back())
        finally:
            self._readers.put_nowait(reader)

    async def close(self) -> None:
        """Finish what is under way and let the file go."""
        await to_the_end(self._close())

    async def _close(self) -> None:
        async with self._writing:
            if self._closed:
                return
            self._closed = True
            readers = [await self._readers.get() for _ in range(_READERS)]
            with translated(self._path):
                for each in (*readers, self._writer):
                    await each.close()
            self._held.close()
            # Whoever still waits for a reader finds it closed.
            for each in readers:
                self._readers.put_nowait(each)


class _Transaction:
    """The connection protocol inside one transaction; refuses queries when it is over."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._over = False

    async def fetch(self, query: str, /, **values: Value) -> Sequence[Row]:
        """Return all rows."""
        with self._translated():
            found = await self._connection.execute_fetchall(
                queries.QUERIES[query].named, storables(values)
            )
        return tuple(found)

    async def change(self, query: str, /, **values: Value) -> int:
        """Return how many rows were inserted, changed or deleted."""
        with self._translated():
            cursor = await self._connection.execute(
                queries.QUERIES[query].named, storables(values)
            )
        return cursor.rowcount

    async def change_each(
        self, query: str, sets: Iterable[Mapping[str, Value]], /
    ) -> tuple[int, ...]:
        """Carry the query out once per set of values; return how many rows each changed."""
        totals: list[int] = []
        stored = [storables(values) for values in sets]

        def counted() -> Iterator[dict[str, Value]]:
            # Runs in the connection's thread: executemany takes one set after the other, and
            # between two of them the connection tells how many rows have changed so far.
            for values in stored:
                totals.append(self._connection.total_changes)
                yield values
            totals.append(self._connection.total_changes)

        if stored:
            with self._translated():
                await self._connection.executemany(
                    queries.QUERIES[query].named,
                    counted(),
                )
        return tuple(after - before for before, after in itertools.pairwise(totals))

    async def begin(self, sql: str) -> None:
        """Begin the transaction with that statement."""
        with self._translated():
            await self._connection.execute(sql)

    async def commit(self) -> None:
        """Keep what was done."""
        self._over = True
        with translated(self._path):
            await self._connection.execute("COMMIT")

    async def roll_back(self) -> None:
        """Undo what was done; nothing when no transaction is open any more."""
        self._over = True
        with translated(self._path):
            await self._connection.rollback()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        # A query after the end would be a transaction of its own.
        if self._over:
            raise errors.StoreError("this transaction is over", code="store-closed")
        with translated(self._path):
            yield


class _Target:
    """migrate.Target over the writing connection, before anybody else uses it."""

    dialect: migrate.Dialect = "sqlite"

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    async def version(self) -> int:
        """Return the number of the last migration; 0: there is nothing yet."""
        with translated(self._path):
            return await self._version()

    async def _version(self) -> int:
        found = await self._connection.execute_fetchall(
            "SELECT COUNT(*) AS tables, COALESCE(SUM(name = 'schema_version'), 0) AS ours"
            " FROM sqlite_master WHERE type = 'table'"
        )
        tables, ours = next(iter(found))
        if not tables:
            return 0
        if not ours:
            raise errors.Startup(
                f"{self._path} is not a database of dockschedd",
                code="database-foreign",
                hint="choose another file with --database",
            )
        rows = list(await self._connection.execute_fetchall("SELECT version FROM schema_version"))
        return int(rows[0][0]) if rows else 0

    async def apply(self, number: int, script: str) -> None:
        """Run the script and store the number, in one transaction."""
        await to_the_end(self._apply(number, script))

    async def _apply(self, number: int, script: str) -> None:
        with translated(self._path):
            await self._connection.execute("BEGIN IMMEDIATE")
            try:
                if await self._version() < number:
                    for statement in statements(script):
                        await self._connection.execute(statement)
                    await self._connection.execute(
                        "INSERT INTO schema_version (one, version) VALUES (1, :number)"
                        " ON CONFLICT (one) DO UPDATE SET version = excluded.version",
                        {"number": number},
                    )
                await self._connection.execute("COMMIT")
            except BaseException:
                await self._connection.rollback()
                raise


def statements(script: str) -> tuple[str, ...]:
    """Return the statements of a script.

    One by one they stay in the transaction that is open; `executescript` would commit it.
    """
    found = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    return tuple(found)


async def open_sqlite(
    path: Path, keys: Keys, *, configured: days_off.Configured, alone: bool = False
) -> SqliteStore:
    """Return the store in that file, made (mode 0600) or brought up to date as needed.

    `alone`: hold the lock file beside it until the store is closed. Raises StoreError when the
    file cannot be used, Startup (`database-newer`, `database-foreign`, `already-running`) when
    it must not be.
    """
    size = _prepare(path)
    opened: list[aiosqlite.Connection] = []
    held = ExitStack()
    try:
        if alone:
            held.enter_context(lockfile.held(path.with_name(f"{path.name}.lock")))
        with translated(path):
            writer = await _connect(path, opened)
            if size <= _CHECK_UP_TO:
                await _check(writer, path)
            await _log_ahead(writer, path)
            await migrate.migrate(_Target(writer, path))
            readers = [await _connect(path, opened) for _ in range(_READERS)]
            for reader in readers:
                await reader.execute("PRAGMA query_only = ON")
    except BaseException:
        # A connection that is not closed keeps a thread, and the process would never end.
        for each in opened:
            await to_the_end(each.close())
        held.close()
        raise
    return SqliteStore(
        path, writer=writer, readers=readers, keys=keys, configured=configured, held=held
    )


def _prepare(path: Path) -> int:
    """Make the file if it is not there; return its size.

    Raises StoreError where it, or the log that SQLite keeps beside it, could not be written.
    """
    try:
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(file).st_size
        finally:
            os.close(file)
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise sqlite_errors.read_only(path) from error
        raise sqlite_errors.unavailable(path, error.strerror) from error
    if not os.access(path.parent, os.W_OK):
        raise sqlite_errors.read_only(path.parent)
    return size


async def _connect(path: Path, opened: list[aiosqlite.Connection]) -> aiosqlite.Connection:
    connection = aiosqlite.connect(path, isolation_level=None, cached_statements=256)
    opened.append(connection)

    async def connected() -> None:
        await connection

    await to_the_end(connected())
    connection.row_factory = sqlite3.Row
    for setting in _SETTINGS:
        await connection.execute_fetchall(setting)
    return connection


async def _check(connection: aiosqlite.Connection, path: Path) -> None:
    found = next(iter(await connection.execute_fetchall("PRAGMA quick_check(1)")))[0]
    if found != "ok":
        raise sqlite_errors.damaged(path, found)


async def _log_ahead(connection: aiosqlite.Connection, path: Path) -> None:
    mode = next(iter(await connection.execute_fetchall("PRAGMA journal_mode = WAL")))[0]
    if mode != "wal":
        raise sqlite_errors.unavailable(path, "its file system allows no write-ahead log")
