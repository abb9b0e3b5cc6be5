"""What keeps schedules from stacks, as lists and actions tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.api import mapping
from dockschedd.core import holds, model, status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.wire import holds as wire


class Known:
    """What keeps schedules from stacks, in memory for lists: read again after each change.

    What ends by itself is told from what holds by its instants.
    """

    def __init__(self) -> None:
        self._generation = 0
        self._blocks: holds.Blocks | None = None

    def forget(self) -> None:
        """Say that a hold or the freeze has changed."""
        self._generation += 1
        self._blocks = None

    async def blocks(self, store: ports.Store) -> holds.Blocks:
        """Return all of them, as they were last written."""
        if self._blocks is not None:
            return self._blocks
        generation = self._generation
        async with store.reading() as unit:
            found = await unit.holds.blocks()
        # A change that came while this was read is not in it.
        if generation == self._generation:
            self._blocks = found
        return found


def active(blocks: holds.Blocks, *, now: datetime) -> tuple[wire.Hold, ...]:
    """Return the holds that hold now, by stack."""
    return tuple(
        mapping.hold(blocks.holds[ref])
        for ref in sorted(blocks.holds)
        if holds.is_active(blocks.holds[ref], now)
    )


def frozen(blocks: holds.Blocks, *, now: datetime) -> wire.Freeze | None:
    """Return the freeze, if schedules are frozen now."""
    freeze = blocks.freeze
    if freeze is None or not holds.is_active(freeze, now):
        return None
    return mapping.freeze(freeze)


def of(blocks: holds.Blocks, ref: model.StackRef, *, now: datetime) -> holds.Hold | None:
    """Return the hold of the stack, if it holds now."""
    found = blocks.holds.get(ref)
    return found if found is not None and holds.is_active(found, now) else None


def day_off(blocks: holds.Blocks, host: str, *, now: datetime) -> str | None:
    """Return what its calendar keeps from the host now, as a sentence, if it does."""
    off = blocks.days_off.get(host)
    return off.reads(now) if off is not None and off.covers(now) else None


def days_off(blocks: holds.Blocks, *, now: datetime) -> tuple[str, ...]:
    """Return the same of all hosts with a day off now, by name."""
    found = (day_off(blocks, host, now=now) for host in sorted(blocks.days_off))
    return tuple(filter(None, found))


def notes(
    blocks: holds.Blocks, refs: Iterable[model.StackRef], *, now: datetime
) -> tuple[str, ...]:
    """Return what somebody should know who acts on these stacks by hand."""
    found = ((ref, of(blocks, ref, now=now)) for ref in refs)
    return tuple(
        f"`{ref}` is {holds.held(hold)}; schedules leave it as it is"
        for ref, hold in found
        if hold is not None
    )


def is_so(inventory: ports.Inventory, placed: holds.Hold, *, away: bool) -> bool:
    """Return whether the stack is known to be in the state in which it is held."""
    stack = inventory.stack(placed.stack)
    if away or stack is None:
        return False
    wanted = {
        holds.Wanted.UP: model.StackStatus.RUNNING,
        holds.Wanted.DOWN: model.StackStatus.STOPPED,
    }
    return status.summarize(stack, reachable=True).status is wanted[placed.wants]
