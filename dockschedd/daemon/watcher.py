"""Keeps the inventory of one host current: events say where to look, lists say what is there.

An event is never believed for a container's state, only for how its run ended, which the
engine does not keep. Everything is looked at again after each reconnect and every minute.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import certificates, duplicates, endings, model

if TYPE_CHECKING:
    from collections.abc import Callable

    from dockschedd import ports
    from dockschedd.daemon.inventory import Inventory

log = logging.getLogger(__name__)

RESYNC_EVERY = timedelta(seconds=60)
#: A hung engine keeps its connections open: only a call that goes unanswered shows it.
PROBE_EVERY = timedelta(seconds=10)
BACK_OFF_FIRST = timedelta(milliseconds=500)
#: A refused connection costs nothing. One that hangs costs a thread and a connection for as long
#: as the probe waits, one of each: and a probe that waits has its answer when the engine goes on.
BACK_OFF_MOST = timedelta(seconds=5)
#: A host that was lost sooner after it was reached goes on with longer and longer pauses.
STEADY = timedelta(seconds=30)
#: What an engine says of itself is asked again after so long, where it is the same as another.
IDENTITY_KEPT = timedelta(seconds=60)
#: The first event of a stack is followed up at once, those in its wake together: each look is
#: a list, and twenty containers that stop at once would be looked at twenty times.
PACE = timedelta(milliseconds=50)
#: The same for a stack in whose run nothing is waited for. The run itself looks at the end, and
#: every look before takes time from the engine and from the run.
CALM_PACE = timedelta(milliseconds=500)
#: The engine keeps its last 256 events: all of them are asked for at first.
EVER = datetime(1970, 1, 2, tzinfo=UTC)
#: What is asked for again after a reconnect, for clocks that differ between the machines.
OVERLAP = timedelta(minutes=2)


class Watcher:
    """Watches one host for as long as the daemon runs."""

    def __init__(
        self,
        host: str,
        *,
        hosts: ports.Hosts,
        inventory: Inventory,
        store: ports.Store,
        clock: ports.Clock,
        jitter: Callable[[], float],
        on_reached: Callable[[str], None],
        pace: timedelta = PACE,
    ) -> None:
        self._host = host
        self._hosts = hosts
        self._inventory = inventory
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self._on_reached = on_reached
        self._pace = pace
        self._judge = endings.Judge()
        self._dirty = _Dirty()
        self._calm = _Dirty()
        self._unsaved: dict[str, endings.Verdict] = {}
        self._save = asyncio.Event()
        self._reached_at = EVER
        self._identified_at: datetime | None = None
        #: Set after the first attempt to reach the host, whether it worked or not.
        self.tried = asyncio.Event()

    async def run(self) -> None:
        """Connect, watch, and after a loss connect again, with back-off and jitter."""
        async with self._store.reading() as unit:
            self._inventory.load_endings(self._host, await unit.endings.all(self._host))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._persist())
            await self._stay_connected()

    async def _stay_connected(self) -> None:
        since = EVER
        failures = 0
        while True:
            error = errors.HostError()
            try:
                version = await self._hosts.version(self._host)
                await self._identify()
                await self._watch(since, version)
            except* errors.HostError as group:
                error = _first(group)
            now = self._clock.now()
            if self._reachable():
                since = now - OVERLAP
                if now - self._reached_at > STEADY:
                    failures = 0
                log.warning("host.lost", extra={"host": self._host, "reason": error.message})
            elif failures == 0:
                log.warning(
                    "host.unreachable", extra={"host": self._host, "reason": error.message}
                )
            self.tried.set()
            delay = min(BACK_OFF_MOST, BACK_OFF_FIRST * 2**failures) * (0.5 + self._jitter())
            failures = min(failures + 1, 10)
            self._hosts.rest(self._host, delay)
            self._inventory.lost(self._host, error=error, retry_at=now + delay)
            await self._clock.sleep(delay)

    async def _identify(self) -> None:
        """Find out whether another host is the same engine. Raises HostError if so."""
        now = self._clock.now()
        if self._identified_at is None or now - self._identified_at >= IDENTITY_KEPT:
            try:
                identity = await self._hosts.identity(self._host)
            except errors.HostRefused as refused:
                # A proxy may keep it from us: nothing else depends on it.
                log.info("host.anonymous", extra={"host": self._host, "reason": refused.message})
                identity = ""
            self._identified_at = now
            self._inventory.identify(self._host, identity)
        self._refuse_duplicate()

    def _refuse_duplicate(self) -> None:
        stand_in = self._inventory.stand_ins().get(self._host)
        if stand_in is not None:
            raise errors.HostRefused(
                duplicates.cause(self._host, stand_in),
                code="host-duplicate",
                hint=duplicates.hint(self._host, stand_in),
            )

    def _reachable(self) -> bool:
        view = self._inventory.host(self._host)
        return view is not None and view.reachable

    async def _watch(self, since: datetime, version: str) -> None:
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(self._read(since))
            group.create_task(self._relook())
            group.create_task(self._relook_calm())
            group.create_task(self._resync(version))
            group.create_task(self._probe())
            group.create_task(self._leave_to_another())
            await reader
            raise errors.HostUnreachable(f"the event stream of host `{self._host}` ended")

    async def _read(self, since: datetime) -> None:
        async with aclosing(self._hosts.events(self._host, since=since)) as stream:
            async for event in stream:
                if event.stack is None:
                    continue
                if event.action == "update":
                    self._inventory.forget_policy(event.container_id)
                self._inventory.heard(model.StackRef(self._host, event.stack))
                self._inventory.happened(self._host, event.container_id, event.action, event.at)
                verdict = self._judge.see(
                    event.action,
                    container_id=event.container_id,
                    at=event.at,
                    exit_code=event.exit_code,
                )
                if verdict is not None:
                    self._ended(verdict)
                calm = self._inventory.is_calm(model.StackRef(self._host, event.stack))
                dirty = self._calm if calm else self._dirty
                dirty.add(event.stack, asked=self._inventory.asked)

    def _ended(self, verdict: endings.Verdict) -> None:
        if self._inventory.note_ending(self._host, verdict.container_id, verdict.ended):
            self._unsaved[verdict.container_id] = verdict
            self._save.set()

    async def _persist(self) -> None:
        """Keep in the store how containers ended. What a crash loses, the engine replays."""
        while True:
            await self._save.wait()
            self._save.clear()
            verdicts, self._unsaved = self._unsaved, {}
            try:
                async with self._store.transaction() as unit:
                    for key, verdict in verdicts.items():
                        if verdict.ended is None:
                            await unit.endings.forget(self._host, (key,))
                        else:
                            await unit.endings.remember(
                                self._host, key, ended=verdict.ended, at=verdict.at
                            )
            except errors.StoreError as error:
                log.warning("endings.unsaved", extra={"host": self._host, "reason": error.message})
                self._unsaved = verdicts | self._unsaved
                self._save.set()
                await self._clock.sleep(PROBE_EVERY)

    async def _relook(self) -> None:
        while True:
            await self._dirty.some.wait()
            await self._look_at(self._dirty)
            await self._clock.sleep(self._pace)

    async def _relook_calm(self) -> None:
        while True:
            await self._calm.some.wait()
            await self._clock.sleep(CALM_PACE)
            await self._look_at(self._calm)

    async def _look_at(self, dirty: _Dirty) -> None:
        for name, asked in dirty.take():
            ref = model.StackRef(self._host, name)
            if not self._inventory.has_looked(ref, after=asked):
                await self._inventory.refresh(ref)

    async def _resync(self, version: str | None) -> None:
        while True:
            before = self._inventory.up_on(self._host)
            await self._inventory.resync(self._host)
            new = not self._reachable()
            if new:
                self._went_down_with_the_engine(before)
            self._inventory.reached(self._host, at=self._clock.now(), version=version)
            self.tried.set()
            if new:
                self._reached_at = self._clock.now()
                log.info("host.reached", extra={"host": self._host, "version": version})
                self._on_reached(self._host)
            await self._look_at_certificates()
            await self._clock.sleep(RESYNC_EVERY)

    async def _look_at_certificates(self) -> None:
        found = await self._hosts.certificates(self._host)
        warnings = certificates.warnings(found, self._clock.now())
        for each in self._inventory.warn(self._host, warnings):
            log.warning("host.certificate", extra={"host": self._host, "reason": each})

    def _went_down_with_the_engine(self, before: frozenset[str]) -> None:
        for container_id in sorted(before - self._inventory.up_on(self._host)):
            if self._inventory.ending(container_id) is None:
                self._ended(
                    endings.Verdict(
                        container_id=container_id,
                        ended=model.Ended.STOPPED,
                        at=self._clock.now(),
                    )
                )

    async def _leave_to_another(self) -> None:
        """Raise HostError when another host turns out to be the same engine and comes first."""
        while self._inventory.host(self._host) is not None:
            await self._inventory.changed(self._host)
            self._refuse_duplicate()

    async def _probe(self) -> None:
        while True:
            await self._clock.sleep(PROBE_EVERY)
            await self._hosts.version(self._host)
            self._inventory.reached(self._host, at=self._clock.now())


class _Dirty:
    """Stacks that something happened on, each with how often the engine had been asked then."""

    def __init__(self) -> None:
        self.some = asyncio.Event()
        self._asked: dict[str, int] = {}

    def add(self, name: str, *, asked: int) -> None:
        self._asked[name] = asked
        self.some.set()

    def take(self) -> list[tuple[str, int]]:
        taken, self._asked = self._asked, {}
        self.some.clear()
        return sorted(taken.items())


def _first(group: BaseExceptionGroup[errors.HostError]) -> errors.HostError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, errors.HostError)
    return error
