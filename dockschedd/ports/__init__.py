"""What the daemon needs from the outside world, as protocols; their docstrings are the contract.

Implemented in clock, store, hosts, access and daemon, and by the fakes of the tests, which
pass the same contract suites. No code lives here.
"""

from dockschedd.ports.access import Passwords, Tokens
from dockschedd.ports.calendars import Calendars
from dockschedd.ports.endings import Endings
from dockschedd.ports.fleet import Groups, KnownHosts, Roster
from dockschedd.ports.holds import Holds
from dockschedd.ports.hosts import HostEvent, Hosts, Inspected, Inventory
from dockschedd.ports.inside import Bus, Enforcer, Executor, Meter, Ticker
from dockschedd.ports.memories import Memories
from dockschedd.ports.requirements import Requirements
from dockschedd.ports.store import (
    Audit,
    Runs,
    Schedules,
    Store,
    Unit,
    Users,
)
from dockschedd.ports.time import Clock, Ids

__all__ = [
    "Audit",
    "Bus",
    "Calendars",
    "Clock",
    "Endings",
    "Enforcer",
    "Executor",
    "Groups",
    "Holds",
    "HostEvent",
    "Hosts",
    "Ids",
    "Inspected",
    "Inventory",
    "KnownHosts",
    "Memories",
    "Meter",
    "Passwords",
    "Requirements",
    "Roster",
    "Runs",
    "Schedules",
    "Store",
    "Ticker",
    "Tokens",
    "Unit",
    "Users",
]
