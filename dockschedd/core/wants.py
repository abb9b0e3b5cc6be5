"""What a window wants of its stacks: now, at each of its edges, and which action that is.

Windows that speak of one stack are put together here: awake wins. Pure; what a stack really is
like is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dockschedd.core import cron, instants, model, spread, triggers, windows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Desired:
    """The state that windows want of a stack, and the schedule that has the last word on it."""

    wish: triggers.Wish
    schedule: model.Schedule
    #: At least one window that wants it is enforced always.
    always: bool
    #: When the one that has the last word began to want it; None: it always did.
    since: datetime | None
    #: When it stops to want it; None: never.
    until: datetime | None

    @property
    def action(self) -> model.Action:
        """What brings a stack there."""
        assert isinstance(self.schedule.trigger, triggers.WindowTrigger)
        return action(self.schedule.trigger, self.wish)


def is_state(trigger: triggers.Trigger) -> bool:
    """Return whether it wants a state at every instant: a window with two sides.

    Raises Invalid when its expression is not valid.
    """
    return (
        isinstance(trigger, triggers.WindowTrigger)
        and not windows.parse(trigger.expression).one_sided
    )


def next_edge(trigger: triggers.WindowTrigger, *, after: datetime) -> datetime | None:
    """Return the first edge strictly later than `after`, in UTC, or None.

    Raises Invalid when its expression or zone is not valid.
    """
    less, more = _moved(trigger)
    edge = windows.next_edge(
        windows.parse(trigger.expression),
        after=after,
        zone=cron.zone(trigger.zone),
        less=less,
        more=more,
    )
    return None if edge is None else edge.at


def last_edge(trigger: triggers.WindowTrigger, *, until: datetime) -> datetime | None:
    """Return the newest edge up to `until`, in UTC, or None."""
    edge = _last(trigger, until)
    return None if edge is None else edge.at


def edges(
    trigger: triggers.WindowTrigger, *, after: datetime, until: datetime, limit: int
) -> tuple[datetime, ...]:
    """Return the first `limit` edges in (after, until], in UTC, ascending."""
    less, more = _moved(trigger)
    found = windows.edges(
        windows.parse(trigger.expression),
        after=after,
        until=until,
        zone=cron.zone(trigger.zone),
        limit=limit,
        less=less,
        more=more,
    )
    return tuple(edge.at for edge in found)


def acts(
    trigger: triggers.WindowTrigger, *, after: datetime, until: datetime, limit: int
) -> tuple[tuple[datetime, model.Action], ...]:
    """Return the first `limit` edges in (after, until], each with its action, ascending."""
    less, more = _moved(trigger)
    found = windows.edges(
        windows.parse(trigger.expression),
        after=after,
        until=until,
        zone=cron.zone(trigger.zone),
        limit=limit,
        less=less,
        more=more,
    )
    return tuple((edge.at, _at_edge(trigger, opens=edge.opens)) for edge in found)


def actions(trigger: triggers.WindowTrigger) -> tuple[model.Action, ...]:
    """Return the actions that its edges may have, each once."""
    window = windows.parse(trigger.expression)
    sides = sorted(set(window.marks.opens)) if window.one_sided else (False, True)
    return tuple(_at_edge(trigger, opens=opens) for opens in sides)


def note(trigger: triggers.WindowTrigger, at: datetime) -> str:
    """Return what a clock change does to its edge at `at`, as a sentence; "" nearly always."""
    edge = _last(trigger, at)
    assert edge is not None
    less, more = _moved(trigger)
    zone = cron.zone(trigger.zone)
    return windows.note(windows.parse(trigger.expression), edge, zone, less=less, more=more)


def wish_at(trigger: triggers.WindowTrigger, at: datetime) -> triggers.Wish | None:
    """Return what it wants at that instant; of one with one side, what its newest edge wanted.

    None: one with one side has had no edge yet.
    """
    window = windows.parse(trigger.expression)
    if window.one_sided:
        edge = _last(trigger, at)
        if edge is None:
            return None
        inside = edge.opens
    else:
        less, more = _moved(trigger)
        inside = windows.inside(window, at, cron.zone(trigger.zone), less=less, more=more)
    return trigger.wants if inside else opposite(trigger.wants)


def opposite(wish: triggers.Wish) -> triggers.Wish:
    """Return the other one of the two."""
    return _OPPOSITE[wish]


def action(trigger: triggers.WindowTrigger, wish: triggers.Wish) -> model.Action:
    """Return what brings a stack where the window wants it."""
    if wish is triggers.Wish.AWAKE:
        return model.Action.START
    by = {triggers.SleepBy.STOP: model.Action.STOP, triggers.SleepBy.PAUSE: model.Action.PAUSE}
    return by[trigger.sleep_by]


def options(schedule: model.Schedule, does: model.Action) -> model.RunOptions:
    """Return the options of a run of the schedule: a window remembers what it puts to sleep."""
    if isinstance(schedule.trigger, triggers.WindowTrigger) and does is not model.Action.START:
        return replace(schedule.options, remember=True)
    return schedule.options


def overruled(
    schedule: model.Schedule,
    ref: model.StackRef,
    others: Iterable[model.Schedule],
    *,
    at: datetime,
) -> str | None:
    """Return why an edge at `at` does not put the stack to sleep: another window wants it awake.

    None where nothing does, and for what is no window. `at` is the edge with its spread.
    """
    trigger = schedule.trigger
    if not isinstance(trigger, triggers.WindowTrigger):
        return None
    planned = at - spread.offset(schedule.id, ref, schedule.spread)
    if wish_at(trigger, planned) is not triggers.Wish.ASLEEP:
        return None
    found = desired((each for each in others if each.id != schedule.id), ref, at)
    if found is None or found.wish is not triggers.Wish.AWAKE:
        return None
    return awake_wins(found)


def awake_wins(found: Desired) -> str:
    """Return that it is wanted awake, and what follows for an edge that puts it to sleep."""
    return f"schedule `{found.schedule.name}` wants it awake{until(found)}: awake wins"


def until(found: Desired) -> str:
    """Return until when it is wanted, to be read after what is: ` until 08:00 on …`, or ""."""
    if found.until is None:
        return ""
    zone = found.schedule.trigger.zone
    shown = instants.wall(found.until, cron.zone(zone))
    return f" until {instants.clock(shown)} on {instants.date(shown)}, {zone}"


def desired(
    schedules: Iterable[model.Schedule], ref: model.StackRef, at: datetime
) -> Desired | None:
    """Return what the windows among the schedules of the stack want of it at that instant.

    Awake wins; of those that agree, the one that wants it longest. None: none has an opinion.
    Windows with one side have none: their edges are mere actions.
    """
    opinions = (
        opinion
        for schedule in schedules
        if schedule.enabled and (opinion := _opinion(schedule, ref, at)) is not None
    )
    return together(opinions, at)


def together(each_wants: Iterable[Desired], at: datetime) -> Desired | None:
    """Return what windows want together of which each wants that at that instant, as `desired`."""
    opinions = tuple(each_wants)
    awake = [each for each in opinions if each.wish is triggers.Wish.AWAKE]
    agreeing = awake or opinions
    if not agreeing:
        return None
    last = max(agreeing, key=lambda each: (each.until is None, each.until or at))
    return Desired(
        wish=last.wish,
        schedule=last.schedule,
        always=any(each.always for each in agreeing),
        since=last.since,
        until=last.until,
    )


def next_change(
    schedules: Iterable[model.Schedule], ref: model.StackRef, *, after: datetime
) -> datetime | None:
    """Return the first instant after `after` at which `desired` may become another, or None."""
    found = []
    for schedule in schedules:
        trigger = schedule.trigger
        if schedule.enabled and isinstance(trigger, triggers.WindowTrigger) and is_state(trigger):
            moved = spread.offset(schedule.id, ref, schedule.spread)
            edge = next_edge(trigger, after=after - moved)
            found += [] if edge is None else [edge + moved]
    return min(found, default=None)


def _opinion(schedule: model.Schedule, ref: model.StackRef, at: datetime) -> Desired | None:
    trigger = schedule.trigger
    if not isinstance(trigger, triggers.WindowTrigger) or not is_state(trigger):
        return None
    moved = spread.offset(schedule.id, ref, schedule.spread)
    wish = wish_at(trigger, at - moved)
    assert wish is not None
    since = last_edge(trigger, until=at - moved)
    end = next_edge(trigger, after=at - moved)
    return Desired(
        wish=wish,
        schedule=schedule,
        always=trigger.enforce is triggers.Enforce.ALWAYS,
        since=None if since is None else since + moved,
        until=None if end is None else end + moved,
    )


_OPPOSITE = {
    triggers.Wish.AWAKE: triggers.Wish.ASLEEP,
    triggers.Wish.ASLEEP: triggers.Wish.AWAKE,
}


def _at_edge(trigger: triggers.WindowTrigger, *, opens: bool) -> model.Action:
    return action(trigger, trigger.wants if opens else opposite(trigger.wants))


def _last(trigger: triggers.WindowTrigger, until: datetime) -> windows.Edge | None:
    less, more = _moved(trigger)
    return windows.last_edge(
        windows.parse(trigger.expression),
        until=until,
        zone=cron.zone(trigger.zone),
        less=less,
        more=more,
    )


def _moved(trigger: triggers.WindowTrigger) -> tuple[frozenset[date], frozenset[date]]:
    """Return the dates that calendars take out of the window, and those that they add to it."""
    dates = frozenset(day for each in trigger.also_asleep for day in each.dates)
    awake = trigger.wants is triggers.Wish.AWAKE
    # With one side there is nothing to lengthen: a date only leaves out the edge that wakes.
    return (dates, frozenset()) if awake else (frozenset(), dates)
