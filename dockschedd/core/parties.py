"""Who is looked at for conflicts, and what each does and wants in a span of time.

A party is a schedule with its stacks. It has doers, which carry out one action each at planned
instants; a window with two sides is a state and has none. Instants are worked out once for one
search and shared.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.core import (
    cron,
    due,
    findings,
    instants,
    model,
    occurrences,
    spread,
    triggers,
    wants,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from dockschedd.core import days_off

_SHORTEST: Final = timedelta(seconds=1)
_AROUND_CHANGE: Final = timedelta(days=1)
#: Clocks change within this time, where they change at all.
_NEXT_CHANGE: Final = timedelta(days=366)
#: Of one trigger in one span: more than a minute's cron has in 90 days.
_MOST_INSTANTS: Final = 150_000
#: So many edges in a row of a window with one side are searched for one of the other kind.
_MOST_EDGES: Final = 100
#: How long before a span an action is looked for that decides the state in it.
LOOK_BACK: Final = timedelta(days=8)
#: Of a pair no more instants of one than these are looked at in one span: what comes more often
#: than every four minutes repeats itself within days.
MOST_OF_A_PAIR: Final = 5000
#: What finds a stack awake, or wakes it.
UP: Final = frozenset({model.Action.START, model.Action.RESTART, model.Action.UNPAUSE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """A schedule, with the stacks that its selector matches."""

    id: str
    name: str
    trigger: triggers.Trigger
    #: None: a window.
    action: model.Action | None
    stacks: frozenset[model.StackRef]
    #: Nothing it would have done before counts.
    since: datetime
    #: Its occurrences are moved by up to this much, on each stack by its own offset.
    spread: timedelta = timedelta()

    def offset(self, stack: model.StackRef | None) -> timedelta:
        """Return by how much its occurrences are moved on the stack."""
        return spread.offset(self.id, stack, self.spread) if stack else timedelta()

    def is_state(self) -> bool:
        """Return whether it wants a state at every instant: a window with two sides."""
        return wants.is_state(self.trigger)

    def doers(self) -> tuple[Doer, ...]:
        """Return what it does by planned actions; a state has none."""
        return () if self.is_state() else self.edges()

    def edges(self) -> tuple[Doer, ...]:
        """Return what it does at its instants, those of a state among them."""
        if self.action is not None:
            return (Doer(self, self.action),)
        assert isinstance(self.trigger, triggers.WindowTrigger)
        return tuple(Doer(self, action) for action in wants.actions(self.trigger))


@dataclass(frozen=True, slots=True)
class Doer:
    """A party, at those of its instants at which it carries out that action."""

    party: Party
    action: model.Action

    def point(self, at: datetime) -> findings.Point:
        """Return its occurrence at that instant."""
        return findings.Point(at, self.party.name, self.action)

    def acts_at(self, at: datetime) -> bool:
        """Return whether it is this action that the party carries out at its instant `at`."""
        trigger = self.party.trigger
        if not isinstance(trigger, triggers.WindowTrigger):
            return True
        wish = wants.wish_at(trigger, at)
        return wish is not None and wants.action(trigger, wish) is self.action

    def next_on(self, stack: model.StackRef, *, after: datetime) -> datetime | None:
        """Return its first instant on the stack that is later; None: none is near."""
        offset = self.party.offset(stack)
        at: datetime | None = after - offset
        for _ in range(_MOST_EDGES):
            assert at is not None
            at = due.first_at(self.party.trigger, after=at)
            if at is None:
                return None
            if self.acts_at(at):
                return at + offset
        return None


@dataclass(frozen=True, slots=True)
class Span:
    """An interval (after, until] that is looked at."""

    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class State:
    """What a window wants of a stack in a span."""

    #: At the span's beginning.
    first: triggers.Wish
    #: At each of these instants it wants the opposite from then on; ascending.
    edges: Sequence[datetime]
    #: The last one before them, and the first one after them; None: there is none.
    before: datetime | None
    after: datetime | None

    def at(self, at: datetime) -> triggers.Wish:
        """Return what it wants at that instant of the span."""
        turned = bisect_right(self.edges, at) % 2
        return wants.opposite(self.first) if turned else self.first

    def period(self, at: datetime) -> findings.Period:
        """Return the time around that instant of the span in which it wants the same."""
        place = bisect_right(self.edges, at)
        begin = self.edges[place - 1] if place else self.before
        end = self.edges[place] if place < len(self.edges) else self.after
        return findings.Period(wish=self.at(at), begin=begin, end=end)

    def periods(
        self, begin: datetime
    ) -> Iterator[tuple[triggers.Wish, datetime, datetime | None]]:
        """Yield what it wants, from when to when, from the span's beginning to its end (None)."""
        wish = self.first
        for edge in self.edges:
            yield wish, begin, edge
            wish, begin = wants.opposite(wish), edge
        yield wish, begin, None


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that one search shares."""

    spans: Sequence[Span]
    expected: Callable[[model.StackRef, model.Action], timedelta]
    #: Host → its days off, on which nothing is done to its stacks.
    days_off: Mapping[str, days_off.DaysOff] = field(default_factory=dict)
    _known: dict[tuple[object, ...], Sequence[tuple[datetime, model.Action | None]]] = field(
        default_factory=dict
    )
    _times: dict[tuple[object, ...], Sequence[datetime]] = field(default_factory=dict)
    _states: dict[tuple[object, ...], State] = field(default_factory=dict)

    def times(
        self, doer: Doer, span: Span, *, on: model.StackRef | None, back: timedelta = timedelta()
    ) -> Sequence[datetime]:
        """Return the doer's instants in the span, and so long before it, ascending.

        On a stack they are those at which its runs begin.
        """
        party, after = doer.party, span.after - back
        off = None if on is None else self.days_off.get(on.host)
        key = (party.trigger, doer.action, span, after, party.offset(on), off and off.host)
        if key not in self._times:
            planned = self._planned(party, span, after, party.offset(on))
            self._times[key] = [
                at
                for at, action in planned
                if action in (None, doer.action) and not (off is not None and off.covers(at))
            ]
        found = self._times[key]
        return found if party.since <= after else found[bisect_left(found, party.since) :]

    def all_times(
        self, doers: Iterable[Doer], span: Span, *, on: model.StackRef, back: timedelta
    ) -> Sequence[datetime]:
        """Return the instants of all of them on the stack, ascending."""
        everyone = tuple(doers)
        key = (*((doer.party.name, doer.action) for doer in everyone), span, on)
        if key not in self._times:
            every = {at for each in everyone for at in self.times(each, span, on=on, back=back)}
            self._times[key] = sorted(every)
        return self._times[key]

    def planned(self, party: Party, span: Span) -> Sequence[datetime]:
        """Return the party's planned instants in the span, whatever it does, ascending."""
        found = self._planned(party, span, span.after, timedelta())
        return [at for at, _ in found if at >= party.since]

    def state(self, party: Party, span: Span, *, on: model.StackRef) -> State:
        """Return what the window wants of the stack in the span."""
        trigger, offset = party.trigger, party.offset(on)
        assert isinstance(trigger, triggers.WindowTrigger)
        key = (trigger, span, offset)
        if key not in self._states:
            first = wants.wish_at(trigger, span.after - offset)
            assert first is not None
            planned = self._planned(party, span, span.after, offset)
            before = wants.last_edge(trigger, until=span.after - offset)
            after = wants.next_edge(trigger, after=span.until - offset)
            self._states[key] = State(
                first,
                [at for at, _ in planned],
                before=None if before is None else before + offset,
                after=None if after is None else after + offset,
            )
        return self._states[key]

    def takes(self, stack: model.StackRef, action: model.Action) -> timedelta:
        """Return how long the action is expected to take."""
        return max(self.expected(stack, action), _SHORTEST)

    def _planned(
        self, party: Party, span: Span, after: datetime, offset: timedelta
    ) -> Sequence[tuple[datetime, model.Action | None]]:
        """Return the instants in (after, the span's end], moved; with the actions of a window."""
        trigger = party.trigger
        # The edges of a window are asked for with and without those before the span.
        begin = span.after - LOOK_BACK if party.action is None else after
        key = (trigger, span, begin, offset)
        if key not in self._known:
            interval = {"after": begin - offset, "until": span.until - offset}
            if isinstance(trigger, triggers.WindowTrigger):
                acts = wants.acts(trigger, **interval, limit=_MOST_INSTANTS)
                self._known[key] = [(at + offset, action) for at, action in acts]
            else:
                planned = occurrences.within(trigger, **interval, limit=_MOST_INSTANTS)
                self._known[key] = [(at + offset, None) for at in planned]
        found = self._known[key]
        if begin == after:
            return found
        return found[bisect_right(found, after, key=lambda each: each[0]) :]


def spans(now: datetime, *, horizon: timedelta, zones: Iterable[str]) -> tuple[Span, ...]:
    """Return what to look at: the horizon, and a day around each zone's next clock change."""
    end = now + horizon
    found = [Span(now, end)]
    changes = (
        instants.first_change(now, now + _NEXT_CHANGE, cron.zone(name)) for name in set(zones)
    )
    for change in sorted(change for change in changes if change is not None):
        last = found[-1]
        if change - _AROUND_CHANGE <= last.until:
            found[-1] = Span(last.after, max(last.until, change + _AROUND_CHANGE))
        else:
            found.append(Span(change - _AROUND_CHANGE, change + _AROUND_CHANGE))
    return tuple(found)
