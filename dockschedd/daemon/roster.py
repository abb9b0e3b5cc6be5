"""Which hosts there are now: those of the configuration, and those that people added.

The store has the last word. What is recorded there is done here at once, before anything else
that is recorded; what was not, after a crash or a cancelled request, follows within a minute.
A name that both have means the host of the configuration.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dockschedd import ports
    from dockschedd.core import checks, fleet
    from dockschedd.daemon.executor import Executor
    from dockschedd.daemon.inventory import Inventory
    from dockschedd.daemon.meter import Meter
    from dockschedd.daemon.watcher import Watcher

log = logging.getLogger(__name__)

#: How often the store is asked whether the hosts are those that it has.
FOLLOW_EVERY = timedelta(seconds=60)
#: After the store failed, it is tried again this often.
RETRY_EVERY = timedelta(seconds=2)


@dataclass(slots=True)
class _Watched:
    """A host with its watcher, whose task exists once the loops run."""

    host: fleet.Host
    watcher: Watcher
    task: asyncio.Task[None] | None = None


class Roster:
    """ports.Roster: keeps the engines, the inventory, the watchers and the executor in step."""

    def __init__(
        self,
        configured: Iterable[fleet.Host],
        *,
        store: ports.Store,
        hosts: ports.Hosts,
        inventory: Inventory,
        executor: Executor,
        clock: ports.Clock,
        meter: Meter,
        watch: Callable[[str], Watcher],
    ) -> None:
        self._configured = {host.name: host for host in configured}
        self._store = store
        self._hosts = hosts
        self._inventory = inventory
        self._executor = executor
        self._clock = clock
        self._meter = meter
        self._watch = watch
        self._watched: dict[str, _Watched] = {}
        self._shadowed: set[str] = set()
        self._group: asyncio.TaskGroup | None = None
        for host in self._configured.values():
            self._have(host)

    # ------------------------------------------------------------ reading

    def hosts(self) -> tuple[fleet.Host, ...]:
        """Return all hosts there are now, by name."""
        return tuple(self._watched[name].host for name in sorted(self._watched))

    def host(self, name: str) -> fleet.Host | None:
        """Return one host."""
        found = self._watched.get(name)
        return None if found is None else found.host

    def shadowed(self) -> frozenset[str]:
        """Return the names that hosts in the database have in vain."""
        return frozenset(self._shadowed)

    async def check(self, name: str) -> tuple[checks.Finding, ...]:
        """Return what each step on the way to a host has found."""
        return await self._hosts.check(name, now=self._clock.now)

    async def tried(self, name: str | None = None, *, within: timedelta) -> None:
        """Return when the host, or each host, has been tried, or when that time is up."""
        wanted = tuple(self._watched) if name is None else (name,)
        try:
            async with asyncio.timeout(within.total_seconds()):
                for each in wanted:
                    found = self._watched.get(each)
                    if found is not None:
                        await found.watcher.tried.wait()
        except TimeoutError:
            pass

    # ------------------------------------------------------------ what is recorded is done

    def put(self, host: fleet.Host) -> None:
        """Have the host that is recorded so, in place of one of that name."""
        if host.name in self._configured:
            if host.name not in self._shadowed:
                self._shadowed.add(host.name)
                log.warning("host.shadowed", extra={"host": host.name})
            return
        self._have(host)

    def drop(self, name: str) -> None:
        """Have no host of that name that somebody added any more."""
        if name in self._configured:
            self._shadowed.discard(name)
        else:
            self._let_go(name)

    def rename(self, old: str, host: fleet.Host) -> None:
        """Call the host `old` as it is recorded now: what is known of its stacks stays."""
        found = self._watched.pop(old)
        self._stop(found)
        self._hosts.put(host.name, host.endpoint, parallel=host.max_parallel_steps)
        self._hosts.drop(old)
        self._inventory.rename(old, host.name)
        self._executor.drop_host(old)
        self._meter.forget(old)
        self._start(host)
        log.info("host.renamed", extra={"host": host.name, "was": old})

    async def follow(self) -> None:
        """Have the hosts that the store has. Raises StoreError."""
        # In a transaction: what is recorded meanwhile is done after this, not before.
        async with self._store.transaction() as unit:
            recorded = {host.name: host for host in await unit.hosts.all()}
        for name in sorted((self._watched.keys() - self._configured) | self._shadowed):
            if name not in recorded:
                self.drop(name)
        for host in recorded.values():
            self.put(host)

    async def run(self) -> None:
        """Watch the hosts that there are, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                for each in self._watched.values():
                    each.task = group.create_task(each.watcher.run())
                while True:
                    await self._clock.sleep(FOLLOW_EVERY)
                    await self._follow_again()
            finally:
                self._group = None

    async def _follow_again(self) -> None:
        while True:
            try:
                await self.follow()
            except errors.StoreError as error:
                log.error("hosts.unread", extra={"reason": error.message, "code": error.code})
                await self._clock.sleep(RETRY_EVERY)
            else:
                return

    # ------------------------------------------------------------ one host

    def _have(self, host: fleet.Host) -> None:
        old = self._watched.get(host.name)
        if old is None:
            log.info("host.added", extra={"host": host.name, "url": host.endpoint.url})
        elif old.host.endpoint == host.endpoint:
            self._keep(old, host)
            return
        else:
            log.info("host.changed", extra={"host": host.name, "url": host.endpoint.url})
            self._stop(old)
        self._hosts.put(host.name, host.endpoint, parallel=host.max_parallel_steps)
        self._inventory.put(host.name)
        self._meter.forget(host.name)
        self._start(host)

    def _keep(self, watched: _Watched, host: fleet.Host) -> None:
        """Go on with the engine that is there: nobody who waits for something on it notices."""
        parallel = host.max_parallel_steps
        if watched.host.max_parallel_steps != parallel:
            self._hosts.put(host.name, host.endpoint, parallel=parallel)
            self._executor.put_host(host.name, parallel=parallel)
        watched.host = host

    def _start(self, host: fleet.Host) -> None:
        self._executor.put_host(host.name, parallel=host.max_parallel_steps)
        watched = _Watched(host, self._watch(host.name))
        self._watched[host.name] = watched
        if self._group is not None:
            watched.task = self._group.create_task(watched.watcher.run())
        self._executor.wake()

    def _let_go(self, name: str) -> None:
        found = self._watched.pop(name, None)
        if found is None:
            return
        self._stop(found)
        self._hosts.drop(name)
        self._inventory.drop(name)
        self._executor.drop_host(name)
        self._meter.forget(name)
        log.info("host.removed", extra={"host": name})

    def _stop(self, watched: _Watched) -> None:
        if watched.task is not None:
            watched.task.cancel()
