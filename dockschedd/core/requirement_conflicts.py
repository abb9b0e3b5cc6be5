"""Conflicts between stacks: one is planned to be asleep while one that requires it is awake.

What a stack is planned to be: what its windows want, where it has some (awake wins); else what
the last of its planned actions makes it. Before the first of them it is not known.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dockschedd.core import findings, model, parties, triggers, window_conflicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

_DECIDES = frozenset(model.Action) - {model.Action.RESTART}


@dataclass(frozen=True, slots=True)
class _Maker:
    """Who makes a stack what it is planned to be, and the occurrence that shows it."""

    party: parties.Party
    point: findings.Point


@dataclass(frozen=True, slots=True)
class _Planned:
    """What is planned for one stack in one span."""

    windows: tuple[tuple[parties.Party, parties.State], ...]
    #: Of a stack without windows: (instant, name, doer), ascending.
    actions: Sequence[tuple[datetime, str, parties.Doer]]
    _when: Sequence[datetime] = field(repr=False)

    def changes(self) -> Iterator[datetime]:
        """Yield the instants at which it may become another."""
        for _, state in self.windows:
            yield from state.edges
        yield from self._when

    def makers(self, at: datetime, wish: triggers.Wish) -> tuple[_Maker, ...]:
        """Return who makes it so at that instant; empty where it is not so, or not known."""
        if self.windows:
            awake = [each for each in self.windows if each[1].at(at) is triggers.Wish.AWAKE]
            if wish is triggers.Wish.AWAKE:
                return tuple(_window(*each, at) for each in awake)
            return () if awake else tuple(_window(*each, at) for each in self.windows)
        place = bisect_right(self._when, at)
        if not place:
            return ()
        newest = self._when[place - 1]
        first = bisect_left(self._when, newest)
        last = [doer for _, _, doer in self.actions[first:place]]
        agreeing = [doer for doer in last if window_conflicts.wish_of(doer.action) is wish]
        if wish is triggers.Wish.ASLEEP and len(agreeing) < len(last):
            return ()
        return tuple(_Maker(doer.party, doer.point(newest)) for doer in agreeing)


def _window(party: parties.Party, state: parties.State, at: datetime) -> _Maker:
    return _Maker(party, window_conflicts.points(party, state.period(at))[0])


def find(
    look: parties.Look,
    everyone: Sequence[parties.Party],
    *,
    about: str | None,
    requirements: Iterable[tuple[model.StackRef, model.StackRef]],
) -> Iterator[findings.Finding]:
    """Yield for each requirement the pairs of schedules that contradict it.

    Of each pair in `requirements` the first stack needs the second. With `about`, only those of
    which the schedule of that name is part.
    """
    groups: Mapping[model.StackRef, list[parties.Party]] = defaultdict(list)
    for party in everyone:
        for stack in party.stacks:
            groups[stack].append(party)
    for needs, needed in sorted(set(requirements)):
        group = {party.name for stack in (needs, needed) for party in groups.get(stack, ())}
        if needs != needed and (about is None or about in group):
            yield from _between(look, needs, needed, groups, about)


def _between(
    look: parties.Look,
    needs: model.StackRef,
    needed: model.StackRef,
    groups: Mapping[model.StackRef, Sequence[parties.Party]],
    about: str | None,
) -> Iterator[findings.Finding]:
    shown: dict[tuple[str, str], tuple[_Maker, _Maker, datetime]] = {}
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for span in look.spans:
        above = _planned(look, span, needs, groups.get(needs, ()))
        below = _planned(look, span, needed, groups.get(needed, ()))
        before: set[tuple[str, str]] = set()
        for at in sorted({span.after, *above.changes(), *below.changes()}):
            if at < span.after:
                continue
            asleep = below.makers(at, triggers.Wish.ASLEEP)
            awake = above.makers(at, triggers.Wish.AWAKE) if asleep else ()
            now = {
                (one.party.name, other.party.name): (one, other, at)
                for one in awake
                for other in asleep
                if one.party is not other.party
                and about in (None, one.party.name, other.party.name)
            }
            for pair in now.keys() - before:
                shown.setdefault(pair, now[pair])
                counts[pair] += 1
            before = set(now)
    for pair, (one, other, at) in sorted(shown.items(), key=lambda item: item[0]):
        when = findings.shown(at, other.party.trigger.zone)
        yield findings.Finding(
            kind=findings.Kind.REQUIRED,
            stack=needed,
            witness=findings.ordered(one.point, other.point),
            count=min(counts[pair], findings.MOST_COUNTED),
            text=findings.required(needs, pair[0], needed, pair[1], when=when),
        )


def _planned(
    look: parties.Look,
    span: parties.Span,
    stack: model.StackRef,
    group: Sequence[parties.Party],
) -> _Planned:
    states = tuple(
        (party, look.state(party, span, on=stack)) for party in group if party.is_state()
    )
    if states:
        return _Planned(states, (), ())
    actions = sorted(
        (
            (at, doer.party.name, doer)
            for party in group
            for doer in party.doers()
            if doer.action in _DECIDES
            for at in look.times(doer, span, on=stack, back=parties.LOOK_BACK)
        ),
        key=lambda each: each[:2],
    )
    return _Planned((), actions, [at for at, _, _ in actions])
