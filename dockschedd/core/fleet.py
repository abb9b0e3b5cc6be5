"""Hosts as they were set up, and groups of them, as immutable values.

Files are named by absolute paths on the daemon's machine; their contents are never kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dockschedd.core import holds, model, requirements

#: Where a stack is meant to be that nobody has seen and that is named without its host.
LOCAL: Final = "local"


class Origin(StrEnum):
    """Who set a host up."""

    #: The configuration file: only there can it be changed.
    CONFIG = "config"
    #: Somebody through the API: it is kept in the database.
    ADDED = "added"


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where a Docker Engine is, and how it is known to be the right one."""

    #: `unix:///path`, `tcp://host:port` or `ssh://[user@]host[:port]`.
    url: str
    #: PEM files, of tcp:// only. Without an authority the machine's own ones are trusted.
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    #: tcp:// without TLS: whoever reaches the port owns the host. Never unless it is said.
    plain_tcp: bool = False
    #: Files of ssh:// only. None: those that the daemon's user has.
    ssh_key: str | None = None
    ssh_known_hosts: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """A Docker Engine that dockschedd talks to."""

    name: str
    endpoint: Endpoint
    #: IANA zone of schedules of this host that do not name one. None: the daemon's.
    zone: str | None = None
    #: A calendar on whose dates, in the host's zone, no schedule acts on the host's stacks.
    calendar: str | None = None
    #: Engine calls under way at once. None: the daemon's setting.
    max_parallel_steps: int | None = None
    origin: Origin = Origin.ADDED
    #: Whoever changed it last; None in the configuration.
    owner: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A named set of hosts; one that does not exist any more may still be named."""

    name: str
    #: Names of hosts, ascending, each once.
    hosts: tuple[str, ...]
    owner: str
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Uses:
    """What names a host exactly."""

    #: Names of schedules whose selector begins with it; patterns that match it do not count.
    schedules: tuple[str, ...] = ()
    holds: tuple[holds.Hold, ...] = ()
    requirements: tuple[requirements.Requirement, ...] = ()
    groups: tuple[str, ...] = ()
    #: Runs that are not over, without steps.
    planned: tuple[model.Run, ...] = ()
    running: tuple[model.Run, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything."""
        return any(
            (self.schedules, self.holds, self.requirements, self.groups, self.planned,
             self.running)
        )  # fmt: skip


def default_host(names: Iterable[str]) -> str:
    """Return the host that is meant where none is named and none has the stack."""
    known = set(names)
    return LOCAL if LOCAL in known else min(known, default=LOCAL)
