"""Schedules: what people write, checked in full before it is kept.

Whoever changes a schedule answers for it from then on: their right to operate is the one that
is checked when it fires. A schedule that is enabled starts from now; the time before is not
missed time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from dockschedd.api import (
    blocking,
    calendars,
    contradictions,
    drafts,
    lookup,
    manual,
    mapping,
    matching,
    planning,
    previewing,
    removing,
    requiring,
    targets,
)
from dockschedd.core import (
    dates,
    due,
    model,
    triggers,
    validate,
    wants,
)
from dockschedd.errors import Conflict
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from dockschedd.api.call import Call
    from dockschedd.core import selectors
    from dockschedd.wire import runs as wire_runs


async def list_schedules(call: Call, query: wire.ScheduleQuery) -> wire.SchedulePage:
    """Return a page of schedules, by name."""
    inventory = call.services.inventory
    ref = None if query.stack is None else targets.named(inventory, query.stack, path="stack")
    groups = await call.services.groups()
    async with call.services.store.reading() as unit:
        if ref is None:
            found = await unit.schedules.page(
                after=query.cursor, limit=query.limit, prefix=query.prefix or ""
            )
        else:
            matcher = matching.Matcher(inventory, (ref,), groups=groups)
            of_stack = await matching.concerning(unit, matcher, enabled_only=False)
            found = tuple(
                each for each, _ in of_stack.items if each.name.startswith(query.prefix or "")
            )
        blocks = await unit.holds.blocks()
    is_full = ref is None and len(found) == query.limit
    return wire.SchedulePage(
        items=tuple(mapping.schedule(each) for each in sorted(found, key=lambda each: each.name)),
        next=found[-1].name if is_full else None,
        frozen=blocking.frozen(blocks, now=call.now),
    )


async def show_schedule(call: Call) -> wire.Schedule:
    """Return one schedule, and what is wrong with its selector now."""
    async with call.services.store.reading() as unit:
        found = await lookup.schedule(unit, call.path["schedule"])
    return _shown(call, found, await call.services.groups())


async def add_schedule(call: Call, body: wire.ScheduleNew) -> wire.Schedule:
    """Add a schedule that the caller answers for."""
    async with call.services.store.reading() as unit:
        known = await calendars.known(unit, body)
    home = (await call.services.homes()).home(body.selector)
    checked, options = drafts.new(body, zone=home.zone, now=call.now, calendars=known)
    groups = await call.services.groups()
    targets.refuse_absent(call.services.inventory, checked.selector, groups)
    schedule = drafts.made(
        body, checked, options, id=call.services.ids.new(), owner=call.who.name, now=call.now
    )
    clashes = await contradictions.refuse(
        call.services, schedule, strict=body.strict, now=call.now
    )
    async with call.services.store.transaction() as unit:
        schedule = await calendars.refreshed(unit, schedule, now=call.now)
        await unit.schedules.add(schedule)
        detail = f"{schedule.does} {schedule.selector} {mapping.reads(schedule.trigger)}"
        await unit.audit.append(call.record("schedule.add", schedule.name, detail=detail))
    call.services.schedules_changed()
    kept_up = await requiring.kept_up(call, schedule)
    shown = _shown(call, schedule, groups, clashes, kept_up)
    why = "" if body.zone is not None else home.why
    return msgspec.structs.replace(shown, zone_reason=why)


async def edit_schedule(call: Call, body: wire.ScheduleEdit) -> wire.Schedule:
    """Change a schedule; one whose trigger is changed starts from now.

    Conflicts are those with what the others were when the request came.
    """
    async with call.services.store.reading() as unit:
        old = await lookup.schedule(unit, call.path["schedule"])
        known = await calendars.known(unit, body, mapping.schedule(old))
    groups = await call.services.groups()
    wanted = _edited(call, old, body, known, groups)
    clashes = await contradictions.refuse(
        call.services, wanted, strict=body.strict is True, now=call.now
    )
    async with call.services.store.transaction() as unit:
        old = await lookup.schedule(unit, call.path["schedule"])
        known = await calendars.known(unit, body, mapping.schedule(old))
        new = _edited(call, old, body, known, await unit.groups.members())
        changes = drafts.changes(old, new)
        if not changes:
            return _shown(call, old, groups, clashes)
        new = replace(new, owner=call.who.name, updated_at=call.now)
        await unit.schedules.replace(new)
        await unit.audit.append(call.record("schedule.edit", old.name, detail=changes))
    call.services.schedules_changed()
    return _shown(call, new, groups, clashes, await requiring.kept_up(call, new))


def _edited(
    call: Call,
    old: model.Schedule,
    body: wire.ScheduleEdit,
    known: calendars.Known,
    groups: selectors.Groups,
) -> model.Schedule:
    new = drafts.edited(old, body, now=call.now, calendars=known)
    if body.selector is not msgspec.UNSET:
        targets.refuse_absent(
            call.services.inventory, targets.parse(new.selector, path="selector"), groups
        )
    return drafts.restarted(old, new, now=call.now)


async def remove_schedule(call: Call) -> None:
    """Remove a schedule, and cancel what it has planned; its history stays."""
    async with call.services.store.transaction() as unit:
        schedule = await lookup.schedule(unit, call.path["schedule"])
        cancelled = await removing.remove(unit, call, schedule)
    call.services.schedules_changed()
    removing.announce(call, cancelled)


async def enable_schedule(call: Call) -> wire.Schedule:
    """Let a schedule fire from now on."""
    groups = await call.services.groups()
    async with call.services.store.transaction() as unit:
        old = await lookup.schedule(unit, call.path["schedule"])
        first = due.first_at(old.trigger, after=call.now)
        if first is None or old.done:
            message = f"the schedule `{old.name}` has nothing left to fire"
            hint = f"give it another time: dockschedctl schedule edit {old.name} --at TIME"
            raise Conflict(message, code="schedule-over", hint=hint)
        if old.enabled:
            return _shown(call, old, groups)
        new = replace(old, enabled=True, next_at=first, updated_at=call.now)
        await unit.schedules.replace(new)
        await unit.audit.append(call.record("schedule.enable", new.name))
    call.services.schedules_changed()
    return _shown(call, new, groups)


async def disable_schedule(call: Call) -> wire.Schedule:
    """Keep a schedule from firing; what it has planned already is still done."""
    groups = await call.services.groups()
    async with call.services.store.transaction() as unit:
        old = await lookup.schedule(unit, call.path["schedule"])
        if not old.enabled:
            return _shown(call, old, groups)
        new = replace(old, enabled=False, next_at=None, updated_at=call.now)
        await unit.schedules.replace(new)
        await unit.audit.append(call.record("schedule.disable", new.name))
    call.services.schedules_changed()
    return _shown(call, new, groups)


async def run_schedule(call: Call) -> wire_runs.Runs:
    """Do now what a schedule does, also while it is disabled."""
    async with call.services.store.reading() as unit:
        schedule = await lookup.schedule(unit, call.path["schedule"])
    order = _order(call, schedule)
    return await manual.answer(call, await manual.place(call, order))


async def plan_schedule(call: Call) -> wire_runs.Plans:
    """Return the steps that a schedule would take now."""
    async with call.services.store.reading() as unit:
        schedule = await lookup.schedule(unit, call.path["schedule"])
    order = _order(call, schedule)
    return await planning.of(call, order.action, order.options, selectors=order.selectors)


def _order(call: Call, schedule: model.Schedule) -> manual.Order:
    """Return what is to be done where a schedule is run by hand. Raises Conflict."""
    trigger = schedule.trigger
    if isinstance(trigger, triggers.WindowTrigger) and wants.wish_at(trigger, call.now) is None:
        message = f"the window of `{schedule.name}` has not had an edge yet: it wants nothing"
        raise Conflict(message, code="schedule-not-begun")
    action = due.action_at(schedule, call.now)
    return manual.Order(
        action=action,
        options=wants.options(schedule, action),
        selectors=(schedule.selector,),
        cause=f"schedule `{schedule.name}` run by hand by {call.who.name}",
        schedule_name=schedule.name,
    )


async def preview_schedule(call: Call, query: wire.PreviewQuery) -> wire.Preview:
    """Return the next instants of a schedule, also while it is disabled."""
    async with call.services.store.reading() as unit:
        schedule = await lookup.schedule(unit, call.path["schedule"])
        off = (await unit.holds.blocks()).days_off
    return await previewing.of_schedule(call, schedule, off, start=query.start, count=query.count)


async def preview(call: Call, body: wire.PreviewRequest) -> wire.Preview:
    """Return the next instants of a trigger that is no schedule yet."""
    zone = call.services.zone if body.zone is None else body.zone
    trigger = validate.trigger(
        cron_text=body.cron,
        at_text=body.at,
        when=body.when,
        window=body.window,
        wish=body.wish or triggers.Wish.AWAKE,
        zone=zone,
        now=call.now,
    )
    async with call.services.store.reading() as unit:
        known = await calendars.known(unit, body)
    chosen = dates.chosen(
        trigger,
        except_on=body.except_on,
        also_asleep=body.also_asleep,
        known=known,
        now=call.now,
    )
    assert chosen is not None
    return previewing.of_trigger(call, chosen, start=body.start, count=body.count)


def _shown(
    call: Call,
    schedule: model.Schedule,
    groups: selectors.Groups,
    clashes: contradictions.Answer | None = None,
    more: tuple[str, ...] = (),
) -> wire.Schedule:
    warnings = targets.warnings(call.services.inventory, schedule.selector, groups) + more
    if clashes is not None:
        warnings += contradictions.warnings(clashes)
    warnings += calendars.far(schedule, now=call.now)
    return mapping.schedule(schedule, warnings=warnings)
