"""Many that want to write at once share one transaction: who waits gathers behind who writes.

A failure of the store is everybody's. A defect is only that of whose it is: the others are
written without it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from dockschedd import errors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")

#: In one transaction: one that is longer keeps everybody else waiting.
MOST = 100


class _Item(Generic[T, R]):
    """What one caller adds, and what becomes of it."""

    def __init__(self, item: T) -> None:
        self.item = item
        #: The result, once there is one.
        self.answer: tuple[R, ...] = ()
        self.error: Exception | None = None
        #: Done when it is over, or when it is its caller's turn to write.
        self.news: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_over(self) -> bool:
        return bool(self.answer) or self.error is not None

    def tell(self) -> None:
        """Wake its caller."""
        if not self.news.done():
            self.news.set_result(None)


class Batches(Generic[T, R]):
    """Hands what is added to `work`, in order and as much as there is at a time.

    `work` returns a result for each, or raises and has done nothing.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._work = work
        self._waiting: list[_Item[T, R]] = []
        #: Whose caller writes, or has been told to.
        self._writer: _Item[T, R] | None = None

    async def add(self, item: T) -> R:
        """Return the result for this item when its batch is done; raise what `work` raises."""
        mine = _Item[T, R](item)
        self._waiting.append(mine)
        try:
            if self._writer is None:
                self._writer = mine
            else:
                await mine.news
            while not mine.is_over:
                await self._next()
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)
            if self._writer is mine:
                self._writer = self._waiting[0] if self._waiting else None
                if self._writer is not None:
                    self._writer.tell()
        if mine.error is not None:
            raise mine.error
        return mine.answer[0]

    async def _next(self) -> None:
        taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            await self._write(taken)
        except BaseException:
            # Whoever was to write goes away; the others go on without it.
            self._waiting[:0] = [each for each in taken if not each.is_over]
            raise
        finally:
            # All at once: what they do next they begin side by side.
            for each in taken:
                if each.is_over:
                    each.tell()

    async def _write(self, taken: Sequence[_Item[T, R]]) -> None:
        try:
            await self._do(taken)
        except errors.StoreError as error:
            for each in taken:
                each.error = error
        except Exception as error:  # noqa: BLE001 - whose it is, its caller is told
            await self._one_by_one(taken, error)

    async def _one_by_one(self, taken: Sequence[_Item[T, R]], error: Exception) -> None:
        if len(taken) == 1:
            taken[0].error = error
            return
        for each in taken:
            try:
                await self._do((each,))
            except Exception as own:  # noqa: BLE001 - the same
                each.error = own

    async def _do(self, taken: Sequence[_Item[T, R]]) -> None:
        answers = await self._work([each.item for each in taken])
        for each, answer in zip(taken, answers, strict=True):
            each.answer = (answer,)
