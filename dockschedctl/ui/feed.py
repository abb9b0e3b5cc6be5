"""The daemon's event stream, for as long as the UI runs: it reconnects, and looks again.

Runs in a thread of its own and only delivers events of `state`; what they mean is not its
business. What an event only says to have changed is read, and everything once a minute, for what
no event tells; always in the order of the stream.
"""

from __future__ import annotations

import math
import threading
from enum import Enum
from typing import TYPE_CHECKING, Final

from dockschedctl.commands import finding
from dockschedctl.failures import Failure
from dockschedctl.ui import stream
from dockschedctl.ui.link import is_logged_out
from dockschedctl.ui.state import Breathed, Glanced, Heard, LoggedOut, Lost, Synced
from dockschedd.wire import system
from dockschedd.wire.runs import RunQuery

if TYPE_CHECKING:
    from collections.abc import Callable

    from dockschedctl.client import Client
    from dockschedctl.ui.link import Link
    from dockschedctl.ui.state import Event

#: Seconds after which everything is read again.
_AGAIN: Final = 60.0
#: Seconds in which further changes are gathered before what changed is read.
_GATHER: Final = 0.15
#: Of changes of these, nothing but the daemon itself is read anew: who holds what, which hosts.
_SMALL: Final = frozenset({"hold", "freeze"})
#: After changes of these, other things come next on stacks, or there are other stacks.
_LARGE: Final = frozenset({"schedule", "calendar", "group", "host"})
#: Seconds between attempts to reach the daemon.
_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
#: How many of the newest runs are read for what happened last to each stack.
_NEWEST: Final = 300


class Feed:
    """A thread that delivers what happens until it is stopped."""

    def __init__(self, link: Link, deliver: Callable[[Event], None]) -> None:
        self._link = link
        self._deliver = deliver
        self._stopped = threading.Event()
        #: Set where it is to look at once, whatever it waits for.
        self._hurry = threading.Event()
        self._client: Client | None = None
        self._tries = 0
        self._thread = threading.Thread(target=self._run, daemon=True, name="feed")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; nothing is delivered from now on."""
        self._stopped.set()
        self.look_again()

    def join(self, within: float) -> bool:
        """Return whether the thread has ended by then, or never began."""
        if self._thread.ident is None:
            return True
        self._thread.join(within)
        return not self._thread.is_alive()

    def look_again(self) -> None:
        """Connect anew and read everything, now."""
        self._hurry.set()
        client = self._client
        if client is not None:
            client.abort()

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._hurry.clear()
            found = self._listen()
            if self._stopped.is_set():
                return
            if self._hurry.is_set():
                continue
            self._deliver(found)
            # Without a login there is no use in trying: whoever logs in says so.
            self._hurry.wait(None if isinstance(found, LoggedOut) else self._pause())

    def _pause(self) -> float:
        self._tries += 1
        return _PAUSES[min(self._tries, len(_PAUSES)) - 1]

    def _listen(self) -> Lost | LoggedOut:
        """Follow one stream to its end; return why it ended."""
        client = self._link.open()
        self._client = client
        try:
            with client:
                self._follow(client)
        except Failure as failure:
            kind = LoggedOut if is_logged_out(failure) else Lost
            return kind(why=failure.message)
        finally:
            self._client = None
        return Lost(why=f"{client.server} ended the connection")

    def _follow(self, client: Client) -> None:
        heard = stream.Stream(client.events(system.EventQuery()))
        clock = self._link.env.monotonic
        self._look(client)
        self._tries = 0
        look_at, glance_at = clock() + _AGAIN, math.inf
        is_due = False
        while not (self._stopped.is_set() or self._hurry.is_set()):
            if is_due and look_at <= glance_at:
                self._look(client)
                look_at, glance_at = clock() + _AGAIN, math.inf
            elif is_due:
                self._glance(client)
                glance_at = math.inf
            try:
                event = heard.take(min(look_at, glance_at) - clock())
            except stream.Over:
                return
            except stream.Silence:
                is_due = True
                continue
            now, at = clock(), self._link.env.now()
            is_due = now >= min(look_at, glance_at)
            self._deliver(Breathed(at=at) if event is None else Heard(at=at, event=event))
            match _reach(event):
                case Reach.ALL:
                    look_at = min(look_at, now + _GATHER)
                case Reach.STATUS:
                    glance_at = min(glance_at, now + _GATHER)

    def _look(self, client: Client) -> None:
        """Deliver everything."""
        me = client.whoami()
        found = finding.all_stacks(client)
        newest = client.list_runs(RunQuery(limit=_NEWEST)).items
        status = client.status()
        now = self._link.env.now()
        self._deliver(Synced(at=now, me=me, status=status, stacks=tuple(found), runs=newest))

    def _glance(self, client: Client) -> None:
        status = client.status()
        self._deliver(Glanced(at=self._link.env.now(), status=status))


class Reach(Enum):
    """How much is to be read anew."""

    NOTHING = "nothing"
    STATUS = "status"
    ALL = "all"


def _reach(event: system.Event | None) -> Reach:
    """Return what is no longer known since the event."""
    if not isinstance(event, system.ChangeEvent):
        return Reach.NOTHING
    if event.noun in _SMALL or event.action in ("found", "lost"):
        return Reach.STATUS
    # What comes next on the stacks of a schedule that fired is told with them.
    if event.noun in _LARGE and event.action != "fire":
        return Reach.ALL
    return Reach.NOTHING
