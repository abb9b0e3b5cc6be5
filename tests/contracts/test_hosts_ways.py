"""What ports.Hosts promises, over TLS and over ssh: what may depend on the way to an engine."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests import engines, pki, sshd
from tests.contracts.rigs import LIMIT, DockerRig
from tests.contracts.test_hosts_done import (
    test_stop_and_start_take_effect_before_they_return,
)
from tests.contracts.test_hosts_events import (
    test_events_tell_what_happens_in_order,
)
from tests.contracts.test_hosts_failing import (
    test_a_call_under_way_when_the_engine_dies_loses_its_answer,
    test_a_stream_ends_when_its_engine_dies,
    test_the_stream_of_an_engine_that_hangs_can_be_closed,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from dockschedd.core.fleet import Endpoint

pytestmark = pytest.mark.docker

__all__ = [
    "test_a_call_under_way_when_the_engine_dies_loses_its_answer",
    "test_a_stream_ends_when_its_engine_dies",
    "test_events_tell_what_happens_in_order",
    "test_stop_and_start_take_effect_before_they_return",
    "test_the_stream_of_an_engine_that_hangs_can_be_closed",
]


@pytest.fixture(scope="module")
def ways(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[engines.Engine, dict[str, Endpoint]]]:
    """One engine that tests may kill and hang, and the ways to it."""
    engines.require_engine()
    sshd.require_sshd()
    authority, port = pki.Authority(tmp_path_factory.mktemp("pki")), sshd.free_port()
    server, client = authority.issue("server", "127.0.0.1"), authority.issue("client")
    with contextlib.ExitStack() as stack:
        engine = engines.start_engine(*authority.options(server, port))
        stack.callback(engine.remove)
        ssh = sshd.Sshd(engine.url)
        stack.callback(ssh.remove)
        ssh.start()
        yield (
            engine,
            {
                "tls": authority.endpoint(f"tcp://127.0.0.1:{port}", client),
                "ssh": ssh.endpoint,
            },
        )


@pytest.fixture(params=["tls", "ssh"])
async def rig(
    request: pytest.FixtureRequest, ways: tuple[engines.Engine, dict[str, Endpoint]]
) -> AsyncIterator[DockerRig]:
    """The engine by each way in turn; a login takes longer than a call may elsewhere."""
    engine, endpoints = ways
    limit = timedelta(seconds=10) if request.param == "ssh" else LIMIT
    rig = DockerRig(engine, endpoints[request.param], limit=limit)
    yield rig
    await rig.hosts.close()
    rig.clean()
