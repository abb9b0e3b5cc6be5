"""The same suite for the engine in memory and for a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import engines
from tests.contracts.rigs import DockerRig, FakeRig

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


@pytest.fixture(params=["fake", pytest.param("docker", marks=pytest.mark.docker)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """Each implementation of ports.Hosts in turn."""
    if request.param == "fake":
        fake = FakeRig()
        yield fake
        await fake.hosts.close()
        return
    docker = DockerRig(request.getfixturevalue("disposable_engine"))
    yield docker
    await docker.hosts.close()
    docker.clean()
