"""What the handlers are given: the ports, and a few facts about this daemon."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd.api.blocking import Known
from dockschedd.api.drifting import Drifting
from dockschedd.api.grouping import Known as KnownGroups
from dockschedd.api.summaries import Summaries
from dockschedd.api.upcoming import Upcoming
from dockschedd.core import home_zones

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.access.throttle import Throttle
    from dockschedd.core import selectors


def _already() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """Made once by app.py and passed to `server.build`."""

    store: ports.Store
    inventory: ports.Inventory
    roster: ports.Roster
    executor: ports.Executor
    ticker: ports.Ticker
    enforcer: ports.Enforcer
    bus: ports.Bus
    clock: ports.Clock
    ids: ports.Ids
    passwords: ports.Passwords
    tokens: ports.Tokens
    throttle: Throttle
    #: Key id → key, to verify the audit log.
    audit_keys: Mapping[str, bytes]
    meter: ports.Meter
    #: Whoever shows it may read measurements, and nothing else; None: there is no such token.
    metrics_token: bytes | None = None
    #: Of the daemon's process: this Unix user is the built-in administrator, as root is.
    own_uid: int
    #: Unix user, by name or number → dockschedd user.
    peer_users: Mapping[str, str]
    #: Names that clients over TCP may call this server by, besides loopback and addresses.
    host_names: tuple[str, ...] = ()
    #: Where the configuration has its hosts from: a file, a variable, or "default".
    hosts_from: str = "default"
    #: IANA name; schedules without a zone get this one.
    zone: str
    version: str
    started_at: datetime
    #: How long a login lasts when it is refreshed in time.
    session_lifetime: timedelta = timedelta(days=30)
    #: Of the event stream: how often a sign of life is sent and the session looked at.
    ping_every: timedelta = timedelta(seconds=15)
    #: Set when every host has been looked at once, or time for that is up: before, an answer
    #: about stacks would only say that nobody knows.
    looked: asyncio.Event = field(default_factory=_already)
    #: Set when the daemon is told to stop: from then on no action is taken.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    upcoming: Upcoming = field(default_factory=Upcoming)
    blocking: Known = field(default_factory=Known)
    grouping: KnownGroups = field(default_factory=KnownGroups)
    drifting: Drifting = field(default_factory=Drifting)
    summaries: Summaries = field(default_factory=Summaries)

    async def groups(self) -> selectors.Groups:
        """Return the hosts of every group, as selectors are resolved with."""
        return await self.grouping.all(self.store)

    async def homes(self) -> home_zones.Hosts:
        """Return what decides about the zone of a schedule that names none."""
        return self.homes_of(await self.groups())

    def homes_of(self, groups: selectors.Groups) -> home_zones.Hosts:
        """Return the same, told the groups."""
        return home_zones.Hosts(
            zone=self.zone,
            hosts={each.name: each for each in self.roster.hosts()},
            groups=groups,
            refs=self.inventory.refs(),
        )

    def groups_changed(self, hosts: Collection[str], *, why: str) -> None:
        """Tell everybody who has to know that groups are not what they were.

        `hosts`: those that came to one or left it.
        """
        self.grouping.forget()
        self.schedules_changed()
        self.enforcer.evaluate(hosts, why=why)

    def holds_changed(self) -> None:
        """Tell everybody who has to know that holds or the freeze are not what they were."""
        self.blocking.forget()
        self.ticker.wake()
        self.executor.wake()

    def hosts_changed(self) -> None:
        """Tell everybody who has to know that hosts, or their names, are not what they were."""
        # A host that is renamed is so in its groups.
        self.grouping.forget()
        self.schedules_changed()
        self.executor.wake()

    def schedules_changed(self) -> None:
        """Tell everybody who has to know that schedules are not what they were."""
        self.upcoming.forget()
        self.drifting.forget()
        # Calendars are among what has changed: hosts may name one.
        self.blocking.forget()
        self.ticker.wake()
        self.enforcer.wake()
