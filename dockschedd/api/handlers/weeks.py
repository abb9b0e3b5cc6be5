"""The picture of what schedules make of stacks, day by day."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.api import blocking, contradictions, mapping_week, matching, targets
from dockschedd.core import clashes, cron, instants, model, until, week
from dockschedd.errors import Fault, Invalid
from dockschedd.wire import week as wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from dockschedd.api.call import Call
    from dockschedd.core import holds, parties

_DAYS: Final = 7
_DAY: Final = timedelta(days=1)
_FURTHEST: Final = timedelta(days=366)
#: Of one page of stacks.
_MOST_SCHEDULES: Final = 10_000
#: One-offs that have fired, the newest ones.
_MOST_FIRED: Final = 1000
#: So many pairs of schedules are compared for one answer: half a second.
_MOST_PAIRS: Final = 1000


async def show_week(call: Call, query: wire.WeekQuery) -> wire.Week:
    """Return what schedules make of a page of stacks, by host and name, on seven days."""
    services = call.services
    zone = cron.zone(services.zone if query.zone is None else query.zone)
    days = _days(query.start, zone, now=call.now)
    groups = await services.groups()
    refs = services.inventory.refs()
    if query.selector is not None:
        refs = targets.matching(query.selector, refs, groups, path="selector")
    if query.cursor is not None:
        host, _, name = query.cursor.partition("/")
        refs = tuple(ref for ref in refs if ref > model.StackRef(host, name))
    page = refs[: query.limit]
    async with services.store.reading() as unit:
        required = await contradictions.required_pairs(unit, services.inventory)
        meant = contradictions.and_next(frozenset(page), required) if page else frozenset()
        matcher = matching.Matcher(services.inventory, meant, groups=groups)
        found = await matching.concerning(unit, matcher, enabled_only=True, limit=_MOST_SCHEDULES)
        compared, complete = contradictions.bounded(
            [contradictions.party_of(*each) for each in found.items]
        )
        looked_at = _affordable(page, compared)
        # What was done once decides how things are until something else does.
        fired = await unit.schedules.fired_once(since=days[0] - _FURTHEST, limit=_MOST_FIRED)
        over = [(each, matcher.stacks(each.selector)) for each in fired]
        expected = await contradictions.durations(unit, meant, now=call.now)
        blocks = await unit.holds.blocks()

    def clashing() -> dict[model.StackRef, tuple[clashes.Clash, ...]]:
        return dict(
            clashes.find(
                _on(compared, contradictions.and_next(looked_at, required)),
                stacks=looked_at,
                days=days,
                expected=expected,
                requirements=required,
                off=blocks.days_off,
            )
        )

    # In threads: with many schedules it takes longer than a tick may wait.
    courses = await asyncio.to_thread(
        lambda: tuple(_courses(page, (*found.items, *over), blocks=blocks, days=days))
    )
    clashes_of = await asyncio.to_thread(clashing)
    return wire.Week(
        zone=zone.key,
        days=days,
        items=tuple(
            mapping_week.stack(
                each, clashes_of.get(each.ref, ()) if each.ref in looked_at else None
            )
            for each in courses
        ),
        complete=found.complete and complete,
        frozen=blocking.frozen(blocks, now=call.now),
        next=str(page[-1]) if len(refs) > len(page) else None,
    )


def _courses(
    page: Sequence[model.StackRef],
    found: Iterable[tuple[model.Schedule, frozenset[model.StackRef]]],
    *,
    blocks: holds.Blocks,
    days: Sequence[datetime],
) -> Iterator[week.Course]:
    of_stack: dict[model.StackRef, list[model.Schedule]] = {ref: [] for ref in page}
    for schedule, stacks in found:
        for ref in stacks & of_stack.keys():
            of_stack[ref].append(schedule)
    return (week.course(ref, of_stack[ref], blocks, days=days) for ref in page)


def _affordable(
    page: Sequence[model.StackRef], compared: Iterable[parties.Party]
) -> frozenset[model.StackRef]:
    """Return the stacks whose schedules are compared: the first one, and those that cost little.

    A page may have very many schedules, and somebody waits for it; a stack alone is looked at.
    """
    counts = Counter(stack for party in compared for stack in party.stacks)
    left = _MOST_PAIRS
    chosen: list[model.StackRef] = []
    for ref in page:
        pairs = counts[ref] * (counts[ref] - 1) // 2
        if not chosen or pairs <= left:
            chosen.append(ref)
            left -= pairs
    return frozenset(chosen)


def _on(
    everyone: Iterable[parties.Party], stacks: frozenset[model.StackRef]
) -> list[parties.Party]:
    """Return those that are on the stacks, on those alone."""
    return [replace(each, stacks=shared) for each in everyone if (shared := each.stacks & stacks)]


def _days(start: str | None, zone: ZoneInfo, *, now: datetime) -> tuple[datetime, ...]:
    """Return when each of the days begins, and when the last one ends. Raises Invalid."""
    at = now if start is None else until.coming(start, zone, now=now, path="start")
    if abs(at - now) > _FURTHEST:
        message = f"`{start}` is more than a year away"
        raise Invalid(Fault(path="start", code="start-invalid", message=message))
    first = instants.wall(at, zone).date()
    return tuple(
        instants.first_instant(datetime.combine(first + n * _DAY, time()), zone)
        for n in range(_DAYS + 1)
    )
