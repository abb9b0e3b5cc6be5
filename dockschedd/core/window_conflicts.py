"""Conflicts of windows: with an action that undoes what they want, and with each other.

A window with two sides wants one of two states at every instant. What wants the same is
harmless: a start at the edge that opens it, a stop at the edge that closes it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import combinations, product
from typing import TYPE_CHECKING

from dockschedd.core import findings, model, parties, triggers, wants

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime


def find(
    look: parties.Look,
    stack: model.StackRef,
    doers: Sequence[parties.Doer],
    states: Sequence[parties.Party],
    *,
    about: str | None,
) -> Iterator[findings.Finding]:
    """Yield the conflicts of windows on one stack: with each doer, and with each other.

    With `about`, only those of which the schedule of that name is part.
    """
    for doer, state in product(doers, states):
        if about in (None, doer.party.name, state.name):
            yield from _against(look, stack, doer, state)
    for first, second in combinations(states, 2):
        if about in (None, first.name, second.name):
            yield from _disagreement(look, stack, first, second)


def _against(
    look: parties.Look, stack: model.StackRef, doer: parties.Doer, window: parties.Party
) -> Iterator[findings.Finding]:
    """Yield that the doer acts while the window wants the opposite, or just before it will."""
    needs = wish_of(doer.action)
    takes = look.takes(stack, doer.action)
    clashes: list[datetime] = []
    periods: list[findings.Period] = []
    close: list[tuple[datetime, datetime]] = []
    for span in look.spans:
        times = look.times(doer, span, on=stack)
        state = look.state(window, span, on=stack)
        for wish, begin, end in state.periods(span.after):
            first = bisect_left(times, begin)
            beyond = len(times) if end is None else bisect_left(times, end)
            if wish is not needs:
                clashes += times[first:beyond]
                if clashes and not periods:
                    periods.append(state.period(clashes[0]))
            elif end is not None:
                late = max(first, bisect_right(times, end - takes))
                close += ((at, end) for at in times[late:beyond])
    zone = doer.party.trigger.zone
    if clashes:
        at = clashes[0]
        asleep = doer.action is model.Action.RESTART
        period = periods[0]
        point = doer.point(at)
        yield findings.Finding(
            kind=findings.Kind.ASLEEP if asleep else findings.Kind.AGAINST,
            stack=stack,
            witness=findings.ordered(point, *points(window, period)),
            count=min(len(clashes), findings.MOST_COUNTED),
            text=findings.against(stack, point, window.name, period, zone=zone),
        )
    if close:
        at, edge = close[0]
        early, late_point = doer.point(at), _edge_point(window, edge, wants.opposite(needs))
        yield findings.Finding(
            kind=findings.Kind.OPPOSITE,
            stack=stack,
            witness=(early, late_point),
            count=min(len(close), findings.MOST_COUNTED),
            text=findings.contradiction(stack, early, late_point, takes=takes, zone=zone),
        )


def _disagreement(
    look: parties.Look, stack: model.StackRef, one: parties.Party, other: parties.Party
) -> Iterator[findings.Finding]:
    """Yield that the windows want the opposite of each other, if they ever do."""
    begins: list[datetime] = []
    # Not by name: a schedule that is not saved yet may have the name of the other one.
    periods: list[findings.Period] = []
    for span in look.spans:
        first, second = look.state(one, span, on=stack), look.state(other, span, on=stack)
        differed = False
        for at in (span.after, *sorted({*first.edges, *second.edges})):
            differs = first.at(at) is not second.at(at)
            if differs and not differed:
                begins.append(at)
                if not periods:
                    periods = [first.period(at), second.period(at)]
            differed = differs
    if not begins:
        return
    by_wish = {
        period.wish: party.name for period, party in zip(periods, (one, other), strict=True)
    }
    both = findings.Period(
        wish=triggers.Wish.AWAKE,
        begin=max((period.begin for period in periods if period.begin), default=None),
        end=min((period.end for period in periods if period.end), default=None),
    )
    witness = (points(*pair)[0] for pair in zip((one, other), periods, strict=True))
    yield findings.Finding(
        kind=findings.Kind.DISAGREEMENT,
        stack=stack,
        witness=findings.ordered(*witness),
        count=min(len(begins), findings.MOST_COUNTED),
        text=findings.disagreement(
            stack,
            by_wish[triggers.Wish.AWAKE],
            by_wish[triggers.Wish.ASLEEP],
            both,
            zone=one.trigger.zone,
        ),
    )


def wish_of(action: model.Action) -> triggers.Wish:
    """Return in which state an action wants, or leaves, the stack."""
    return triggers.Wish.AWAKE if action in parties.UP else triggers.Wish.ASLEEP


def points(window: parties.Party, period: findings.Period) -> tuple[findings.Point, ...]:
    """Return the edges that bound the time; at least one, for a window always has one."""
    found = []
    if period.begin is not None:
        found.append(_edge_point(window, period.begin, period.wish))
    if period.end is not None:
        found.append(_edge_point(window, period.end, wants.opposite(period.wish)))
    return tuple(found)


def _edge_point(window: parties.Party, at: datetime, wish: triggers.Wish) -> findings.Point:
    assert isinstance(window.trigger, triggers.WindowTrigger)
    return findings.Point(at, window.name, wants.action(window.trigger, wish))
