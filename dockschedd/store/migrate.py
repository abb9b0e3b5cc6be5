"""The numbered migrations, and the one way in which a database gets to the newest.

Each is applied in one transaction together with its number; schema.sql is what all of them
lead to. A database that is newer than the program is never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from dockschedd import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

Dialect = Literal["sqlite", "postgresql"]

_DIRECTORY = Path(__file__).with_name("migrations")
_ONLY = "-- only: "
_END = "-- end"


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """One step of the schema, for both databases."""

    number: int
    name: str
    script: str


class Target(Protocol):
    """A database whose schema can be moved."""

    dialect: Dialect

    async def version(self) -> int:
        """Return the number of the last migration; 0: there is nothing yet."""

    async def apply(self, number: int, script: str) -> None:
        """Run the script and store the number, in one transaction.

        Does nothing when the number is stored already: somebody else was faster.
        """


def load() -> tuple[Migration, ...]:
    """Return all migrations, by number from 1 without gaps."""
    found = tuple(
        Migration(
            number=int(path.name.partition("_")[0]),
            name=path.stem,
            script=path.read_text(encoding="utf-8"),
        )
        for path in sorted(_DIRECTORY.glob("*.sql"))
    )
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    return found


def only(script: str, dialect: Dialect) -> str:
    """Return the script without the blocks that are for the other database.

    A block is what stands between a line `-- only: sqlite` or `-- only: postgresql` and the
    next line `-- end`. Raises ValueError for a block that is not closed, or inside another.
    """
    kept: list[str] = []
    block: str | None = None
    for line in script.splitlines():
        if line.startswith(_ONLY):
            if block is not None:
                raise ValueError(f"a block begins inside another: {line}")
            block = line.removeprefix(_ONLY).strip()
            if block not in ("sqlite", "postgresql"):
                raise ValueError(f"there is no database `{block}`")
        elif line.strip() == _END:
            if block is None:
                raise ValueError("a block ends that has not begun")
            block = None
        elif block in (None, dialect):
            kept.append(line)
    if block is not None:
        raise ValueError(f"the block `{_ONLY}{block}` is not closed")
    return "\n".join(kept) + "\n"


async def migrate(target: Target, migrations: Sequence[Migration] | None = None) -> int:
    """Bring the database to the newest version; return how many migrations were applied.

    Raises Startup (`database-newer`) when the database has seen more than the program knows.
    """
    version = await target.version()
    if migrations is None:
        # A database that is up to date is opened without reading the scripts.
        newest = sum(1 for _ in _DIRECTORY.glob("*.sql"))
        if version == newest:
            return 0
        migrations = load()
    if version > len(migrations):
        raise errors.Startup(
            f"the database is at version {version}; this dockschedd knows {len(migrations)}",
            code="database-newer",
            hint="use the dockschedd that wrote it, or a newer one, or restore a backup",
        )
    pending = migrations[version:]
    for each in pending:
        await target.apply(each.number, only(each.script, target.dialect))
    return len(pending)
