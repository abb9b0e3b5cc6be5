"""Calendars: the named sets of dates that schedules speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dockschedd.core import dates, triggers


class Calendars(Protocol):
    """Named sets of dates. A schedule names only those that there are."""

    async def add(self, kept: dates.Kept) -> None:
        """Insert. Raises Conflict (`calendar-exists`) when the name is taken."""

    async def replace(self, kept: dates.Kept) -> None:
        """Overwrite the one of that name. Raises NotFound."""

    async def remove(self, name: str) -> None:
        """Delete it; the caller has taken it out of all schedules. Raises NotFound."""

    async def get(self, name: str) -> dates.Kept | None:
        """Return the one of that name."""

    async def all(self) -> tuple[dates.Kept, ...]:
        """Return all of them, by name."""

    async def named(self, names: Iterable[str]) -> Mapping[str, triggers.Calendar]:
        """Return those of these names that there are; each is read once per unit."""

    async def used(self) -> Mapping[str, int]:
        """Return how many schedules name each that is named at all."""
