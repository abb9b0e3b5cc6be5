"""A document: what is there becomes what is written, in one transaction.

Applying a document twice changes nothing the second time. What is not in it is removed only
with `prune`, and then whoever made it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from dockschedd.api import (
    auth,
    calendar_entries,
    calendars,
    entries,
    group_entries,
    hold_entries,
    removing,
    requirement_entries,
    schedule_entries,
    targets,
    together,
)
from dockschedd.core import dates, permissions, selectors
from dockschedd.errors import Fault, Invalid
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.api.call import Call


@dataclass(frozen=True, kw_only=True, slots=True)
class _Difference:
    """What has to be done, and what is as it should be."""

    schedules: schedule_entries.Difference
    calendars: calendar_entries.Difference
    groups: group_entries.Difference
    requirements: requirement_entries.Difference
    holds: hold_entries.Difference


async def apply_schedules(call: Call, body: wire.ApplyRequest) -> wire.Applied:
    """Add, change and, with `prune`, remove what it names; each change is in the audit log."""
    if body.holds is not msgspec.UNSET:
        auth.require(call.who, permissions.Permission.STACK_HOLD)
    if body.dry_run or body.strict:
        async with call.services.store.reading() as unit:
            found = await _compare(unit, call, body)
        clashes = await _conflicts(call, found)
        if body.strict:
            together.refuse(clashes, found.schedules.places)
        if body.dry_run:
            return _reply(call, body, found, clashes.warnings())
    async with call.services.store.transaction() as unit:
        found = await _compare(unit, call, body)
        await calendar_entries.keep(unit, call, found.calendars)
        await group_entries.keep(unit, call, found.groups)
        cancelled = await schedule_entries.keep(unit, call, found.schedules)
        warnings = await calendar_entries.settle(unit, call, found.calendars)
        await requirement_entries.keep(unit, call, found.requirements)
        await hold_entries.keep(unit, call, found.holds)
    if found.schedules or found.calendars.changed:
        call.services.schedules_changed()
    if found.groups:
        call.services.groups_changed(found.groups.moved(), why="groups have changed")
    removing.announce(call, cancelled)
    requirement_entries.announce(call, found.requirements)
    hold_entries.announce(call, found.holds)
    clashes = await _conflicts(call, found)
    return _reply(call, body, found, warnings + clashes.warnings())


async def _conflicts(call: Call, found: _Difference) -> together.Found:
    """Return the conflicts of what is added and changed, as everything is to be."""
    touched = found.schedules.touched()
    required = None
    if found.requirements:
        required = found.requirements.pairs(call.services.inventory)
    saved = together.Saved(
        schedules=touched,
        replaced={each.id for each in (*touched, *found.schedules.removed)},
        required=required,
    )
    return await together.conflicts(call.services, saved, now=call.now, groups=found.groups.known)


async def _compare(unit: ports.Unit, call: Call, body: wire.ApplyRequest) -> _Difference:
    """Return the difference. Raises Invalid with all that is wrong, in order of the entries."""
    named, amiss = calendar_entries.read(body.calendars or ())
    stored = {}
    if body.calendars is not msgspec.UNSET or await calendars.known(unit, *body.schedules):
        stored = {each.calendar.name: each for each in await unit.calendars.all()}
    days = calendar_entries.compare(stored, named)
    sets, unset = await group_entries.compare(unit, call, body.groups)
    homes = call.services.homes_of(sets.known)
    read, wrong = entries.read(body.schedules, homes=homes, calendars=days.known)
    schedules, faults = await schedule_entries.compare(unit, call, read, groups=sets.known)
    needs, unneeded = await requirement_entries.compare(
        unit, call, body.requirements, prune=body.prune
    )
    held, unheld = await hold_entries.compare(unit, call, body.holds, prune=body.prune)
    every = (*amiss, *unset, *sorted(wrong + faults, key=_position), *unneeded, *unheld)
    if every:
        raise Invalid(*every)
    if body.prune:
        await schedule_entries.prune(unit, schedules, read)
        if body.calendars is not msgspec.UNSET:
            used = {each.name for entry in read for each in dates.of(entry.checked.trigger)}
            used |= {each.calendar for each in call.services.roster.hosts() if each.calendar}
            calendar_entries.prune(days, wanted=named, used=used)
        if body.groups is not msgspec.UNSET:
            of = (selectors.group_of(str(entry.checked.selector)) for entry in read)
            group_entries.prune(sets, used={name for name in of if name is not None})
    if sets:
        auth.require(call.who, permissions.Permission.HOST_WRITE)
    return _Difference(
        schedules=schedules, calendars=days, groups=sets, requirements=needs, holds=held
    )


def _position(fault: Fault) -> int:
    return int(fault.path.partition("[")[2].partition("]")[0])


def _reply(
    call: Call,
    body: wire.ApplyRequest,
    found: _Difference,
    said_before: tuple[str, ...] = (),
) -> wire.Applied:
    warnings = {
        f"{each.name}: {said}"
        for each in found.schedules.touched()
        for said in (
            *targets.warnings(call.services.inventory, each.selector, found.groups.known),
            *calendars.far(each, now=call.now),
        )
    }
    schedules, unset = found.schedules, msgspec.UNSET
    needs, held = found.requirements, found.holds
    return wire.Applied(
        dry_run=body.dry_run,
        added=schedule_entries.lines(schedules.added),
        changed=schedule_entries.changes(schedules),
        removed=schedule_entries.lines(schedules.removed),
        unchanged=tuple(sorted(schedules.unchanged)),
        calendars=None if body.calendars is unset else calendar_entries.reply(found.calendars),
        groups=None if body.groups is unset else group_entries.reply(found.groups),
        requirements=None if body.requirements is unset else requirement_entries.reply(needs),
        holds=None if body.holds is unset else hold_entries.reply(held),
        warnings=tuple(sorted(warnings.union(said_before))),
    )
