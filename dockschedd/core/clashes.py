"""At which instants of which days schedules contradict each other, for a picture of those days.

The same conflicts as those of core.conflicts, each with one instant for each day that has any.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dockschedd.core import conflicts, findings, parties

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from dockschedd.core import days_off, model

    _Key = tuple[model.StackRef, findings.Kind, frozenset[str]]

_NONE_OFF: Final[Mapping[str, days_off.DaysOff]] = MappingProxyType({})
_TICK: Final = timedelta.resolution
#: More conflicts than these are shown on their first day alone: nobody could tell them apart.
_MOST_DAILY: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """A conflict on one stack, and when it shows."""

    finding: findings.Finding
    #: One of each day on which it comes about, ascending; of very many conflicts the first alone.
    at: tuple[datetime, ...]


def find(
    meant: Collection[parties.Party],
    *,
    stacks: Collection[model.StackRef],
    days: Sequence[datetime],
    expected: Callable[[model.StackRef, model.Action], timedelta],
    requirements: Collection[tuple[model.StackRef, model.StackRef]] = (),
    off: Mapping[str, days_off.DaysOff] = _NONE_OFF,
) -> Mapping[model.StackRef, tuple[Clash, ...]]:
    """Return the conflicts of those of the stacks that have any, in the order of the finder.

    `days`: as those of core.week. For the rest see core.conflicts.
    """
    states = frozenset(party.name for party in meant if party.is_state())

    def found(
        begin: datetime, end: datetime, on: Collection[model.StackRef] | None
    ) -> dict[_Key, findings.Finding]:
        pairs = [pair for pair in requirements if on is None or pair[1] in on]
        every = conflicts.find(
            meant if on is None else _only(meant, {*on, *(above for above, _ in pairs)}),
            looking_at=(parties.Span(begin - _TICK, end - _TICK),),
            expected=expected,
            requirements=pairs,
            days_off=off,
        )
        known: dict[_Key, findings.Finding] = {}
        for each in every:
            if not each.is_notice and each.stack is not None and each.stack in stacks:
                known.setdefault((each.stack, each.kind, each.names()), each)
        return known

    whole = found(days[0], days[-1], None)
    times: dict[_Key, set[datetime]] = defaultdict(set)
    if 0 < len(whole) <= _MOST_DAILY:
        on = {stack for stack, _, _ in whole}
        for begin, end in pairwise(days):
            for key, each in found(begin, end, on).items():
                times[key].add(_shows(each, states, begin, end))
    clashes: dict[model.StackRef, list[Clash]] = defaultdict(list)
    for key, each in whole.items():
        # What begins on one day and shows on the next one is seen by neither alone.
        at = times[key] or {_shows(each, states, days[0], days[-1])}
        clashes[key[0]].append(Clash(finding=each, at=tuple(sorted(at))))
    return {stack: tuple(each) for stack, each in clashes.items()}


def _only(meant: Collection[parties.Party], on: Collection[model.StackRef]) -> list[parties.Party]:
    """Return the parties with those of their stacks alone."""
    return [
        replace(party, stacks=shared)
        for party in meant
        if (shared := party.stacks.intersection(on))
    ]


def _shows(
    found: findings.Finding, states: frozenset[str], begin: datetime, end: datetime
) -> datetime:
    """Return at which instant in [begin, end) it shows: where it lasts from before, the first."""
    points = found.witness
    match found.kind:
        case findings.Kind.ASLEEP | findings.Kind.AGAINST:
            # What is done, not the edges or actions around it.
            acted = [
                each
                for each in points
                if each.schedule not in states
                and (found.kind is findings.Kind.AGAINST or each.action in conflicts.NEEDS_AWAKE)
            ]
            at = (acted or list(points))[0].at
        case _:
            at = points[-1].at
    return at if begin <= at < end else begin
