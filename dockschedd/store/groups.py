"""Groups of hosts; the contract is ports.Groups."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import fleet, selectors
from dockschedd.store import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dockschedd.store.connection import Connection, Row, Value


class Groups:
    """ports.Groups over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def members(self) -> selectors.Groups:
        """Return name → hosts of all of them, as selectors are resolved with."""
        return {each.name: frozenset(each.hosts) for each in await self.all()}

    async def used(self) -> Mapping[str, int]:
        """Return name → how many schedules name it, of all that are named, also unknown ones."""
        counts: Counter[str] = Counter()
        for row in await self._connection.fetch("selectors_of_groups"):
            counts[selectors.group_of(row["selector"]) or ""] += row["number"]
        return counts

    async def add(self, group: fleet.Group) -> None:
        """Insert. Raises Conflict (`group-exists`) when the name is taken."""
        if not await self._connection.change("insert_group", **values(group)):
            raise errors.Conflict(
                f"there is a group `{group.name}` already",
                code="group-exists",
                hint="choose another name, or edit that one",
            )

    async def replace(self, group: fleet.Group) -> None:
        """Overwrite the one of that name. Raises NotFound (`group-not-found`)."""
        if not await self._connection.change("replace_group", **values(group)):
            raise _unknown(group.name)

    async def remove(self, name: str) -> None:
        """Delete it; selectors that name it stay. Raises NotFound (`group-not-found`)."""
        if not await self._connection.change("delete_group", name=name):
            raise _unknown(name)

    async def get(self, name: str) -> fleet.Group | None:
        """Return the one of that name."""
        found = await self._connection.fetch("group_by_name", name=name)
        return group(found[0]) if found else None

    async def all(self) -> tuple[fleet.Group, ...]:
        """Return all of them, by name."""
        return tuple(map(group, await self._connection.fetch("all_groups")))


def values(group: fleet.Group) -> dict[str, Value]:
    """Return all columns of a group."""
    return {
        "name": group.name,
        "hosts": json.dumps(sorted(set(group.hosts)), separators=(",", ":")),
        "owner": group.owner,
        "updated_at": rows.stamp(group.updated_at),
    }


def group(row: Row) -> fleet.Group:
    """Return the group of a row."""
    return fleet.Group(
        name=row["name"],
        hosts=tuple(json.loads(row["hosts"])),
        owner=row["owner"],
        updated_at=rows.instant(row["updated_at"]),
    )


def _unknown(name: str) -> errors.NotFound:
    return errors.NotFound(f"there is no group `{name}`", code="group-not-found")
