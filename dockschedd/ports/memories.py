"""What is kept of stacks under windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd.core import memory, model


class Memories(Protocol):
    """What is known of stacks under windows."""

    async def get(self, ref: model.StackRef) -> memory.Memory | None:
        """Return what ran on the stack when it was last put to sleep."""

    async def keep(self, kept: memory.Memory) -> None:
        """Keep it, in place of an older one of the same stack."""

    async def forget(self, ref: model.StackRef) -> None:
        """Drop what is kept of the stack, if anything is."""

    async def deviated_at(self, ref: model.StackRef) -> datetime | None:
        """Return when somebody made the stack other than its window wants it."""

    async def note_deviation(self, ref: model.StackRef, *, at: datetime) -> None:
        """Keep that somebody did, in place of an older one."""

    async def forget_deviation(self, ref: model.StackRef) -> None:
        """Drop it, if there is one."""
