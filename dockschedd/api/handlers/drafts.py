"""Schedules that are being written: what they would be, and all that is wrong with them.

Nothing is kept and nothing is audited: a form asks with every pause in the typing. What can be
told is told, also while something else is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedd.api import (
    calendars,
    contradictions,
    drafts,
    lookup,
    mapping,
    previewing,
    requiring,
    targets,
)
from dockschedd.core import dates, model, selectors, triggers, validate
from dockschedd.errors import DockschedError, Fault, Invalid
from dockschedd.wire import drafts as wire
from dockschedd.wire import problems
from dockschedd.wire.schedules import FieldChange

if TYPE_CHECKING:
    from dockschedd.api.call import Call
    from dockschedd.wire import schedules

#: How many instants are told.
_FEW: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class _Written:
    """What has been found out about a draft."""

    faults: list[Fault] = field(default_factory=list)
    schedule: model.Schedule | None = None
    #: Read by itself, where the schedule as a whole cannot be.
    trigger: triggers.Trigger | None = None


async def draft_schedule(call: Call, body: schedules.ScheduleNew) -> wire.Draft:
    """Return what a new schedule would be."""
    groups = await call.services.groups()
    home = (await call.services.homes()).home(body.selector)
    async with call.services.store.reading() as unit:
        known = await calendars.known(unit, body)
        taken = await unit.schedules.get(body.name) if body.name else None
    faults = [*_taken(taken, body.name), *_absent(call, body.selector, groups)]
    schedule, trigger = None, None
    try:
        checked, options = drafts.new(body, zone=home.zone, now=call.now, calendars=known)
        schedule = drafts.made(
            body,
            checked,
            options,
            id=call.services.ids.new(),
            owner=call.who.name,
            now=call.now,
        )
    except Invalid as exc:
        faults += exc.faults
        trigger = _trigger(call, body, zone=body.zone or home.zone, known=known)
    found = await _told(call, _Written(faults=faults, schedule=schedule, trigger=trigger), groups)
    if found.schedule is None or body.zone is not None:
        return found
    named = msgspec.structs.replace(found.schedule, zone_reason=home.why)
    return msgspec.structs.replace(found, schedule=named)


async def draft_edit(call: Call, body: schedules.ScheduleEdit) -> wire.Draft:
    """Return what a schedule would be after a change."""
    groups = await call.services.groups()
    taken = None
    async with call.services.store.reading() as unit:
        old = await lookup.schedule(unit, call.path["schedule"])
        known = await calendars.known(unit, body, mapping.schedule(old))
        if body.name:
            taken = await unit.schedules.get(body.name)
    faults: list[Fault] = []
    if taken is not None and taken.id != old.id:
        faults += _taken(taken, taken.name)
    if isinstance(body.selector, str):
        faults += _absent(call, body.selector, groups)
    new: model.Schedule | None = None
    trigger: triggers.Trigger | None = old.trigger
    try:
        new = drafts.edited(old, body, now=call.now, calendars=known)
        new = drafts.restarted(old, new, now=call.now)
    except Invalid as exc:
        faults += exc.faults
        if any(isinstance(getattr(body, name), str) for name in ("cron", "at", "when", "window")):
            zone = body.zone or old.trigger.zone
            trigger = _trigger(call, body, zone=zone, known=known)
    found = await _told(call, _Written(faults=faults, schedule=new, trigger=trigger), groups)
    changes = () if new is None else drafts.differences(old, new)
    return msgspec.structs.replace(
        found,
        changes=tuple(FieldChange(field=name, old=was, new=is_) for name, was, is_ in changes),
    )


async def _told(call: Call, written: _Written, groups: selectors.Groups) -> wire.Draft:
    faults = tuple(
        problems.FieldFault(path=each.path, code=each.code, message=each.message, hint=each.hint)
        for each in written.faults
    )
    schedule = written.schedule
    trigger = written.trigger if schedule is None else schedule.trigger
    does = None if schedule is None else schedule.action
    preview = None
    if trigger is not None:
        preview = previewing.of_trigger(call, trigger, start=None, count=_FEW, does=does)
    if schedule is None or faults:
        return wire.Draft(faults=faults, preview=preview)
    clashes = await contradictions.of_one(call.services, schedule, now=call.now)
    warnings = targets.warnings(call.services.inventory, schedule.selector, groups)
    warnings += await requiring.kept_up(call, schedule)
    warnings += calendars.far(schedule, now=call.now)
    return wire.Draft(
        schedule=mapping.schedule(schedule, warnings=warnings),
        preview=preview,
        conflicts=tuple(map(mapping.finding, clashes.conflicts)),
        notices=tuple(map(mapping.finding, clashes.notices)),
    )


def _trigger(
    call: Call,
    body: schedules.ScheduleNew | schedules.ScheduleEdit,
    *,
    zone: str,
    known: calendars.Known,
) -> triggers.Trigger | None:
    """Return the trigger by itself; None where it cannot be read either."""
    written = {
        name: value if isinstance(value := getattr(body, name), str) else None
        for name in ("cron", "at", "when", "window")
    }
    wish = body.action if body.action in set(triggers.Wish) else triggers.Wish.AWAKE
    days = {
        name: value if isinstance(value := getattr(body, name), tuple) else ()
        for name in ("except_on", "also_asleep")
    }
    try:
        trigger = validate.trigger(
            cron_text=written["cron"],
            at_text=written["at"],
            when=written["when"],
            window=written["window"],
            wish=str(wish),
            zone=zone,
            now=call.now,
        )
        return dates.chosen(trigger, **days, known=known, now=call.now)
    except Invalid:
        return None


def _taken(taken: model.Schedule | None, name: str) -> tuple[Fault, ...]:
    if taken is None or taken.name != name:
        return ()
    message = f"there is a schedule `{name}` already"
    hint = "choose another name, or edit that one"
    return (Fault(path="name", code="schedule-exists", message=message, hint=hint),)


def _absent(call: Call, text: str, groups: selectors.Groups) -> tuple[Fault, ...]:
    """Return that a stack is named that is not there; not that the selector cannot be read."""
    try:
        selector = selectors.parse(text)
    except Invalid:
        return ()
    try:
        targets.refuse_absent(call.services.inventory, selector, groups)
    except Invalid as exc:
        return exc.faults
    except DockschedError as exc:
        return (Fault(path="selector", code=exc.code, message=exc.message, hint=exc.hint),)
    return ()
