"""Tells systemd how the daemon is doing: the protocol of sd_notify(3), over $NOTIFY_SOCKET."""

from __future__ import annotations

import socket
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dockschedd import ports

#: The ticker looks at the clock every second; one that has not for this long is stuck.
STUCK_AFTER = timedelta(seconds=20)


class Systemd:
    """The service manager, or nobody."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        microseconds = environ.get("WATCHDOG_USEC", "")
        self._watchdog = timedelta(microseconds=int(microseconds)) if microseconds else None

    def ready(self, status: str) -> None:
        """Say that the daemon serves."""
        self._send(f"READY=1\nSTATUS={status}")

    def stopping(self) -> None:
        """Say that the daemon has begun to end."""
        self._send("STOPPING=1\nSTATUS=finishing what is under way")

    async def feed_watchdog(self, ticker: ports.Ticker, clock: ports.Clock) -> None:
        """Feed the watchdog as long as the ticker makes progress; until cancelled."""
        if self._watchdog is None:
            return
        while True:
            progressed = ticker.progressed_at()
            if progressed is None or abs(clock.now() - progressed) < STUCK_AFTER:
                self._send("WATCHDOG=1")
            await clock.sleep(self._watchdog / 3)

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # An abstract socket's name starts with @ here and with NUL on the wire.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        # A service manager that is being replaced must not end the daemon, nor delay it.
        with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as connection:
            connection.connect(address)
            connection.sendall(message.encode())
