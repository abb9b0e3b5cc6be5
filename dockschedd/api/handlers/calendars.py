"""Calendars: a change moves the schedules that name one in the same transaction.

What they have planned already is still done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedd.api import calendars, host_entries
from dockschedd.core import dates, due, fleet, suggest, triggers, validate
from dockschedd.errors import Conflict, Fault, Invalid, NotFound
from dockschedd.wire import calendars as wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from dockschedd import ports
    from dockschedd.api.call import Call

#: Names of schedules that an answer or an error tells.
_MOST_SHOWN: Final = 100
_MOST_TOLD: Final = 3


async def list_calendars(call: Call) -> wire.Calendars:
    """Return all calendars, by name, without their dates."""
    async with call.services.store.reading() as unit:
        found = await unit.calendars.all()
        used = await unit.calendars.used()
    return wire.Calendars(
        items=tuple(
            wire.CalendarSummary(
                name=each.calendar.name,
                count=len(each.calendar.dates),
                first=min(each.calendar.dates, default=None),
                last=max(each.calendar.dates, default=None),
                owner=each.owner,
                updated_at=each.updated_at,
                schedules=used.get(each.calendar.name, 0),
            )
            for each in found
        )
    )


async def show_calendar(call: Call) -> wire.Calendar:
    """Return one calendar with its dates and the schedules that name it."""
    async with call.services.store.reading() as unit:
        return await _shown(call, unit, await _named(unit, call.path["calendar"]))


async def add_calendar(call: Call, body: wire.CalendarNew) -> wire.Calendar:
    """Add a calendar."""
    faults = list(validate.name(body.name))
    days: frozenset[date] = frozenset()
    try:
        days = calendars.read(body.dates, path="dates")
    except Invalid as exc:
        faults.extend(exc.faults)
    if faults:
        raise Invalid(*faults)
    kept = dates.Kept(
        calendar=triggers.Calendar(name=body.name, dates=days),
        owner=call.who.name,
        updated_at=call.now,
    )
    async with call.services.store.transaction() as unit:
        await unit.calendars.add(kept)
        detail = calendars.told(days, frozenset())
        await unit.audit.append(call.record("calendar.add", body.name, detail=detail))
        return await _shown(call, unit, kept)


async def edit_calendar(call: Call, body: wire.CalendarEdit) -> wire.Calendar:
    """Change the dates of a calendar; its schedules come by the new ones from now on."""
    given = {name: getattr(body, name) for name in ("dates", "add", "remove")}
    faults: list[Fault] = []
    days: dict[str, frozenset[date]] = {}
    for name, items in given.items():
        if items is not msgspec.UNSET:
            try:
                days[name] = calendars.read(items, path=name)
            except Invalid as exc:
                faults.extend(exc.faults)
    if faults:
        raise Invalid(*faults)
    async with call.services.store.transaction() as unit:
        old = await _named(unit, call.path["calendar"])
        none: frozenset[date] = frozenset()
        wanted = days.get("dates", old.calendar.dates) | days.get("add", none)
        new = await calendars.change(unit, call, old, wanted - days.get("remove", none))
        if new is None:
            return await _shown(call, unit, old)
        warnings = await calendars.move(unit, new.calendar.name, now=call.now)
        answer = await _shown(call, unit, new, warnings)
    call.services.schedules_changed()
    return answer


async def remove_calendar(call: Call, query: wire.CalendarRemoval) -> wire.CalendarRemoved:
    """Remove a calendar that no schedule names; with `force`, take it out of those that do."""
    taken_out_of: list[str] = []
    taken_off: list[fleet.Host] = []
    async with call.services.store.transaction() as unit:
        name = (await _named(unit, call.path["calendar"])).calendar.name
        hosts = calendars.hosts(call.services.roster, name)
        _refuse_configured(call, name, hosts)
        if not query.force:
            await _refuse_used(unit, name, hosts)
        for host in hosts:
            bare = replace(host, calendar=None, owner=call.who.name, updated_at=call.now)
            await unit.hosts.replace(bare)
            detail = f"calendar {name} taken away"
            await unit.audit.append(call.record("host.edit", host.name, detail=detail))
            taken_off.append(bare)
        async for old in calendars.with_calendar(unit, name):
            left = tuple(each for each in dates.of(old.trigger) if each.name != name)
            new = replace(
                old,
                trigger=dates.with_calendars(old.trigger, left),
                owner=call.who.name,
                updated_at=call.now,
            )
            await unit.schedules.replace(replace(new, next_at=due.again_at(new, now=call.now)))
            detail = f"calendar {name} taken out"
            await unit.audit.append(call.record("schedule.edit", old.name, detail=detail))
            taken_out_of.append(old.name)
        await unit.calendars.remove(name)
        await unit.audit.append(call.record("calendar.remove", name))
    for host in taken_off:
        call.services.roster.put(host)
    if taken_out_of or taken_off:
        call.services.schedules_changed()
    return wire.CalendarRemoved(
        name=name,
        taken_out_of=tuple(taken_out_of),
        taken_off_hosts=tuple(each.name for each in taken_off),
    )


async def _refuse_used(unit: ports.Unit, name: str, hosts: Sequence[fleet.Host]) -> None:
    used = (await unit.calendars.used()).get(name, 0)
    if not used and not hosts:
        return
    first = await unit.schedules.with_calendar(name, after=None, limit=_MOST_TOLD)
    said = [f"`{each.name}`" for each in first]
    said += [f"{used - len(first)} more"] if used > len(first) else []
    said += [f"the host `{each.name}`" for each in hosts]
    *others, last = said
    named = f"{', '.join(others)} and {last}" if others else last
    raise Conflict(
        f"the calendar `{name}` is named by {named}",
        code="calendar-in-use",
        hint="`--force` takes it out of them",
    )


def _refuse_configured(call: Call, name: str, hosts: Sequence[fleet.Host]) -> None:
    for host in hosts:
        if host.origin is fleet.Origin.CONFIG:
            raise Conflict(
                f"the calendar `{name}` is named by the host `{host.name}` of the configuration",
                code="calendar-in-use",
                hint=host_entries.in_config(host.name, call.services.hosts_from).hint,
            )


async def _shown(
    call: Call, unit: ports.Unit, kept: dates.Kept, warnings: tuple[str, ...] = ()
) -> wire.Calendar:
    name = kept.calendar.name
    first = await unit.schedules.with_calendar(name, after=None, limit=_MOST_SHOWN)
    return wire.Calendar(
        name=name,
        dates=tuple(sorted(kept.calendar.dates)),
        owner=kept.owner,
        updated_at=kept.updated_at,
        schedules=(await unit.calendars.used()).get(name, 0),
        used_by=tuple(each.name for each in first),
        hosts=tuple(each.name for each in calendars.hosts(call.services.roster, name)),
        warnings=warnings,
    )


async def _named(unit: ports.Unit, name: str) -> dates.Kept:
    found = await unit.calendars.get(name)
    if found is None:
        near = suggest.closest(name, [each.calendar.name for each in await unit.calendars.all()])
        raise NotFound(
            f"there is no calendar `{name}`",
            code="calendar-not-found",
            hint=f"did you mean `{near}`?" if near else None,
        )
    return found
