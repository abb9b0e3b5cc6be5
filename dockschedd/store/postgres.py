"""PostgreSQL: the pool, the transactions and the translation of its errors.

Transactions that write run one after the other, those of all daemons on the database: each
begins by locking the row of audit_head, so that the chain never forks. The only importer of
asyncpg, itself imported only when a URL asks for it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import asyncpg  # type: ignore[import-untyped]

from dockschedd import errors
from dockschedd.store import migrate, queries
from dockschedd.store.connection import storables, to_the_end
from dockschedd.store.postgres_errors import translated
from dockschedd.store.unit import Unit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

    from dockschedd import ports
    from dockschedd.core import days_off
    from dockschedd.store.audit import Keys
    from dockschedd.store.connection import Row, Value

_SETTINGS = {
    "application_name": "dockschedd",
    # How long another daemon's transaction may be waited for.
    "lock_timeout": "10s",
    # A daemon that is frozen inside a transaction must not stop the others for ever.
    "idle_in_transaction_session_timeout": "30s",
}

#: Seconds for one query, for connecting, and for getting a connection from the pool.
_COMMAND_TIMEOUT = 30.0
_CONNECT_TIMEOUT = 10.0

_BEGIN = "BEGIN; SELECT seq FROM audit_head WHERE one = 1 FOR UPDATE"
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

#: Any number that nothing else locks: held while a migration is applied.
_MIGRATION_LOCK = 0x646F636B
#: Held as long as a daemon lives.
_DAEMON_LOCK = 0x646F636C
_HOLDER = "dockschedd (one daemon)"


class PostgresStore:
    """ports.Store over one PostgreSQL database."""

    def __init__(
        self, pool: Any, keys: Keys, *, configured: days_off.Configured, alone: _Alone | None
    ) -> None:
        self._pool = pool
        self._alone = alone
        self._writing = asyncio.Lock()
        self._keys = keys
        self._configured = configured

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[ports.Unit]:
        """Enter a transaction that writes: commits at the end, rolls back on any exception.

        One that is cancelled, or loses its connection, while it commits is committed or not,
        but whole.
        """
        async with self._writing, _connection(self._pool) as raw:
            if self._alone is not None:
                await self._alone.hold()
            connection = _Transaction(raw)
            try:
                await connection.begin(_BEGIN)
                yield Unit(connection, self._keys, self._configured)
                await to_the_end(connection.commit())
            except BaseException:
                await to_the_end(connection.roll_back())
                raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ports.Unit]:
        """Enter a read of what was last committed, all of one moment."""
        async with _connection(self._pool) as raw:
            connection = _Transaction(raw)
            try:
                await connection.begin(_BEGIN_READING)
                yield Unit(connection, self._keys, self._configured)
            finally:
                await to_the_end(connection.roll_back())

    async def close(self) -> None:
        """Finish what is under way and let the database go."""
        await to_the_end(self._close())

    async def _close(self) -> None:
        async with self._writing:
            with translated():
                await self._pool.close()
            if self._alone is not None:
                await self._alone.release()


class _Transaction:
    """The connection protocol inside one transaction; refuses queries when it is over."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._over = False

    async def fetch(self, query: str, /, **values: Value) -> Sequence[Row]:
        """Return all rows."""
        found = queries.QUERIES[query]
        with self._translated():
            result: Sequence[Row] = await self._raw.fetch(
                found.numbered, *found.arguments(storables(values))
            )
        return result

    async def change(self, query: str, /, **values: Value) -> int:
        """Return how many rows were inserted, changed or deleted."""
        found = queries.QUERIES[query]
        with self._translated():
            status: str = await self._raw.execute(
                found.numbered, *found.arguments(storables(values))
            )
        # `UPDATE 3`, `INSERT 0 1`
        return int(status.rpartition(" ")[2])

    async def change_each(
        self, query: str, sets: Iterable[Mapping[str, Value]], /
    ) -> tuple[int, ...]:
        """Carry the query out once per set of values; return how many rows each changed."""
        # asyncpg's executemany does not tell what each set changed.
        return tuple([await self.change(query, **values) for values in sets])

    async def begin(self, sql: str) -> None:
        """Begin the transaction with those statements."""
        with self._translated():
            await self._raw.execute(sql)

    async def commit(self) -> None:
        """Keep what was done."""
        self._over = True
        with translated():
            await self._raw.execute("COMMIT")

    async def roll_back(self) -> None:
        """Undo what was done; a connection that cannot do it is dropped, which does."""
        self._over = True
        try:
            if self._raw.is_in_transaction():
                await self._raw.execute("ROLLBACK")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            # InterfaceError: the pool has dropped it already.
            with suppress(asyncpg.InterfaceError):
                self._raw.terminate()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        # A query after the end would be a transaction of its own.
        if self._over:
            raise errors.StoreError("this transaction is over", code="store-closed")
        with translated():
            yield


