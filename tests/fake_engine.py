"""One Docker Engine in memory: its containers, what they do, and the events that they make.

What people do to it from outside (`docker stop`, `docker kill`, …) happens at once; what
takes time passes by the clock that it is given, and by nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import model
from dockschedd.core.model import Condition, ContainerState, Health

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from dockschedd import ports
    from dockschedd.core import certificates, checks

ZERO = timedelta()
DEFAULT_GRACE = timedelta(seconds=10)
_UP = frozenset({ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING})


@dataclass(frozen=True, kw_only=True)
class Service:
    """How the containers of one service behave."""

    #: Service name → condition (`service_started`, …).
    depends_on: Mapping[str, str] = field(default_factory=dict)
    replicas: int = 1
    restart: str = "no"
    stop_timeout: timedelta | None = None
    #: How long the engine's start call takes.
    start_takes: timedelta = ZERO
    #: How long the process takes to end after the stop signal; None: it ignores the signal.
    stop_takes: timedelta | None = ZERO
    #: Its exit code when it ends by the stop signal.
    stop_code: int = 0
    #: From start to the first result of its health check; None: it has no health check.
    healthy_after: timedelta | None = None
    turns: Health = Health.HEALTHY
    #: A one-shot: how long it runs; None: it runs until it is stopped.
    finishes_after: timedelta | None = None
    finish_code: int = 0
    #: What its label says that the stack needs.
    requires: tuple[str, ...] = ()
    #: Its state when the stack is added; None: the stack's, and exited for a one-shot.
    state: ContainerState | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """Implements ports.HostEvent."""

    action: str
    container_id: str
    stack: str | None
    at: datetime
    exit_code: int | None = None


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """Implements ports.Inspected."""

    container: model.Container
    stack: str | None
    started_at: datetime | None
    finished_at: datetime | None
    stop_timeout: timedelta | None


@dataclass
class FakeContainer:
    """One container, as its engine knows it."""

    id: str
    name: str
    host: str
    stack: str
    service: str
    number: int
    behaves: Service
    state: ContainerState
    health: Health = Health.NONE
    exit_code: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: Lets it become healthy, or finish.
    life: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        return self.state in _UP

    def observed(self, *, policy: bool = False) -> model.Container:
        """Return what a list tells; with `policy`, what an inspect tells."""
        return model.Container(
            id=self.id,
            name=self.name,
            service=self.service,
            number=self.number,
            state=self.state,
            health=self.health if self.state is ContainerState.RUNNING else Health.NONE,
            exit_code=self.exit_code,
            depends_on=tuple(
                model.Dependency(service=name, condition=Condition(condition))
                for name, condition in sorted(self.behaves.depends_on.items())
            ),
            restart_policy=self.behaves.restart if policy else None,
            requires=self.behaves.requires,
        )

    def inspected(self) -> Inspected:
        """Return what an inspect tells."""
        return Inspected(
            container=self.observed(policy=True),
            stack=self.stack,
            started_at=self.started_at,
            finished_at=self.finished_at,
            stop_timeout=self.behaves.stop_timeout,
        )


class FakeEngine:
    """The engine of one host."""

    def __init__(self, name: str, clock: ports.Clock) -> None:
        #: When the first question was asked that has had no answer.
        self.waiting_since: datetime | None = None
        self.name = name
        self.url = f"unix:///run/{name}.sock"
        self.containers: dict[str, FakeContainer] = {}
        #: The same and those that were removed, which events speak of.
        self.made: dict[str, FakeContainer] = {}
        self.log: list[Event] = []
        self.watchers: set[asyncio.Queue[Event | None]] = set()
        self.is_down = False
        #: What the connection depends on, and what a check finds.
        self.certificates: list[certificates.Certificate] = []
        self.findings: list[checks.Finding] = []
        #: Set while the engine is down, so that calls under way lose their answers.
        self.lost = asyncio.Event()
        #: Cleared while the engine hangs.
        self.answers = asyncio.Event()
        self.answers.set()
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------ containers

    def add(
        self,
        stack: str,
        service: str,
        *,
        number: int,
        behaves: Service,
        state: ContainerState,
    ) -> FakeContainer:
        """Add a container, settled in its state."""
        oneshot = behaves.finishes_after is not None
        state = behaves.state or (ContainerState.EXITED if oneshot else state)
        now = self._clock.now()
        up = state in _UP
        created = state is ContainerState.CREATED
        seed = f"{self.name}/{stack}/{service}/{number}/{len(self.made)}"
        container = FakeContainer(
            id=hashlib.sha256(seed.encode()).hexdigest(),
            name=f"{stack}-{service}-{number}",
            host=self.name,
            stack=stack,
            service=service,
            number=number,
            behaves=behaves,
            state=state,
            health=behaves.turns if up and behaves.healthy_after is not None else Health.NONE,
            exit_code=None if up or created else (behaves.finish_code if oneshot else 0),
            started_at=None if created else now,
            finished_at=None if up or created else now,
        )
        self.containers[container.id] = self.made[container.id] = container
        return container

    def of(self, stack: str, service: str | None) -> tuple[FakeContainer, ...]:
        """Return the containers of a stack, or of one of its services; at least one."""
        found = tuple(
            each
            for each in self.containers.values()
            if each.stack == stack and service in {None, each.service}
        )
        assert found, f"there is no container of {self.name}/{stack} {service or ''}"
        return found

    def known(self, container_id: str) -> FakeContainer:
        """Return the container. Raises ContainerGone."""
        container = self.containers.get(container_id)
        if container is None:
            raise errors.ContainerGone(f"no such container: {container_id[:12]}")
        return container

    def emit(self, container: FakeContainer, action: str, *, code: int | None = None) -> None:
        """Record the event and tell those who watch."""
        event = Event(
            action=action,
            container_id=container.id,
            stack=container.stack,
            at=self._clock.now(),
            exit_code=code,
        )
        self.log.append(event)
        if not self.is_down:
            for queue in self.watchers:
                queue.put_nowait(event)

    def begin(self, container: FakeContainer) -> None:
        """Let its process start."""
        behaves = container.behaves
        container.state = ContainerState.RUNNING
        container.exit_code = None
        container.started_at = self._clock.now()
        checked = behaves.healthy_after is not None
        container.health = Health.STARTING if checked else Health.NONE
        self.emit(container, "start")
        if checked or behaves.finishes_after is not None:
            container.life = self.spawn(self._live(container))

    def end(self, container: FakeContainer, code: int, *, then: str | None = None) -> None:
        """Let its process end; `then`: the event that follows the `die`."""
        if container.life is not None:
            container.life.cancel()
            container.life = None
        container.state = ContainerState.EXITED
        container.health = Health.NONE
        container.exit_code = code
        container.finished_at = self._clock.now()
        self.emit(container, "die", code=code)
        if then:
            self.emit(container, then)

    # ------------------------------------------------------------ what the API does

    async def start(self, container: FakeContainer) -> None:
        if container.state is ContainerState.PAUSED:
            raise errors.HostRefused(f"cannot start {container.name}: it is paused")
        if not container.is_up:
            await self.let_pass(container.behaves.start_takes)
            # Somebody else may have been faster.
            if not container.is_up:
                self.begin(container)

    async def stop(self, container: FakeContainer, grace: timedelta | None) -> None:
        if not container.is_up:
            return
        behaves = container.behaves
        if grace is None:
            grace = behaves.stop_timeout if behaves.stop_timeout is not None else DEFAULT_GRACE
        # The engine counts whole seconds.
        patience = timedelta(seconds=math.ceil(grace.total_seconds()))
        self.emit(container, "kill")
        self.unpause(container)
        needs = behaves.stop_takes
        obeys = needs is not None and needs <= patience
        await self.let_pass(needs if needs is not None and obeys else patience)
        if container.is_up:
            self.end(container, behaves.stop_code if obeys else 137, then="stop")

    async def restart(self, container: FakeContainer, grace: timedelta | None) -> None:
        await self.stop(container, grace)
        await self.let_pass(container.behaves.start_takes)
        self.begin(container)
        self.emit(container, "restart")

    def pause(self, container: FakeContainer) -> None:
        if container.state is ContainerState.PAUSED:
            return
        if container.state is not ContainerState.RUNNING:
            raise errors.HostRefused(f"cannot pause {container.name}: it is not running")
        container.state = ContainerState.PAUSED
        self.emit(container, "pause")

    def unpause(self, container: FakeContainer) -> None:
        if container.state is ContainerState.PAUSED:
            container.state = ContainerState.RUNNING
            self.emit(container, "unpause")

    # ------------------------------------------------------------ time and tasks

    async def let_pass(self, duration: timedelta) -> None:
        if duration > ZERO:
            await self._clock.sleep(duration)

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Let the engine do it, whoever waits for it or goes away."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    async def close(self) -> None:
        """End the streams and all that goes on."""
        for queue in self.watchers:
            queue.put_nowait(None)
        for task in tuple(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, errors.HostError):
                await task

    async def _live(self, container: FakeContainer) -> None:
        behaves = container.behaves
        if behaves.healthy_after is not None:
            await self.let_pass(behaves.healthy_after)
            container.health = behaves.turns
            self.emit(container, f"health_status: {behaves.turns.value}")
        if behaves.finishes_after is not None:
            await self.let_pass(behaves.finishes_after)
            container.life = None
            self.end(container, behaves.finish_code)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # Asked for, so that a call whose caller went away leaves no warning behind.
            task.exception()
