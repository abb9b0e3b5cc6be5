"""Hosts that people manage, on the wire. Files are paths on the daemon's machine, nothing else."""

from __future__ import annotations

from typing import Annotated

import msgspec

from dockschedd.wire.stacks import Host

#: Engine calls under way at once.
Steps = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class HostNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host to add. Files are absolute paths on the daemon's machine."""

    name: str
    #: unix:///path, tcp://host:port, ssh://[user@]host[:port]
    url: str
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    #: tcp:// without TLS.
    plain_tcp: bool = False
    ssh_key: str | None = None
    ssh_known_hosts: str | None = None
    zone: str | None = None
    calendar: str | None = None
    max_parallel_steps: Steps | None = None
    #: Wait a few seconds for the first attempt to reach it, and tell how that went.
    check: bool = True


class HostEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a host; null takes a value away.

    Where the URL becomes one of another kind, what belongs to the old kind goes by itself.
    """

    #: A new name: everything that names the host exactly follows.
    name: str | msgspec.UnsetType = msgspec.UNSET
    url: str | msgspec.UnsetType = msgspec.UNSET
    tls_ca: str | msgspec.UnsetType | None = msgspec.UNSET
    tls_cert: str | msgspec.UnsetType | None = msgspec.UNSET
    tls_key: str | msgspec.UnsetType | None = msgspec.UNSET
    plain_tcp: bool | msgspec.UnsetType = msgspec.UNSET
    ssh_key: str | msgspec.UnsetType | None = msgspec.UNSET
    ssh_known_hosts: str | msgspec.UnsetType | None = msgspec.UNSET
    zone: str | msgspec.UnsetType | None = msgspec.UNSET
    calendar: str | msgspec.UnsetType | None = msgspec.UNSET
    max_parallel_steps: Steps | msgspec.UnsetType | None = msgspec.UNSET
    check: bool = True


class HostUses(msgspec.Struct, frozen=True, kw_only=True):
    """What names a host exactly; patterns that match it are not here."""

    #: Names of schedules.
    schedules: tuple[str, ...] = ()
    #: Stacks that somebody holds: `HOST/STACK`.
    holds: tuple[str, ...] = ()
    #: `HOST/STACK needs HOST/STACK`.
    requirements: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    #: Ids of runs that are planned or running.
    runs: tuple[str, ...] = ()


class HostShown(Host, frozen=True, kw_only=True):
    """One host, and what names it."""

    uses: HostUses


class HostFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What one step of a check has found."""

    #: files, name, port, encryption, tls-trust, tls-name, certificates, tls-client, ssh-host-key,
    #: ssh-login, socket, permission, docker, api-version, engine-id, clock
    step: str
    #: ok, warning or failed; nothing that would come after a failed step was looked at.
    outcome: str
    message: str
    #: How to mend it.
    hint: str | None


class HostCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What is right and wrong with the way to a host."""

    host: str
    #: Nothing has failed; there may be warnings.
    ok: bool
    #: In the order in which it was looked at.
    findings: tuple[HostFinding, ...]


class HostRemoval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a host is removed."""

    #: Also when something names it: that stays as it is, and its runs come to an end.
    force: bool = False


class HostRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A host that is no more, and what still names it."""

    name: str
    uses: HostUses
