"""What schedules make of one stack over some days: awake, asleep, or left as it is, and why.

Carries out on paper what is planned, in order of time, with everything that keeps schedules from
the stack: other windows (awake wins), holds, the freeze, days off. Says nothing of what really
happened, and nothing of a schedule before it was last changed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from dockschedd.core import holds, model, planned, stretches, triggers, wants

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: So long before the first day what is done counts for the state on it.
_BEFORE: Final = timedelta(days=8)
#: What comes more seldom than that is looked for so far back.
_LONG_BEFORE: Final = timedelta(days=366)
#: What one schedule does more often on one day is told as one.
MOST_A_DAY: Final = 8
#: More than these are not told of one stack.
MOST_TOLD: Final = 400
_LEAVES: Final = {
    model.Action.START: triggers.Wish.AWAKE,
    model.Action.UNPAUSE: triggers.Wish.AWAKE,
    model.Action.STOP: triggers.Wish.ASLEEP,
    model.Action.PAUSE: triggers.Wish.ASLEEP,
}
_HELD: Final = {
    holds.Wanted.UP: triggers.Wish.AWAKE,
    holds.Wanted.DOWN: triggers.Wish.ASLEEP,
}
_LET_IN: Final = "what kept schedules from it has ended"


class State(StrEnum):
    """How a stack is expected to be."""

    AWAKE = "awake"
    ASLEEP = "asleep"
    #: No schedule has decided that.
    ANY = "any"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The interval [begin, end) in which it is the same by the same."""

    begin: datetime
    end: datetime
    state: State
    #: The schedule that made it so; None: a hold, or nobody.
    by: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Something that a schedule does or would do."""

    at: datetime
    action: model.Action
    schedule: str
    #: False: something keeps it from being done.
    acts: bool
    #: Why it is not done, what a clock change does to it, or what lets it; "" nearly always.
    note: str = ""
    #: It comes so often up to `until`, on one day.
    times: int = 1
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """Everything about one stack."""

    ref: model.StackRef
    #: Without gaps, ascending.
    spans: tuple[Span, ...]
    #: By instant, then by name.
    marks: tuple[Mark, ...]
    blocks: tuple[stretches.Stretch, ...]
    #: More happens from then on than is told; None: all is told.
    told_until: datetime | None


class _Turn(IntEnum):
    """What comes first where several things come at one instant."""

    HELD = 0
    LET_IN = 1
    COUNTS = 2
    ACTS = 3


def course(
    ref: model.StackRef,
    schedules: Iterable[model.Schedule],
    blocks: holds.Blocks,
    *,
    days: Sequence[datetime],
) -> Course:
    """Return what the schedules, all of that stack, make of it from the first day to the last.

    `days`: the instants at which the days begin, and the one at which the last one ends. Disabled
    schedules do nothing, and neither does one whose zone has gone from this machine.
    """
    begin, end = days[0], days[-1]
    known = planned.readable(each for each in schedules if each.enabled)
    kept = stretches.find(blocks, ref, begin=begin - _BEFORE, end=end)
    walk = _Walk(ref, known, blocks, kept, begin=begin, end=end)
    walk.go()
    spans = _spans(walk.changes, begin=begin, end=end)
    marks = _folded(walk.marks, days)
    cut = [told[MOST_TOLD] for told in (_begins(spans), _begins(marks)) if len(told) > MOST_TOLD]
    told_until = min(cut, default=None)
    if told_until is not None:
        spans = tuple(each for each in spans if each.begin < told_until)
        spans = (*spans[:-1], replace(spans[-1], end=min(spans[-1].end, told_until)))
        marks = tuple(each for each in marks if each.at < told_until)
    return Course(
        ref=ref,
        spans=spans,
        marks=marks,
        blocks=tuple(
            replace(each, begin=max(each.begin, begin)) for each in kept.items if each.end > begin
        ),
        told_until=told_until,
    )


class _Walk:
    """One walk through everything that is planned for one stack."""

    def __init__(
        self,
        ref: model.StackRef,
        schedules: Sequence[model.Schedule],
        blocks: holds.Blocks,
        kept: stretches.Stretches,
        *,
        begin: datetime,
        end: datetime,
    ) -> None:
        self._ref, self._schedules, self._blocks, self._kept = ref, schedules, blocks, kept
        self._hold = blocks.holds.get(ref)
        self._since, self._begins, self._end = begin - _BEFORE, begin, end
        since = self._since
        self._windows = planned.windows(ref, schedules, since=since, end=end)
        #: When it becomes how, and by which schedule; ascending.
        self.changes: list[tuple[datetime, State, str | None]] = []
        #: From the first day on, in the order of their instants.
        self.marks: list[Mark] = []
        self._state: State = State.ANY
        self._by: str | None = None

    def go(self) -> None:
        """Walk."""
        turns: list[tuple[datetime, _Turn, str, planned.Act | None]] = []
        seldom = []
        for schedule in self._schedules:
            found = planned.acts(self._ref, schedule, since=self._since, end=self._end)
            turns += [(each.at, _Turn.ACTS, schedule.name, each) for each in found]
            early = (each.at for each in found if each.at < self._begins)
            if all(self._kept.at(at) is not None for at in early):
                seldom.append(schedule)
        turns += [
            (each.schedule.updated_at, _Turn.COUNTS, each.schedule.name, None)
            for each in self._windows
            if self._since < each.schedule.updated_at < self._end
        ]
        turns += [
            (at, _Turn.LET_IN, "", None)
            for at in self._kept.ends()
            if self._since < at < self._end
        ]
        if self._hold is not None and self._since < self._hold.since < self._end:
            turns.append((self._hold.since, _Turn.HELD, "", None))
        self._begin(seldom)
        turns.sort(key=lambda each: each[:3])
        for at, turn, name, act in turns:
            match turn:
                case _Turn.HELD:
                    self._held(at)
                case _Turn.LET_IN:
                    self._let_in(at)
                case _Turn.COUNTS:
                    if self._kept.at(at) is None:
                        self._settle(at)
                case _Turn.ACTS:
                    assert act is not None, name
                    self._act(act)

    def _begin(self, seldom: Iterable[model.Schedule]) -> None:
        """Find out how it is where the walk begins."""
        at = stretches.last_free(self._blocks, self._ref, until=self._since)
        counting = [each for each in self._schedules if each.updated_at <= at]
        decided = wants.desired(counting, self._ref, at)
        if decided is not None:
            self._state, self._by = State(decided.wish), decided.schedule.name
        if decided is None or not decided.always:
            after = planned.last_edge(counting, self._ref, until=at)
            begin = self._since - _LONG_BEFORE if after is None else after
            last = [
                found
                for each in seldom
                if not wants.is_state(each.trigger)
                and (found := self._last(each, since=begin, until=at)) is not None
            ]
            for act in sorted(last, key=lambda each: (each.at, each.schedule.name)):
                self._take(act)
        if self._hold is not None and holds.is_active(self._hold, self._since):
            self._state, self._by = State(_HELD[self._hold.wants]), None
        self.changes.append((self._since, self._state, self._by))

    def _last(
        self, schedule: model.Schedule, *, since: datetime, until: datetime
    ) -> planned.Act | None:
        """Return the last one of [since, until) that nothing kept away."""
        for back in (timedelta(days=1), _BEFORE, _LONG_BEFORE):
            begin = max(since, until - back)
            for act in reversed(planned.acts(self._ref, schedule, since=begin, end=until)):
                if self._blocks.cause(self._ref, at=act.at, now=act.at) is None:
                    return act
        return None

    def _held(self, at: datetime) -> None:
        assert self._hold is not None
        self._become(at, State(_HELD[self._hold.wants]), None)

    def _let_in(self, at: datetime) -> None:
        """Bring it where windows want it, if it is not there."""
        decided = self._windows.desired(at)
        if decided is None or State(decided.wish) is self._state or self._windows.turn_at(at):
            return
        name = decided.schedule.name
        self._mark(at, decided.action, name, acts=True, note=_LET_IN)
        self._become(at, State(decided.wish), name)

    def _settle(self, at: datetime) -> None:
        decided = self._windows.desired(at)
        if decided is not None:
            self._become(at, State(decided.wish), decided.schedule.name)

    def _act(self, act: planned.Act) -> None:
        """Carry it out, unless something is in its way."""
        at, schedule = act.at, act.schedule
        block = self._kept.at(at)
        why_not = block.text if block is not None else self._windows.overruled(act)
        note = why_not
        if note is None:
            note = planned.note(act) if at >= self._begins else ""
        self._mark(at, act.action, schedule.name, acts=why_not is None, note=note)
        if why_not is not None:
            return
        if wants.is_state(schedule.trigger):
            self._settle(at)
            return
        self._take(act)
        # Only they put right at once what an action has done.
        decided = self._windows.desired(at) if self._windows.has_always else None
        if decided is not None and decided.always:
            self._state, self._by = State(decided.wish), decided.schedule.name
        self._become(at, self._state, self._by)

    def _mark(
        self, at: datetime, action: model.Action, schedule: str, *, acts: bool, note: str
    ) -> None:
        if at >= self._begins:
            self.marks.append(
                Mark(at=at, until=at, action=action, schedule=schedule, acts=acts, note=note)
            )

    def _take(self, act: planned.Act) -> None:
        """Note what an action leaves behind."""
        if act.action is model.Action.RESTART:
            # Where nobody has decided, a restart does not either.
            if self._state is State.ASLEEP:
                self._state, self._by = State.AWAKE, act.schedule.name
            return
        self._state, self._by = State(_LEAVES[act.action]), act.schedule.name

    def _become(self, at: datetime, state: State, by: str | None) -> None:
        self._state, self._by = state, by
        if self.changes[-1][1:] == (state, by):
            return
        if self.changes[-1][0] == at:
            self.changes.pop()
        self.changes.append((at, state, by))


def _spans(
    changes: Sequence[tuple[datetime, State, str | None]], *, begin: datetime, end: datetime
) -> tuple[Span, ...]:
    found = []
    last = (end, State.ANY, None)
    for (at, state, by), (until, _, _) in pairwise((*changes, last)):
        if until > begin:
            found.append(Span(begin=max(at, begin), end=until, state=state, by=by))
    return tuple(found)


def _begins(told: Sequence[Span] | Sequence[Mark]) -> Sequence[datetime]:
    return [each.begin if isinstance(each, Span) else each.at for each in told]


def _folded(marks: Iterable[Mark], days: Sequence[datetime]) -> tuple[Mark, ...]:
    """Return them with what comes often on one day as one."""
    found: list[Mark] = []
    day = 0
    same: dict[tuple[object, ...], list[Mark]] = defaultdict(list)
    for each in marks:
        while each.at >= days[day + 1]:
            day += 1
        same[day, each.schedule, each.action, each.acts, each.note].append(each)
    for alike in same.values():
        if len(alike) <= MOST_A_DAY:
            found += alike
        else:
            found.append(replace(alike[0], times=len(alike), until=alike[-1].at))
    return tuple(sorted(found, key=lambda each: (each.at, each.schedule)))
