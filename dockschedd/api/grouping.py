"""Which groups there are, in memory for those who resolve selectors: read again after changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.core import selectors


class Known:
    """Name → hosts of all groups, as they were last written."""

    def __init__(self) -> None:
        self._generation = 0
        self._groups: selectors.Groups | None = None

    def forget(self) -> None:
        """Say that a group has changed."""
        self._generation += 1
        self._groups = None

    async def all(self, store: ports.Store) -> selectors.Groups:
        """Return all of them."""
        if self._groups is not None:
            return self._groups
        generation = self._generation
        async with store.reading() as unit:
            found = await unit.groups.members()
        # A change that came while this was read is not in it.
        if generation == self._generation:
            self._groups = found
        return found
