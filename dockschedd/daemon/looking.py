"""What the executor has to know to choose: what is planned, and all that bears on it.

One read of the store and the inventory, of one moment; core.queue decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd.core import holds, queue, turns
from dockschedd.daemon import attempts, requiring

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import model


#: A host that has not answered for so long is not waited for, whether it is lost or only slow.
SILENCE = timedelta(seconds=2)
#: First runs of stacks on hosts that do not answer that are looked at.
MOST_AWAY = 10_000


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


class Seldom:
    """When it is time for a whole look again."""

    def __init__(self, every: timedelta) -> None:
        self._every = every
        self._last: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Return whether it is, and take it as done; also after the clock was stepped back."""
        due = self._last is None or abs(now - self._last) >= self._every
        if due:
            self._last = now
        return due


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


def _silent(hosts: ports.Hosts, inventory: ports.Inventory) -> frozenset[str]:
    """Return the hosts that were thought to answer and have not for a moment."""
    return frozenset(
        view.name
        for view in inventory.hosts()
        if view.reachable and hosts.silent(view.name) > SILENCE
    )


async def look(
    store: ports.Store,
    hosts: ports.Hosts,
    inventory: ports.Inventory,
    under_way: Mapping[model.StackRef, model.Run],
    *,
    now: datetime,
    most: int,
    whole: bool,
) -> Look:
    """Return what there is; no more than `most` runs are to be under way.

    Runs that wait for hosts that do not answer are looked at for a `whole` look only: what
    becomes of them is that their deadline passes.
    """
    away = requiring.away(inventory)
    silent = _silent(hosts, inventory)
    stand_ins = inventory.stand_ins()
    idle = {*away, *silent}
    left_out = idle - stand_ins.keys()
    async with store.reading() as unit:
        first: Sequence[model.Run] = ()
        known: Mapping[str, turns.Turn] = {}
        limit = 0
        while len(first) == limit < (needed := most + len(under_way) + _waiting(known)):
            # Those that wait for others must not hide them.
            limit = needed
            first = await unit.runs.planned(now=now, limit=limit, away=left_out)
            known = await requiring.turns_of(unit, first, inventory=inventory, now=now)
        if whole and left_out:
            rest = await unit.runs.planned(now=now, limit=MOST_AWAY, away=left_out, among=True)
            others = await requiring.turns_of(unit, rest, inventory=inventory, now=now)
            first, known = (*first, *rest), {**known, **others}
            limit += len(rest)
        behind = await unit.runs.waiting(now=now, limit=limit) if first else ()
        blocks = await unit.holds.blocks() if first else holds.Blocks()
        outdated = await attempts.outdated(unit, first)
        coming = await unit.runs.next_start(after=now)
    scene = queue.Scene(
        now=now,
        under_way=under_way,
        blocks=blocks,
        away=away,
        outdated=outdated,
        room=queue.room(most, under_way, idle),
        turns=known,
        silent=silent,
        stand_ins=stand_ins,
    )
    return Look(first=first, behind=behind, scene=scene, coming=coming)


def _waiting(known: Mapping[str, turns.Turn]) -> int:
    return sum(turn.standing is turns.Standing.WAITING for turn in known.values())
