"""The next instants of a trigger or a schedule, and what calendars and days off leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dockschedd.api import calendars, mapping, targets
from dockschedd.core import cron, due, instants, model, spread, triggers, until
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dockschedd.api.call import Call
    from dockschedd.core import days_off


async def of_schedule(
    call: Call,
    schedule: model.Schedule,
    off: Mapping[str, days_off.DaysOff],
    *,
    start: str | None,
    count: int,
) -> wire.Preview:
    """Return the next instants of a schedule; where it is spread, those of each stack."""
    found = of_trigger(call, schedule.trigger, start=start, count=count, does=schedule.action)
    if off:
        found = await _with_days_off(call, schedule, found, off)
    return await _spread_out(call, schedule, found) if schedule.spread else found


def of_trigger(
    call: Call,
    trigger: triggers.Trigger,
    *,
    start: str | None,
    count: int,
    does: model.Action | None = None,
) -> wire.Preview:
    """Return the next instants of a trigger. Raises Invalid where `start` is no time."""
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
