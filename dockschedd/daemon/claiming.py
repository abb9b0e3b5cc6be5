"""Claims runs: what is decided for them is recorded, in one transaction, before any call.

Runs that are to begin at once are claimed together. The database arbitrates: what somebody
else has ended, cancelled or begun is not claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from dockschedd.core import memory, model, queue
from dockschedd.daemon import run_records
from dockschedd.daemon.batches import Batches
from dockschedd.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import holds, plan
    from dockschedd.daemon.inventory import Inventory


class Refusal(Enum):
    """Why a run is not claimed."""

    #: Its stack has been held since the run was chosen: the next choice ends it, and says so.
    BLOCKED = auto()
    #: It is not planned any more, or nothing is begun any more.
    NOT_OURS = auto()


@dataclass(frozen=True, slots=True)
class _Claim:
    run: model.Run
    decided: plan.Plan


class Claiming:
    """Claims."""

    def __init__(
        self,
        *,
        store: ports.Store,
        inventory: Inventory,
        clock: ports.Clock,
        is_draining: Callable[[], bool],
    ) -> None:
        self._store = store
        self._inventory = inventory
        self._clock = clock
        self._is_draining = is_draining
        self._batches = Batches(self._record)

    async def claim(self, run: model.Run, decided: plan.Plan) -> datetime | Refusal:
        """Return since when it runs. Raises StoreError: it is not known whether it does."""
        return await self._batches.add(_Claim(run, decided))

    async def _record(self, claims: Sequence[_Claim]) -> Sequence[datetime | Refusal]:
        now = self._clock.now()
        failpoint("run-before-claim")
        async with self._store.transaction() as unit:
            blocks = await unit.holds.blocks()
            answers = [await self._claim(unit, each, blocks, now) for each in claims]
            ours = [
                each
                for each, answer in zip(claims, answers, strict=True)
                if not isinstance(answer, Refusal)
            ]
            await unit.runs.plan_all((each.run.id, each.decided.steps) for each in ours)
            for each in ours:
                await self._remember_what_runs(unit, each.run, now)
                await self._remember_intent(unit, each, now)
            await unit.audit.append_all(
                run_records.audit(each.run, "run.start", now, "ok", "") for each in ours
            )
        failpoint("run-after-claim")
        return answers

    async def _claim(
        self, unit: ports.Unit, claim: _Claim, blocks: holds.Blocks, now: datetime
    ) -> datetime | Refusal:
        if queue.blocked(claim.run, blocks, now) is not None:
            return Refusal.BLOCKED
        if self._is_draining() or not await unit.runs.claim(
            claim.run.id, at=now, warnings=claim.decided.warnings, stack=claim.run.stack
        ):
            return Refusal.NOT_OURS
        return now

    async def _remember_what_runs(self, unit: ports.Unit, run: model.Run, now: datetime) -> None:
        """Keep what the run is about to put to sleep, before the first call is made."""
        stack = self._inventory.stack(run.stack)
        if stack is not None and run.options.remember:
            old = await unit.memories.get(run.stack)
            kept = memory.kept(run, stack, old, now=now)
            if kept is not None:
                await unit.memories.keep(kept)

    async def _remember_intent(self, unit: ports.Unit, claim: _Claim, now: datetime) -> None:
        """Keep that these containers are stopped on request, or were before they are started.

        A next attempt, which may find half of the stack up, must not take the other half for
        one-shots that have finished.
        """
        host = claim.run.stack.host
        stopped = dict.fromkeys(
            step.container_id
            for step in claim.decided.steps
            if step.verb is model.Verb.STOP
            or (
                step.verb is model.Verb.START and self._inventory.ending(step.container_id) is None
            )
        )
        for container_id in stopped:
            self._inventory.note_ending(host, container_id, model.Ended.STOPPED)
        await unit.endings.remember_all(host, stopped, ended=model.Ended.STOPPED, at=now)
