"""What goes with a plan: how long it will take, and what else is due then.

The steps are those of now; what a schedule will have changed by then is said, not foreseen.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedd.api import contradictions, mapping, matching
from dockschedd.core import conflicts, due, findings, forecast, model, occurrences, spread
from dockschedd.wire import runs as wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dockschedd.api.call import Call
    from dockschedd.core import days_off, plan

_MOST: Final = 50
_TICK: Final = timedelta.resolution


async def of(
    call: Call,
    decided: Sequence[plan.Plan],
    options: model.RunOptions,
    *,
    at: datetime | None,
) -> tuple[wire.Plan, ...]:
    """Return the plans with what is known about the time at which they are carried out."""
    refs = {each.ref for each in decided}
    groups = await call.services.groups()
    async with call.services.store.reading() as unit:
        history = {
            (each.stack, each.action): each
            for each in await contradictions.tallies(unit, refs, now=call.now)
        }
        matcher = matching.Matcher(call.services.inventory, refs, groups=groups)
        found = await matching.concerning(unit, matcher, enabled_only=True)
        blocks = await unit.holds.blocks()
    prospects = []
    for each in decided:
        expected = forecast.expect(each, options, history=history.get((each.ref, each.action)))
        schedules = [schedule for schedule, stacks in found.items if each.ref in stacks]
        length = expected.longest or conflicts.UNKNOWN_DURATION
        begins = at or call.now
        after = max(begins - length, call.now)
        off = blocks.days_off.get(each.ref.host)
        shown = mapping.one_plan(each)
        prospects.append(
            msgspec.structs.replace(
                shown,
                at=at,
                expected=mapping.expected(expected),
                also_due=_also_due(each.ref, schedules, off, after=after, until=begins + length),
                warnings=shown.warnings
                + _day_off(off, begins)
                + _before(each.ref, schedules, off, now=call.now, until=after),
            )
        )
    return tuple(prospects)


def _day_off(off: days_off.DaysOff | None, at: datetime) -> tuple[str, ...]:
    """Return that schedules leave the stack alone then, if they do."""
    return (off.reads(at),) if off is not None and off.covers(at) else ()


def _also_due(
    ref: model.StackRef,
    schedules: Sequence[model.Schedule],
    off: days_off.DaysOff | None,
    *,
    after: datetime,
    until: datetime,
) -> tuple[wire.AlsoDue, ...]:
    found = []
    for schedule in schedules:
        moved = spread.offset(schedule.id, ref, schedule.spread)
        planned = occurrences.within(
            schedule.trigger, after=after - moved, until=until - moved, limit=_MOST
        )
        found += [
            (at + moved, schedule.name, due.action_at(schedule, at))
            for at in planned
            if not _day_off(off, at + moved)
        ]
    return tuple(
        wire.AlsoDue(at=at, schedule=name, action=action)
        for at, name, action in sorted(found)[:_MOST]
    )


def _before(
    ref: model.StackRef,
    schedules: Sequence[model.Schedule],
    off: days_off.DaysOff | None,
    *,
    now: datetime,
    until: datetime,
) -> tuple[str, ...]:
    """Return that a schedule will have acted by then, if one will."""
    found = []
    for schedule in schedules:
        moved = spread.offset(schedule.id, ref, schedule.spread)
        first = due.first_at(schedule.trigger, after=now - moved)
        while first is not None and off is not None and off.covers(first + moved):
            end = off.until(first + moved)
            first = due.first_at(schedule.trigger, after=end - moved - _TICK)
        if first is not None and first + moved <= until:
            found.append((first + moved, schedule.name, schedule))
    if not found:
        return ()
    at, _, schedule = min(found, key=lambda each: each[:2])
    when = findings.shown(at, schedule.trigger.zone)
    text = f"before then, `{schedule.name}` ({schedule.does}) is due at {when}"
    return (f"{text}: these steps are for the stack as it is now",)
