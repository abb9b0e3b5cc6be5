"""What one call may cost: its time, by cutting its connection from outside, and its memory.

A time limit of a socket holds for each read: whoever sends a byte now and then keeps a thread
for ever. Here a call knows the connection that it uses, so that the loop can cut it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

from dockschedd import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Of one answer. A list of 20,000 containers with many labels is half of that.
LONGEST_ANSWER = 64 << 20
#: Of all answers that are being read.
_ALL_ANSWERS = 4 * LONGEST_ANSWER


class Call:
    """One call under way in a thread: the connection that it uses, until it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """Take note of what this thread connects."""
        _current.call = self
        try:
            yield
        finally:
            _current.call = None
            with self._lock:
                self._socket = None

    def cut(self) -> None:
        """End the connection, and every later one: whoever waits for it gets its end."""
        with self._lock:
            self._is_cut = True
            _shut(self._socket)

    def take_its_time(self) -> None:
        """Let the rest of the answer come whenever it comes; it can still be cut."""
        with self._lock:
            if self._socket is not None:
                # Also where the connection is not to be kept, and urllib3 has let go of it.
                self._socket.settimeout(None)

    def uses(self, connected: socket.socket) -> None:
        """Note that this is the connection now."""
        with self._lock:
            self._socket = connected
            if self._is_cut:
                _shut(connected)


_current = threading.local()


def uses(connected: socket.socket | None) -> None:
    """Note that the call of this thread uses this connection."""
    call: Call | None = getattr(_current, "call", None)
    if call is not None and connected is not None:
        call.uses(connected)


class Room:
    """Memory for the answers that are being read, of all hosts together."""

    def __init__(self, most: int) -> None:
        self._lock = threading.Lock()
        self._left = most

    def take(self, size: int) -> None:
        """Take that many bytes. Raises HostRefused when they are too many."""
        with self._lock:
            if size > self._left:
                raise _too_long()
            self._left -= size

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self._left += size


ROOM = Room(_ALL_ANSWERS)


class Answer:
    """One answer as it is being read, piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        ROOM.give_back(self._size)

    def add(self, piece: bytes) -> None:
        """Take one piece. Raises HostRefused (`host-answer-too-long`)."""
        if self._size + len(piece) > LONGEST_ANSWER:
            raise _too_long()
        ROOM.take(len(piece))
        self._size += len(piece)
        self._pieces.append(piece)

    def whole(self) -> bytes:
        """Return it, once."""
        found = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces = []
        return found


def _shut(connected: socket.socket | None) -> None:
    if connected is not None:
        # The one of sockets, also for TLS: it wakes the thread that waits, and says no good-bye.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _too_long() -> errors.HostRefused:
    return errors.HostRefused(
        f"what it answers is longer than {LONGEST_ANSWER >> 20} MiB", code="host-answer-too-long"
    )
