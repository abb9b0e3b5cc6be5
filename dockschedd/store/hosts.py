"""Hosts that were added through the API; the contract is ports.KnownHosts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import fleet
from dockschedd.store import rows

if TYPE_CHECKING:
    from dockschedd.store.connection import Connection, Row, Value


class Hosts:
    """ports.KnownHosts over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, host: fleet.Host) -> None:
        """Insert. Raises Conflict (`host-exists`) when the name is taken."""
        if not await self._connection.change("insert_host", **values(host)):
            raise errors.Conflict(
                f"there is a host `{host.name}` already",
                code="host-exists",
                hint="choose another name, or edit that one",
            )

    async def replace(self, host: fleet.Host) -> None:
        """Overwrite the one of that name. Raises NotFound (`host-not-found`)."""
        if not await self._connection.change("replace_host", **values(host)):
            raise _unknown(host.name)

    async def remove(self, name: str) -> None:
        """Delete it; what names it stays. Raises NotFound (`host-not-found`)."""
        if not await self._connection.change("delete_host", name=name):
            raise _unknown(name)

    async def get(self, name: str) -> fleet.Host | None:
        """Return the one of that name."""
        found = await self._connection.fetch("host_by_name", name=name)
        return host(found[0]) if found else None

    async def all(self) -> tuple[fleet.Host, ...]:
        """Return all of them, by name."""
        return tuple(map(host, await self._connection.fetch("all_hosts")))


def values(host: fleet.Host) -> dict[str, Value]:
    """Return all columns of a host that was added by somebody."""
    assert host.owner is not None
    assert host.updated_at is not None
    return {
        "name": host.name,
        **asdict(host.endpoint),
        "plain_tcp": int(host.endpoint.plain_tcp),
        "zone": host.zone,
        "calendar": host.calendar,
        "max_parallel_steps": host.max_parallel_steps,
        "owner": host.owner,
        "updated_at": rows.stamp(host.updated_at),
    }


def host(row: Row) -> fleet.Host:
    """Return the host of a row."""
    return fleet.Host(
        name=row["name"],
        endpoint=fleet.Endpoint(
            url=row["url"],
            tls_ca=row["tls_ca"],
            tls_cert=row["tls_cert"],
            tls_key=row["tls_key"],
            plain_tcp=bool(row["plain_tcp"]),
            ssh_key=row["ssh_key"],
            ssh_known_hosts=row["ssh_known_hosts"],
        ),
        zone=row["zone"],
        calendar=row["calendar"],
        max_parallel_steps=row["max_parallel_steps"],
        origin=fleet.Origin.ADDED,
        owner=row["owner"],
        updated_at=rows.instant(row["updated_at"]),
    )


def _unknown(name: str) -> errors.NotFound:
    return errors.NotFound(f"there is no host `{name}`", code="host-not-found")
