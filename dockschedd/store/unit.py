"""All repositories over one connection: the contract is ports.Unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.store import (
    audit,
    calendars,
    endings,
    groups,
    holds,
    hosts,
    memories,
    requirements,
    runs,
    schedules,
    users,
)

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.core import days_off
    from dockschedd.store.connection import Connection


class Unit:
    """The repositories, inside one transaction or one read."""

    def __init__(
        self, connection: Connection, keys: audit.Keys, configured: days_off.Configured
    ) -> None:
        known = calendars.Calendars(connection)
        sets = groups.Groups(connection)
        self.calendars: ports.Calendars = known
        self.schedules: ports.Schedules = schedules.Schedules(connection, known, sets)
        self.runs: ports.Runs = runs.Runs(connection)
        self.users: ports.Users = users.Users(connection)
        self.audit: ports.Audit = audit.Audit(connection, keys)
        self.endings: ports.Endings = endings.Endings(connection)
        self.groups: ports.Groups = sets
        self.holds: ports.Holds = holds.Holds(connection, known, configured)
        self.hosts: ports.KnownHosts = hosts.Hosts(connection)
        self.memories: ports.Memories = memories.Memories(connection)
        self.requirements: ports.Requirements = requirements.Requirements(connection)
