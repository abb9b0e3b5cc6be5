"""A real dockerd that is frozen while runs are due, and goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dockschedd.core import fleet, model
from tests.daemon.real_hosts import daemon
from tests.patience import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines import Engine


@pytest.mark.docker
async def test_runs_on_a_frozen_engine_are_done_once_or_missed(
    own_engine: Engine, tmp_path: Path
) -> None:
    """Within their deadline when it goes on; else with the host in the cause. Nothing twice."""
    late, soon = own_engine.compose_up("pair"), own_engine.compose_up("pair")
    hosts = {"edge": fleet.Endpoint(url=own_engine.url)}
    async with daemon(tmp_path / "db", hosts, limit=timedelta(seconds=1)) as running:
        await eventually(running.reachable, within=10)
        refs = [model.StackRef("edge", name) for name in (late, soon)]
        began = datetime.now(UTC)
        own_engine.hang()
        await running.record(
            running.stop(refs[0]), running.stop(refs[1], within=timedelta(seconds=2))
        )

        async def missed() -> bool:
            return (await running.runs())[refs[1]].status is model.RunStatus.MISSED

        await eventually(missed, within=20, every=0.1)
        waiting = (await running.runs())[refs[0]]
        own_engine.resume()

        async def done() -> bool:
            return (await running.runs())[refs[0]].status is model.RunStatus.SUCCEEDED

        await eventually(done, within=20, every=0.1)
        runs = await running.runs()

    assert waiting.status is model.RunStatus.PLANNED
    assert "host `edge` " in runs[refs[1]].cause
    assert "until the deadline of 2s" in runs[refs[1]].cause
    assert set(own_engine.states(late).values()) == {"exited"}
    assert set(own_engine.states(soon).values()) == {"running"}
    events = own_engine.events_since(began, project=late)
    assert sum(event["Action"] == "stop" for event in events) == 2
    assert runs[refs[0]].attempt == 1
