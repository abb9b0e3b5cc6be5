"""The daemon's event stream, for as long as the UI runs: it reconnects, and looks again.

Runs in a thread of its own and only delivers events of `state`; what they mean is not its
business. Everything is read anew once a minute, in the order of the stream, for what no event
tells: schedules that changed, time that passed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from dockschedctl.commands import finding
from dockschedctl.failures import Failure
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
        #: Hosts as the last look found them: name → whether it can be reached.
        self._hosts: dict[str, bool] = {}
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
        events = client.events(system.EventQuery())
        looked_at = self._look(client)
        self._tries = 0
        for event in events:
            if self._stopped.is_set() or self._hurry.is_set():
                return
            now = self._link.env.now()
            if event is None:
                self._deliver(Breathed(at=now))
            else:
                self._deliver(Heard(at=now, event=event))
                if self._tells_of_a_host(event):
                    self._glance(client)
            if self._link.env.monotonic() - looked_at >= _AGAIN:
                looked_at = self._look(client)

    def _look(self, client: Client) -> float:
        """Deliver everything; return when it was read."""
        me = client.whoami()
        found = finding.all_stacks(client)
        newest = client.list_runs(RunQuery(limit=_NEWEST)).items
        status = client.status()
        self._learn(status)
        now = self._link.env.now()
        self._deliver(Synced(at=now, me=me, status=status, stacks=tuple(found), runs=newest))
        return self._link.env.monotonic()

    def _glance(self, client: Client) -> None:
        status = client.status()
        self._learn(status)
        self._deliver(Glanced(at=self._link.env.now(), status=status))

    def _learn(self, status: system.Status) -> None:
        self._hosts = {host.name: host.reachable for host in status.hosts}

    def _tells_of_a_host(self, event: system.Event) -> bool:
        """Return whether a host was lost or found: its stacks become unknown, or known."""
        if not isinstance(event, system.StackEvent) or event.stack is None:
            return False
        reachable = event.stack.status != "unknown"
        return self._hosts.get(event.stack.host) is not reachable
