"""Hosts that people add, change, rename and remove; those of the configuration are only shown.

A change is recorded with its audit record, and right after it the roster does it: nothing may be
awaited between. Whether the host can be reached is told in the answer and decides nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.api import blocking, host_entries, mapping_hosts, views
from dockschedd.core import fleet, model
from dockschedd.errors import Conflict
from dockschedd.failpoints import failpoint
from dockschedd.wire import hosts as wire
from dockschedd.wire import stacks

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.api.call import Call

#: How long an answer waits for the first attempt to reach a host.
CHECK_FOR: Final = timedelta(seconds=5)


async def list_hosts(call: Call) -> stacks.Hosts:
    """Return all hosts."""
    return stacks.Hosts(items=views.hosts(call.services))


async def show_host(call: Call) -> wire.HostShown:
    """Return one host, and what names it exactly."""
    services = call.services
    name = call.path["host"]
    async with services.store.reading() as unit:
        uses = await unit.hosts.uses(name)
        host = services.roster.host(name)
        calendar = None if host is None else host.calendar
        lacks = calendar is not None and await unit.calendars.get(calendar) is None
        off = blocking.day_off(await unit.holds.blocks(), name, now=call.now)
    if services.roster.host(name) is None:
        raise _missing(call, name)
    row = views.host(services, name)
    shown = {field: getattr(row, field) for field in row.__struct_fields__}
    if lacks:
        shown["notes"] = (*row.notes, f"there is no calendar `{calendar}`")
    if off is not None:
        shown["notes"] = (*row.notes, off)
    return wire.HostShown(**shown, uses=mapping_hosts.uses(uses))


async def check_host(call: Call) -> wire.HostCheck:
    """Look at the way to the host, with connections made for it; nothing is changed."""
    services = call.services
    name = call.path["host"]
    if services.roster.host(name) is None:
        raise _missing(call, name)
    return mapping_hosts.check(name, await services.roster.check(name))


async def add_host(call: Call, body: wire.HostNew) -> stacks.Host:
    """Add a host, whether or not it can be reached."""
    services = call.services
    async with services.store.transaction() as unit:
        host = await host_entries.new(unit, call, body)
        if services.roster.host(host.name) is not None:
            raise _taken(host.name)
        await unit.hosts.add(host)
        detail = host_entries.described(host)
        await unit.audit.append(call.record("host.add", host.name, detail=detail))
        failpoint("host-before-commit")
    services.roster.put(host)
    failpoint("host-after-commit")
    services.hosts_changed()
    return await _shown(call, host.name, check=body.check)


async def edit_host(call: Call, body: wire.HostEdit) -> stacks.Host:
    """Change a host; with another name, everything that names it exactly follows."""
    services = call.services
    name = call.path["host"]
    async with services.store.transaction() as unit:
        old = await _added(unit, call, name)
        new = await host_entries.changed(unit, call, old, body)
        if new is old:
            return views.host(services, name)
        renamed, moved = new.name != name, new.endpoint != old.endpoint
        uses = await unit.hosts.uses(name) if renamed or moved else fleet.Uses()
        _refuse_busy(name, uses)
        if renamed:
            await _refuse_taken(unit, call, new.name)
            await unit.hosts.rename(new, was=name)
            said = host_entries.uses(uses)
            detail = f"to {new.name}{f', with {said}' if said else ''}"
            await unit.audit.append(call.record("host.rename", name, detail=detail))
        else:
            await unit.hosts.replace(new)
        changes = host_entries.told(old, new)
        if changes:
            await unit.audit.append(call.record("host.edit", new.name, detail=changes))
        failpoint("host-before-commit")
    if renamed:
        services.roster.rename(name, new)
    else:
        services.roster.put(new)
    failpoint("host-after-commit")
    services.hosts_changed()
    return await _shown(call, new.name, check=body.check and (renamed or moved))


async def remove_host(call: Call, query: wire.HostRemoval) -> wire.HostRemoved:
    """Remove a host that nothing names; with `force` any, and its runs come to an end."""
    services = call.services
    name = call.path["host"]
    cause = f"the host `{name}` was removed by {call.who.name}"
    async with services.store.transaction() as unit:
        if name not in services.roster.shadowed():
            await _added(unit, call, name)
            uses = await unit.hosts.uses(name)
        else:
            # Another one of that name stays: what names it is not concerned.
            uses = fleet.Uses()
        said = host_entries.uses(uses)
        if uses and not query.force:
            raise Conflict(
                f"the host `{name}` is named by: {said}",
                code="host-in-use",
                hint="`--force` removes it all the same: what names it stays, runs there end",
            )
        for run in uses.planned:
            await unit.runs.settle(
                run.id, status=model.RunStatus.SKIPPED, at=call.now, cause=cause
            )
        await unit.hosts.remove(name)
        detail = f"still named by: {said}" if said else ""
        await unit.audit.append(call.record("host.remove", name, detail=detail))
        failpoint("host-before-commit")
    services.roster.drop(name)
    failpoint("host-after-commit")
    services.hosts_changed()
    for run in uses.running:
        await services.executor.cancel(
            run.id, actor=f"{call.who.name}, who removed the host `{name}`"
        )
    for run in uses.planned:
        services.bus.publish_run(
            replace(run, status=model.RunStatus.SKIPPED, cause=cause, finished_at=call.now)
        )
    return wire.HostRemoved(name=name, uses=mapping_hosts.uses(uses))


async def _shown(call: Call, name: str, *, check: bool) -> stacks.Host:
    if check:
        await call.services.roster.tried(name, within=CHECK_FOR)
    if call.services.roster.host(name) is None:
        raise _missing(call, name)  # somebody has removed it meanwhile
    return views.host(call.services, name)


async def _added(unit: ports.Unit, call: Call, name: str) -> fleet.Host:
    """Return the host that can be changed. Raises NotFound, Conflict (`host-in-config`)."""
    known = call.services.roster.host(name)
    if known is not None and known.origin is fleet.Origin.CONFIG:
        raise host_entries.in_config(name, call.services.hosts_from)
    found = await unit.hosts.get(name)
    if found is None:
        raise _missing(call, name)
    return found


def _missing(call: Call, name: str) -> Exception:
    return host_entries.missing(name, [each.name for each in call.services.roster.hosts()])


def _taken(name: str) -> Conflict:
    return Conflict(
        f"there is a host `{name}` already",
        code="host-exists",
        hint="choose another name, or edit that one",
    )


async def _refuse_taken(unit: ports.Unit, call: Call, name: str) -> None:
    if call.services.roster.host(name) is not None or await unit.hosts.get(name) is not None:
        raise _taken(name)
    if await unit.hosts.has_past(name):
        raise Conflict(
            f"there was a host `{name}`, and runs, holds or requirements are kept under its name",
            code="host-exists",
            hint="choose another name; a host that is added under that name takes them up",
        )


def _refuse_busy(name: str, uses: fleet.Uses) -> None:
    if uses.running:
        said = ", ".join(map(host_entries.run, uses.running))
        raise Conflict(
            f"runs are under way on `{name}`: {said}",
            code="host-busy",
            hint="wait for them, or cancel them; then do it again",
        )
