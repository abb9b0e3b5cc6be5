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
    manual,
    mapping,
    matching,
    removing,
    requiring,
    targets,
)
from dockschedd.core import (
    cron,
    dates,
    due,
    instants,
    model,
    spread,
    suggest,
    triggers,
    until,
    validate,
    wants,
)
from dockschedd.errors import Conflict, NotFound
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.core import days_off, selectors
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
        found = await _named(unit, call.path["schedule"])
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
        old = await _named(unit, call.path["schedule"])
        known = await calendars.known(unit, body, mapping.schedule(old))
    groups = await call.services.groups()
    wanted = _edited(call, old, body, known, groups)
    clashes = await contradictions.refuse(
        call.services, wanted, strict=body.strict is True, now=call.now
    )
    async with call.services.store.transaction() as unit:
        old = await _named(unit, call.path["schedule"])
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
    if new.trigger != old.trigger:
        first = due.first_at(new.trigger, after=call.now)
        new = replace(new, next_at=first if new.enabled else None, done=False)
    return new


async def remove_schedule(call: Call) -> None:
    """Remove a schedule, and cancel what it has planned; its history stays."""
    async with call.services.store.transaction() as unit:
        schedule = await _named(unit, call.path["schedule"])
        cancelled = await removing.remove(unit, call, schedule)
    call.services.schedules_changed()
    removing.announce(call, cancelled)


async def enable_schedule(call: Call) -> wire.Schedule:
    """Let a schedule fire from now on."""
    groups = await call.services.groups()
    async with call.services.store.transaction() as unit:
        old = await _named(unit, call.path["schedule"])
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
        old = await _named(unit, call.path["schedule"])
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
        schedule = await _named(unit, call.path["schedule"])
    trigger = schedule.trigger
    if isinstance(trigger, triggers.WindowTrigger) and wants.wish_at(trigger, call.now) is None:
        message = f"the window of `{schedule.name}` has not had an edge yet: it wants nothing"
        raise Conflict(message, code="schedule-not-begun")
    action = due.action_at(schedule, call.now)
    order = manual.Order(
        action=action,
        options=wants.options(schedule, action),
        selectors=(schedule.selector,),
        cause=f"schedule `{schedule.name}` run by hand by {call.who.name}",
        schedule_name=schedule.name,
    )
    return await manual.answer(call, await manual.place(call, order))


async def preview_schedule(call: Call, query: wire.PreviewQuery) -> wire.Preview:
    """Return the next instants of a schedule, also while it is disabled."""
    async with call.services.store.reading() as unit:
        schedule = await _named(unit, call.path["schedule"])
        off = (await unit.holds.blocks()).days_off
    found = _preview(call, schedule.trigger, query.start, query.count, does=schedule.action)
    if off:
        found = await _with_days_off(call, schedule, found, off)
    return await _spread_out(call, schedule, found) if schedule.spread else found


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
    return _preview(call, chosen, body.start, body.count)


def _preview(
    call: Call,
    trigger: triggers.Trigger,
    start: str | None,
    count: int,
    *,
    does: model.Action | None = None,
) -> wire.Preview:
    after = call.now
    if start is not None:
        after = until.coming(start, cron.zone(trigger.zone), now=call.now, path="start")
    moments = due.preview(trigger, after=after, count=count)
    return wire.Preview(
        reads=mapping.reads(trigger),
        zone=trigger.zone,
        moments=tuple(
            wire.Moment(
                at=each.at,
                local=each.local.isoformat(),
                note=each.note,
                action=each.action or does or "",
            )
            for each in moments
        ),
        left_out=calendars.left_out(
            trigger, after=after, until=moments[-1].at if moments else None
        ),
    )


async def _with_days_off(
    call: Call,
    schedule: model.Schedule,
    preview: wire.Preview,
    off: Mapping[str, days_off.DaysOff],
) -> wire.Preview:
    """Return the preview with what days off of its hosts leave out, once for each row of them."""
    stacks = await _stacks(call, schedule)
    zone = cron.zone(schedule.trigger.zone)
    told: dict[str, str] = {}
    for moment in preview.moments:
        for ref in stacks:
            at = moment.at + spread.offset(schedule.id, ref, schedule.spread)
            days = off.get(ref.host)
            if days is not None and days.covers(at):
                first = instants.date(instants.wall(at, zone))
                told.setdefault(days.reads(at), first)
    more = tuple(f"{first}: {reads}" for reads, first in told.items())
    return msgspec.structs.replace(preview, left_out=preview.left_out + more)


async def _stacks(call: Call, schedule: model.Schedule) -> tuple[model.StackRef, ...]:
    """Return the stacks that the schedule matches now, or names with their host."""
    groups = await call.services.groups()
    found = targets.now(schedule.selector, call.services.inventory.refs(), groups)
    return found or tuple(filter(None, [targets.exact(schedule.selector)]))


async def _spread_out(call: Call, schedule: model.Schedule, preview: wire.Preview) -> wire.Preview:
    """Return the preview with the instant of each stack that the schedule matches now."""
    refs = await _stacks(call, schedule)
    zone = cron.zone(schedule.trigger.zone)

    def starts(moment: wire.Moment) -> tuple[wire.Start, ...]:
        moved = (
            (ref, moment.at + spread.offset(schedule.id, ref, schedule.spread)) for ref in refs
        )
        ordered = sorted(moved, key=lambda each: (each[1], each[0]))
        return tuple(
            wire.Start(stack=str(ref), at=at, local=at.astimezone(zone).isoformat())
            for ref, at in ordered
        )

    return msgspec.structs.replace(
        preview,
        moments=tuple(
            msgspec.structs.replace(each, starts=starts(each)) for each in preview.moments
        ),
    )


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


async def _named(unit: ports.Unit, name: str) -> model.Schedule:
    schedule = await unit.schedules.get(name)
    if schedule is None:
        near = suggest.closest(name, await unit.schedules.names(near=name))
        raise NotFound(
            f"there is no schedule `{name}`",
            code="schedule-not-found",
            hint=f"did you mean `{near}`?" if near else "`dockschedctl schedule ls` lists them",
        )
    return schedule
