"""How containers' last runs ended, as the database keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from dockschedd.core import model


class Endings(Protocol):
    """How containers' last runs ended."""

    async def remember(
        self, host: str, container_id: str, *, ended: model.Ended, at: datetime
    ) -> None:
        """Keep it, in place of an older one; a newer one stays."""

    async def remember_all(
        self, host: str, container_ids: Iterable[str], *, ended: model.Ended, at: datetime
    ) -> None:
        """Do as `remember` for each, in one round trip."""

    async def all(self, host: str) -> Mapping[str, model.Ended]:
        """Return container id → how it ended."""

    async def times(self, host: str) -> Mapping[str, datetime]:
        """Return container id → when it ended."""

    async def forget(self, host: str, container_ids: Iterable[str]) -> None:
        """Drop what is known of containers that run again or are gone."""
