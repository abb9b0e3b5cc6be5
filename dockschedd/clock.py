"""The only reader of the wall clock, of sleep and of randomness in the daemon.

Everything below the shell takes instants, ids and random numbers as arguments.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping


class SystemClock:
    """ports.Clock over the machine's clocks."""

    def now(self) -> datetime:
        """Return the wall clock as an aware UTC datetime."""
        return datetime.now(UTC)

    async def sleep(self, duration: timedelta, *, wake: asyncio.Event | None = None) -> bool:
        """Wait for `duration` or until `wake` is set; return whether it was."""
        seconds = max(0.0, duration.total_seconds())
        if wake is None:
            await asyncio.sleep(seconds)
            return False
        try:
            async with asyncio.timeout(seconds):
                await wake.wait()
        except TimeoutError:
            return False
        return True


class SystemIds:
    """ports.Ids: UUIDv7 (RFC 9562, section 5.7), ascending within this process.

    The first 48 bits are the milliseconds since 1970. Within one millisecond, and after the
    clock stepped back, the last id is counted up, so that order of making is order of text.
    """

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._last = 0

    def new(self) -> str:
        """Return a new UUIDv7 as text."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        random = int.from_bytes(os.urandom(10)) & ((1 << 73) - 1)
        # 48 bits of time and 74 of randomness, the highest one kept free for counting up.
        self._last = max((milliseconds << 74) | random, self._last + 1)
        time, rand_a, rand_b = self._last >> 74, self._last >> 62 & 0xFFF, self._last & (2**62 - 1)
        text = f"{(time << 80) | (0x7 << 76) | (rand_a << 64) | (0x2 << 62) | rand_b:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def random_fraction() -> float:
    """Return a random number in [0, 1), for the jitter of back-off."""
    return int.from_bytes(os.urandom(4)) / 2**32


def local_zone(environ: Mapping[str, str]) -> str:
    """Return the IANA name of this machine's zone: $TZ, /etc/localtime's target, or UTC.

    As in tzset(3) and localtime(5).
    """
    name = environ.get("TZ", "").removeprefix(":")
    if not name:
        with suppress(OSError):
            name = str(Path("/etc/localtime").readlink())
    name = name.rpartition("/zoneinfo/")[2] or name
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return "UTC"
    return name
