"""Records occurrences with their runs, each once, in the transaction that it is given.

What is late is judged by the last words on its stack, which a survey finds first: their runs
are recorded before anything that they take the place of, the newest first, so that a crash in
the middle of a backlog leaves nothing that names a run that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dockschedd.core import (
    due,
    firing,
    fleet,
    fold,
    holds,
    model,
    permissions,
    runs,
    spread,
    triggers,
)
from dockschedd.daemon import requiring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import selectors

#: Schedules in one page of a survey.
PAGE = 1000
#: The schedules' owner that is no user: the administrator over the Unix socket.
LOCAL_USER = "local"


class Stale(Exception):
    """A schedule was changed since it was surveyed: what was found does not hold any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What was missed, as it has to be known before any of it is recorded."""

    last: Mapping[model.StackRef, fold.Last] = field(default_factory=dict)
    #: The occurrences that are the last words somewhere, newest first.
    words: tuple[tuple[model.Schedule, datetime], ...] = ()


class Recording:
    """Turns occurrences into rows."""

    def __init__(self, *, inventory: ports.Inventory, ids: ports.Ids) -> None:
        self._inventory = inventory
        self._ids = ids

    async def survey(self, unit: ports.Unit, *, now: datetime) -> Survey:
        """Return the last word of all due schedules, and of what is recorded, on each stack."""
        blocks = await unit.holds.blocks()
        words: dict[model.StackRef, list[fold.Word]] = {}
        said: dict[tuple[str, datetime], model.Schedule] = {}
        refusals: dict[str, str | None] = {}
        windows: dict[model.StackRef, Sequence[model.Schedule]] = {}
        oldest = now
        stacks_of = targets(self._inventory, await unit.groups.members())
        page = await unit.schedules.due(now, limit=PAGE)
        while page:
            for schedule in page:
                oldest = min(oldest, _next_of(schedule))
                if await self._refused(unit, schedule.owner, refusals) is not None:
                    continue
                here = stacks_of(schedule)
                around = await _windows(unit, schedule, here, windows)
                for target in here:
                    at = firing.newest(
                        schedule,
                        target.ref,
                        blocks=blocks,
                        now=now,
                        windows=around.get(target.ref, ()),
                    )
                    if at is not None and target.problem is None:
                        word = self._word(schedule, target.ref, at)
                        words.setdefault(target.ref, []).append(word)
                        said[schedule.id, at] = schedule
            page = await unit.schedules.due(now, limit=PAGE, after=page[-1])
        last = {}
        for ref, found in words.items():
            recorded = await unit.runs.last_words(ref, since=oldest - spread.LONGEST)
            # A word that a crash left recorded comes first: it has its id.
            last[ref] = fold.last([*map(_recorded, recorded), *found])
        keys = {
            (word.schedule_id, word.planned_at)
            for each in last.values()
            for word in (each.state, each.restart)
            if word is not None
        }
        ordered = sorted(said.keys() & keys, key=lambda key: (key[1], key[0]), reverse=True)
        return Survey(last=last, words=tuple((said[key], key[1]) for key in ordered))

    async def record_words(
        self,
        unit: ports.Unit,
        words: Sequence[tuple[model.Schedule, datetime]],
        survey: Survey,
        *,
        now: datetime,
        live_since: datetime,
    ) -> list[model.Run]:
        """Record those occurrences ahead of the others. Raises Stale."""
        decided = []
        for schedule, at in words:
            if await unit.schedules.get(schedule.id) != schedule:
                raise Stale
            ahead = replace(schedule, next_at=at)
            dues = due.due(ahead, now=now, live_since=live_since, limit=1)
            decided.append((schedule, dues))
        return await self._record(unit, decided, survey, now=now, live_since=live_since)

    async def record(
        self,
        unit: ports.Unit,
        decided: Sequence[tuple[model.Schedule, due.Dues]],
        survey: Survey,
        *,
        now: datetime,
        live_since: datetime,
    ) -> list[model.Run]:
        """Record what was decided and how far each schedule has got."""
        advanced = await unit.schedules.advance_all(
            [
                (schedule.id, _next_of(schedule), dues.next_at, dues.done)
                for schedule, dues in decided
            ]
        )
        ours = [each for each, is_ours in zip(decided, advanced, strict=True) if is_ours]
        return await self._record(unit, ours, survey, now=now, live_since=live_since)

    async def _record(
        self,
        unit: ports.Unit,
        decided: Sequence[tuple[model.Schedule, due.Dues]],
        survey: Survey,
        *,
        now: datetime,
        live_since: datetime,
    ) -> list[model.Run]:
        """Record occurrences and runs, each once: what was recorded before makes no run."""
        blocks = await unit.holds.blocks() if decided else holds.Blocks()
        refusals: dict[str, str | None] = {}
        windows: dict[model.StackRef, Sequence[model.Schedule]] = {}
        stacks_of = targets(self._inventory, await unit.groups.members() if decided else {})
        made: list[model.Run] = []
        recorded = iter(
            await unit.schedules.record_all(
                model.Occurrence(
                    schedule_id=schedule.id, planned_at=item.planned_at, recorded_at=now
                )
                for schedule, dues in decided
                for item in dues.items
            )
        )
        for schedule, dues in decided:
            why_not = await self._refused(unit, schedule.owner, refusals)
            found = stacks_of(schedule)
            made += firing.runs(
                schedule,
                [item for item in dues.items if next(recorded)],
                found=found,
                refusal=why_not,
                now=now,
                live_since=live_since,
                new_id=self._ids.new,
                blocks=blocks,
                last=survey.last,
                windows=await _windows(unit, schedule, found, windows),
            )
        whole = await self.arranged(unit, made, now)
        added = await unit.runs.add_all(whole)
        return [run for run, is_new in zip(whole, added, strict=True) if is_new]

    async def arranged(
        self, unit: ports.Unit, made: Sequence[model.Run], now: datetime
    ) -> tuple[model.Run, ...]:
        """Return the runs, in the order of what stacks need, with those that this adds."""
        return await requiring.arranged(
            unit, made, inventory=self._inventory, now=now, new_id=self._ids.new
        )

    def _word(self, schedule: model.Schedule, ref: model.StackRef, at: datetime) -> fold.Word:
        return fold.Word(
            at=at + spread.offset(schedule.id, ref, schedule.spread),
            action=due.action_at(schedule, at),
            run_id=self._ids.new(),
            schedule_id=schedule.id,
            planned_at=at,
            by=f"schedule `{schedule.name}`",
        )

    async def _refused(
        self, unit: ports.Unit, owner: str, known: dict[str, str | None]
    ) -> str | None:
        """Return why schedules of that owner may not act any more."""
        if owner not in known:
            known[owner] = await refusal(unit, owner)
        return known[owner]


def targets(
    inventory: ports.Inventory, groups: selectors.Groups
) -> Callable[[model.Schedule], tuple[firing.Target, ...]]:
    """Return what answers for many schedules with the stacks of this moment."""
    refs = inventory.refs()
    views = inventory.hosts()
    unseen = [view.name for view in views if view.seen_at is None]
    default_host = fleet.default_host(view.name for view in views)

    def found(schedule: model.Schedule) -> tuple[firing.Target, ...]:
        return firing.targets(
            schedule.selector, refs, default_host=default_host, unseen=unseen, groups=groups
        )

    return found


def _next_of(schedule: model.Schedule) -> datetime:
    assert schedule.next_at is not None
    return schedule.next_at


def _recorded(run: model.Run) -> fold.Word:
    named = f"schedule `{run.schedule_name}`" if run.schedule_id is not None else run.actor
    return fold.Word(
        at=runs.begins_at(run),
        action=run.action,
        run_id=run.id,
        schedule_id=run.schedule_id,
        planned_at=run.planned_at,
        by=named,
    )


async def _windows(
    unit: ports.Unit,
    schedule: model.Schedule,
    found: Sequence[firing.Target],
    known: dict[model.StackRef, Sequence[model.Schedule]],
) -> Mapping[model.StackRef, Sequence[model.Schedule]]:
    """Return the windows on the stacks that a window is about to act on."""
    if isinstance(schedule.trigger, triggers.WindowTrigger):
        for target in found:
            if target.ref not in known:
                known[target.ref] = await unit.schedules.windows(target.ref)
    return known


async def refusal(unit: ports.Unit, owner: str) -> str | None:
    """Return why schedules of that owner may not act any more; None: they may."""
    if owner == LOCAL_USER:
        return None
    user = await unit.users.get(owner)
    if user is None:
        return f"its owner `{owner}` does not exist any more"
    if user.disabled:
        return f"its owner `{owner}` is disabled"
    if not permissions.allows(user.role, permissions.Permission.STACK_OPERATE):
        return f"its owner `{owner}` may not operate stacks any more"
    return None
