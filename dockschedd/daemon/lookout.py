"""Asks engines for the stacks of what is about to be due, a moment before it is.

A run decides from a fresh list of its stack. Many that are due in one instant would all ask
then; what was asked for here counts as fresh for as long as nothing is heard of the stack.
It records nothing and decides nothing: without it, runs begin later and do the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.daemon import recording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import model
    from dockschedd.daemon.inventory import Inventory

log = logging.getLogger(__name__)

#: How long before the instant the engines are asked, at most; and at least half of it.
AHEAD = timedelta(seconds=2)
#: How old what was asked for may be when it is used.
FRESH = timedelta(seconds=3)
#: Schedules, and stacks, that are looked at for one instant.
MOST = 250
#: Of more stacks of one host than these, everything is asked for at once.
FEW = 4


class Lookout:
    """What was asked for ahead."""

    def __init__(self, *, store: ports.Store, inventory: Inventory, clock: ports.Clock) -> None:
        self._store = store
        self._inventory = inventory
        self._clock = clock
        self._at: datetime | None = None
        self._wake = asyncio.Event()
        #: Stack → how many lists had been asked for before, and when.
        self._asked: dict[model.StackRef, tuple[int, datetime]] = {}
        #: Hosts that have not answered yet: they are not asked again, and keep nobody waiting.
        self._asking: set[str] = set()

    def coming(self, at: datetime) -> None:
        """Say when the next schedule is due, soon; once for each instant is enough."""
        if at != self._at:
            self._at = at
            self._wake.set()

    def take(self, ref: model.StackRef) -> model.Stack | None:
        """Return the stack as a fresh list would; None: it has to be asked for. Only once."""
        asked = self._asked.pop(ref, None)
        if asked is None:
            return None
        number, at = asked
        view = self._inventory.host(ref.host)
        is_fresh = timedelta() <= self._clock.now() - at <= FRESH
        if not is_fresh or view is None or not view.reachable:
            return None
        return self._inventory.unchanged(ref, after=number)

    async def run(self) -> None:
        """Ask for what is coming, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._at is not None:
                    try:
                        await self._look(self._at, group)
                    except errors.StoreError as error:
                        log.warning("lookout.failed", extra={"reason": error.message})

    async def _look(self, at: datetime, group: asyncio.TaskGroup) -> None:
        async with self._store.reading() as unit:
            schedules = await unit.schedules.due(at, limit=MOST)
            groups = await unit.groups.members() if schedules else {}
        targets = recording.targets(self._inventory, groups)
        found = dict.fromkeys(
            target.ref
            for schedule in schedules
            # What is spread over a time is not all needed at once.
            if not schedule.spread
            for target in targets(schedule)
        )
        by_host: dict[str, list[model.StackRef]] = defaultdict(list)
        for ref in tuple(found)[:MOST]:
            if self._inventory.stack(ref) is not None:
                by_host[ref.host].append(ref)
        self._asked.clear()
        for host, refs in by_host.items():
            view = self._inventory.host(host)
            if view is not None and view.reachable and host not in self._asking:
                self._asking.add(host)
                group.create_task(self._ask(host, refs))

    async def _ask(self, host: str, refs: Sequence[model.StackRef]) -> None:
        number, now = self._inventory.asked, self._clock.now()
        try:
            if len(refs) > FEW:
                await self._inventory.resync(host)
            else:
                for ref in refs:
                    await self._inventory.refresh(ref)
        except errors.HostError:
            return  # the runs find out, and say so
        finally:
            self._asking.discard(host)
        for ref in refs:
            self._asked[ref] = (number, now)
