"""What is known of stacks under windows; the contract is ports.Memories."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dockschedd.core import memory, model
from dockschedd.store import rows

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd.store.connection import Connection, Row


class Memories:
    """ports.Memories over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, ref: model.StackRef) -> memory.Memory | None:
        """Return what ran on the stack when it was last put to sleep."""
        found = await self._connection.fetch("memory_of_stack", host=ref.host, stack=ref.name)
        return _memory(found[0]) if found else None

    async def keep(self, kept: memory.Memory) -> None:
        """Keep it, in place of an older one of the same stack."""
        await self._connection.change(
            "keep_memory",
            host=kept.stack.host,
            stack=kept.stack.name,
            containers=json.dumps(sorted(kept.containers), separators=(",", ":")),
            run_id=kept.run_id,
            at=rows.stamp(kept.at),
            woken_at=rows.stamp(kept.woken_at),
        )

    async def forget(self, ref: model.StackRef) -> None:
        """Drop what is kept of the stack, if anything is."""
        await self._connection.change("forget_memory", host=ref.host, stack=ref.name)

    async def deviated_at(self, ref: model.StackRef) -> datetime | None:
        """Return when somebody made the stack other than its window wants it."""
        found = await self._connection.fetch("deviation_of_stack", host=ref.host, stack=ref.name)
        return rows.instant(found[0]["at"]) if found else None

    async def note_deviation(self, ref: model.StackRef, *, at: datetime) -> None:
        """Keep that somebody did, in place of an older one."""
        await self._connection.change(
            "note_deviation", host=ref.host, stack=ref.name, at=rows.stamp(at)
        )

    async def forget_deviation(self, ref: model.StackRef) -> None:
        """Drop it, if there is one."""
        await self._connection.change("forget_deviation", host=ref.host, stack=ref.name)


def _memory(row: Row) -> memory.Memory:
    return memory.Memory(
        stack=model.StackRef(row["host"], row["stack"]),
        containers=frozenset((name, number) for name, number in json.loads(row["containers"])),
        run_id=row["run_id"],
        at=rows.instant(row["at"]),
        woken_at=rows.instant(row["woken_at"]),
    )
