"""What hosts/ promises beyond the contract, on a real engine."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.core.fleet import Endpoint
from dockschedd.hosts import events
from dockschedd.hosts.pool import DockerHosts
from tests.engines import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.engines import Engine

SHORT = timedelta(seconds=0.3)


@pytest.fixture
async def hosts(engine: Engine) -> AsyncIterator[DockerHosts]:
    """The session's engine as `local`."""
    made = DockerHosts({"local": Endpoint(url=engine.url)})
    yield made
    await made.close()


def threads(prefix: str) -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith(prefix)]


@pytest.mark.docker
async def test_a_hung_engine_never_keeps_another_waiting(
    engine: Engine, own_engine: Engine
) -> None:
    """Each host has its own threads and limits."""
    hosts = DockerHosts(
        {"hung": Endpoint(url=own_engine.url), "well": Endpoint(url=engine.url)},
        read_limit=SHORT,
        act_limit=SHORT,
    )
    await asyncio.gather(hosts.version("hung"), hosts.version("well"))
    own_engine.hang()
    stuck = [asyncio.ensure_future(hosts.start("hung", "0" * 64)) for _ in range(40)]
    stuck += [asyncio.ensure_future(hosts.containers("hung")) for _ in range(40)]
    await asyncio.sleep(0.05)
    began = time.monotonic()

    await hosts.containers("well")

    assert time.monotonic() - began < 0.2
    assert len(threads("docker-hung")) <= 15
    results = await asyncio.gather(*stuck, return_exceptions=True)
    # Those whose turn came when it was clear that it hangs were not made.
    assert {type(each) for each in results} == {errors.HostTimeout, errors.HostUnreachable}
    await eventually(lambda: not threads("docker-hung"))
    own_engine.resume()
    await hosts.close()


@pytest.mark.docker
async def test_closing_a_stream_ends_its_thread(own_engine: Engine) -> None:
    """At once, on an engine that works and on one that hangs."""
    hosts = DockerHosts({"local": Endpoint(url=own_engine.url)})
    for hung in (False, True):
        stream = hosts.events("local", since=datetime.now(UTC) - timedelta(minutes=1))
        project = own_engine.compose_up("pair")
        await anext(stream)
        assert threads("events-local")
        if hung:
            own_engine.hang()

        await stream.aclose()

        await eventually(lambda: not threads("events-local"), within=0.5)
        own_engine.resume()
        own_engine.compose_down(project)
    await hosts.close()


@pytest.mark.docker
async def test_a_closed_stream_takes_no_call_with_it(
    engine: Engine, hosts: DockerHosts, compose_up: Callable[..., str]
) -> None:
    """A stop under way gets its answer, although the connections are made anew."""
    project = compose_up("stubborn")
    container_id = engine.container_id(project, "thirty-seconds")
    grace = timedelta(seconds=1)
    stop = asyncio.ensure_future(hosts.stop("local", container_id, grace=grace))
    since = datetime.now(UTC) - timedelta(seconds=1)
    async with contextlib.aclosing(hosts.events("local", since=since)) as stream:
        async for event in stream:
            if event.action == "kill":
                break
    await hosts.version("local")
    assert not stop.done()

    await stop

    assert engine.exited_with(project, "thirty-seconds") == 137


@pytest.mark.docker
async def test_a_cancelled_reader_ends_the_thread_of_its_stream(engine: Engine) -> None:
    """Cancelling whoever reads is enough."""
    hosts = DockerHosts({"local": Endpoint(url=engine.url)})

    async def watch() -> None:
        async with contextlib.aclosing(hosts.events("local", since=None)) as stream:
            async for _ in stream:
                pass

    task = asyncio.ensure_future(watch())
    await eventually(lambda: threads("events-local"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await eventually(lambda: not threads("events-local"))
    await hosts.close()


@pytest.mark.docker
async def test_a_reader_that_is_too_slow_sees_the_stream_end(
    engine: Engine,
    hosts: DockerHosts,
    compose_up: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is dropped in silence: what was buffered comes, and then the end."""
    monkeypatch.setattr(events, "LIMIT", 3)
    began = datetime.now(UTC)
    project = compose_up("pair")
    engine.compose_stop(project)
    stream = hosts.events("local", since=began)
    first = await anext(stream)
    await eventually(lambda: not threads("events-local"))

    found = [first, *[event async for event in stream]]

    assert [event.action for event in found][:2] == ["create", "create"]
    assert 3 <= len(found) <= 6


@pytest.mark.docker
async def test_a_container_joins_a_stack_by_label(
    engine: Engine, hosts: DockerHosts, compose_up: Callable[..., str]
) -> None:
    """It is listed with the stack's own containers, whether all or that stack is asked for."""
    project = compose_up("pair")
    client = engine.client
    made = client.create_container(
        "dockschedd-test",
        labels={"dockschedd.stack": project},
        name=f"{project}-joined",
        host_config=client.create_host_config(network_mode="none"),
    )["Id"]
    try:
        for found in (
            await hosts.containers("local"),
            await hosts.containers("local", stack=project),
        ):
            assert [each.service for each in found[project]] == ["a", "b", f"{project}-joined"]
            assert found[project][2].number == 0
    finally:
        client.remove_container(made, force=True)


@pytest.mark.docker
async def test_the_containers_of_compose_run_belong_to_no_stack(
    engine: Engine, hosts: DockerHosts, compose_up: Callable[..., str]
) -> None:
    """They come and go with somebody's terminal."""
    project = compose_up("pair")
    file = engine._projects[project]
    engine.compose("run", "-d", "--pull=never", "a", project=project, file=file)

    found = (await hosts.containers("local", stack=project))[project]

    assert [each.service for each in found] == ["a", "b"]
    assert len(engine.states(project)) == 3


@pytest.mark.docker
async def test_a_crashing_container_is_seen_restarting_or_running(
    hosts: DockerHosts, compose_up: Callable[..., str]
) -> None:
    """Between two starts it shows the code with which it ended."""
    project = compose_up("restarting")

    async def restarting() -> bool:
        found = (await hosts.containers("local", stack=project))[project]
        return any(each.state == "restarting" and each.exit_code == 4 for each in found)

    await eventually(restarting, within=15, every=0.02)


@pytest.mark.docker
async def test_many_stops_at_once_all_succeed(
    engine: Engine, hosts: DockerHosts, compose_up: Callable[..., str]
) -> None:
    """More than there are threads."""
    project = compose_up("levels")
    found = (await hosts.containers("local", stack=project))[project]

    await asyncio.gather(*(hosts.stop("local", each.id, grace=None) for each in found))

    assert set(engine.states(project).values()) == {"exited"}
    await asyncio.gather(*(hosts.start("local", each.id) for each in found))
    assert set(engine.states(project).values()) == {"running"}
