"""What is planned for one stack: each action at its instant, and what windows want meanwhile.

Works out an interval at once what core.wants and core.due answer for one instant. A schedule
counts from its last change on.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.core import cron, explain, model, occurrences, spread, triggers, wants
from dockschedd.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TICK: Final = timedelta.resolution
#: More than a minute's cron has in 90 days.
_MOST: Final = 150_000
#: A clock change decides what a wall time means this long before and after it, at most.
_NEAR: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Act:
    """One action of one schedule on the stack, at the instant at which it comes to it."""

    at: datetime
    action: model.Action
    schedule: model.Schedule
    #: By how much it is moved on this stack.
    moved: timedelta


@dataclass(frozen=True, slots=True)
class Line:
    """What one window with two sides wants, from `since` on."""

    schedule: model.Schedule
    since: datetime
    first: triggers.Wish
    #: From each of these on it wants the opposite; the last one may be long after the interval.
    edges: Sequence[datetime]

    def at(self, at: datetime) -> wants.Desired | None:
        """Return what it wants at that instant of the interval; None: it does not count yet."""
        if at < self.since:
            return None
        place = bisect_right(self.edges, at)
        trigger = self.schedule.trigger
        assert isinstance(trigger, triggers.WindowTrigger)
        return wants.Desired(
            wish=wants.opposite(self.first) if place % 2 else self.first,
            schedule=self.schedule,
            always=trigger.enforce is triggers.Enforce.ALWAYS,
            since=self.edges[place - 1] if place else None,
            until=self.edges[place] if place < len(self.edges) else None,
        )


@dataclass(frozen=True, slots=True)
class Windows:
    """All windows with two sides of the stack."""

    lines: tuple[Line, ...]

    def __iter__(self) -> Iterator[Line]:
        """Iterate over the lines."""
        return iter(self.lines)

    @property
    def has_always(self) -> bool:
        """Whether one of them is enforced always."""
        return any(
            isinstance(trigger, triggers.WindowTrigger)
            and trigger.enforce is triggers.Enforce.ALWAYS
            for trigger in (each.schedule.trigger for each in self.lines)
        )

    def desired(self, at: datetime, *, but: str | None = None) -> wants.Desired | None:
        """Return what they want together, leaving out the schedule with the id `but`."""
        return wants.together(
            (
                found
                for each in self.lines
                if each.schedule.id != but and (found := each.at(at)) is not None
            ),
            at,
        )

    def turn_at(self, at: datetime) -> bool:
        """Return whether one of them has an edge at that instant."""
        return any(at in each.edges for each in self.lines)

    def overruled(self, act: Act) -> str | None:
        """Return why an edge does not put the stack to sleep: another window wants it awake."""
        if not self.lines or not isinstance(act.schedule.trigger, triggers.WindowTrigger):
            return None
        if act.action is model.Action.START:
            return None
        found = self.desired(act.at, but=act.schedule.id)
        if found is None or found.wish is not triggers.Wish.AWAKE:
            return None
        return wants.awake_wins(found)


def readable(schedules: Iterable[model.Schedule]) -> tuple[model.Schedule, ...]:
    """Return those whose zone and expression are valid on this machine, by name."""
    found = []
    for each in schedules:
        try:
            occurrences.within(each.trigger, after=each.updated_at, until=each.updated_at, limit=1)
            cron.zone(each.trigger.zone)
        except Invalid:
            continue
        found.append(each)
    return tuple(sorted(found, key=lambda each: each.name))


def windows(
    ref: model.StackRef,
    schedules: Sequence[model.Schedule],
    *,
    since: datetime,
    end: datetime,
) -> Windows:
    """Return what the windows among the schedules want in [since, end)."""
    found = []
    for each in schedules:
        trigger = each.trigger
        if not isinstance(trigger, triggers.WindowTrigger) or not wants.is_state(trigger):
            continue
        moved = spread.offset(each.id, ref, each.spread)
        first = wants.wish_at(trigger, since - moved)
        assert first is not None
        edges = [
            at + moved
            for at in wants.edges(trigger, after=since - moved, until=end - moved, limit=_MOST)
        ]
        later = wants.next_edge(trigger, after=end - moved)
        edges += [] if later is None else [later + moved]
        found.append(Line(each, each.updated_at, first, edges))
    return Windows(tuple(found))


def acts(
    ref: model.StackRef, schedule: model.Schedule, *, since: datetime, end: datetime
) -> list[Act]:
    """Return what it does in [since, end), ascending; nothing before its last change."""
    moved = spread.offset(schedule.id, ref, schedule.spread)
    after = max(since, schedule.updated_at) - moved - _TICK
    until = end - moved - _TICK
    if after >= until:
        return []
    trigger = schedule.trigger
    if isinstance(trigger, triggers.WindowTrigger):
        found = wants.acts(trigger, after=after, until=until, limit=_MOST)
        return [Act(at + moved, action, schedule, moved) for at, action in found]
    assert schedule.action is not None
    instants = occurrences.within(trigger, after=after, until=until, limit=_MOST)
    return [Act(at + moved, schedule.action, schedule, moved) for at in instants]


def last_edge(
    schedules: Iterable[model.Schedule], ref: model.StackRef, *, until: datetime
) -> datetime | None:
    """Return the newest edge up to `until` of the windows with two sides, if there is one."""
    found = []
    for each in schedules:
        trigger = each.trigger
        if isinstance(trigger, triggers.WindowTrigger) and wants.is_state(trigger):
            moved = spread.offset(each.id, ref, each.spread)
            edge = wants.last_edge(trigger, until=until - moved)
            found += [] if edge is None else [edge + moved]
    return max(found, default=None)


def note(act: Act) -> str:
    """Return what a clock change does to it, as a sentence; "" nearly always."""
    trigger, at = act.schedule.trigger, act.at - act.moved
    zone = cron.zone(trigger.zone)
    if not occurrences.changes(zone, after=at - _NEAR, until=at + _NEAR):
        return ""
    return explain.note(trigger, at)
