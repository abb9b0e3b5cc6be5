"""Holds, the freeze and hosts' days off; the contract is ports.Holds.

A block that has ended stays until `take_ended` takes it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import holds
from dockschedd.store import hold_rows, hosts, rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dockschedd.core import days_off, model
    from dockschedd.store.calendars import Calendars
    from dockschedd.store.connection import Connection


class Holds:
    """ports.Holds over one connection."""

    def __init__(
        self, connection: Connection, calendars: Calendars, configured: days_off.Configured
    ) -> None:
        self._connection = connection
        self._calendars = calendars
        self._configured = configured

    async def blocks(self) -> holds.Blocks:
        """Return everything that keeps schedules from stacks, also what has ended."""
        found = map(hold_rows.hold, await self._connection.fetch("all_holds"))
        return holds.Blocks(
            freeze=await self.freeze(),
            holds={each.stack: each for each in found},
            days_off=await self._days_off(),
        )

    async def _days_off(self) -> Mapping[str, days_off.DaysOff]:
        added = map(hosts.host, await self._connection.fetch("hosts_with_calendar"))
        asked = self._configured.asked(added)
        known = await self._calendars.named(
            each.calendar for each in asked.values() if each.calendar is not None
        )
        return self._configured.days_off(asked, known)

    async def get(self, ref: model.StackRef) -> holds.Hold | None:
        """Return the hold of the stack, also when it has ended."""
        found = await self._connection.fetch("hold_of_stack", host=ref.host, stack=ref.name)
        return hold_rows.hold(found[0]) if found else None

    async def place(self, hold: holds.Hold) -> None:
        """Keep it, in place of an older one of the same stack."""
        await self._connection.change("place_hold", **hold_rows.hold_values(hold))

    async def release(self, ref: model.StackRef, *, at: datetime, actor: str) -> bool:
        """End the hold of the stack at that instant. Returns False when none holds then."""
        changed = await self._connection.change(
            "release_hold", host=ref.host, stack=ref.name, at=rows.stamp(at), actor=actor
        )
        return changed == 1

    async def freeze(self) -> holds.Freeze | None:
        """Return the freeze, also when it has ended."""
        found = await self._connection.fetch("the_freeze")
        return hold_rows.freeze(found[0]) if found else None

    async def place_freeze(self, freeze: holds.Freeze) -> None:
        """Keep it, in place of an older one."""
        await self._connection.change("place_freeze", **hold_rows.freeze_values(freeze))

    async def thaw(self, *, at: datetime, actor: str) -> bool:
        """End the freeze at that instant. Returns False when none holds then."""
        return await self._connection.change("thaw_freeze", at=rows.stamp(at), actor=actor) == 1

    async def next_end(self) -> datetime | None:
        """Return the earliest end of those that end by themselves or have ended."""
        found = await self._connection.fetch("next_hold_end")
        freeze = await self.freeze()
        ends = (rows.instant(found[0]["until"]), freeze.until if freeze else None)
        return min((end for end in ends if end is not None), default=None)

    async def take_ended(self, *, now: datetime) -> tuple[holds.Hold | holds.Freeze, ...]:
        """Remove and return those that have ended: each is returned once."""
        ended = [
            hold_rows.hold(row)
            for row in await self._connection.fetch("ended_holds", now=rows.stamp(now))
        ]
        await self._connection.change_each(
            "delete_hold",
            [{"host": each.stack.host, "stack": each.stack.name} for each in ended],
        )
        freeze = await self.freeze()
        over = freeze is not None and (
            freeze.thawed_by is not None or (freeze.until is not None and freeze.until <= now)
        )
        if freeze is None or not over:
            return tuple(ended)
        await self._connection.change("delete_freeze")
        return (*ended, freeze)
