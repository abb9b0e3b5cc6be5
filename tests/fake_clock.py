"""A clock that stands still until a test moves it, and ids that count."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FakeClock:
    """ports.Clock: `advance` goes through every deadline in order, letting tasks settle."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._elapsed = timedelta()
        self._waiters: list[tuple[timedelta, int, asyncio.Event]] = []
        self._count = itertools.count()
        self._sleeping_on: list[asyncio.Event] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, duration: timedelta, *, wake: asyncio.Event | None = None) -> bool:
        if wake is not None and wake.is_set():
            await asyncio.sleep(0)
            return True
        if duration <= timedelta():
            await asyncio.sleep(0)
            return False
        due = asyncio.Event()
        heapq.heappush(self._waiters, (self._elapsed + duration, next(self._count), due))
        if wake is None:
            await due.wait()
            return False
        waits = [asyncio.ensure_future(event.wait()) for event in (due, wake)]
        self._sleeping_on.append(wake)
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleeping_on.remove(wake)
            for wait in waits:
                wait.cancel()
        return wake.is_set()

    async def advance(self, duration: timedelta) -> None:
        """Let time pass; sleepers wake at their own instants."""
        until = self._elapsed + duration
        await settle()
        while self._waiters and self._waiters[0][0] <= until:
            due_at, _, due = heapq.heappop(self._waiters)
            self._now += due_at - self._elapsed
            self._elapsed = due_at
            due.set()
            await settle()
        self._now += until - self._elapsed
        self._elapsed = until
        await settle()

    def is_slept_on(self, wake: asyncio.Event) -> bool:
        """Whether somebody sleeps now who would be woken by that event."""
        return wake in self._sleeping_on and not wake.is_set()

    def step(self, by: timedelta) -> None:
        """Step the wall clock, as a person or NTP does; sleepers notice nothing."""
        self._now += by


class CountingIds:
    """ports.Ids: text order is order of making."""

    def __init__(self) -> None:
        self._next = itertools.count(1)

    def new(self) -> str:
        return f"00000000-0000-7000-8000-{next(self._next):012d}"


async def settle(rounds: int = 40) -> None:
    """Let every task run until it waits; databases answer from threads, so give them time."""
    for _ in range(rounds):
        await asyncio.sleep(0)
