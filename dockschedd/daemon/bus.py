"""Who watches what happens: live views get each run's and each stack's newest state.

Nothing may depend on it: what must not be lost is in the store.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dockschedd.core import model


class Bus:
    """ports.Bus in memory."""

    def __init__(self) -> None:
        self._boxes: set[_Box] = set()

    def publish_run(self, run: model.Run) -> None:
        """Tell that the run or one of its steps changed."""
        for box in self._boxes:
            box.put(run.id, run)

    def publish_stack(self, ref: model.StackRef) -> None:
        """Tell that the stack changed, came or went."""
        for box in self._boxes:
            box.put(ref, ref)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[model.Run | model.StackRef]]:
        """Enter a subscription that keeps the newest state per run and per stack."""
        box = _Box()
        self._boxes.add(box)
        try:
            yield box.items()
        finally:
            self._boxes.discard(box)


class _Box:
    """What one subscriber has not read yet: bounded by how many things there are."""

    def __init__(self) -> None:
        self._newest: dict[str | model.StackRef, model.Run | model.StackRef] = {}
        self._filled = asyncio.Event()

    def put(self, key: str | model.StackRef, item: model.Run | model.StackRef) -> None:
        self._newest[key] = item
        self._filled.set()

    async def items(self) -> AsyncIterator[model.Run | model.StackRef]:
        while True:
            await self._filled.wait()
            while self._newest:
                yield self._newest.pop(next(iter(self._newest)))
            self._filled.clear()
