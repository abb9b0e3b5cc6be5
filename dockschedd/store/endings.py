"""How containers' last runs ended; the contract is ports.Endings.

What the engine forgets and a restart of the daemon must not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import model
from dockschedd.store import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from dockschedd.store.connection import Connection


class Endings:
    """ports.Endings over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def remember(
        self, host: str, container_id: str, *, ended: model.Ended, at: datetime
    ) -> None:
        """Keep it, in place of an older one; a newer one stays."""
        await self.remember_all(host, (container_id,), ended=ended, at=at)

    async def remember_all(
        self, host: str, container_ids: Iterable[str], *, ended: model.Ended, at: datetime
    ) -> None:
        """Do as `remember` for each, in one round trip."""
        common = {"host": host, "ended": ended.value, "at": rows.stamp(at)}
        await self._connection.change_each(
            "remember_ending", [{**common, "container_id": each} for each in container_ids]
        )

    async def all(self, host: str) -> Mapping[str, model.Ended]:
        """Return container id → how it ended."""
        found = await self._connection.fetch("endings_of_host", host=host)
        return {row["container_id"]: model.Ended(row["ended"]) for row in found}

    async def times(self, host: str) -> Mapping[str, datetime]:
        """Return container id → when it ended."""
        found = await self._connection.fetch("ending_times_of_host", host=host)
        return {row["container_id"]: rows.instant(row["at"]) for row in found}

    async def forget(self, host: str, container_ids: Iterable[str]) -> None:
        """Drop what is known of containers that run again or are gone."""
        await self._connection.change_each(
            "forget_ending", [{"host": host, "container_id": each} for each in container_ids]
        )
