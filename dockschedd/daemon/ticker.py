"""Watches the clock: records what is due, and its runs, in one transaction; acts on nothing.

The next instants are asked of the store, so that being late, being stopped and starting
again need no special case: what is due is what has not been recorded.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import changes, due, holds, model, people
from dockschedd.daemon import lookout, recording
from dockschedd.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from dockschedd import ports

    Ended = holds.Hold | holds.Freeze | holds.WorkingDay
    #: Called in the transaction that takes an ended hold, or the freeze, away, or after days off:
    #: whoever evaluates desired states answers with the runs that they need now.
    OnHoldEnded = Callable[[ports.Unit, Ended, datetime], Awaitable[Sequence[model.Run]]]

log = logging.getLogger(__name__)

#: The clock is looked at this often, so that a step of it is noticed.
LOOK_EVERY = timedelta(seconds=1)
#: A longer time without a look is a gap (suspend, SIGSTOP, a clock step): treated as downtime.
GAP = timedelta(seconds=5)
#: After the store failed, it is tried again this often.
RETRY_EVERY = timedelta(seconds=2)
#: Schedules, and occurrences of each, in one transaction.
BATCH = 250
CHUNK = 1000


class Ticker:
    """ports.Ticker: the one that records occurrences."""

    def __init__(
        self,
        *,
        store: ports.Store,
        inventory: ports.Inventory,
        clock: ports.Clock,
        ids: ports.Ids,
        bus: ports.Bus,
        on_recorded: Callable[[], None],
        on_hold_ended: OnHoldEnded | None = None,
        on_behind: Callable[[bool], None] | None = None,
        on_coming: Callable[[datetime], None] | None = None,
    ) -> None:
        self._store = store
        self._recording = recording.Recording(inventory=inventory, ids=ids)
        self._clock = clock
        self._bus = bus
        self._on_recorded = on_recorded
        self._on_hold_ended = on_hold_ended or nothing_follows
        self._on_behind = on_behind
        self._on_coming = on_coming
        self._wake = asyncio.Event()
        self._progressed_at: datetime | None = None
        #: Since when the clock has been watched without a gap.
        self._live_since = clock.now()
        self._next_at: datetime | None = None
        #: Host → calendar, of those that had a day off when they were last looked at.
        self._off: Mapping[str, str] = {}

    def wake(self) -> None:
        """Say that schedules, holds or the freeze have changed."""
        self._wake.set()

    def progressed_at(self) -> datetime | None:
        """Return the instant of the last completed tick."""
        return self._progressed_at

    async def run(self) -> None:
        """Tick until cancelled."""
        self._live_since = self._clock.now()
        self._wake.set()
        while True:
            delay = await self._look()
            await self._clock.sleep(delay, wake=self._wake)

    async def _look(self) -> timedelta:
        """Tick if there is something to do; return how long to sleep."""
        now = self._clock.now()
        self._watch_for_gaps(now)
        woken = self._wake.is_set()
        self._wake.clear()
        try:
            if woken or (self._next_at is not None and self._next_at <= now):
                await self._drain(now)
                async with self._store.reading() as unit:
                    next_at, end = await unit.schedules.next_at(), await unit.holds.next_end()
                    working = (await unit.holds.blocks()).next_working_day(now)
                self._next_at = min(filter(None, (next_at, end, working)), default=None)
        except errors.StoreError as error:
            log.error("tick.failed", extra={"reason": error.message, "code": error.code})
            self._wake.set()
            await self._clock.sleep(RETRY_EVERY)
            return timedelta()
        self._progressed_at = now
        if self._next_at is None:
            return LOOK_EVERY
        if self._on_coming is not None and self._next_at - now <= lookout.AHEAD:
            self._on_coming(self._next_at)
        return max(timedelta(), min(LOOK_EVERY, self._next_at - self._clock.now()))

    def _watch_for_gaps(self, now: datetime) -> None:
        last = self._progressed_at
        if last is not None and now - last > GAP:
            log.warning(
                "clock.gap", extra={"since": last, "seconds": (now - last).total_seconds()}
            )
            self._live_since = now
        elif last is not None and now < last:
            log.warning("clock.back", extra={"from": last, "to": now})
        self._live_since = min(self._live_since, now)

    async def _drain(self, now: datetime) -> None:
        """Record all that is due by now, then let end what ends by now."""
        while True:
            survey = await self._survey(now)
            if survey.words:
                self._tell_behind(is_behind=True)
            try:
                for batch in _batches(survey.words):
                    await self._record_words(batch, survey, now)
            except recording.Stale:
                continue
            break
        while await self.tick(now, survey):
            pass
        await self._end_holds(now)
        await self._end_days_off(now)
        self._tell_behind(is_behind=False)

    def _tell_behind(self, *, is_behind: bool) -> None:
        """Say whether last words are recorded before what comes before them."""
        if self._on_behind is not None:
            self._on_behind(is_behind)

    async def _survey(self, now: datetime) -> recording.Survey:
        """Look for the last words on all stacks, if something was missed at all."""
        async with self._store.reading() as unit:
            first = await unit.schedules.due(now, limit=1)
            if not first or first[0].next_at is None or first[0].next_at > self._live_since:
                return recording.Survey()
            return await self._recording.survey(unit, now=now)

    async def _record_words(
        self,
        words: Sequence[tuple[model.Schedule, datetime]],
        survey: recording.Survey,
        now: datetime,
    ) -> None:
        async with self._store.transaction() as unit:
            recorded = await self._recording.record_words(
                unit, words, survey, now=now, live_since=self._live_since
            )
            failpoint("words-before-commit")
        failpoint("words-after-commit")
        self._tell(recorded)
        self._tell_fired((schedule for schedule, _ in words), now)

    async def tick(self, now: datetime, survey: recording.Survey) -> bool:
        """Record what is due; return whether there may be more.

        One transaction: the occurrences, their runs, and how far each schedule has got. A
        crash before its end leaves nothing of it, a crash after it leaves nothing to do.
        """
        async with self._store.transaction() as unit:
            schedules = await unit.schedules.due(now, limit=BATCH)
            decided = [
                (schedule, due.due(schedule, now=now, live_since=self._live_since, limit=CHUNK))
                for schedule in schedules
            ]
            if not decided:
                return False
            recorded = await self._recording.record(
                unit, decided, survey, now=now, live_since=self._live_since
            )
            failpoint("tick-before-commit")
        failpoint("tick-after-commit")
        self._tell(recorded)
        self._tell_fired((schedule for schedule, _ in decided), now)
        return len(schedules) == BATCH or any(dues.more for _, dues in decided)

    def _tell(self, recorded: Sequence[model.Run]) -> None:
        for run in recorded:
            self._bus.publish_run(run)
            log.info(
                "run.recorded",
                extra={
                    "run": run.id,
                    "schedule": run.schedule_name,
                    "stack": str(run.stack),
                    "action": run.action.value,
                    "planned_at": run.planned_at,
                    "status": run.status.value,
                },
            )
        if recorded:
            self._on_recorded()

    def _tell_fired(self, schedules: Iterable[model.Schedule], now: datetime) -> None:
        for schedule in schedules:
            self._bus.publish_change(
                changes.Change(
                    noun=changes.Noun.SCHEDULE,
                    name=schedule.name,
                    action="fire",
                    by=changes.DAEMON,
                    at=now,
                )
            )

    async def _end_holds(self, now: datetime) -> None:
        """Take away the holds and the freeze that have ended: each once, with its audit record.

        Only after all that was due is recorded: until then they tell what they covered.
        """
        async with self._store.reading() as unit:
            end = await unit.holds.next_end()
        if end is None or end > now:
            return
        made: list[model.Run] = []
        async with self._store.transaction() as unit:
            ended = await unit.holds.take_ended(now=now)
            for block in ended:
                record = _expiry(block, now)
                if record is not None:
                    await unit.audit.append(record)
                made += await self._on_hold_ended(unit, block, now)
            made = list(await self._recording.arranged(unit, made, now))
            await unit.runs.add_all(made)
            failpoint("hold-end-before-commit")
        failpoint("hold-end-after-commit")
        log.info("holds.ended", extra={"count": len(ended)})
        self._tell(made)
        self._on_recorded()

    async def _end_days_off(self, now: datetime) -> None:
        """Let schedules at the hosts whose days off are over, once what was due is recorded.

        Those that ended while nobody looked are seen to when their hosts are reached.
        """
        async with self._store.reading() as unit:
            blocks = await unit.holds.blocks()
        ended = blocks.ended(self._off, now=now)
        made: list[model.Run] = []
        if ended:
            async with self._store.transaction() as unit:
                for each in ended:
                    made += await self._on_hold_ended(unit, each, now)
                made = list(await self._recording.arranged(unit, made, now))
                await unit.runs.add_all(made)
        self._off = blocks.off(now)
        for each in ended:
            log.info("days-off.ended", extra={"host": each.host, "calendar": each.calendar})
        self._tell(made)


async def nothing_follows(unit: ports.Unit, ended: Ended, now: datetime) -> Sequence[model.Run]:
    """Return the runs that the end of a hold, of the freeze or of days off makes: none."""
    _ = unit, ended, now
    return ()


def _batches(
    words: Sequence[tuple[model.Schedule, datetime]],
) -> Iterator[Sequence[tuple[model.Schedule, datetime]]]:
    for start in range(0, len(words), BATCH):
        yield words[start : start + BATCH]


def _expiry(block: holds.Hold | holds.Freeze, now: datetime) -> people.AuditRecord | None:
    """Return what the audit log says of an end that nobody asked for."""
    if isinstance(block, holds.Hold):
        action, target, asked = "hold.expire", str(block.stack), block.released_by
        told = holds.held(block)
    else:
        action, target, asked = "freeze.expire", "schedules", block.thawed_by
        told = holds.frozen(block)
    if asked is not None:
        return None
    return people.AuditRecord(
        at=now,
        actor=changes.DAEMON,
        origin="-",
        action=action,
        target=target,
        outcome="ok",
        detail=told,
    )
