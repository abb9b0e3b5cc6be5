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
from dockschedd.core import due, firing, model, permissions
from dockschedd.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dockschedd import ports

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
#: The schedules' owner that is no user: the administrator over the Unix socket.
LOCAL_USER = "local"


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
        default_host: str,
        on_recorded: Callable[[], None],
    ) -> None:
        self._store = store
        self._inventory = inventory
        self._clock = clock
        self._ids = ids
        self._bus = bus
        self._default_host = default_host
        self._on_recorded = on_recorded
        self._wake = asyncio.Event()
        self._progressed_at: datetime | None = None
        #: Since when the clock has been watched without a gap.
        self._live_since = clock.now()
        self._next_at: datetime | None = None

    def wake(self) -> None:
        """Say that schedules have changed."""
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
                while await self.tick(now):
                    pass
                async with self._store.reading() as unit:
                    self._next_at = await unit.schedules.next_at()
        except errors.StoreError as error:
            log.error("tick.failed", extra={"reason": error.message, "code": error.code})
            self._wake.set()
            await self._clock.sleep(RETRY_EVERY)
            return timedelta()
        self._progressed_at = now
        if self._next_at is None:
            return LOOK_EVERY
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

    async def tick(self, now: datetime) -> bool:
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
            recorded = await self._record(unit, decided, now)
            failpoint("tick-before-commit")
        failpoint("tick-after-commit")
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
        return len(schedules) == BATCH or any(dues.more for _, dues in decided)

    async def _record(
        self, unit: ports.Unit, decided: Sequence[tuple[model.Schedule, due.Dues]], now: datetime
    ) -> list[model.Run]:
        """Record occurrences and runs, each once: what was recorded before makes no run."""
        advanced = await unit.schedules.advance_all(
            [(schedule.id, _seen(schedule), dues.next_at, dues.done) for schedule, dues in decided]
        )
        refusals: dict[str, str | None] = {}
        refs = self._inventory.refs()
        runs: list[model.Run] = []
        for (schedule, dues), is_ours in zip(decided, advanced, strict=True):
            if not is_ours:
                continue
            if schedule.owner not in refusals:
                refusals[schedule.owner] = await self._refusal(unit, schedule.owner)
            new = await unit.schedules.record_all(
                model.Occurrence(
                    schedule_id=schedule.id, planned_at=item.planned_at, recorded_at=now
                )
                for item in dues.items
            )
            runs += firing.runs(
                schedule,
                [item for item, is_new in zip(dues.items, new, strict=True) if is_new],
                found=firing.targets(schedule.selector, refs, default_host=self._default_host),
                refusal=refusals[schedule.owner],
                now=now,
                new_id=self._ids.new,
            )
        return [run for run, is_new in zip(runs, await unit.runs.add_all(runs), strict=True)
                if is_new]  # fmt: skip

    async def _refusal(self, unit: ports.Unit, owner: str) -> str | None:
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


def _seen(schedule: model.Schedule) -> datetime:
    assert schedule.next_at is not None
    return schedule.next_at
