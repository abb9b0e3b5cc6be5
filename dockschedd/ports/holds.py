"""What keeps schedules from stacks, in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd.core import holds, model


class Holds(Protocol):
    """Holds, the freeze and hosts' days off: what keeps schedules from stacks."""

    async def blocks(self) -> holds.Blocks:
        """Return all of them, also those that have ended and were not taken away yet.

        Days off are those of hosts of the configuration and of the database.
        """

    async def get(self, ref: model.StackRef) -> holds.Hold | None:
        """Return the hold of the stack, also when it has ended."""

    async def place(self, hold: holds.Hold) -> None:
        """Keep it, in place of an older one of the same stack."""

    async def release(self, ref: model.StackRef, *, at: datetime, actor: str) -> bool:
        """End the hold of the stack at that instant. Returns False when none holds then."""

    async def freeze(self) -> holds.Freeze | None:
        """Return the freeze, also when it has ended."""

    async def place_freeze(self, freeze: holds.Freeze) -> None:
        """Keep it, in place of an older one."""

    async def thaw(self, *, at: datetime, actor: str) -> bool:
        """End the freeze at that instant. Returns False when none holds then."""

    async def next_end(self) -> datetime | None:
        """Return the earliest end of those that end by themselves or have ended."""

    async def take_ended(self, *, now: datetime) -> tuple[holds.Hold | holds.Freeze, ...]:
        """Remove and return those that have ended: each is returned once."""
