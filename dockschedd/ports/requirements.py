"""What people said that stacks need, in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dockschedd.core import model, requirements


class Requirements(Protocol):
    """What people said that stacks need. What labels say is not here."""

    async def all(self) -> tuple[requirements.Requirement, ...]:
        """Return all of them, by stack and by what it needs."""

    async def add(self, said: requirements.Requirement) -> bool:
        """Insert it. Returns False when it is there already."""

    async def remove(self, stack: model.StackRef, needs: model.StackRef) -> bool:
        """Delete it. Returns False when there is none."""
