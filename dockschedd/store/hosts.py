"""Hosts that were added through the API; the contract is ports.KnownHosts."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import fleet, selectors
from dockschedd.store import groups, hold_rows, requirements, rows

if TYPE_CHECKING:
    from dockschedd.store.connection import Connection, Row, Value

#: What is of no use any more where a host of that name has been before.
_LEFT_OVER = ("forget_memories_of_host", "forget_deviations_of_host", "forget_endings_of_host")
_NAMING = (
    "rename_host_in_schedules",
    "rename_host_in_runs",
    "rename_host_in_holds",
    "rename_host_in_memories",
    "rename_host_in_deviations",
    "rename_host_in_endings",
    "rename_host_in_requirements",
)


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

    async def uses(self, name: str) -> fleet.Uses:
        """Return what names the host, whether or not it is one of them."""
        ask = self._connection.fetch
        said = await requirements.Requirements(self._connection).all()
        named = await groups.Groups(self._connection).all()
        held = await ask("all_holds")
        return fleet.Uses(
            schedules=tuple(
                row["name"] for row in await ask("schedules_of_host", prefix=f"{name}/")
            ),
            holds=tuple(hold_rows.hold(row) for row in held if row["host"] == name),
            requirements=tuple(
                each for each in said if name in (each.stack.host, each.needs.host)
            ),
            groups=tuple(each.name for each in named if name in each.hosts),
            planned=tuple(map(rows.run, await ask("planned_runs_of_host", name=name))),
            running=tuple(map(rows.run, await ask("running_runs_of_host", name=name))),
        )

    async def has_past(self, name: str) -> bool:
        """Return whether runs, holds or requirements are kept under that name."""
        return bool(await self._connection.fetch("host_has_past", name=name))

    async def rename(self, host: fleet.Host, *, was: str) -> None:
        """Put it in the place of `was`, and name it so wherever that was named exactly."""
        new, prefix = host.name, f"{was}/"
        if not await self._connection.change("rename_host", name=was, new=new):
            raise _unknown(was)
        await self.replace(host)
        found = await self._connection.fetch("longest_selector_of_host", prefix=prefix)
        if (found[0]["longest"] or 0) - len(was) + len(new) > selectors.LONGEST:
            message = f"a schedule's selector would get more than {selectors.LONGEST} characters"
            raise errors.Invalid(errors.Fault(path="name", code="name-long", message=message))
        for query in _LEFT_OVER:
            await self._connection.change(query, name=new)
        for query in _NAMING:
            await self._connection.change(query, name=was, new=new, prefix=prefix)
        known = groups.Groups(self._connection)
        for group in await known.all():
            if was in group.hosts:
                others = {each for each in group.hosts if each != was}
                await known.replace(replace(group, hosts=tuple(sorted(others | {new}))))


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
