"""How much may be under way at once, where that may change meanwhile.

First come, first served. A limit that shrinks cuts nothing short: it counts from the next one on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Limit:
    """An asynchronous context manager: inside are no more than the limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def change(self, most: int) -> None:
        """Let in so many at once from now on."""
        self._most = most
        self._let_in()

    async def __aenter__(self) -> None:
        if self._inside < self._most:
            self._inside += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # It was let in and called off in the same moment.
                self._leave()
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self._inside -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self._inside < self._most:
            turn = self._waiting.popleft()
            if not turn.done():
                self._inside += 1
                turn.set_result(None)
