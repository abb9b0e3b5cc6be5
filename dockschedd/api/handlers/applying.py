"""Schedules from a document: what is there becomes what is written, in one transaction.

Applying a document twice changes nothing the second time. What is not in it is removed only
with `prune`, and then whoever made it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from dockschedd.api import calendar_entries, calendars, drafts, entries, mapping, removing, targets
from dockschedd.core import dates, model, triggers
from dockschedd.errors import DockschedError, Fault, Invalid
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedd import ports
    from dockschedd.api.call import Call

_PAGE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Difference:
    """What has to be done, and what is as it should be."""

    added: list[model.Schedule] = field(default_factory=list)
    changed: list[tuple[model.Schedule, model.Schedule]] = field(default_factory=list)
    removed: list[model.Schedule] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    calendars: calendar_entries.Difference


async def apply_schedules(call: Call, body: wire.ApplyRequest) -> wire.Applied:
    """Add, change and, with `prune`, remove schedules; each change is in the audit log."""
    if body.dry_run:
        async with call.services.store.reading() as unit:
            found = await _compare(unit, call, body)
        return _reply(call, body, found)
    cancelled: list[model.Run] = []
    async with call.services.store.transaction() as unit:
        found = await _compare(unit, call, body)
        await calendar_entries.keep(unit, call, found.calendars)
        for schedule in found.removed:
            cancelled += await removing.remove(unit, call, schedule)
        for old, new in found.changed:
            await unit.schedules.replace(new)
            detail = drafts.told(_differences(old, new))
            await unit.audit.append(call.record("schedule.edit", new.name, detail=detail))
        for schedule in found.added:
            await unit.schedules.add(schedule)
            detail = f"{schedule.does} {schedule.selector} {mapping.reads(schedule.trigger)}"
            await unit.audit.append(call.record("schedule.add", schedule.name, detail=detail))
        warnings = await calendar_entries.settle(unit, call, found.calendars)
    if found.added or found.changed or found.removed or found.calendars.changed:
        call.services.schedules_changed()
    removing.announce(call, cancelled)
    return _reply(call, body, found, warnings)


async def _compare(unit: ports.Unit, call: Call, body: wire.ApplyRequest) -> _Difference:
    """Return the difference. Raises Invalid with all that is wrong, in order of the entries."""
    named, amiss = calendar_entries.read(body.calendars or ())
    stored = {}
    if body.calendars is not msgspec.UNSET or await calendars.known(unit, *body.schedules):
        stored = {each.calendar.name: each for each in await unit.calendars.all()}
    found = _Difference(calendars=calendar_entries.compare(stored, named))
    read, faults = entries.read(
        body.schedules, zone=call.services.zone, calendars=found.calendars.known
    )
    wrong = list(faults)
    for entry in read:
        old = await unit.schedules.get(entry.body.name)
        if old is not None and old.name != entry.body.name:
            old = None  # found by its id
        try:
            new = _wanted(call, entry, old)
        except Invalid as exc:
            wrong.extend(exc.faults)
            continue
        if old is None:
            found.added.append(new)
        elif _differences(old, new):
            found.changed.append((old, replace(new, owner=call.who.name, updated_at=call.now)))
        else:
            found.unchanged.append(old.name)
    if wrong or amiss:
        raise Invalid(*amiss, *sorted(wrong, key=_position))
    if body.prune:
        await _prune(unit, found, read)
        if body.calendars is not msgspec.UNSET:
            used = {each.name for entry in read for each in dates.of(entry.checked.trigger)}
            calendar_entries.prune(found.calendars, wanted=named, used=used)
    return found


async def _prune(unit: ports.Unit, found: _Difference, read: tuple[entries.Entry, ...]) -> None:
    """Let those go that are not in the document."""
    kept = {entry.body.name for entry in read}
    after = None
    while page := await unit.schedules.page(after=after, limit=_PAGE):
        found.removed.extend(each for each in page if each.name not in kept)
        after = page[-1].name


def _wanted(call: Call, entry: entries.Entry, old: model.Schedule | None) -> model.Schedule:
    """Return the schedule that the entry means. Raises Invalid."""
    faults = [*_past(entry, old, call), *_absent(entry, old, call)]
    if faults:
        raise Invalid(*faults)
    new = drafts.made(
        entry.body,
        entry.checked,
        entry.options,
        id=call.services.ids.new(),
        owner=call.who.name,
        now=call.now,
    )
    if old is None:
        return new
    new = replace(
        new, id=old.id, owner=old.owner, created_at=old.created_at, updated_at=old.updated_at
    )
    if old.trigger == new.trigger and (old.done or old.enabled == new.enabled):
        return replace(new, next_at=old.next_at, done=old.done)
    return new


def _past(entry: entries.Entry, old: model.Schedule | None, call: Call) -> Iterator[Fault]:
    trigger = entry.checked.trigger
    if old is not None and old.trigger == trigger:
        return
    if isinstance(trigger, triggers.AtTrigger) and trigger.at <= call.now:
        name = "when" if entry.body.when is not None else "at"
        message = f"`{getattr(entry.body, name)}` is in the past"
        yield Fault(path=f"{entry.path}.{name}", code="at-past", message=message)


def _absent(entry: entries.Entry, old: model.Schedule | None, call: Call) -> Iterator[Fault]:
    selector = entry.checked.selector
    if old is not None and old.selector == str(selector):
        return
    try:
        targets.refuse_absent(call.services.inventory, selector)
    except Invalid as exc:
        yield from entries.at(exc.faults, entry.path)
    except DockschedError as exc:
        where = f"{entry.path}.selector"
        yield Fault(path=where, code=exc.code, message=exc.message, hint=exc.hint)


def _differences(old: model.Schedule, new: model.Schedule) -> tuple[tuple[str, str, str], ...]:
    found = drafts.differences(old, new)
    if old.enabled == new.enabled:
        return found
    return (*found, ("enabled", str(old.enabled).lower(), str(new.enabled).lower()))


def _position(fault: Fault) -> int:
    return int(fault.path.partition("[")[2].partition("]")[0])


def _reply(
    call: Call,
    body: wire.ApplyRequest,
    found: _Difference,
    said_before: tuple[str, ...] = (),
) -> wire.Applied:
    touched = [*found.added, *(new for _, new in found.changed)]
    warnings = {
        f"{each.name}: {said}"
        for each in touched
        for said in (
            *targets.warnings(call.services.inventory, each.selector),
            *calendars.far(each, now=call.now),
        )
    }
    return wire.Applied(
        dry_run=body.dry_run,
        added=_lines(found.added),
        changed=tuple(
            wire.ScheduleChange(
                name=new.name,
                fields=tuple(
                    wire.FieldChange(field=name, old=before, new=after)
                    for name, before, after in _differences(old, new)
                ),
            )
            for old, new in sorted(found.changed, key=lambda pair: pair[1].name)
        ),
        removed=_lines(found.removed),
        unchanged=tuple(sorted(found.unchanged)),
        calendars=(
            None if body.calendars is msgspec.UNSET else calendar_entries.reply(found.calendars)
        ),
        warnings=tuple(sorted(warnings.union(said_before))),
    )


def _lines(found: list[model.Schedule]) -> tuple[wire.ScheduleLine, ...]:
    return tuple(
        wire.ScheduleLine(
            name=each.name,
            action=each.does,
            selector=each.selector,
            reads=mapping.reads(each.trigger),
        )
        for each in sorted(found, key=lambda schedule: schedule.name)
    )
