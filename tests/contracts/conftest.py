"""The same suite for the engine in memory, for it behind the API, and for a real one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dockschedd.core.fleet import Endpoint
from dockschedd.hosts import surface
from tests import engines
from tests.contracts.rigs import DockerRig, FakeRig, ServedRig
from tests.socket_filter import socket_filter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.contracts.rigs import Rig


@pytest.fixture(scope="package")
def disposable_engine() -> Iterator[engines.Engine]:
    """An engine that tests may kill and hang, as long as they bring it back."""
    engines.require_engine()
    engine = engines.start_engine()
    yield engine
    engine.remove()


@pytest.fixture(params=["fake", "served", pytest.param("docker", marks=pytest.mark.docker)])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """Each implementation of ports.Hosts in turn.

    The real engine is reached through a filter that allows what is said to be asked and nothing
    else, except where it is to be seen that it fails.
    """
    if request.param == "fake":
        fake = FakeRig()
        yield fake
        await fake.hosts.close()
        return
    if request.param == "served":
        with tempfile.TemporaryDirectory(prefix="engine-") as directory:
            served = ServedRig(Path(directory))
            yield served
            await served.close()
        return
    engine = request.getfixturevalue("disposable_engine")
    if request.module.__name__.endswith("failing"):
        docker = DockerRig(engine)
        yield docker
        await docker.hosts.close()
        docker.clean()
        return
    own = Path(engine.url.removeprefix("unix://"))
    with socket_filter(tmp_path / "filter.sock", own, surface.is_asked) as filtered:
        docker = DockerRig(engine, endpoint=Endpoint(url=filtered.url))
        yield docker
        await docker.hosts.close()
        docker.clean()
    assert filtered.refused == []
