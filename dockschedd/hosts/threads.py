"""Threads that begin a call without keeping the event loop waiting.

`Thread.start` returns when the new thread has run: milliseconds on a busy machine, in which
nothing else happens. Here one thread more than there are calls waits for the next, and the
one that takes it starts another. How many calls are under way is the caller's business.
They are daemon threads: the interpreter does not wait for them when it exits.
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: A thread that has had nothing to do for this long ends, if it is not the only one.
IDLE_S: Final = 2.0
IDLE_NAME: Final = "idle-docker"


class Threads:
    """As many threads as there are calls under way, and those that wait for the next ones."""

    def __init__(self, *, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._waiting: queue.SimpleQueue[tuple[str, Callable[[], None]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        #: Calls that no thread has taken, and threads that will take one before anything else.
        self._calls = 0
        self._free = 0

    def begin(self, name: str, call: Callable[[], None]) -> None:
        """Let a thread of that name make the call, which must not raise.

        Raises RuntimeError when there is no thread, and the system gives none.
        """
        with self._lock:
            self._calls += 1
            is_first = not self._free
        if is_first:
            # Once in the life of a process, unless the system has refused threads.
            try:
                self._start()
            except RuntimeError:
                with self._lock:
                    self._calls -= 1
                raise
        self._waiting.put((name, call))

    def _start(self) -> None:
        with self._lock:
            self._free += 1
        try:
            threading.Thread(target=self._work, name=IDLE_NAME, daemon=True).start()
        except RuntimeError:
            with self._lock:
                self._free -= 1
            raise

    def _work(self) -> None:
        me = threading.current_thread()
        while True:
            try:
                name, call = self._waiting.get(timeout=self._idle_s)
            except queue.Empty:
                with self._lock:
                    # What is counted may be on its way to this thread.
                    if self._calls == 0 and self._free > 1:
                        self._free -= 1
                        return
                continue
            with self._lock:
                self._calls -= 1
                self._free -= 1
                is_last = self._calls >= self._free
            if is_last:
                # Without another thread, what waits is taken when this call is over.
                with suppress(RuntimeError):
                    self._start()
            me.name = name
            call()
            # What it holds on to must not live until the next call.
            del call
            me.name = IDLE_NAME
            with self._lock:
                self._free += 1


#: Of all engines: what one of them needs now, another has needed before.
SHARED: Final = Threads()
