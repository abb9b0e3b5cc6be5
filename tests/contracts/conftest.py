"""The same suite for the engine in memory, for it behind the API, and for a real one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import engines
from tests.contracts.rigs import DockerRig, FakeRig, ServedRig

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
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """Each implementation of ports.Hosts in turn."""
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
    docker = DockerRig(request.getfixturevalue("disposable_engine"))
    yield docker
    await docker.hosts.close()
    docker.clean()