class _Target:
    """migrate.Target over a pool."""

    dialect: migrate.Dialect = "postgresql"

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def version(self) -> int:
        """Return the number of the last migration; 0: there is nothing yet."""
        async with _connection(self._pool) as raw:
            with translated():
                return await _version(raw)

    async def apply(self, number: int, script: str) -> None:
        """Run the script and store the number, in one transaction."""
        async with _connection(self._pool) as raw:
            with translated():
                async with raw.transaction():
                    await raw.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
                    if await _version(raw) >= number:
                        return
                    await raw.execute(script)
                    await raw.execute(
                        "INSERT INTO schema_version (one, version) VALUES (1, $1)"
                        " ON CONFLICT (one) DO UPDATE SET version = excluded.version",
                        number,
                    )


async def _version(raw: Any) -> int:
    # By a query of the catalogue: to_regclass answers from the session's cache, which does not
    # know of tables that another session made while this one waited for the lock.
    made: bool = await raw.fetchval(
        "SELECT EXISTS (SELECT 1 FROM pg_tables"
        " WHERE schemaname = current_schema() AND tablename = 'schema_version')"
    )
    version: int | None = await raw.fetchval("SELECT version FROM schema_version") if made else 0
    return version or 0


class _Alone:
    """A session that holds the advisory lock of the one daemon; it ends with the process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: Any = None

    async def hold(self) -> None:
        """Take the lock, again after the session was lost.

        Raises StoreError (`already-running`) when another daemon has it.
        """
        if self._session is not None and not self._session.is_closed():
            return
        with translated():
            session = await asyncpg.connect(
                self._url, timeout=_CONNECT_TIMEOUT, server_settings={"application_name": _HOLDER}
            )
            if not await session.fetchval("SELECT pg_try_advisory_lock($1)", _DAEMON_LOCK):
                await session.close()
                raise errors.StoreError(
                    "another dockschedd uses this database",
                    code="already-running",
                    hint="stop it first: two daemons would take each other's runs",
                )
        self._session = session

    async def release(self) -> None:
        """End the session, and with it the lock."""
        if self._session is not None:
            with translated():
                await self._session.close()


async def open_postgres(
    url: str, keys: Keys, *, configured: days_off.Configured, alone: bool = False
) -> PostgresStore:
    """Return the store in that database, made or brought up to date as needed.

    `alone`: hold the lock of the one daemon until the store is closed. Raises StoreError when
    the database cannot be used (`already-running`: another daemon holds it), Startup
    (`database-newer`) when it must not be.
    """
    holder = _Alone(url) if alone else None
    if holder is not None:
        await holder.hold()

    async def keep(raw: Any) -> None:
        """Leave the session as it is: nothing here changes it beyond a transaction."""

    with translated():
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=4,
            command_timeout=_COMMAND_TIMEOUT,
            timeout=_CONNECT_TIMEOUT,
            server_settings=_SETTINGS,
            reset=keep,
        )
    try:
        await migrate.migrate(_Target(pool))
    except BaseException:
        await to_the_end(pool.close())
        if holder is not None:
            await to_the_end(holder.release())
        raise
    return PostgresStore(pool, keys, configured=configured, alone=holder)


@asynccontextmanager
async def _connection(pool: Any) -> AsyncIterator[Any]:
    with translated():
        raw = await pool.acquire(timeout=_CONNECT_TIMEOUT)
    try:
        yield raw
    finally:
        with translated():
            await pool.release(raw)
