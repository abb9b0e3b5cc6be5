"""Waiting for what will be true soon, without sleeping longer than it takes."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def eventually(
    predicate: Callable[[], Any | Awaitable[Any]], *, within: float = 5.0, every: float = 0.01
) -> Any:
    """Return the first true result of `predicate`, asked again and again for `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        result = predicate()
        if inspect.isawaitable(result):
            result = await result
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {_said(predicate)}")
        await asyncio.sleep(every)


def wait_until(predicate: Callable[[], Any], *, within: float = 5.0) -> Any:
    """Do as `eventually` does, where there is no event loop to give way to.

    The pauses grow with the wait, to a tenth of a second: who asks an engine all the time keeps
    it, and the tests beside, from working.
    """
    began = time.monotonic()
    deadline = began + within
    while True:
        result = predicate()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {_said(predicate)}")
        time.sleep(min(0.1, 0.01 + (time.monotonic() - began) / 20))


def _said(predicate: object) -> str:
    with contextlib.suppress(OSError, TypeError):
        return inspect.getsource(predicate).strip()  # type: ignore[arg-type]
    return repr(predicate)
