"""`python -m tests.benchmarks.fleet DIRECTORY HOSTS STACKS CONTAINERS`: serve a fleet.

Each line of stdin is a command in JSON, answered by a line on stdout; it ends with its stdin.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dockschedd.clock import SystemClock
from dockschedd.core.model import ContainerState
from tests.benchmarks.fleet.served import ServedEngine
from tests.fake_engine import FakeContainer, FakeEngine, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

#: About what a real engine needs for these on a machine that is not busy.
READS_TAKE: Final = timedelta(milliseconds=5)
STARTS_TAKE: Final = timedelta(milliseconds=100)
STOPS_TAKE: Final = timedelta(milliseconds=50)
#: Up for so long that the text of a list changes as seldom as that of a fleet does.
UP_FOR: Final = timedelta(days=3)


class Fleet:
    """All engines, what is done on them from outside, and which calls came in."""

    def __init__(self, directory: Path, *, hosts: int, stacks: int, containers: int) -> None:
        self._clock = SystemClock()
        self._calls: list[tuple[float, str, str, str]] = []
        self.engines = [
            self._engine(f"edge-{number:03}", stacks, containers) for number in range(hosts)
        ]
        self._served = [
            ServedEngine(
                engine,
                directory / f"{engine.name}.sock",
                clock=self._clock,
                reads_take=READS_TAKE,
                on_action=self._called,
            )
            for engine in self.engines
        ]
        self._victims = self._in_turn()
        self._trickle: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Serve all of them."""
        for each in self._served:
            each.open()

    def do(self, command: str, value: float) -> object:
        """Carry a command out; return its answer."""
        match command:
            case "events":
                self._events(value)
                return None
            case "burst":
                for engine in self.engines:
                    for container in list(engine.containers.values())[: int(value)]:
                        _restarted(engine, container)
                return None
            case "reset":
                for engine in self.engines:
                    for container in engine.containers.values():
                        container.state = ContainerState.RUNNING
                return None
            case "calls":
                calls, self._calls = self._calls, []
                return calls
            case _:
                raise ValueError(command)

    def _engine(self, name: str, stacks: int, containers: int) -> FakeEngine:
        engine = FakeEngine(name, self._clock)
        for stack in range(stacks):
            for number in range(containers):
                needs = {f"service-{number // 3:02}": "service_started"} if number >= 3 else {}
                behaves = Service(
                    depends_on=needs,
                    restart="unless-stopped",
                    start_takes=STARTS_TAKE,
                    stop_takes=STOPS_TAKE,
                )
                made = engine.add(
                    f"stack-{stack:02}",
                    f"service-{number:02}",
                    number=1,
                    behaves=behaves,
                    state=ContainerState.RUNNING,
                )
                made.started_at = self._clock.now() - UP_FOR
        return engine

    def _called(self, verb: str, container: FakeContainer) -> None:
        self._calls.append((time.time(), container.host, container.stack, verb))

    def _events(self, per_second: float) -> None:
        if self._trickle is not None:
            self._trickle.cancel()
            self._trickle = None
        if per_second:
            self._trickle = asyncio.get_running_loop().create_task(self._trickling(per_second))

    async def _trickling(self, per_second: float) -> None:
        # A process that ends and is started again makes two.
        pause = timedelta(seconds=2 / per_second)
        while True:
            await self._clock.sleep(pause)
            engine, container = next(self._victims)
            _restarted(engine, container)

    def _in_turn(self) -> Iterator[tuple[FakeEngine, FakeContainer]]:
        number = 0
        while True:
            for engine in self.engines:
                containers = list(engine.containers.values())
                yield engine, containers[number * 7 % len(containers)]
            number += 1


def _restarted(engine: FakeEngine, container: FakeContainer) -> None:
    """Let its process end by itself, and the engine start it again."""
    if container.state is ContainerState.RUNNING:
        engine.end(container, 1)
        engine.begin(container)
        # The engine keeps 256 of them.
        del engine.log[:-256]


async def serve(directory: Path, *, hosts: int, stacks: int, containers: int) -> None:
    """Serve until stdin ends."""
    fleet = Fleet(directory, hosts=hosts, stacks=stacks, containers=containers)
    fleet.open()
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    _say("ready")
    while line := await commands.readline():
        said: dict[str, Any] = json.loads(line)
        _say(fleet.do(said["do"], said.get("value", 0)))


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            serve(
                Path(sys.argv[1]),
                hosts=int(sys.argv[2]),
                stacks=int(sys.argv[3]),
                containers=int(sys.argv[4]),
            )
        )
