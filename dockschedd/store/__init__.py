"""The database behind ports.Store: SQLite in one file, or PostgreSQL.

All repositories are written once over store.connection; a database is a connection, its
transactions and the translation of its errors. Never reads the clock and makes no ids.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import days_off
from dockschedd.store import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dockschedd import ports


async def open_store(
    url: str,
    *,
    audit_keys: Mapping[str, bytes],
    audit_key_id: str,
    configured: days_off.Configured | None = None,
    alone: bool = False,
) -> ports.Store:
    """Return the store at `sqlite:///abs/path` or `postgresql://…`, ready for use.

    `audit_keys` are all keys that ever signed an entry of the audit log, by their ids;
    the one named `audit_key_id` signs from now on. Close the store, or its threads keep the
    process alive. `alone`: for a daemon, which recovers what its last life left running: two
    of them on one database would take each other's runs.

    `configured`: what the configuration says that decides about hosts' days off.

    Raises StoreError when the database cannot be used, Startup (`database-url`,
    `database-newer`, `database-foreign`, `database-driver`, `already-running`, `audit-key`)
    when it must not be.
    """
    if audit_key_id not in audit_keys:
        raise errors.Startup(f"there is no audit key `{audit_key_id}`", code="audit-key")
    keys = audit.Keys(known=dict(audit_keys), signing=audit_key_id)
    configured = configured or days_off.Configured()
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and rest != "/":
        # What is not asked for costs nothing.
        from dockschedd.store import sqlite  # noqa: PLC0415

        return await sqlite.open_sqlite(Path(rest), keys, configured=configured, alone=alone)
    if scheme in ("postgresql", "postgres"):
        try:
            from dockschedd.store import postgres  # noqa: PLC0415  # 60 ms that SQLite needs not
        except ModuleNotFoundError as error:
            raise errors.Startup(
                "the driver for PostgreSQL is not installed",
                code="database-driver",
                hint="pip install 'dockschedd[postgres]'",
            ) from error
        return await postgres.open_postgres(url, keys, configured=configured, alone=alone)
    raise errors.Startup(
        f"`{url}` does not name a database",
        code="database-url",
        hint="write sqlite:///var/lib/dockschedd/dockschedd.db or postgresql://user@host/name",
    )
