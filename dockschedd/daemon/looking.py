"""What the executor has to know to choose: what is planned, and all that bears on it.

One read of the store and the inventory, of one moment; core.queue decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockschedd.core import holds, queue, turns
from dockschedd.daemon import attempts, requiring

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import model


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What there was."""

    #: The first planned run of each stack, and those behind.
    first: Sequence[model.Run]
    behind: Sequence[model.Run]
    scene: queue.Scene
    #: When the next run may begin that may not yet.
    coming: datetime | None

    @property
    def watched(self) -> tuple[model.Stack, ...]:
        """The stacks that runs wait for to become healthy, as they were seen."""
        found = (turn.watch for turn in self.scene.turns.values())
        return tuple({stack.ref: stack for stack in found if stack is not None}.values())


class Watch:
    """Wakes when one of the stacks that are watched changes."""

    def __init__(self, inventory: ports.Inventory, wake: Callable[[], None]) -> None:
        self._inventory = inventory
        self._wake = wake
        self._watched: set[model.StackRef] = set()

    def on(self, stacks: Iterable[model.Stack], group: asyncio.TaskGroup) -> None:
        """Wake, once, when a stack is not as it was seen any more."""
        for stack in stacks:
            if stack.ref not in self._watched:
                self._watched.add(stack.ref)
                group.create_task(self._until_changed(stack))

    async def _until_changed(self, seen: model.Stack) -> None:
        while self._inventory.stack(seen.ref) is seen:
            await self._inventory.changed(seen.ref.host)
        self._watched.discard(seen.ref)
        self._wake()


async def look(
    store: ports.Store,
    inventory: ports.Inventory,
    under_way: Mapping[model.StackRef, model.Run],
    *,
    now: datetime,
    most: int,
) -> Look:
    """Return what there is; no more than `most` runs are to be under way."""
    async with store.reading() as unit:
        first: Sequence[model.Run] = ()
        known: Mapping[str, turns.Turn] = {}
        limit = 0
        while len(first) == limit < (needed := most + len(under_way) + _waiting(known)):
            # Those that wait for others must not hide them.
            limit = needed
            first = await unit.runs.planned(now=now, limit=limit)
            known = await requiring.turns_of(unit, first, inventory=inventory, now=now)
        behind = await unit.runs.waiting(now=now, limit=limit) if first else ()
        blocks = await unit.holds.blocks() if first else holds.Blocks()
        outdated = await attempts.outdated(unit, first)
        coming = await unit.runs.next_start(after=now)
    scene = queue.Scene(
        now=now,
        under_way=under_way,
        blocks=blocks,
        away=requiring.away(inventory),
        outdated=outdated,
        room=most - len(under_way),
        turns=known,
    )
    return Look(first=first, behind=behind, scene=scene, coming=coming)


def _waiting(known: Mapping[str, turns.Turn]) -> int:
    return sum(turn.standing is turns.Standing.WAITING for turn in known.values())
