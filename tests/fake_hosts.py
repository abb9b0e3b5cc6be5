"""ports.Hosts over engines in memory, with failures on request.

It passes the contract suite that the real engine passes (tests/contracts).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core.model import ContainerState, Health
from tests.fake_engine import ZERO, Event, FakeContainer, FakeEngine, Service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping

    from dockschedd import ports
    from dockschedd.core import certificates, checks, fleet, model

#: Calls that an engine answers at once.
_QUESTIONS = frozenset({"version", "identity", "containers", "inspect", "events"})

__all__ = ["Call", "Event", "FakeContainer", "FakeHosts", "Service"]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that reached `FakeHosts`, for assertions on what was asked and in which order."""

    at: datetime
    verb: str
    host: str
    #: The container's name; "" for calls without one.
    container: str = ""
    grace: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class _Failure:
    verb: str
    error: errors.HostError
    host: str
    container: str | None
    after: bool


class FakeHosts:
    """Implements ports.Hosts. Stacks are named `HOST/STACK`, as in `docker_stop("local/web")`."""

    def __init__(
        self,
        clock: ports.Clock,
        hosts: Iterable[str] = ("local",),
        *,
        time_limit: timedelta = timedelta(seconds=10),
    ) -> None:
        self.clock = clock
        #: How long a call to a hung engine waits before HostTimeout.
        self.time_limit = time_limit
        #: How long every call takes at least.
        self.latency = ZERO
        self.calls: list[Call] = []
        self.closed = False
        self.engines = {name: FakeEngine(name, clock) for name in hosts}
        #: Machines by URL, whatever the hosts there are called.
        self.machines = {engine.url: engine for engine in self.engines.values()}
        self._failures: list[_Failure] = []

    # ------------------------------------------------------------ arranging

    def add_stack(
        self,
        host: str,
        name: str,
        services: Mapping[str, Service] | Iterable[str],
        *,
        state: ContainerState = ContainerState.RUNNING,
    ) -> tuple[FakeContainer, ...]:
        """Add the containers of a stack, settled in `state`, as if they had long been there.

        `services`: names alone get the behaviour of `Service()`.
        """
        named = services if isinstance(services, dict) else dict.fromkeys(services, Service())
        return tuple(
            self.engines[host].add(name, service, number=number, behaves=behaves, state=state)
            for service, behaves in named.items()
            for number in range(1, behaves.replicas + 1)
        )

    def machine(self, url: str) -> FakeEngine:
        """Return the engine that is there, whether or not a host is set up for it."""
        if url not in self.machines:
            self.machines[url] = FakeEngine(url.rpartition("/")[2], self.clock)
            self.machines[url].url = url
        return self.machines[url]

    def fail_next(
        self,
        verb: str,
        error: errors.HostError,
        *,
        host: str = "local",
        container: str | None = None,
        after: bool = False,
    ) -> None:
        """Let the next `verb` (`start`, `containers`, …) fail; of that container name, if given.

        `after`: the engine does what it was asked, and the answer is lost.
        """
        self._failures.append(
            _Failure(verb=verb, error=error, host=host, container=container, after=after)
        )

    def host_down(self, host: str = "local") -> None:
        """Make the engine unreachable: streams end, calls under way lose their answers."""
        engine = self.engines[host]
        engine.is_down = True
        engine.lost.set()
        for queue in engine.watchers:
            queue.put_nowait(None)

    def host_up(self, host: str = "local") -> None:
        """Make the engine reachable, and end a hang; containers are as they were."""
        engine = self.engines[host]
        engine.is_down = False
        engine.lost.clear()
        engine.answers.set()

    def hang(self, host: str = "local") -> None:
        """Let the engine accept calls and not answer, until `host_up`."""
        self.engines[host].answers.clear()

    # ------------------------------------------------------------ what others do to the engine

    def container(self, ref: str, service: str, number: int = 1) -> FakeContainer:
        """Return one container of a stack."""
        _, containers = self._of(ref, service)
        (found,) = (each for each in containers if each.number == number)
        return found

    def states(self, ref: str) -> dict[str, str]:
        """Return `service-number` → the engine's word."""
        _, containers = self._of(ref, None)
        return {f"{each.service}-{each.number}": each.state.value for each in containers}

    def docker_stop(self, ref: str, service: str | None = None) -> None:
        """Do what `docker stop` from outside does, at once."""
        engine, containers = self._of(ref, service)
        for container in containers:
            if container.is_up:
                engine.emit(container, "kill")
                engine.end(container, container.behaves.stop_code, then="stop")

    def docker_start(self, ref: str, service: str | None = None) -> None:
        """Do what `docker start` from outside does, at once."""
        engine, containers = self._of(ref, service)
        for container in containers:
            if not container.is_up:
                engine.begin(container)

    def docker_pause(self, ref: str, service: str | None = None) -> None:
        """Do what `docker pause` from outside does, at once."""
        engine, containers = self._of(ref, service)
        for container in containers:
            engine.pause(container)

    def docker_unpause(self, ref: str, service: str | None = None) -> None:
        """Do what `docker unpause` from outside does, at once."""
        engine, containers = self._of(ref, service)
        for container in containers:
            engine.unpause(container)

    def docker_rm(self, ref: str, service: str | None = None) -> None:
        """Do what `docker rm -f` from outside does, at once."""
        engine, containers = self._of(ref, service)
        for container in containers:
            if container.is_up:
                engine.emit(container, "kill")
                engine.end(container, 137)
            del engine.containers[container.id]
            engine.emit(container, "destroy")

    def kill(self, ref: str, service: str, number: int = 1) -> None:
        """Do what `docker kill` from outside does: exit code 137, no restart."""
        container = self.container(ref, service, number)
        engine = self.engines[container.host]
        engine.emit(container, "kill")
        engine.end(container, 137)

    def finish(self, ref: str, service: str, number: int = 1, *, code: int = 0) -> None:
        """Let its process end by itself; the restart policy then decides."""
        container = self.container(ref, service, number)
        engine = self.engines[container.host]
        engine.end(container, code)
        policy = container.behaves.restart
        if policy in {"always", "unless-stopped"} or (policy == "on-failure" and code):
            engine.begin(container)

    def set_health(self, ref: str, service: str, health: Health, number: int = 1) -> None:
        """Let its health check come to that result."""
        container = self.container(ref, service, number)
        container.health = health
        self.engines[container.host].emit(container, f"health_status: {health.value}")

    # ------------------------------------------------------------ ports.Hosts

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.engines))

    def url(self, host: str) -> str:
        return self._engine(host).url

    def put(self, name: str, endpoint: fleet.Endpoint, *, parallel: int | None = None) -> None:
        self.engines[name] = self.machine(endpoint.url)

    def drop(self, name: str) -> None:
        self.engines.pop(name, None)

    async def certificates(self, host: str) -> tuple[certificates.Certificate, ...]:
        return tuple(self._engine(host).certificates)

    async def check(self, host: str, *, now: Callable[[], datetime]) -> tuple[checks.Finding, ...]:
        return tuple(self._engine(host).findings)

    async def version(self, host: str) -> str:
        await self._answer("version", host)
        return "20.10.24"

    async def identity(self, host: str) -> str:
        await self._answer("identity", host)
        return self.engines[host].url

    def silent(self, host: str) -> timedelta:
        since = self._engine(host).waiting_since
        return ZERO if since is None else self.clock.now() - since

    def rest(self, host: str, pause: timedelta) -> None:
        self._engine(host)

    async def containers(
        self, host: str, *, stack: str | None = None
    ) -> Mapping[str, tuple[model.Container, ...]]:
        await self._answer("containers", host)
        found: dict[str, list[model.Container]] = defaultdict(list)
        for container in self._engine(host).containers.values():
            if stack in {None, container.stack}:
                found[container.stack].append(container.observed())
        return {
            name: tuple(sorted(found[name], key=lambda each: (each.service, each.number)))
            for name in sorted(found)
        }

    async def inspect(self, host: str, container_id: str) -> ports.Inspected:
        await self._answer("inspect", host, container_id)
        return self.engines[host].known(container_id).inspected()

    async def start(self, host: str, container_id: str) -> None:
        await self._act("start", host, container_id, self._engine(host).start)

    async def stop(self, host: str, container_id: str, *, grace: timedelta | None) -> None:
        async def work(container: FakeContainer) -> None:
            await self.engines[host].stop(container, grace)

        await self._act("stop", host, container_id, work, grace=grace)

    async def restart(self, host: str, container_id: str, *, grace: timedelta | None) -> None:
        async def work(container: FakeContainer) -> None:
            await self.engines[host].restart(container, grace)

        await self._act("restart", host, container_id, work, grace=grace)

    async def pause(self, host: str, container_id: str) -> None:
        async def work(container: FakeContainer) -> None:
            self.engines[host].pause(container)

        await self._act("pause", host, container_id, work)

    async def unpause(self, host: str, container_id: str) -> None:
        async def work(container: FakeContainer) -> None:
            self.engines[host].unpause(container)

        await self._act("unpause", host, container_id, work)

    async def events(
        self, host: str, *, since: datetime | None
    ) -> AsyncGenerator[ports.HostEvent, None]:
        await self._answer("events", host)
        engine = self.engines[host]
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        if since is not None:
            for event in engine.log:
                if event.at >= since:
                    queue.put_nowait(event)
        engine.watchers.add(queue)
        try:
            while (item := await queue.get()) is not None:
                yield item
        finally:
            engine.watchers.discard(queue)

    async def close(self) -> None:
        self.closed = True
        for engine in self.engines.values():
            await engine.close()

    # ------------------------------------------------------------ inside

    def _engine(self, host: str) -> FakeEngine:
        if host not in self.engines:
            raise errors.HostRefused(f"there is no host `{host}`", code="host-unknown")
        return self.engines[host]

    def _of(self, ref: str, service: str | None) -> tuple[FakeEngine, tuple[FakeContainer, ...]]:
        host, _, stack = ref.partition("/")
        return self.engines[host], self.engines[host].of(stack, service)

    async def _answer(
        self, verb: str, host: str, container_id: str = "", *, grace: timedelta | None = None
    ) -> _Failure | None:
        """Record the call; fail as arranged. Returns a failure that is to follow the work."""
        engine = self._engine(host)
        known = engine.containers.get(container_id)
        name = known.name if known else ""
        now = self.clock.now()
        self.calls.append(Call(at=now, verb=verb, host=host, container=name, grace=grace))
        if verb in _QUESTIONS:
            engine.waiting_since = engine.waiting_since or now
        # As with a real engine, nothing has happened yet when the caller goes on.
        await asyncio.sleep(0)
        await self._until_answering(engine)
        if engine.is_down:
            raise errors.HostUnreachable(f"cannot reach the engine of `{host}`")
        engine.waiting_since = None
        failure = self._take_failure(verb, host, name)
        if failure and not failure.after:
            raise failure.error
        await engine.let_pass(self.latency)
        if engine.is_down:
            raise _lost()
        return failure

    async def _until_answering(self, engine: FakeEngine) -> None:
        if not engine.answers.is_set() and not await self.clock.sleep(
            self.time_limit, wake=engine.answers
        ):
            limit = self.time_limit.total_seconds()
            raise errors.HostTimeout(f"the engine did not answer within {limit:g} s")

    def _take_failure(self, verb: str, host: str, name: str) -> _Failure | None:
        for failure in self._failures:
            wanted = failure.container in {None, name}
            if wanted and (failure.verb, failure.host) == (verb, host):
                self._failures.remove(failure)
                return failure
        return None

    async def _act(
        self,
        verb: str,
        host: str,
        container_id: str,
        work: Callable[[FakeContainer], Coroutine[None, None, None]],
        *,
        grace: timedelta | None = None,
    ) -> None:
        failure = await self._answer(verb, host, container_id, grace=grace)
        engine = self.engines[host]
        task = engine.spawn(work(engine.known(container_id)))
        lost = asyncio.ensure_future(engine.lost.wait())
        try:
            # Waiting does not own the task: the engine goes on when its caller goes away.
            await asyncio.wait({task, lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            lost.cancel()
        if not task.done():
            raise _lost()
        await self._until_answering(engine)
        task.result()
        if failure:
            raise failure.error


def _lost() -> errors.HostTimeout:
    return errors.HostTimeout(
        "the connection was lost before the engine answered", code="host-answer-lost"
    )
