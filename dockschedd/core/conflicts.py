"""Schedules that contradict each other, each with the instants that show it.

Every conflict can be checked again from its witness alone, is the same whichever of the two is
looked at first, and does not go away when schedules of other stacks are added. What is only
worth knowing is a notice. Looks at what is planned, never at what has happened.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations, product
from typing import TYPE_CHECKING, Final

from dockschedd.core import (
    cron,
    due,
    explain,
    findings,
    instants,
    model,
    occurrences,
    spread,
    triggers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

#: How long an action takes where the history does not tell.
UNKNOWN_DURATION: Final = timedelta(seconds=60)
_SHORTEST: Final = timedelta(seconds=1)
#: How long before a span a stop is looked for that keeps a stack asleep in it.
_LOOK_BACK: Final = timedelta(days=8)
_AROUND_CHANGE: Final = timedelta(days=1)
#: Clocks change within this time, where they change at all.
_NEXT_CHANGE: Final = timedelta(days=366)
#: Of a pair no more instants of one than these are looked at in one span: what comes more often
#: than every four minutes repeats itself within days.
_MOST_OF_A_PAIR: Final = 5000
#: A pair is not counted further than this.
MOST_COUNTED: Final = 1000
#: Of one trigger in one span: more than a minute's cron has in 90 days.
_MOST_INSTANTS: Final = 150_000

_UP: Final = frozenset({model.Action.START, model.Action.RESTART, model.Action.UNPAUSE})
_NEEDS_AWAKE: Final = frozenset({model.Action.RESTART, model.Action.PAUSE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """A schedule, with the stacks that its selector matches."""

    id: str
    name: str
    trigger: triggers.Trigger
    action: model.Action
    stacks: frozenset[model.StackRef]
    #: Nothing it would have done before counts.
    since: datetime
    #: Its occurrences are moved by up to this much, on each stack by its own offset.
    spread: timedelta = timedelta()

    def offset(self, stack: model.StackRef | None) -> timedelta:
        """Return by how much its occurrences are moved on the stack."""
        return spread.offset(self.id, stack, self.spread) if stack else timedelta()


@dataclass(frozen=True, slots=True)
class Span:
    """An interval (after, until] that is looked at."""

    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Look:
    """Everything that one search shares."""

    spans: Sequence[Span]
    expected: Callable[[model.StackRef, model.Action], timedelta]
    known: dict[tuple[object, ...], Sequence[datetime]] = field(default_factory=dict)

    def times(
        self,
        party: Party,
        span: Span,
        *,
        on: model.StackRef | None = None,
        back: timedelta = timedelta(),
    ) -> Sequence[datetime]:
        """Return the party's instants in the span, and so long before it.

        On a stack they are those at which its runs begin.
        """
        after, offset = span.after - back, party.offset(on)
        key = (party.trigger, span, after, offset)
        if key not in self.known:
            planned = occurrences.within(
                party.trigger,
                after=after - offset,
                until=span.until - offset,
                limit=_MOST_INSTANTS,
            )
            self.known[key] = [at + offset for at in planned] if offset else planned
        found = self.known[key]
        return found if party.since <= after else found[bisect_left(found, party.since) :]

    def all_times(
        self, parties: Iterable[Party], span: Span, *, on: model.StackRef, back: timedelta
    ) -> Sequence[datetime]:
        """Return the instants of all of them on the stack, ascending."""
        everyone = tuple(parties)
        key = (*(party.name for party in everyone), span, on)
        if key not in self.known:
            every = {at for each in everyone for at in self.times(each, span, on=on, back=back)}
            self.known[key] = sorted(every)
        return self.known[key]

    def takes(self, stack: model.StackRef, action: model.Action) -> timedelta:
        """Return how long the action is expected to take."""
        return max(self.expected(stack, action), _SHORTEST)


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


def find(
    parties: Iterable[Party],
    *,
    looking_at: Sequence[Span],
    expected: Callable[[model.StackRef, model.Action], timedelta],
    about: str | None = None,
) -> tuple[findings.Finding, ...]:
    """Return all conflicts and notices, conflicts first, then by instant and names.

    `expected` tells how long an action takes on a stack. With `about`, only those of which the
    schedule of that name is part.
    """
    look = _Look(looking_at, expected)
    everyone = sorted(parties, key=lambda party: party.name)
    found: list[findings.Finding] = []
    for stack, group in sorted(_by_stack(everyone, about).items()):
        found += _on_stack(look, stack, group, about)
    for party in everyone:
        if about in (None, party.name):
            found += _moved(look, party)
    return tuple(sorted(found, key=lambda f: (f.is_notice, f.witness, str(f.stack), f.kind)))


def opposite(one: model.Action, other: model.Action) -> bool:
    """Return whether one of the actions undoes the other."""
    return (one in _UP) != (other in _UP)


def _by_stack(
    parties: Sequence[Party], about: str | None
) -> Mapping[model.StackRef, tuple[Party, ...]]:
    meant = None if about is None else {s for p in parties if p.name == about for s in p.stacks}
    groups: dict[model.StackRef, list[Party]] = defaultdict(list)
    for party in parties:
        for stack in party.stacks if meant is None else party.stacks & meant:
            groups[stack].append(party)
    return {stack: tuple(group) for stack, group in groups.items() if len(group) > 1}


def _on_stack(
    look: _Look, stack: model.StackRef, group: Sequence[Party], about: str | None
) -> Iterator[findings.Finding]:
    for one, other in combinations(group, 2):
        if about not in (None, one.name, other.name):
            continue
        if one.action is other.action:
            yield from _same(look, stack, one, other)
        elif opposite(one.action, other.action):
            yield from _opposite(look, stack, one, other)
    sleepers = [party for party in group if party.action is model.Action.STOP]
    starts = [party for party in group if party.action is model.Action.START]
    needy = [party for party in group if party.action in _NEEDS_AWAKE]
    for sleeper, party in product(sleepers, needy) if starts else ():
        for finding in _asleep(look, stack, party, sleeper, starts):
            if about is None or about in finding.names():
                yield finding


# ---------------------------------------------------------------- one pair on one stack


def _opposite(
    look: _Look, stack: model.StackRef, one: Party, other: Party
) -> Iterator[findings.Finding]:
    takes_one, takes_other = look.takes(stack, one.action), look.takes(stack, other.action)
    pairs: list[tuple[findings.Point, findings.Point]] = []
    count = 0
    for span in look.spans:
        theirs = look.times(other, span, on=stack)
        for at in look.times(one, span, on=stack)[:_MOST_OF_A_PAIR]:
            first, beyond = (
                bisect_right(theirs, at - takes_other),
                bisect_left(theirs, at + takes_one),
            )
            count += beyond - first
            if not pairs and first < beyond:
                pairs.append(_ordered(_point(one, at), _point(other, theirs[first])))
    count = min(count, MOST_COUNTED)
    if pairs:
        early, late = pairs[0]
        takes = look.takes(stack, early.action)
        yield findings.Finding(
            kind=findings.Kind.OPPOSITE,
            stack=stack,
            witness=(early, late),
            count=count,
            text=findings.contradiction(
                stack, early, late, takes=takes, zone=_zone_of(early, one, other)
            ),
        )


def _same(
    look: _Look, stack: model.StackRef, one: Party, other: Party
) -> Iterator[findings.Finding]:
    shared = sorted(
        {
            at
            for span in look.spans
            for at in set(look.times(one, span, on=stack)).intersection(
                look.times(other, span, on=stack)
            )
        }
    )
    if shared:
        when = findings.shown(shared[0], one.trigger.zone)
        yield findings.Finding(
            kind=findings.Kind.SAME,
            stack=stack,
            witness=_ordered(_point(one, shared[0]), _point(other, shared[0])),
            count=min(len(shared), MOST_COUNTED),
            text=f"`{one.name}` and `{other.name}` both {one.action} `{stack}` at {when}",
        )


def _asleep(
    look: _Look, stack: model.StackRef, party: Party, sleeper: Party, starts: Sequence[Party]
) -> Iterator[findings.Finding]:
    """Yield that the party acts between a stop of the sleeper and the next start, if it does."""
    shown: findings.Finding | None = None
    count = 0
    for span in look.spans:
        stops = look.times(sleeper, span, on=stack, back=_LOOK_BACK)
        wakes = look.all_times(starts, span, on=stack, back=_LOOK_BACK)
        for at in look.times(party, span, on=stack)[:_MOST_OF_A_PAIR]:
            place = bisect_left(stops, at)
            if not place:
                continue
            stopped = stops[place - 1]
            clash = opposite(party.action, sleeper.action)
            if clash and at - stopped < look.takes(stack, sleeper.action):
                continue
            later = bisect_right(wakes, stopped)
            if later < len(wakes) and wakes[later] <= at:
                continue
            if bisect_right(wakes, at) == len(wakes) and _next(starts, stack, at) is None:
                break
            count += 1
            if shown is None and (woken := _next(starts, stack, at)) is not None:
                witness = (_point(sleeper, stopped), _point(party, at), woken)
                shown = findings.Finding(
                    kind=findings.Kind.ASLEEP,
                    stack=stack,
                    witness=witness,
                    count=1,
                    text=findings.while_asleep(stack, *witness, zone=party.trigger.zone),
                )
    if shown is not None:
        yield findings.Finding(
            kind=shown.kind,
            stack=stack,
            witness=shown.witness,
            count=min(count, MOST_COUNTED),
            text=shown.text,
        )


def _moved(look: _Look, party: Party) -> Iterator[findings.Finding]:
    zone = cron.zone(party.trigger.zone)
    moved = []
    for span in look.spans:
        for change in occurrences.changes(zone, after=span.after, until=span.until):
            opens, closes = occurrences.around(change, zone)
            times = look.times(party, span)
            near = times[bisect_right(times, opens) : bisect_right(times, closes)]
            moved += [(at, note) for at in near if (note := explain.note(party.trigger, at))]
    if moved:
        at, note = min(moved)
        yield findings.Finding(
            kind=findings.Kind.MOVED,
            stack=None,
            witness=(_point(party, at),),
            count=len({at for at, _ in moved}),
            text=f"`{party.name}`: {note}",
        )


def _next(parties: Iterable[Party], stack: model.StackRef, at: datetime) -> findings.Point | None:
    """Return the first occurrence of any of them on the stack after `at`."""
    found = []
    for party in parties:
        offset = party.offset(stack)
        first = due.first_at(party.trigger, after=at - offset)
        if first is not None:
            found.append(_point(party, first + offset))
    return min(found, default=None)


def _zone_of(point: findings.Point, *parties: Party) -> str:
    return next(party.trigger.zone for party in parties if party.name == point.schedule)


def _point(party: Party, at: datetime) -> findings.Point:
    return findings.Point(at, party.name, party.action)


def _ordered(one: findings.Point, other: findings.Point) -> tuple[findings.Point, findings.Point]:
    return (one, other) if one <= other else (other, one)
