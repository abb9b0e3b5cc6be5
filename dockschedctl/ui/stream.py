"""The daemon's event stream, read by a thread of its own: whoever takes from it can also wait.

What was heard is kept in its order until it is taken.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dockschedd.wire import system


class Over(Exception):
    """The stream has ended."""


class Silence(Exception):
    """Nothing was heard in that time."""


class Stream:
    """One stream, from now on."""

    def __init__(self, events: Iterable[system.Event | None]) -> None:
        self._heard: queue.SimpleQueue[system.Event | BaseException | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(events,), daemon=True, name="stream").start()

    def _read(self, events: Iterable[system.Event | None]) -> None:
        end: BaseException = Over()
        try:
            for event in events:
                self._heard.put(event)
        except BaseException as exc:  # noqa: BLE001 (whoever takes gets it)
            end = exc
        self._heard.put(end)

    def take(self, within: float) -> system.Event | None:
        """Return the next event, None for a sign of life; wait no longer than so many seconds.

        Raises Silence, Over, and what reading it raised.
        """
        try:
            found = self._heard.get(timeout=max(_LEAST, within))
        except queue.Empty:
            raise Silence from None
        if isinstance(found, BaseException):
            raise found
        return found


#: What was heard already is taken before the time is up.
_LEAST: Final = 0.001
