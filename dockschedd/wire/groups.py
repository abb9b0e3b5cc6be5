"""Groups, named sets of hosts, on the wire."""

from __future__ import annotations

from typing import Annotated

import msgspec

from dockschedd.wire.instants import Instant

#: Hosts that a group can have.
MOST = 1000
#: Names of hosts.
Hosts = Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST)]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A named set of hosts, and the schedules that name it; selectors name it as `@GROUP`."""

    name: str
    #: Their names, ascending.
    hosts: tuple[str, ...]
    #: Those of them that do not exist.
    missing: tuple[str, ...]
    #: How many stacks its hosts have, as far as that is known now.
    stacks: int
    #: Whoever changed it last.
    owner: str
    updated_at: Instant
    #: How many schedules name it.
    schedules: int
    #: Their names, the first hundred.
    used_by: tuple[str, ...]
    #: Things that are allowed and still worth knowing.
    warnings: tuple[str, ...] = ()


class GroupSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A group as a row of a list."""

    name: str
    #: Their names, ascending.
    hosts: tuple[str, ...]
    #: How many stacks its hosts have, as far as that is known now.
    stacks: int
    owner: str
    updated_at: Instant
    #: How many schedules name it.
    schedules: int


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """All groups, by name."""

    items: tuple[GroupSummary, ...]


class GroupNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group to add."""

    name: str
    #: In any order; one that is there twice counts once.
    hosts: Hosts = ()


class GroupEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a group: all its hosts, or some that come and go."""

    #: These in place of all that it has.
    hosts: Hosts | msgspec.UnsetType = msgspec.UNSET
    add: Hosts | msgspec.UnsetType = msgspec.UNSET
    #: Taken out after the others have been added.
    remove: Hosts | msgspec.UnsetType = msgspec.UNSET


class GroupRemoval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a group is removed."""

    #: Also while schedules name it: from then on they act on nothing.
    force: bool = False


class GroupRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A group that is no more."""

    name: str
    #: The schedules that still name it, by name.
    named_by: tuple[str, ...]
