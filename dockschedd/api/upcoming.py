"""Which schedule acts next on which stack, kept in memory for lists of stacks.

The same as what the database would say: it is read again after every change made here, and
once the earliest instant has come, for then the ticker changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dockschedd.core import coming, due, model, selectors, spread, triggers, wants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import days_off

#: Beyond these, the earliest ones, a stack's next occurrence is not looked for.
_MOST: Final = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """The next occurrence on a stack."""

    at: datetime
    action: model.Action
    schedule: str


class Upcoming:
    """The answer for all stacks, until it changes."""

    def __init__(self) -> None:
        self._generation = 0
        self._schedules: tuple[model.Schedule, ...] | None = None
        self._refs: tuple[model.StackRef, ...] = ()
        self._groups: selectors.Groups = {}
        self._off: Mapping[str, days_off.DaysOff] = {}
        self._by_stack: Mapping[model.StackRef, Next] = {}

    def forget(self) -> None:
        """Say that schedules have changed."""
        self._generation += 1
        self._schedules = None

    async def by_stack(
        self, store: ports.Store, refs: tuple[model.StackRef, ...], *, now: datetime
    ) -> Mapping[model.StackRef, Next]:
        """Return the next occurrence of each of the stacks that have one."""
        schedules = self._schedules
        if schedules is None or _is_past(schedules, now):
            generation = self._generation
            async with store.reading() as unit:
                schedules = await unit.schedules.upcoming(limit=_MOST)
                groups = await unit.groups.members()
                off = (await unit.holds.blocks()).days_off
            found = _find(schedules, refs, groups, off)
            # A change that came while this was read is not in it.
            if generation == self._generation:
                self._schedules, self._refs, self._by_stack = schedules, refs, found
                self._groups, self._off = groups, off
            return found
        if refs != self._refs:
            self._refs, self._by_stack = refs, _find(schedules, refs, self._groups, self._off)
        return self._by_stack


def _is_past(schedules: tuple[model.Schedule, ...], now: datetime) -> bool:
    first = schedules[0].next_at if schedules else None
    return first is not None and first <= now


def _find(
    schedules: tuple[model.Schedule, ...],
    refs: tuple[model.StackRef, ...],
    groups: selectors.Groups,
    off: Mapping[str, days_off.DaysOff],
) -> Mapping[model.StackRef, Next]:
    by_name: dict[str, list[model.StackRef]] = {}
    for ref in refs:
        by_name.setdefault(ref.name, []).append(ref)
    #: Those for which no earlier schedule was found.
    left = dict.fromkeys(refs)
    found: dict[model.StackRef, Next] = {}
    #: Of schedules whose next occurrence falls on a day off of the host.
    after_days_off: dict[model.StackRef, list[Next]] = {}
    windows = [
        (selectors.parse(each.selector), each)
        for each in schedules
        if isinstance(each.trigger, triggers.WindowTrigger)
    ]
    for schedule in schedules:
        if not left:
            break
        if schedule.next_at is None:
            continue
        for ref in _matched(selectors.parse(schedule.selector), by_name, left, groups):
            at = schedule.next_at + spread.offset(schedule.id, ref, schedule.spread)
            if ref not in left:
                continue
            # Looked at only where it matters: there may be very many.
            here = (each for selector, each in windows if selector.matches(ref, groups))
            days = off.get(ref.host)
            if days is not None and days.covers(at):
                after_days_off.setdefault(ref, []).extend(
                    _after(schedule, ref, tuple(here), days, at)
                )
            elif not _is_overruled(schedule, ref, here, at):
                del left[ref]
                found[ref] = Next(
                    at=at,
                    action=due.action_at(schedule, schedule.next_at),
                    schedule=schedule.name,
                )
    return found | {
        ref: min((*others, *filter(None, [found.get(ref)])), key=lambda each: each.at)
        for ref, others in after_days_off.items()
        if others
    }


def _after(
    schedule: model.Schedule,
    ref: model.StackRef,
    others: Sequence[model.Schedule],
    off: days_off.DaysOff,
    at: datetime,
) -> tuple[Next, ...]:
    """Return what it does on the stack after the days off on which `at` is, if anything."""
    comes = coming.first(schedule, ref, others, after=at, off=off)
    if comes is None:
        return ()
    return (Next(at=comes[0], action=comes[1], schedule=schedule.name),)


def _is_overruled(
    schedule: model.Schedule, ref: model.StackRef, others: Iterable[model.Schedule], at: datetime
) -> bool:
    """Return whether another window keeps the stack awake then."""
    if not isinstance(schedule.trigger, triggers.WindowTrigger):
        return False
    return wants.overruled(schedule, ref, others, at=at) is not None


def _matched(
    selector: selectors.Selector,
    by_name: Mapping[str, list[model.StackRef]],
    left: Mapping[model.StackRef, None],
    groups: selectors.Groups,
) -> tuple[model.StackRef, ...]:
    """Return what matches; the name of a stack is found without a loop over all of them."""
    if "*" in selector.name:
        return tuple(ref for ref in left if selector.matches(ref, groups))
    named = by_name.get(selector.name, [])
    if selector.host is None and len(named) > 1:
        # Ambiguous by now: the occurrence will say so, a list has no room for it.
        return ()
    return tuple(ref for ref in named if selector.matches(ref, groups))
