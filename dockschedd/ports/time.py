"""The clock and the identifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime, timedelta


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Return the wall clock as an aware UTC datetime. It may step in either direction."""

    async def sleep(self, duration: timedelta, *, wake: asyncio.Event | None = None) -> bool:
        """Wait for `duration`, or until `wake` is set, whichever is first.

        - Returns True when woken; `wake` is left set.
        - Follows the monotonic clock: a step of the wall clock changes nothing.
        """


class Ids(Protocol):
    """The only source of identifiers."""

    def new(self) -> str:
        """Return a new UUIDv7 as text: later ones sort after earlier ones of this process."""
