"""Looks at stacks under windows whenever they change, and records what core.enforcing decides.

Edges are the ticker's; this is for what happens between them: engines that come back, drift
under `enforce always`, holds that end. Never acts itself: it records runs, in one transaction
with what they go by.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import changes, enforcing, holds, model, retry, wants
from dockschedd.daemon import recording, requiring
from dockschedd.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Sequence
    from datetime import datetime

    from dockschedd import ports

log = logging.getLogger(__name__)

#: Nothing has to be looked at sooner than when something changes.
LOOK_EVERY = timedelta(seconds=60)
#: After the store failed, it is tried again this often.
RETRY_EVERY = timedelta(seconds=2)
#: What the engine does by itself when it comes back, or before it goes, it does within this
#: time; a difference that lasts longer is somebody's wish.
GRACE = timedelta(seconds=20)
#: A stack that has been as it is wanted for this long starts afresh with short pauses.
SETTLED = timedelta(minutes=10)


class Enforcer:
    """ports.Enforcer."""

    def __init__(
        self,
        *,
        store: ports.Store,
        inventory: ports.Inventory,
        bus: ports.Bus,
        clock: ports.Clock,
        ids: ports.Ids,
        on_recorded: Callable[[], None],
    ) -> None:
        self._store = store
        self._inventory = inventory
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._on_recorded = on_recorded
        self._wake = asyncio.Event()
        self._all = True
        self._has_windows = True
        self._dirty: set[model.StackRef] = set()
        #: Stack → what has changed: it is put right, whatever is on record.
        self._anew: dict[model.StackRef, str] = {}
        #: Host → until when what differs on it is the engine's doing.
        self._returning: dict[str, datetime] = {}
        #: Stack → since when it has been seen different, or when it is looked at again.
        self._different: dict[model.StackRef, datetime] = {}
        self._again: dict[model.StackRef, datetime] = {}
        #: Stack → how often it was brought back in a row, and when last.
        self._tries: dict[model.StackRef, tuple[int, datetime]] = {}

    def wake(self) -> None:
        """Say that schedules have changed."""
        self._all = True
        self._wake.set()

    def evaluate(self, hosts: Collection[str], *, why: str) -> None:
        """Bring the stacks of these hosts where windows want them now, as if at an edge."""
        self._anew |= {ref: why for ref in self._inventory.refs() if ref.host in hosts}
        self._wake.set()

    def reached(self, host: str) -> None:
        """Say that the host answers, for the first time or again."""
        self._returning[host] = self._clock.now() + GRACE
        self.wake()

    async def run(self) -> None:
        """Look at what changes, until cancelled."""
        async with self._bus.subscribe(at_once=True) as items, asyncio.TaskGroup() as group:
            group.create_task(self._listen(items))
            while True:
                await self._clock.sleep(self._rest(), wake=self._wake)
                self._wake.clear()
                try:
                    await self._evaluate_anew()
                    await self._look_at_all()
                except errors.StoreError as error:
                    log.error(
                        "enforcing.failed", extra={"reason": error.message, "code": error.code}
                    )
                    self._all = True
                    self._wake.set()
                    await self._clock.sleep(RETRY_EVERY)

    async def after_block(
        self, unit: ports.Unit, ended: holds.Hold | holds.Freeze | holds.WorkingDay, now: datetime
    ) -> Sequence[model.Run]:
        """Return the runs that windows need now that schedules are let at their stacks again."""
        refs = self._inventory.refs()
        match ended:
            case holds.Hold():
                refs, why = (ended.stack,), "the hold on it has ended"
            case holds.Freeze():
                why = "the freeze has ended"
            case _:
                refs = tuple(ref for ref in refs if ref.host == ended.host)
                why = f"the dates of calendar `{ended.calendar}` are over"
        if not await unit.schedules.has_windows():
            return ()
        made: list[model.Run] = []
        for ref in refs:
            facts = await self._facts(unit, ref, now)
            # What something else keeps schedules from is looked at when that ends.
            if facts is not None and facts.blocked is None:
                kind = model.CauseKind.HOLD_EXPIRY
                made += await self._put_right(unit, facts, kind, why=why)
        return made

    async def _put_right(
        self, unit: ports.Unit, facts: enforcing.Facts, kind: model.CauseKind, *, why: str
    ) -> tuple[model.Run, ...]:
        """Return the run that brings the stack where it is wanted, if it is not there."""
        if not enforcing.deviates(facts.stack, facts.desired, facts.memory):
            return ()
        if not await _may_act(unit, facts):
            return ()
        await unit.memories.forget_deviation(facts.stack.ref)
        return (self._made(facts, kind, f"{enforcing.wanted(facts.desired)}; {why}"),)

    # ------------------------------------------------------------ looking

    async def _listen(
        self, items: AsyncIterator[model.Run | model.StackRef | changes.Change]
    ) -> None:
        async for item in items:
            if isinstance(item, model.StackRef):
                self._dirty.add(item)
            elif isinstance(item, model.Run) and item.finished_at is not None:
                self._dirty.add(item.stack)
            else:
                continue
            self._wake.set()

    def _rest(self) -> timedelta:
        now = self._clock.now()
        first = min(self._again.values(), default=now + LOOK_EVERY)
        return max(timedelta(), min(LOOK_EVERY, first - now))

    async def _look_at_all(self) -> None:
        now = self._clock.now()
        if self._all:
            async with self._store.reading() as unit:
                self._has_windows = await unit.schedules.has_windows()
            self._all = False
            self._dirty.update(self._inventory.refs())
        dirty, self._dirty = self._dirty, set()
        dirty.update(ref for ref, at in self._again.items() if at <= now)
        for ref in sorted(dirty):
            self._again.pop(ref, None)
            if self._has_windows:
                await self._look_at(ref, now)

    async def _evaluate_anew(self) -> None:
        """Put right what is wanted otherwise since something has changed; each stack once."""
        now = self._clock.now()
        for ref, why in sorted(self._anew.items()):
            async with self._store.reading() as unit:
                facts = await self._facts(unit, ref, now)
            if facts is not None and facts.is_busy:
                continue  # until that is over
            if facts is not None and not await self._put_right_now(ref, now, why=why):
                continue
            # What is asked for again meanwhile has another reason.
            if self._anew.get(ref) == why:
                del self._anew[ref]

    async def _put_right_now(self, ref: model.StackRef, now: datetime, *, why: str) -> bool:
        """Return False where something has come between: it has to be looked at again."""
        async with self._store.transaction() as unit:
            facts = await self._facts(unit, ref, now)
            if facts is None or facts.blocked is not None:
                return True
            if facts.is_busy:
                return False
            made = await self._put_right(unit, facts, model.CauseKind.ENFORCEMENT, why=why)
            made = await requiring.arranged(
                unit, made, inventory=self._inventory, now=now, new_id=self._ids.new
            )
            await unit.runs.add_all(made)
        for each in made:
            self._bus.publish_run(each)
        if made:
            log.info("stack.enforced", extra={"stack": str(ref), "why": why})
            self._on_recorded()
        return True

    async def _look_at(self, ref: model.StackRef, now: datetime) -> None:
        async with self._store.reading() as unit:
            facts = await self._facts(unit, ref, now)
        if facts is None:
            return
        verdict = enforcing.decide(facts)
        if not isinstance(verdict, enforcing.Note):
            self._different.pop(ref, None)
        match verdict:
            case enforcing.Fine():
                await self._is_fine(facts)
            case enforcing.Note():
                await self._note(facts)
            case enforcing.Act():
                await self._act(facts)
            case enforcing.Leave():
                pass

    async def _is_fine(self, facts: enforcing.Facts) -> None:
        ref = facts.stack.ref
        tries = self._tries.get(ref)
        if tries is not None and facts.now - tries[1] > SETTLED:
            del self._tries[ref]
        settled = not facts.is_busy and facts.blocked is None
        if facts.deviated_at is not None and settled:
            async with self._store.transaction() as unit:
                await unit.memories.forget_deviation(ref)

    async def _note(self, facts: enforcing.Facts) -> None:
        """Keep that somebody wanted it so, once it has lasted."""
        ref = facts.stack.ref
        since = self._different.setdefault(ref, facts.now)
        if facts.now - since < GRACE:
            self._again[ref] = since + GRACE
            return
        del self._different[ref]
        async with self._store.transaction() as unit:
            if self._inventory.stack(ref) is None:
                return  # gone, or called otherwise by now
            await unit.memories.note_deviation(ref, at=facts.now)
        log.info("stack.deviates", extra={"stack": str(ref), "wanted": facts.desired.wish.value})

    async def _act(self, facts: enforcing.Facts) -> None:
        ref, now = facts.stack.ref, facts.now
        count, last = self._tries.get(ref, (0, now))
        earliest = last + retry.delay(count, jitter=0) if count else now
        if now < earliest:
            self._again[ref] = earliest
            return
        async with self._store.transaction() as unit:
            fresh = await self._facts(unit, ref, now)
            verdict = fresh and enforcing.decide(fresh)
            if fresh is None or not isinstance(verdict, enforcing.Act):
                return
            if not await _may_act(unit, fresh):
                return
            run = self._made(fresh, model.CauseKind.ENFORCEMENT, verdict.cause)
            made = await requiring.arranged(
                unit, (run,), inventory=self._inventory, now=now, new_id=self._ids.new
            )
            if any(each.finished_at is not None for each in made):
                # Others need it as it is: its edge has told so, and it is looked at again.
                self._again[ref] = now + LOOK_EVERY
                return
            await unit.memories.forget_deviation(ref)
            await unit.runs.add_all(made)
            failpoint("enforcement-before-commit")
        failpoint("enforcement-after-commit")
        self._tries[ref] = (count + 1, now)
        log.info("stack.enforced", extra={"stack": str(ref), "run": run.id, "why": run.cause})
        for each in made:
            self._bus.publish_run(each)
        self._on_recorded()

    async def _facts(
        self, unit: ports.Unit, ref: model.StackRef, now: datetime
    ) -> enforcing.Facts | None:
        """Return what is known; None where no window wants anything, or nothing is known."""
        stack, view = self._inventory.stack(ref), self._inventory.host(ref.host)
        if stack is None or view is None or not view.reachable:
            return None
        desired = wants.desired(await unit.schedules.windows(ref), ref, now)
        if desired is None:
            return None
        blocks = await unit.holds.blocks()
        return enforcing.Facts(
            now=now,
            stack=stack,
            desired=desired,
            memory=await unit.memories.get(ref),
            came_back=now <= self._returning.get(ref.host, now - GRACE),
            deviated_at=await unit.memories.deviated_at(ref),
            latest=await unit.runs.latest(ref.host, ref.name),
            is_busy=await _is_busy(unit, ref),
            blocked=blocks.cause(ref, at=now, now=now),
        )

    def _made(self, facts: enforcing.Facts, kind: model.CauseKind, cause: str) -> model.Run:
        return enforcing.run(
            facts.desired,
            facts.stack.ref,
            kind=kind,
            cause=cause,
            run_id=self._ids.new(),
            now=facts.now,
        )


async def _is_busy(unit: ports.Unit, ref: model.StackRef) -> bool:
    """Return whether something is under way, or planned, that may change the stack."""
    for status in (model.RunStatus.RUNNING, model.RunStatus.PLANNED):
        found = await unit.runs.page(
            before=None, limit=1, host=ref.host, stack=ref.name, status=status
        )
        if found:
            return True
    return False


async def _may_act(unit: ports.Unit, facts: enforcing.Facts) -> bool:
    """Return whether the schedule's owner may still operate stacks; if not, say so."""
    schedule = facts.desired.schedule
    why_not = await recording.refusal(unit, schedule.owner)
    if why_not is not None:
        log.warning(
            "stack.not-enforced",
            extra={"stack": str(facts.stack.ref), "schedule": schedule.name, "reason": why_not},
        )
    return why_not is None
