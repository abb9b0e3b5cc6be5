"""The stacks of all hosts as last observed, in memory.

Lists come from the engine; what a list does not tell (restart policies, how a container
ended) is laid over them here. Only the watcher and the executor put observations in.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import changes, duplicates, model, oneshots, since

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from dockschedd import ports


class Inventory:
    """ports.Inventory."""

    def __init__(self, *, hosts: ports.Hosts, bus: ports.Bus, clock: ports.Clock) -> None:
        self._hosts = hosts
        self._bus = bus
        self._clock = clock
        self._views: dict[str, model.HostView] = {}
        self._stacks: dict[model.StackRef, model.Stack] = {}
        self._policies: dict[str, str] = {}
        self._endings: dict[str, model.Ended] = {}
        self._moments = since.Moments()
        #: Host → containers that were spoken of since everything was asked for: some may be gone.
        self._noted: dict[str, set[str]] = {}
        #: Requests are numbered: an answer that was overtaken by a later one is not believed.
        self._asked = 0
        self._believed: dict[model.StackRef, int] = {}
        #: How many lists had been asked for when something was last heard of a stack.
        self._heard: dict[model.StackRef, int] = {}
        self._calm: set[model.StackRef] = set()
        self._changes: dict[str, asyncio.Event] = {}
        #: Host → how many lists had been asked for when it came: older answers are another's.
        self._since: dict[str, int] = {}
        self._identities: dict[str, str] = {}
        self._stand_ins: Mapping[str, str] = {}
        for name in hosts.names():
            self.put(name)

    # ------------------------------------------------------------ which hosts

    def put(self, host: str) -> None:
        """Have this host from now on; nothing is known of it yet. One of that name goes."""
        self.drop(host)
        self._views[host] = model.HostView(name=host, url=self._hosts.url(host), reachable=False)
        self._changes[host] = asyncio.Event()
        self._since[host] = self._asked

    def drop(self, host: str) -> None:
        """Forget the host and its stacks; what was asked of it and comes later is not believed."""
        if self._views.pop(host, None) is None:
            return
        self._forget(self._ids(host) | self._noted.pop(host, set()))
        for ref in self._of(host):
            del self._stacks[ref]
            self._believed.pop(ref, None)
            self._heard.pop(ref, None)
            self._bus.publish_stack(ref)
        del self._since[host]
        self._changes.pop(host).set()
        self._identities.pop(host, None)
        self._tell_duplicates()

    def rename(self, old: str, new: str) -> None:
        """Call the host otherwise: what is known of it and of its stacks stays."""
        self._views[new] = replace(self._views.pop(old), name=new)
        self._changes.pop(old).set()
        self._changes[new] = asyncio.Event()
        del self._since[old]
        self._since[new] = self._asked
        self._noted[new] = self._noted.pop(old, set())
        if old in self._identities:
            self._identities[new] = self._identities.pop(old)
            self._tell_duplicates()
        for ref in self._of(old):
            self._believed.pop(ref, None)
            self._heard.pop(ref, None)
            moved = model.StackRef(new, ref.name)
            self._stacks[moved] = replace(self._stacks.pop(ref), ref=moved)
            self._bus.publish_stack(ref)
            self._bus.publish_stack(moved)

    def identify(self, host: str, identity: str) -> None:
        """Note what the engine of the host says of itself."""
        if host in self._views:
            self._identities[host] = identity
            self._tell_duplicates()

    def stand_ins(self) -> Mapping[str, str]:
        """Return host → the host that is the same engine and is acted on in its place."""
        return self._stand_ins

    # ------------------------------------------------------------ reading

    def hosts(self) -> tuple[model.HostView, ...]:
        """Return all hosts, by name."""
        return tuple(self._views[name] for name in sorted(self._views))

    def host(self, name: str) -> model.HostView | None:
        """Return one host."""
        return self._views.get(name)

    def stacks(self) -> tuple[model.Stack, ...]:
        """Return all stacks, by host and name."""
        return tuple(self._stacks[ref] for ref in self.refs())

    def stack(self, ref: model.StackRef) -> model.Stack | None:
        """Return one stack."""
        return self._stacks.get(ref)

    def refs(self) -> tuple[model.StackRef, ...]:
        """Return the names of all stacks, sorted."""
        # Tuples compare much faster than values of a dataclass; thousands are sorted often.
        return tuple(sorted(self._stacks, key=lambda ref: (ref.host, ref.name)))

    async def changed(self, host: str) -> None:
        """Return after the next change of anything on that host; at once when it is gone."""
        if host in self._changes:
            await self._changes[host].wait()

    @property
    def asked(self) -> int:
        """How many lists the engines have been asked for."""
        return self._asked

    def has_looked(self, ref: model.StackRef, *, after: int) -> bool:
        """Return whether what is known of the stack was asked for after that many lists."""
        return self._believed.get(ref, 0) > after

    def unchanged(self, ref: model.StackRef, *, after: int) -> model.Stack | None:
        """Return the stack if it was asked for after that many lists and nothing was heard since.

        None also where there is no such stack.
        """
        since = max(after, self._heard.get(ref, 0))
        return self._stacks.get(ref) if self.has_looked(ref, after=since) else None

    def is_calm(self, ref: model.StackRef) -> bool:
        """Return whether nobody waits for what happens on that stack."""
        return ref in self._calm

    @contextmanager
    def calm(self, ref: model.StackRef) -> Iterator[None]:
        """Say for a while that what happens on that stack need not be followed at once.

        Whoever says so asks for the stack afterwards.
        """
        self._calm.add(ref)
        try:
            yield
        finally:
            self._calm.discard(ref)

    # ------------------------------------------------------------ asking

    async def refresh(self, ref: model.StackRef) -> model.Stack | None:
        """Ask the engine for this stack now. None: it has no container. Raises HostError."""
        number = self._ask()
        listed = await self._hosts.containers(ref.host, stack=ref.name)
        self._refuse_changed(ref.host, number)
        return await self._observe(ref, listed.get(ref.name, ()), number)

    async def resync(self, host: str) -> None:
        """Ask the engine for everything, and forget what is gone. Raises HostError."""
        number = self._ask()
        noted = self._noted.setdefault(host, set())
        before = self._ids(host) | noted
        listed = await self._hosts.containers(host)
        self._refuse_changed(host, number)
        for name, containers in listed.items():
            await self._observe(model.StackRef(host, name), containers, number)
        for ref in self._of(host):
            if ref.name not in listed:
                await self._observe(ref, (), number)
        # What was noted since may be of a container that is newer than the list.
        noted -= before
        self._forget(before - self._ids(host))

    async def look(self, ref: model.StackRef, container_id: str) -> model.Container:
        """Ask the engine for one container now. Raises HostError."""
        inspected = await self._hosts.inspect(ref.host, container_id)
        container = inspected.container
        self._inspected(container_id, inspected)
        stack = self._stacks.get(ref)
        if stack is not None:
            others = (c if c.id != container_id else container for c in stack.containers)
            self._put(ref, others)
        return self._lay_over(container)

    # ------------------------------------------------------------ putting in

    def reached(self, host: str, *, at: datetime, version: str | None = None) -> None:
        """Note that the host answered and the inventory is right as of `at`."""
        view = self._views.get(host)
        if view is None:
            return
        self._views[host] = replace(
            view,
            reachable=True,
            seen_at=at,
            error=None,
            error_code=None,
            retry_at=None,
            engine_version=version or view.engine_version,
        )
        if not view.reachable:
            self._tell_all(host, "found")

    def warn(self, host: str, warnings: tuple[str, ...]) -> tuple[str, ...]:
        """Note what is to be warned of; return what was not warned of before."""
        view = self._views.get(host)
        if view is None:
            return ()
        self._views[host] = replace(view, warnings=warnings)
        return tuple(each for each in warnings if each not in view.warnings)

    def lost(
        self, host: str, *, error: errors.HostError, retry_at: datetime | None = None
    ) -> None:
        """Note that the host does not answer; what is known of it stays.

        Not of one that another stands in for: it has no stacks of its own.
        """
        view = self._views.get(host)
        if view is None:
            return
        self._views[host] = replace(
            view,
            reachable=False,
            error=error.message,
            error_code=error.code,
            retry_at=retry_at,
        )
        if host in self._stand_ins:
            for ref in self._of(host):
                self._drop(ref)
        if view.reachable or view.error_code != error.code:
            self._tell_all(host, "lost")

    def load_endings(self, host: str, endings: Mapping[str, model.Ended]) -> None:
        """Take over what is known from before."""
        self._endings.update(endings)
        self._noted.setdefault(host, set()).update(endings)

    def heard(self, ref: model.StackRef) -> None:
        """Note that something has happened on that stack: lists asked for before may be old."""
        self._heard[ref] = self._asked

    def note_ending(self, host: str, container_id: str, ended: model.Ended | None) -> bool:
        """Note how a container ended, None when it runs again; return whether that is new."""
        self._noted.setdefault(host, set()).add(container_id)
        before = self._endings.get(container_id)
        if ended is None:
            self._endings.pop(container_id, None)
        else:
            self._endings[container_id] = ended
        return before is not ended

    def ending(self, container_id: str) -> model.Ended | None:
        """Return how the container ended, where that is known."""
        return self._endings.get(container_id)

    def happened(self, host: str, container_id: str, action: str, at: datetime) -> None:
        """Note an event of a container, for since when it is in its state."""
        self._noted.setdefault(host, set()).add(container_id)
        self._moments.happened(container_id, action, at)

    def forget_policy(self, container_id: str) -> None:
        """Note that somebody may have changed the container's restart policy."""
        self._policies.pop(container_id, None)

    def up_on(self, host: str) -> frozenset[str]:
        """Return the ids of the containers that are up on that host, as last observed."""
        return frozenset(
            container.id
            for ref, stack in self._stacks.items()
            if ref.host == host
            for container in stack.containers
            if container.is_up
        )

    # ------------------------------------------------------------ inside

    def _forget(self, container_ids: Iterable[str]) -> None:
        for container_id in container_ids:
            self._policies.pop(container_id, None)
            self._endings.pop(container_id, None)
            self._moments.forget(container_id)

    def _inspected(self, container_id: str, found: ports.Inspected) -> None:
        """Keep what only an inspect tells, where one was made anyway."""
        self._policies[container_id] = found.container.restart_policy or "no"
        self._moments.inspected(container_id, found.container.state, found.finished_at)

    def _ids(self, host: str) -> set[str]:
        return {c.id for ref in self._of(host) for c in self._stacks[ref].containers}

    def _ask(self) -> int:
        self._asked += 1
        return self._asked

    async def _observe(
        self, ref: model.StackRef, containers: tuple[model.Container, ...], number: int
    ) -> model.Stack | None:
        if self._is_overtaken(ref, number):
            return self._stacks.get(ref)
        self._believed[ref] = number
        if not containers:
            self._drop(ref)
            return None
        laid = tuple(map(self._lay_over, containers))
        for container_id in oneshots.needs_policy(laid):
            try:
                inspected = await self._hosts.inspect(ref.host, container_id)
            except errors.ContainerGone:
                laid = tuple(c for c in laid if c.id != container_id)
            else:
                self._inspected(container_id, inspected)
        if self._is_overtaken(ref, number):
            return self._stacks.get(ref)
        return self._put(ref, laid)

    def _is_overtaken(self, ref: model.StackRef, number: int) -> bool:
        """Return whether something newer is known, or another engine, or none, is there now."""
        if ref.host not in self._since or number <= self._since[ref.host]:
            return True
        return number < self._believed.get(ref, 0)

    def _refuse_changed(self, host: str, number: int) -> None:
        """Raise HostError when the answer is not one of the host that there is now."""
        if host not in self._since:
            raise errors.HostRefused(f"there is no host `{host}` any more", code="host-unknown")
        if number <= self._since[host]:
            raise errors.HostUnreachable(f"the host `{host}` was changed while it was asked")

    def _of(self, host: str) -> tuple[model.StackRef, ...]:
        return tuple(ref for ref in self._stacks if ref.host == host)

    def _lay_over(self, container: model.Container) -> model.Container:
        policy = container.restart_policy or self._policies.get(container.id)
        ended = None if container.is_up else self._endings.get(container.id)
        moment = self._moments.of(container, self._clock.now())
        # The age is that at the time of the list, and of no use later.
        laid = policy, ended, moment, None
        if laid == (container.restart_policy, container.ended, container.since, container.age):
            return container
        return replace(container, restart_policy=policy, ended=ended, since=moment, age=None)

    def _put(self, ref: model.StackRef, containers: Iterable[model.Container]) -> model.Stack:
        ordered = sorted(map(self._lay_over, containers), key=lambda c: (c.service, c.number))
        stack = model.Stack(ref=ref, containers=tuple(ordered))
        if self._stacks.get(ref) != stack:
            self._stacks[ref] = stack
            self._bus.publish_stack(ref)
            self._tell(ref.host)
        return stack

    def _drop(self, ref: model.StackRef) -> None:
        self._heard.pop(ref, None)
        if self._stacks.pop(ref, None) is not None:
            self._bus.publish_stack(ref)
            self._tell(ref.host)

    def _tell_duplicates(self) -> None:
        """Find out anew who stands in for whom, and tell the hosts for which that is news."""
        before, self._stand_ins = self._stand_ins, duplicates.stand_ins(self._identities)
        for host in before.keys() | self._stand_ins.keys():
            if before.get(host) != self._stand_ins.get(host) and host in self._changes:
                self._tell(host)

    def _tell(self, host: str) -> None:
        event, self._changes[host] = self._changes[host], asyncio.Event()
        event.set()

    def _tell_all(self, host: str, action: str) -> None:
        self._bus.publish_change(
            changes.Change(
                noun=changes.Noun.HOST,
                name=host,
                action=action,
                by=changes.DAEMON,
                at=self._clock.now(),
            )
        )
        for ref in self._of(host):
            self._bus.publish_stack(ref)
        self._tell(host)
