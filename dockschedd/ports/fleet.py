"""Hosts and groups as they are kept in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from dockschedd.core import checks, fleet, selectors


class KnownHosts(Protocol):
    """Hosts that were added through the API: those of the configuration are not among them."""

    async def add(self, host: fleet.Host) -> None:
        """Insert. Raises Conflict (`host-exists`) when the name is taken."""

    async def replace(self, host: fleet.Host) -> None:
        """Overwrite the one of that name. Raises NotFound (`host-not-found`)."""

    async def remove(self, name: str) -> None:
        """Delete it; what names it stays. Raises NotFound (`host-not-found`)."""

    async def get(self, name: str) -> fleet.Host | None:
        """Return the one of that name."""

    async def all(self) -> tuple[fleet.Host, ...]:
        """Return all of them, by name."""

    async def uses(self, name: str) -> fleet.Uses:
        """Return what names the host, whether or not it is one of them."""

    async def has_past(self, name: str) -> bool:
        """Return whether runs, holds or requirements are kept under that name."""

    async def rename(self, host: fleet.Host, *, was: str) -> None:
        """Put it in the place of `was`, and name it so wherever that was named exactly.

        Schedules' selectors, holds, requirements, memories, deviations, endings, groups and all
        runs. The new name has no past. Raises NotFound (`host-not-found`), and Invalid where a
        selector would become too long.
        """


class Roster(Protocol):
    """All hosts there are now: those of the configuration, and those that were added.

    What a transaction records is done right after it, before anything is awaited.
    """

    def hosts(self) -> tuple[fleet.Host, ...]:
        """Return all of them, by name."""

    def host(self, name: str) -> fleet.Host | None:
        """Return one."""

    def shadowed(self) -> frozenset[str]:
        """Return names that hosts in the database have in vain: the configuration wins."""

    def put(self, host: fleet.Host) -> None:
        """Have the host that was added or changed."""

    def drop(self, name: str) -> None:
        """Have no host of that name that somebody added any more."""

    def rename(self, old: str, host: fleet.Host) -> None:
        """Call the host `old` as it is recorded now."""

    async def check(self, name: str) -> tuple[checks.Finding, ...]:
        """Return what each step on the way to a host has found; see Hosts.check."""

    async def tried(self, name: str, *, within: timedelta) -> None:
        """Return when somebody has tried to reach it, or when that time is up."""


class Groups(Protocol):
    """Named sets of hosts."""

    async def members(self) -> selectors.Groups:
        """Return name → hosts of all of them, as selectors are resolved with."""

    async def used(self) -> Mapping[str, int]:
        """Return name → how many schedules name it, of all that are named, also unknown ones."""

    async def add(self, group: fleet.Group) -> None:
        """Insert. Raises Conflict (`group-exists`) when the name is taken."""

    async def replace(self, group: fleet.Group) -> None:
        """Overwrite the one of that name. Raises NotFound (`group-not-found`)."""

    async def remove(self, name: str) -> None:
        """Delete it; selectors that name it stay. Raises NotFound (`group-not-found`)."""

    async def get(self, name: str) -> fleet.Group | None:
        """Return the one of that name."""

    async def all(self) -> tuple[fleet.Group, ...]:
        """Return all of them, by name."""
