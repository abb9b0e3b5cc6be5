"""What TLS and ssh cost beside a local socket: one engine, reached in three ways."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from dockschedd.core.fleet import Endpoint
from dockschedd.hosts.pool import DockerHosts
from tests import engines, pki, sshd
from tests.benchmarks.figures import Figure, median

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from tests.benchmarks.machine import Machine

_ONCE = 20


def ways(_: Machine, rounds: int) -> list[Figure]:
    """The first answer, a list, twenty lists at once, and a stop with a start."""
    sshd.require_sshd()
    with _engine() as (engine, endpoints):
        stack = engine.compose_up("pair")
        container_id = engine.container_id(stack, "a")
        found: dict[str, dict[str, float]] = {}
        for name, endpoint in endpoints.items():
            found[name] = asyncio.run(_measure(endpoint, container_id, rounds))
        engine.compose_down(stack)
    return [
        Figure(what=f"{what}, {name}", ours=value, unit="ms", peer=found["unix"][what], note=note)
        for name, note in (("tls", "the peer is a local socket"), ("ssh", "the same"))
        for what, value in found[name].items()
    ]


async def _measure(endpoint: Endpoint, container_id: str, rounds: int) -> dict[str, float]:
    async def first() -> None:
        hosts = DockerHosts({"far": endpoint})
        await hosts.version("far")
        await hosts.close()

    async def burst() -> None:
        hosts = DockerHosts({"far": endpoint}, parallel=_ONCE)
        await asyncio.gather(*(hosts.start("far", container_id) for _ in range(_ONCE)))
        await hosts.close()

    async def again() -> None:
        await hosts.stop("far", container_id, grace=timedelta(seconds=10))
        await hosts.start("far", container_id)

    hosts = DockerHosts({"far": endpoint})
    await hosts.version("far")
    measured = {
        "first answer": await _timed(first, rounds),
        f"{_ONCE} calls at once, none connected": await _timed(burst, rounds),
        "list": await _timed(lambda: hosts.containers("far"), rounds * 20),
        "stop and start": await _timed(again, rounds),
    }
    await hosts.close()
    return measured


async def _timed(call: Callable[[], Coroutine[None, None, object]], rounds: int) -> float:
    """Return the median in milliseconds."""
    taken = []
    for _ in range(rounds):
        began = perf_counter()
        await call()
        taken.append((perf_counter() - began) * 1000)
    return median(taken)


@contextlib.contextmanager
def _engine() -> Iterator[tuple[engines.Engine, dict[str, Endpoint]]]:
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority, port = pki.Authority(directory), sshd.free_port()
        server, client = authority.issue("server", "127.0.0.1"), authority.issue("client")
        engine = engines.start_engine(*authority.options(server, port))
        stack.callback(engine.remove)
        ssh = sshd.Sshd(engine.url)
        stack.callback(ssh.remove)
        ssh.start()
        yield (
            engine,
            {
                "unix": Endpoint(url=engine.url),
                "tls": authority.endpoint(f"tcp://127.0.0.1:{port}", client),
                "ssh": ssh.endpoint,
            },
        )
