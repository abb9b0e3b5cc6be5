"""The two implementations of ports.Hosts, each with what a test does behind its back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from dockschedd.clock import SystemClock
from dockschedd.core.fleet import Endpoint
from dockschedd.core.model import ContainerState, Health
from dockschedd.hosts.pool import DockerHosts
from tests.benchmarks.fleet.served import ServedEngine
from tests.fake_hosts import FakeHosts, Service

if TYPE_CHECKING:
    from pathlib import Path

    from dockschedd import ports
    from dockschedd.core import model
    from tests.engines import Engine

HOST = "local"
LIMIT = timedelta(seconds=0.5)
SOON = timedelta(milliseconds=50)


class Rig(Protocol):
    """One implementation, and its engine."""

    hosts: ports.Hosts

    def up(self, kind: str) -> str:
        """Bring up a stack of tests/stacks; return its name."""

    def id(self, stack: str, service: str) -> str:
        """Return a container's id."""

    def docker_stop(self, stack: str, service: str) -> None: ...

    def docker_start(self, stack: str, service: str) -> None: ...

    def docker_rm(self, stack: str, service: str) -> None: ...

    def turn_healthy(self, stack: str) -> None:
        """Let `moody` of the stack `unhealthy` become healthy."""

    def engine_down(self) -> None:
        """Kill the engine."""

    def engine_up(self) -> None:
        """Start the engine again."""

    def hang(self) -> None: ...

    def resume(self) -> None: ...


#: The stacks of tests/stacks, as the fake engine knows them.
FAKES = {
    "pair": {"a": Service(), "b": Service()},
    "sample": {
        "db": Service(),
        "app": Service(depends_on={"db": "service_started"}),
        "web": Service(depends_on={"app": "service_started"}),
    },
    "replicas": {
        "worker": Service(replicas=3),
        "front": Service(depends_on={"worker": "service_started"}),
    },
    "migration": {
        "db": Service(),
        "migrate": Service(finishes_after=timedelta(), depends_on={"db": "service_started"}),
        "app": Service(
            depends_on={
                "db": "service_started",
                "migrate": "service_completed_successfully",
            }
        ),
    },
    "failing": {"job": Service(finishes_after=SOON, finish_code=3), "app": Service()},
    "stubborn": {
        "one-second": Service(stop_takes=None, stop_timeout=timedelta(seconds=1)),
        "thirty-seconds": Service(stop_takes=None, stop_timeout=timedelta(seconds=30)),
        "by-usr1": Service(stop_code=7),
    },
    "restarting": {
        "always": Service(restart="always"),
        "unless-stopped": Service(restart="unless-stopped"),
        "on-failure": Service(restart="on-failure"),
        "never": Service(),
        "crashing": Service(restart="always"),
    },
    "unhealthy": {
        "sick": Service(healthy_after=SOON, turns=Health.UNHEALTHY),
        "moody": Service(healthy_after=SOON, turns=Health.UNHEALTHY),
        "well": Service(healthy_after=SOON),
    },
}


class FakeRig:
    """ports.Hosts in memory."""

    def __init__(self) -> None:
        self.engines = FakeHosts(SystemClock(), [HOST], time_limit=LIMIT)
        self.hosts: ports.Hosts = self.engines

    def up(self, kind: str) -> str:
        name = f"{kind}-{secrets.token_hex(3)}"
        self.engines.add_stack(HOST, name, FAKES[kind], state=ContainerState.RUNNING)
        return name

    def id(self, stack: str, service: str) -> str:
        return self.engines.container(f"{HOST}/{stack}", service).id

    def docker_stop(self, stack: str, service: str) -> None:
        self.engines.docker_stop(f"{HOST}/{stack}", service)

    def docker_start(self, stack: str, service: str) -> None:
        self.engines.docker_start(f"{HOST}/{stack}", service)

    def docker_rm(self, stack: str, service: str) -> None:
        self.engines.docker_rm(f"{HOST}/{stack}", service)

    def turn_healthy(self, stack: str) -> None:
        self.engines.set_health(f"{HOST}/{stack}", "moody", Health.HEALTHY)

    def engine_down(self) -> None:
        self.engines.host_down()

    def engine_up(self) -> None:
        self.engines.host_up()

    def hang(self) -> None:
        self.engines.hang()

    def resume(self) -> None:
        self.engines.host_up()


class ServedRig(FakeRig):
    """The same engine behind the API of a real one: the engines of the fleet benchmark."""

    def __init__(self, directory: Path) -> None:
        clock = SystemClock()
        self.engines = FakeHosts(clock, [HOST])
        path = directory / "engine.sock"
        self.served = ServedEngine(self.engines.engines[HOST], path, clock=clock)
        self.served.open()
        self.hosts = DockerHosts({HOST: Endpoint(url=self.served.url)}, read_limit=LIMIT)

    def engine_down(self) -> None:
        super().engine_down()
        self.served.close()

    def engine_up(self) -> None:
        super().engine_up()
        self.served.open()

    async def close(self) -> None:
        await self.hosts.close()
        self.served.close()
        await self.engines.close()


@dataclass
class DockerRig:
    """ports.Hosts over a private engine, and the stacks of the real Compose."""

    engine: Engine
    #: The way to it; None: its own socket.
    endpoint: Endpoint | None = None
    limit: timedelta = LIMIT

    def __post_init__(self) -> None:
        endpoint = self.endpoint or Endpoint(url=self.engine.url)
        self.hosts = DockerHosts({HOST: endpoint}, read_limit=self.limit)
        self._made: list[str] = []

    def up(self, kind: str) -> str:
        self._made.append(self.engine.compose_up(kind))
        return self._made[-1]

    def id(self, stack: str, service: str) -> str:
        return self.engine.container_id(stack, service)

    def docker_stop(self, stack: str, service: str) -> None:
        self.engine.client.stop(self.id(stack, service))

    def docker_start(self, stack: str, service: str) -> None:
        self.engine.client.start(self.id(stack, service))

    def docker_rm(self, stack: str, service: str) -> None:
        self.engine.client.remove_container(self.id(stack, service), force=True)

    def turn_healthy(self, stack: str) -> None:
        client = self.engine.client
        made = client.exec_create(self.id(stack, "moody"), ["touch", "/tmp/ready"])
        client.exec_start(made["Id"])

    def engine_down(self) -> None:
        self.engine.kill()

    def engine_up(self) -> None:
        self.engine.start()

    def hang(self) -> None:
        self.engine.hang()

    def resume(self) -> None:
        self.engine.resume()

    def clean(self) -> None:
        """Leave the engine running and empty."""
        if not self.engine.is_up:
            self.engine.start()
        self.engine.resume()
        for name in self._made:
            self.engine.compose_down(name)


async def container(rig: Rig, stack: str, service: str) -> model.Container:
    """Return a container as a list shows it."""
    listed = await rig.hosts.containers(HOST, stack=stack)
    return next(each for each in listed[stack] if each.service == service)


async def take(rig: Rig, count: int, *, since: datetime | None) -> list[ports.HostEvent]:
    """Return the first events of a stream."""
    found: list[ports.HostEvent] = []
    async with asyncio.timeout(5), contextlib.aclosing(rig.hosts.events(HOST, since=since)) as got:
        async for event in got:
            found.append(event)
            if len(found) == count:
                break
    return found
