"""Who watches what happens: live views get the newest state of all that changes.

Nothing may depend on it: what must not be lost is in the store.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from dockschedd.core import changes, model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Item = model.Run | model.StackRef | changes.Change
#: What it is that only the newest state of is kept: a run's id, a stack, a noun with a name.
_Key = str | model.StackRef | tuple[changes.Noun, str]


#: How long changes gather after some were read: each is told with the whole run.
TOGETHER_S = 0.05


class Bus:
    """ports.Bus in memory."""

    def __init__(self) -> None:
        self._boxes: set[_Box] = set()
        self._running: dict[str, model.Run] = {}

    def publish_run(self, run: model.Run) -> None:
        """Tell that the run or one of its steps changed."""
        if run.status is model.RunStatus.RUNNING:
            self._running[run.id] = run
        else:
            self._running.pop(run.id, None)
        for box in self._boxes:
            box.put(run.id, run)

    def publish_stack(self, ref: model.StackRef) -> None:
        """Tell that the stack changed, came or went."""
        for box in self._boxes:
            box.put(ref, ref)

    def publish_change(self, change: changes.Change) -> None:
        """Tell that something that people set up changed, or that a host was lost or found."""
        for box in self._boxes:
            box.put((change.noun, change.name), change)

    def newest(self, run: model.Run) -> model.Run:
        """Return a run that was read as it is now: its steps are stored a moment later."""
        if run.status in (model.RunStatus.PLANNED, model.RunStatus.RUNNING):
            return self._running.get(run.id, run)
        return run

    @asynccontextmanager
    async def subscribe(self, *, at_once: bool = False) -> AsyncIterator[AsyncIterator[Item]]:
        """Enter a subscription that keeps the newest state of each thing.

        Changes gather for a moment, unless they are wanted at once.
        """
        box = _Box(together=0 if at_once else TOGETHER_S)
        self._boxes.add(box)
        try:
            yield box.items()
        finally:
            self._boxes.discard(box)


class _Box:
    """What one subscriber has not read yet: bounded by how many things there are."""

    def __init__(self, *, together: float) -> None:
        self._together = together
        self._newest: dict[_Key, Item] = {}
        self._filled = asyncio.Event()
        self._urgent = asyncio.Event()

    def put(self, key: _Key, item: Item) -> None:
        self._newest[key] = item
        self._filled.set()
        if isinstance(item, model.Run) and item.status is not model.RunStatus.RUNNING:
            self._urgent.set()

    async def items(self) -> AsyncIterator[Item]:
        while True:
            await self._filled.wait()
            self._filled.clear()
            self._urgent.clear()
            for key in tuple(self._newest):
                yield self._newest.pop(key)
            if self._together:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._together):
                        await self._urgent.wait()
