"""What happens is counted and timed, once each, and what is logged names its run."""

from __future__ import annotations

import io
import json
import logging
from datetime import timedelta

import pytest

from dockschedd import errors, log
from dockschedd.core import measures, model
from dockschedd.daemon.meter import Meter
from tests.engines import eventually
from tests.fake_clock import START
from tests.fake_hosts import Service
from tests.store import nouns

PAIR = {"a": Service(), "b": Service()}
SECOND = timedelta(seconds=1)


def due(**changes) -> model.Run:
    return nouns.run(**{"planned_at": START, **changes})


async def test_a_run_is_counted_once_with_its_steps_and_durations(world):
    """However often it was told of while it was under way."""
    world.hosts.add_stack("local", "web", PAIR)
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/web")
        await daemon.ended(run.id)
        await eventually(lambda: daemon.meter.measured().runs)
        measured = daemon.meter.measured()

    assert measured.runs == {(model.Action.STOP, model.RunStatus.SUCCEEDED): 1}
    assert measured.steps == {(model.Verb.STOP, model.StepStatus.SUCCEEDED): 2}
    assert measured.run_seconds[model.Action.STOP].cumulative()[-1] == 1
    assert measured.step_seconds[model.Verb.STOP].cumulative()[-1] == 2
    assert measured.lag.cumulative()[-1] == 0  # nobody waits for a schedule here


async def test_a_run_that_is_never_carried_out_is_counted_too(world):
    """Under how it ended, without a duration."""
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/gone")
        await daemon.ended(run.id)
        await eventually(lambda: daemon.meter.measured().runs)
        measured = daemon.meter.measured()

    assert measured.runs == {(model.Action.STOP, model.RunStatus.SKIPPED): 1}
    assert measured.run_seconds == {}


async def test_a_failed_run_is_counted_as_failed_and_its_call_as_refused(world):
    """The host's calls are counted by their outcomes."""
    world.hosts.add_stack("local", "web", PAIR)
    refused = errors.HostRefused("no")
    world.hosts.fail_next("stop", refused, container="web-a-1")
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/web")
        ended = await daemon.ended(run.id)
        await eventually(lambda: daemon.meter.measured().runs)
        measured = daemon.meter.measured()

    assert measured.runs == {(model.Action.STOP, ended.status): 1}
    assert measured.calls["local", "refused"] == 1
    assert measured.calls["local", "ok"] > 1


async def test_a_probe_is_timed_and_a_host_that_is_away_is_counted_so(world):
    """The latency is that of the newest answer; an error has none."""
    async with world.daemon() as daemon:
        assert daemon.meter.measured().latency["local"] >= 0
        world.hosts.host_down()
        await daemon.pass_time(15 * SECOND)
        measured = daemon.meter.measured()

    assert measured.calls["local", "unreachable"] >= 1


async def test_a_run_of_a_schedule_has_a_lag(world):
    """One, from its planned instant to the first of its calls."""
    world.hosts.add_stack("local", "web", PAIR)
    async with world.daemon() as daemon:
        await daemon.schedule("night", "stop", "local/web")
        await daemon.pass_time(61 * SECOND)
        await daemon.all_ended(1)
        lag = daemon.meter.measured().lag

    assert lag.cumulative()[-1] == 1
    assert lag.total <= 1


@pytest.mark.parametrize(
    ("changes", "late", "lag"),
    [
        ({}, 2, 2.0),
        ({"start_at": START + SECOND}, 2, 1.0),
        ({}, -1, 0.0),
        ({"attempt": 2}, 2, None),
        ({"after": ("other",)}, 2, None),
        ({"cause_kind": model.CauseKind.CATCH_UP}, 2, None),
        ({"cause_kind": model.CauseKind.MANUAL}, 2, None),
    ],
)
def test_a_lag_is_how_late_something_due_begins(changes, late, lag):
    """With a spread it counts from there; what is late by nature has none."""
    meter = Meter()
    meter.first_call(due(**changes), START + late * SECOND)

    measured = meter.measured().lag
    assert measured.cumulative()[-1] == (lag is not None)
    assert measured.total == (lag or 0.0)


def test_a_clock_that_was_set_back_gives_no_negative_duration():
    """It counts as none at all: a histogram's sum must not go down."""
    meter = Meter()
    meter.ended(
        due(status=model.RunStatus.SUCCEEDED, started_at=START, finished_at=START - SECOND)
    )

    found = meter.measured().run_seconds[model.Action.STOP]
    assert found == measures.Distribution.empty(measures.DURATIONS).plus(0.0)


async def test_every_line_that_is_logged_for_a_run_names_it(world):
    """Also lines of other modules and libraries, and never those of anything else."""
    world.hosts.add_stack("local", "web", PAIR)
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(log.JsonFormatter())
    root, elsewhere = logging.getLogger(), logging.getLogger("a.library")
    root.addHandler(handler)
    try:
        async with world.daemon() as daemon:
            stop = world.hosts.stop

            async def stopped(host, container_id, *, grace):
                elsewhere.warning("engine.called")
                await stop(host, container_id, grace=grace)

            world.hosts.stop = stopped
            run = await daemon.act("stop", "local/web")
            await daemon.ended(run.id)
            elsewhere.warning("something.else")
    finally:
        root.removeHandler(handler)

    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [row["run"] for row in told if row["event"] == "engine.called"] == [run.id, run.id]
    assert [row.get("run") for row in told if row["event"] == "something.else"] == [None]
