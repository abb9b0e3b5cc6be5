"""Conflicts among the schedules in the store, as the finder of the core sees them.

Asked for all of them, and for one that is about to be saved. Nothing is changed here.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.api import matching, requiring
from dockschedd.core import conflicts, findings, model, parties, stats
from dockschedd.errors import Conflict, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from dockschedd import ports
    from dockschedd.api.services import Services
    from dockschedd.core import days_off

    _Pair = tuple[model.StackRef, model.StackRef]

HORIZON: Final = timedelta(days=14)
#: The history that durations are taken from.
HISTORY: Final = timedelta(days=90)
_MOST_SAMPLES: Final = 5000
#: Of a schedule that concerns more stacks than these, durations come from the newest runs of all.
_FEW_STACKS: Final = 20
_MOST_SAMPLES_EACH: Final = 500
#: When all are compared with each other, no more than these: it takes seconds.
MOST_COMPARED: Final = 10_000
#: More schedules on one stack than these are not compared with each other for one answer.
_MOST_ON_A_STACK: Final = 200
#: Warnings and faults are for people to read.
_MOST_TOLD: Final = 10


class Contradicts(Conflict):
    """The schedule contradicts another one."""

    code = "schedule-conflicts"

    def __init__(self, message: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(message, hint="change one of them, or save it without `strict`")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the finder found."""

    conflicts: tuple[findings.Finding, ...]
    notices: tuple[findings.Finding, ...]
    complete: bool


async def of_all(
    services: Services, *, now: datetime, horizon: timedelta, about: str | None = None
) -> Answer:
    """Return the conflicts among all enabled schedules, or only those of one of them."""
    groups = await services.groups()
    matcher = matching.Matcher(services.inventory, groups=groups)
    async with services.store.reading() as unit:
        required = await required_pairs(unit, services.inventory)
        if about is not None:
            schedule = await unit.schedules.get(about)
            meant = frozenset() if schedule is None else matcher.stacks(schedule.selector)
            matcher = matching.Matcher(
                services.inventory, and_next(meant, required), groups=groups
            )
        found = await matching.concerning(unit, matcher, enabled_only=True, limit=MOST_COMPARED)
        compared, complete = bounded([party_of(*each) for each in found.items])
        expected = await durations(unit, {s for p in compared for s in p.stacks}, now=now)
        off = (await unit.holds.blocks()).days_off
    return await compare(
        compared,
        now=now,
        horizon=horizon,
        expected=expected,
        about=about,
        required=required,
        off=off,
        complete=found.complete and complete,
    )


async def of_one(services: Services, schedule: model.Schedule, *, now: datetime) -> Answer:
    """Return the conflicts of a schedule, as it is about to be saved, with all others."""
    groups = await services.groups()
    stacks = matching.Matcher(services.inventory, groups=groups).stacks(schedule.selector)
    if not stacks or schedule.done or not schedule.enabled:
        return Answer(conflicts=(), notices=(), complete=True)
    async with services.store.reading() as unit:
        required = await required_pairs(unit, services.inventory)
        matcher = matching.Matcher(services.inventory, and_next(stacks, required), groups=groups)
        found = await matching.concerning(unit, matcher, enabled_only=True)
        expected = await durations(unit, stacks, now=now)
        off = (await unit.holds.blocks()).days_off
    others = [party_of(each, shared) for each, shared in found.items if each.id != schedule.id]
    return await compare(
        [party_of(schedule, stacks), *others],
        now=now,
        horizon=HORIZON,
        expected=expected,
        about=schedule.name,
        required=required,
        off=off,
        complete=found.complete,
    )


async def refuse(
    services: Services, schedule: model.Schedule, *, strict: bool, now: datetime
) -> Answer:
    """Return the conflicts of a schedule that is about to be saved.

    Raises Contradicts when there are any and it was to be strict.
    """
    answer = await of_one(services, schedule, now=now)
    if strict and answer.conflicts:
        message = f"the schedule `{schedule.name}` contradicts another one"
        raise Contradicts(message, (fault(each) for each in answer.conflicts))
    return answer


