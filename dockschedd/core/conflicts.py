"""Schedules that contradict each other, each with the instants that show it.

Every conflict can be checked again from its witness alone, is the same whichever of the two is
looked at first, and does not go away when schedules of other stacks are added. What is only
worth knowing is a notice. Looks at what is planned, never at what has happened.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import timedelta
from itertools import combinations, product
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dockschedd.core import (
    cron,
    explain,
    findings,
    model,
    occurrences,
    parties,
    requirement_conflicts,
    window_conflicts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from dockschedd.core import days_off

#: How long an action takes where the history does not tell.
UNKNOWN_DURATION: Final = timedelta(seconds=60)

_NONE_OFF: Final[Mapping[str, days_off.DaysOff]] = MappingProxyType({})
#: What is wrong where a stack is asleep.
NEEDS_AWAKE: Final = frozenset({model.Action.RESTART, model.Action.PAUSE})


def find(
    meant: Iterable[parties.Party],
    *,
    looking_at: Sequence[parties.Span],
    expected: Callable[[model.StackRef, model.Action], timedelta],
    about: str | None = None,
    requirements: Iterable[tuple[model.StackRef, model.StackRef]] = (),
    days_off: Mapping[str, days_off.DaysOff] = _NONE_OFF,
) -> tuple[findings.Finding, ...]:
    """Return all conflicts and notices, conflicts first, then by instant and names.

    `expected` tells how long an action takes on a stack; of `requirements` the first stack needs
    the second; on the `days_off` of a host nothing is done to its stacks. With `about`, only those
    of which the schedule of that name is part.
    """
    look = parties.Look(looking_at, expected, days_off)
    everyone = sorted(meant, key=lambda party: party.name)
    found: list[findings.Finding] = []
    for stack, group in sorted(_by_stack(everyone, about).items()):
        found += _on_stack(look, stack, group, about)
    found += requirement_conflicts.find(look, everyone, about=about, requirements=requirements)
    for party in everyone:
        if about in (None, party.name):
            found += _moved(look, party)
    return tuple(sorted(found, key=lambda f: (f.is_notice, f.witness, str(f.stack), f.kind)))


def opposite(one: model.Action, other: model.Action) -> bool:
    """Return whether one of the actions undoes the other."""
    return (one in parties.UP) != (other in parties.UP)


def _by_stack(
    everyone: Sequence[parties.Party], about: str | None
) -> Mapping[model.StackRef, tuple[parties.Party, ...]]:
    meant = None if about is None else {s for p in everyone if p.name == about for s in p.stacks}
    groups: dict[model.StackRef, list[parties.Party]] = defaultdict(list)
    for party in everyone:
        for stack in party.stacks if meant is None else party.stacks & meant:
            groups[stack].append(party)
    return {stack: tuple(group) for stack, group in groups.items() if len(group) > 1}


def _on_stack(
    look: parties.Look, stack: model.StackRef, group: Sequence[parties.Party], about: str | None
) -> Iterator[findings.Finding]:
    doers = [doer for party in group for doer in party.doers()]
    states = [party for party in group if party.is_state()]
    for one, other in combinations(doers, 2):
        if one.party is other.party or about not in (None, one.party.name, other.party.name):
            continue
        if one.action is other.action:
            yield from _same(look, stack, one, other)
        elif opposite(one.action, other.action):
            yield from _opposite(look, stack, one, other)
    yield from window_conflicts.find(look, stack, doers, states, about=about)
    every = [doer for party in group for doer in party.edges()]
    for finding in _while_asleep(look, stack, doers, every, about):
        if about is None or about in finding.names():
            yield finding


def _while_asleep(
    look: parties.Look,
    stack: model.StackRef,
    doers: Sequence[parties.Doer],
    every: Sequence[parties.Doer],
    about: str | None,
) -> Iterator[findings.Finding]:
    """Yield what acts between a stop and the next start, which an edge may be as well."""
    sleepers = [doer for doer in doers if doer.action is model.Action.STOP]
    needy = [doer for doer in doers if doer.action in NEEDS_AWAKE]
    starts = [doer for doer in every if doer.action is model.Action.START]
    anyone = about is None or any(doer.party.name == about for doer in starts)
    for sleeper, doer in product(sleepers, needy) if starts else ():
        if not anyone and about not in (sleeper.party.name, doer.party.name):
            continue
        yield from _asleep(look, stack, doer, sleeper, starts)


# ---------------------------------------------------------------- one pair on one stack


def _opposite(
    look: parties.Look, stack: model.StackRef, one: parties.Doer, other: parties.Doer
) -> Iterator[findings.Finding]:
    takes_one, takes_other = look.takes(stack, one.action), look.takes(stack, other.action)
    pairs: list[tuple[findings.Point, ...]] = []
    count = 0
    for span in look.spans:
        theirs = look.times(other, span, on=stack)
        for at in look.times(one, span, on=stack)[: parties.MOST_OF_A_PAIR]:
            first, beyond = (
                bisect_right(theirs, at - takes_other),
                bisect_left(theirs, at + takes_one),
            )
            count += beyond - first
            if not pairs and first < beyond:
                pairs.append(findings.ordered(one.point(at), other.point(theirs[first])))
    if pairs:
        early, late = pairs[0]
        takes = look.takes(stack, early.action)
        yield findings.Finding(
            kind=findings.Kind.OPPOSITE,
            stack=stack,
            witness=(early, late),
            count=min(count, findings.MOST_COUNTED),
            text=findings.contradiction(
                stack, early, late, takes=takes, zone=_zone_of(early, one, other)
            ),
        )


def _same(
    look: parties.Look, stack: model.StackRef, one: parties.Doer, other: parties.Doer
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
        when = findings.shown(shared[0], one.party.trigger.zone)
        names = f"`{one.party.name}` and `{other.party.name}`"
        yield findings.Finding(
            kind=findings.Kind.SAME,
            stack=stack,
            witness=findings.ordered(one.point(shared[0]), other.point(shared[0])),
            count=min(len(shared), findings.MOST_COUNTED),
            text=f"{names} both {one.action} `{stack}` at {when}",
        )


def _asleep(
    look: parties.Look,
    stack: model.StackRef,
    doer: parties.Doer,
    sleeper: parties.Doer,
    starts: Sequence[parties.Doer],
) -> Iterator[findings.Finding]:
    """Yield that the party acts between a stop of the sleeper and the next start, if it does."""
    shown: findings.Finding | None = None
    count = 0
    following: findings.Point | None = None
    for span in look.spans:
        stops = look.times(sleeper, span, on=stack, back=parties.LOOK_BACK)
        wakes = look.all_times(starts, span, on=stack, back=parties.LOOK_BACK)
        for at in look.times(doer, span, on=stack)[: parties.MOST_OF_A_PAIR]:
            place = bisect_left(stops, at)
            if not place:
                continue
            stopped = stops[place - 1]
            clash = opposite(doer.action, sleeper.action)
            if clash and at - stopped < look.takes(stack, sleeper.action):
                continue
            later = bisect_right(wakes, stopped)
            if later < len(wakes) and wakes[later] <= at:
                continue
            # What follows an earlier instant follows this one, too, as long as it is later.
            if bisect_right(wakes, at) == len(wakes) and (following is None or following.at <= at):
                following = _next(starts, stack, at)
                if following is None:
                    break
            count += 1
            if shown is None and (woken := _next(starts, stack, at)) is not None:
                witness = (sleeper.point(stopped), doer.point(at), woken)
                shown = findings.Finding(
                    kind=findings.Kind.ASLEEP,
                    stack=stack,
                    witness=witness,
                    count=1,
                    text=findings.while_asleep(stack, *witness, zone=doer.party.trigger.zone),
                )
    if shown is not None:
        yield findings.Finding(
            kind=shown.kind,
            stack=stack,
            witness=shown.witness,
            count=min(count, findings.MOST_COUNTED),
            text=shown.text,
        )


def _moved(look: parties.Look, party: parties.Party) -> Iterator[findings.Finding]:
    zone = cron.zone(party.trigger.zone)
    moved = []
    for span in look.spans:
        for change in occurrences.changes(zone, after=span.after, until=span.until):
            opens, closes = occurrences.around(change, zone)
            times = look.planned(party, span)
            near = times[bisect_right(times, opens) : bisect_right(times, closes)]
            moved += [(at, note) for at in near if (note := explain.note(party.trigger, at))]
    if moved:
        at, note = min(moved)
        yield findings.Finding(
            kind=findings.Kind.MOVED,
            stack=None,
            witness=(_doing(party, at).point(at),),
            count=len({at for at, _ in moved}),
            text=f"`{party.name}`: {note}",
        )


def _next(
    doers: Iterable[parties.Doer], stack: model.StackRef, at: datetime
) -> findings.Point | None:
    """Return the first occurrence of any of them on the stack after `at`."""
    found = ((doer, doer.next_on(stack, after=at)) for doer in doers)
    return min((doer.point(first) for doer, first in found if first is not None), default=None)


def _doing(party: parties.Party, at: datetime) -> parties.Doer:
    """Return the doer whose planned instant `at` is."""
    return next(doer for doer in party.edges() if doer.acts_at(at))


def _zone_of(point: findings.Point, *doers: parties.Doer) -> str:
    return next(d.party.trigger.zone for d in doers if d.party.name == point.schedule)
