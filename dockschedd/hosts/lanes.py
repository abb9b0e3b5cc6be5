"""Threads for calls that block: a few at a time, each with a time limit.

A call that nobody waits for any more keeps its place until it ends, at its limit, so that a
hung engine cannot collect threads.
"""

from __future__ import annotations

import asyncio
import contextvars
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dockschedd.hosts import threads

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Lane:
    """At most `width` calls at a time; the others wait for their turn in order."""

    def __init__(self, name: str, width: int) -> None:
        self._name = name
        self._free = asyncio.Semaphore(width)

    async def run(
        self,
        call: Callable[[], T],
        *,
        limit: float,
        cut: Callable[[], None] = lambda: None,
        allow: Callable[[], None] = lambda: None,
    ) -> T:
        """Return what `call` returns, or raise what it raises.

        When it is its turn `allow` is called, which may raise. Raises TimeoutError `limit`
        seconds later. When the caller goes away or the limit passes, the call itself goes on
        and its result is dropped; `cut` is called at the limit in any case, to make it end.
        """
        await self._free.acquire()
        try:
            allow()
        except BaseException:
            self._free.release()
            raise
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def expire() -> None:
            if not answer.done():
                answer.set_exception(TimeoutError())
            cut()

        timer = loop.call_later(limit, expire)

        def settle(result: T | None, error: Exception | None) -> None:
            timer.cancel()
            self._free.release()
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)  # type: ignore[arg-type]  # T may be None itself

        def work() -> None:
            result: T | None = None
            error: Exception | None = None
            try:
                result = call()
            except Exception as raised:  # noqa: BLE001 - the root of a thread
                error = raised
            tell(loop, settle, result, error)

        try:
            # With the caller's context: what the thread logs names the run that it works for.
            work_of = partial(contextvars.copy_context().run, work)
            threads.SHARED.begin(self._name, work_of)
        except RuntimeError:
            timer.cancel()
            self._free.release()
            raise
        return await answer


def tell(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *args: object) -> bool:
    """Let the loop call it, from a thread. Returns False when the loop is closed."""
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        return False
    return True