def fault(found: findings.Finding, *, path: str = "") -> Fault:
    """Return a conflict as what is wrong with a request."""
    return Fault(path=path, code=f"conflict-{found.kind}", message=found.text)


def warnings(answer: Answer) -> tuple[str, ...]:
    """Return what is said when a schedule is saved all the same."""
    told = tuple(f"conflict: {each.text}" for each in answer.conflicts[:_MOST_TOLD])
    more = len(answer.conflicts) - len(told)
    if more:
        told += (f"there are {more} more conflicts: see `dockschedctl schedule conflicts`",)
    return told + tuple(each.text for each in answer.notices[:_MOST_TOLD])


async def durations(
    unit: ports.Unit, stacks: Collection[model.StackRef], *, now: datetime
) -> Callable[[model.StackRef, model.Action], timedelta]:
    """Return how long an action takes on a stack: p95 of the history, else 60 s."""
    known = {
        (each.stack, each.action): each.p95
        for each in await tallies(unit, stacks, now=now)
        if each.p95 is not None
    }

    def expected(stack: model.StackRef, action: model.Action) -> timedelta:
        return known.get((stack, action), conflicts.UNKNOWN_DURATION)

    return expected


async def tallies(
    unit: ports.Unit, stacks: Collection[model.StackRef], *, now: datetime
) -> tuple[stats.Tally, ...]:
    """Return the recent history of the stacks."""
    since = now - HISTORY
    if len(stacks) > _FEW_STACKS:
        return stats.tally(await unit.runs.samples(since=since, limit=_MOST_SAMPLES))
    samples: list[stats.Sample] = []
    for stack in sorted(stacks):
        samples += await unit.runs.samples(since=since, limit=_MOST_SAMPLES_EACH, stack=stack)
    return stats.tally(samples)


async def required_pairs(unit: ports.Unit, inventory: ports.Inventory) -> tuple[_Pair, ...]:
    """Return the pairs of stacks of which the first needs the second."""
    graph = await requiring.graph(unit, inventory)
    return tuple((each.stack, each.needs) for each in graph.entries if not each.ignored)


def and_next(
    stacks: frozenset[model.StackRef], required: Collection[_Pair]
) -> frozenset[model.StackRef]:
    """Return the stacks, with those that they need and those that need them."""
    return stacks.union(*(pair for pair in required if not stacks.isdisjoint(pair)))


async def compare(
    compared: Collection[parties.Party],
    *,
    now: datetime,
    horizon: timedelta,
    expected: Callable[[model.StackRef, model.Action], timedelta],
    about: str | None,
    required: Collection[_Pair],
    off: Mapping[str, days_off.DaysOff],
    complete: bool,
) -> Answer:
    """Return what the finder finds among these; with `about`, only of that one."""
    zones = {party.trigger.zone for party in compared}
    spans = parties.spans(now, horizon=horizon, zones=zones)
    # In a thread of its own: with many schedules on a stack it takes longer than a tick may wait.
    found = await asyncio.to_thread(
        conflicts.find,
        compared,
        looking_at=spans,
        expected=expected,
        about=about,
        requirements=required,
        days_off=off,
    )
    return Answer(
        conflicts=tuple(each for each in found if not each.is_notice),
        notices=tuple(each for each in found if each.is_notice),
        complete=complete,
    )


def party_of(schedule: model.Schedule, stacks: frozenset[model.StackRef]) -> parties.Party:
    """Return the schedule as the finder takes it, on those stacks."""
    return parties.Party(
        id=schedule.id,
        name=schedule.name,
        trigger=schedule.trigger,
        action=schedule.action,
        stacks=stacks,
        since=schedule.updated_at,
        spread=schedule.spread,
    )


def bounded(
    everyone: Collection[parties.Party],
) -> tuple[list[parties.Party], bool]:
    """Return no more than can be compared on each stack, and whether that is all of them."""
    counts: Counter[model.StackRef] = Counter()
    kept = []
    for party in everyone:
        if all(counts[stack] < _MOST_ON_A_STACK for stack in party.stacks):
            counts.update(party.stacks)
            kept.append(party)
    return kept, len(kept) == len(everyone)
