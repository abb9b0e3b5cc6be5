"""Follow runs until they are over: the event stream, with reconnects and a second look.

The stream only tells sooner than asking would that something changed: when it is opened the
runs are read again, but for the first stream of a single run, which begins with what it is
now. A run that another attempt continues is followed to that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl import durations
from dockschedctl.exits import Exit
from dockschedctl.failures import Failure
from dockschedctl.output.runs import OVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dockschedctl.client import Client
    from dockschedctl.env import Env
    from dockschedd.wire import runs, system

    Changed = Callable[[runs.Run | None, runs.Run], None]

#: How long the daemon may be away before nobody waits for it any more.
AWAY: Final = 60.0
_PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)


class Follower:
    """Several runs, each in its newest known state."""

    def __init__(
        self, client: Client, *, env: Env, on_change: Changed, wait_timeout: float | None
    ) -> None:
        self._client = client
        self._env = env
        self._on_change = on_change
        self._wait_timeout = wait_timeout
        self._began = env.monotonic()
        #: The id that was given → the run as it is now, or the one that continues it.
        self._runs: dict[str, runs.Run] = {}

    @property
    def current(self) -> tuple[runs.Run, ...]:
        """The runs in the order in which they were given."""
        return tuple(self._runs.values())

    def follow(self, items: Iterable[runs.Run]) -> tuple[runs.Run, ...]:
        """Return the runs once all are over.

        Raises Failure when that takes longer than the wait timeout, or the daemon stays away.
        """
        for run in items:
            self._take(run.id, run)
            self._continue(run.id)
        tries = 0
        gone_at: float | None = None
        while self._open():
            try:
                self._listen(look=tries > 0 or len(self._open()) > 1)
                tries, gone_at = 0, None
            except Failure as failure:
                if failure.exit_code not in (Exit.UNREACHABLE, Exit.TIMED_OUT):
                    raise
                self._check_time()
                now = self._env.monotonic()
                gone_at = now if gone_at is None else gone_at
                if now - gone_at > AWAY:
                    raise
            if self._open():
                self._check_time()
                self._env.pause(_PAUSES[min(tries, len(_PAUSES) - 1)])
                tries += 1
        return self.current

    def _listen(self, *, look: bool) -> None:
        """Read one stream until all runs are over, or the stream is."""
        wanted = frozenset(run.id for run in self._open().values())
        events = self._client.events(_query(wanted), patience=self._patience())
        for key, run in self._open().items() if look else ():
            self._take(key, self._client.show_run(run.id))
            self._continue(key)
        for event in events if self._open() else ():
            if event is not None:
                self._hear(event)
            now_wanted = frozenset(run.id for run in self._open().values())
            # A stream that was opened for other runs does not tell of a continuing one.
            if not now_wanted or now_wanted - wanted:
                return
            self._check_time()

    def _hear(self, event: system.Event) -> None:
        run: runs.Run | None = getattr(event, "run", None)
        for key, known in self._open().items():
            if run is not None and run.id == known.id:
                self._take(key, run)
                self._continue(key)

    def _open(self) -> Mapping[str, runs.Run]:
        return {key: run for key, run in self._runs.items() if run.status not in OVER}

    def _continue(self, key: str) -> None:
        """Go from an interrupted run to the one that continues it."""
        while (run := self._runs[key]).status == "interrupted" and run.superseded_by:
            self._take(key, self._client.show_run(run.superseded_by))

    def _take(self, key: str, run: runs.Run) -> None:
        before = self._runs.get(key)
        self._runs[key] = run
        if before != run:
            same = before is not None and before.id == run.id
            self._on_change(before if same else None, run)

    def _left(self) -> float | None:
        if self._wait_timeout is None:
            return None
        return self._wait_timeout - (self._env.monotonic() - self._began)

    def _patience(self) -> float:
        """Return for how long the stream may be silent before the time is looked at."""
        left = self._left()
        return float("inf") if left is None else max(left, 0.05)

    def _check_time(self) -> None:
        left = self._left()
        if left is not None and left <= 0:
            allowed = durations.written(self._wait_timeout or 0)
            raise Failure(f"it takes longer than {allowed}", exit_code=Exit.TIMED_OUT)


def _query(wanted: frozenset[str]) -> system.EventQuery:
    from dockschedd.wire import system  # noqa: PLC0415 (only where something is followed)

    return system.EventQuery(run=next(iter(wanted)) if len(wanted) == 1 else None)
