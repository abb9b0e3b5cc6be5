"""What people said that stacks need; the contract is ports.Requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import instants, model, requirements
from dockschedd.store import rows

if TYPE_CHECKING:
    from dockschedd.store.connection import Connection, Row, Value


class Requirements:
    """ports.Requirements over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self) -> tuple[requirements.Requirement, ...]:
        """Return all of them, by stack and by what it needs."""
        return tuple(map(requirement, await self._connection.fetch("all_requirements")))

    async def add(self, said: requirements.Requirement) -> bool:
        """Insert it. Returns False when it is there already."""
        values = requirement_values(said)
        return await self._connection.change("insert_requirement", **values) == 1

    async def remove(self, stack: model.StackRef, needs: model.StackRef) -> bool:
        """Delete it. Returns False when there is none."""
        changed = await self._connection.change(
            "delete_requirement",
            host=stack.host,
            stack=stack.name,
            needed_host=needs.host,
            needed_stack=needs.name,
        )
        return changed == 1


def requirement_values(said: requirements.Requirement) -> dict[str, Value]:
    """Return all columns of a requirement."""
    return {
        "host": said.stack.host,
        "stack": said.stack.name,
        "needed_host": said.needs.host,
        "needed_stack": said.needs.name,
        "owner": said.owner,
        "created_at": rows.stamp(said.created_at),
    }


def requirement(row: Row) -> requirements.Requirement:
    """Return the requirement of a row."""
    return requirements.Requirement(
        stack=model.StackRef(row["host"], row["stack"]),
        needs=model.StackRef(row["needed_host"], row["needed_stack"]),
        owner=row["owner"],
        created_at=instants.from_text(row["created_at"]),
    )
