"""Hosts and groups as they are kept in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dockschedd.core import fleet


class KnownHosts(Protocol):
    """Hosts that were added through the API: those of the configuration are not among them."""

    async def add(self, host: fleet.Host) -> None:
        """Insert. Raises Conflict (`host-exists`) when the name is taken."""

    async def replace(self, host: fleet.Host) -> None:
        """Overwrite the one of that name. Raises NotFound (`host-not-found`)."""

    async def remove(self, name: str) -> None:
        """Delete it; what names it stays. Raises NotFound (`host-not-found`)."""

    async def get(self, name: str) -> fleet.Host | None:
        """Return the one of that name."""

    async def all(self) -> tuple[fleet.Host, ...]:
        """Return all of them, by name."""


class Groups(Protocol):
    """Named sets of hosts."""

    async def add(self, group: fleet.Group) -> None:
        """Insert. Raises Conflict (`group-exists`) when the name is taken."""

    async def replace(self, group: fleet.Group) -> None:
        """Overwrite the one of that name. Raises NotFound (`group-not-found`)."""

    async def remove(self, name: str) -> None:
        """Delete it; selectors that name it stay. Raises NotFound (`group-not-found`)."""

    async def get(self, name: str) -> fleet.Group | None:
        """Return the one of that name."""

    async def all(self) -> tuple[fleet.Group, ...]:
        """Return all of them, by name."""
