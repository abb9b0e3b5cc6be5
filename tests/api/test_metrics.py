"""`/metrics`: who may read it, in which form, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

from dockschedd.api import exposition, metrics
from dockschedd.core import model
from dockschedd.errors import StoreError
from tests.api.daemon import Daemon, container
from tests.store import nouns

TOKEN = "0123456789abcdef" * 2
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
WEB = model.StackRef("local", "web")


async def scraped(daemon: Daemon) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """All samples by name and labels."""
    reply = await daemon.local("GET", "/metrics")
    assert reply.status == 200, reply.body
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text(reply.body.decode())
        for sample in family.samples
    }


def labels(**named: str) -> frozenset[tuple[str, str]]:
    return frozenset(named.items())


async def test_it_is_text_unless_openmetrics_is_asked_for(daemon) -> None:
    """Both forms are those that the library writes, and both can be parsed."""
    plain = await daemon.local("GET", "/metrics")
    newer = await daemon.local("GET", "/metrics", headers={"Accept": OPENMETRICS})

    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert newer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert newer.body.endswith(b"# EOF\n")
    assert {f.name for f in text(plain.body.decode())} == {
        f.name for f in openmetrics(newer.body.decode())
    }


async def test_it_has_every_metric_of_the_table_and_those_of_the_process(daemon) -> None:
    """Also what has no value yet is named, with its help."""
    found = {f.name: f for f in text((await daemon.local("GET", "/metrics")).body.decode())}

    assert set(found) == {each.name for each in metrics.METRICS} | set(exposition.PROCESS)
    for each in metrics.METRICS:
        assert found[each.name].documentation == each.help
        assert found[each.name].type == each.kind


async def test_viewers_may_read_it_and_strangers_may_not(daemon) -> None:
    """It needs `metrics.read`, which every role has."""
    assert (await daemon.call("GET", "/metrics")).status == 401
    token = await daemon.token("watcher", "viewer")
    assert (await daemon.call("GET", "/metrics", token=token)).status == 200


async def test_the_token_for_measurements_opens_them_and_nothing_else(start) -> None:
    """Without a user; it is no login, and a slip in it is refused."""
    async with start(metrics_token=TOKEN.encode()) as daemon:
        assert (await daemon.call("GET", "/metrics", token=TOKEN)).status == 200
        for wrong in (TOKEN[:-1], TOKEN + "0", "", "é" * 32):
            assert (await daemon.call("GET", "/metrics", token=wrong)).status == 401
        for path in ("/v1/stacks", "/v1/me", "/v1/status", "/v1/users"):
            assert (await daemon.call("GET", path, token=TOKEN)).status == 401


async def test_without_a_configured_token_none_is_accepted(daemon) -> None:
    """An empty one is no token either."""
    assert (await daemon.call("GET", "/metrics", token=TOKEN)).status == 401


async def test_stacks_are_counted_by_status_and_never_named(daemon) -> None:
    """A stack of a host that is away is unknown; what is wrong is counted by its flag."""
    daemon.inventory.by_ref[WEB] = (
        container("a", health=model.Health.UNHEALTHY),
        container("b", state=model.ContainerState.RESTARTING),
    )

    found = await scraped(daemon)

    assert found["dockschedd_stacks", labels(status="running")] == 1
    assert found["dockschedd_stacks", labels(status="partial")] == 1
    assert found["dockschedd_stacks", labels(status="unknown")] == 1
    assert found["dockschedd_stacks", labels(status="paused")] == 0
    assert found["dockschedd_stacks_flagged", labels(flag="unhealthy")] == 1
    assert found["dockschedd_stacks_flagged", labels(flag="restarting")] == 1
    assert found["dockschedd_stacks_flagged", labels(flag="exited")] == 0
    assert not any("web" in value for _, named in found for _, value in named)


async def test_hosts_are_up_or_down_with_what_their_calls_took(daemon) -> None:
    """A host that has not answered has no latency, and was never seen."""
    meter = daemon.services.meter
    meter.answered("local", 0.25)
    meter.called("local", "ok")
    meter.called("away", "unreachable")

    found = await scraped(daemon)

    assert found["dockschedd_host_up", labels(host="local")] == 1
    assert found["dockschedd_host_up", labels(host="away")] == 0
    assert found["dockschedd_host_latency_seconds", labels(host="local")] == 0.25
    assert ("dockschedd_host_latency_seconds", labels(host="away")) not in found
    assert found["dockschedd_host_seen_timestamp_seconds", labels(host="away")] == 0
    unreachable = labels(host="away", outcome="unreachable")
    assert found["dockschedd_host_calls_total", unreachable] == 1


async def test_runs_are_counted_by_action_and_status_with_their_durations(daemon) -> None:
    """What has not happened yet is 0, so that the first failure is an increase."""
    now = daemon.clock.now()
    step = nouns.step(1, verb=model.Verb.STOP, status=model.StepStatus.SUCCEEDED)
    step = replace(step, started_at=now, finished_at=now + timedelta(seconds=2))
    run = nouns.run(action=model.Action.STOP, status=model.RunStatus.SUCCEEDED)
    daemon.services.meter.ended(
        replace(run, started_at=now, finished_at=now + timedelta(seconds=3), steps=(step,))
    )

    found = await scraped(daemon)

    stopped = labels(action="stop")
    assert found["dockschedd_runs_total", labels(action="stop", status="succeeded")] == 1
    assert found["dockschedd_runs_total", labels(action="stop", status="failed")] == 0
    assert found["dockschedd_run_duration_seconds_sum", stopped] == 3
    assert found["dockschedd_run_duration_seconds_bucket", stopped | labels(le="2.5")] == 0
    assert found["dockschedd_run_duration_seconds_bucket", stopped | labels(le="5.0")] == 1
    assert found["dockschedd_run_duration_seconds_bucket", stopped | labels(le="+Inf")] == 1
    assert found["dockschedd_steps_total", labels(verb="stop", status="succeeded")] == 1
    assert found["dockschedd_step_duration_seconds_sum", labels(verb="stop")] == 2


async def test_it_says_what_the_database_says(daemon) -> None:
    """Schedules, what waits and what is under way, holds, the freeze, the end of the audit log."""
    async with daemon.store.transaction() as unit:
        await unit.schedules.add(nouns.schedule("nightly"))
        first, second = nouns.run(WEB), nouns.run(WEB)
        assert await unit.runs.add_all([first, second]) == (True, True)
        assert await unit.runs.claim(first.id, at=daemon.clock.now())
    reply = await daemon.local(
        "PUT", "/v1/stacks/local/web/hold", json={"wants": "up", "forever": True, "act": False}
    )
    assert reply.status == 200, reply.body
    entries = len(await daemon.audit())

    found = await scraped(daemon)

    nothing = labels()
    assert found["dockschedd_schedules", nothing] == 1
    assert found["dockschedd_queue_depth", nothing] == 1
    assert found["dockschedd_runs_running", nothing] == 1
    assert found["dockschedd_stacks_held", nothing] == 1
    assert found["dockschedd_frozen", nothing] == 0
    assert found["dockschedd_audit_head", nothing] == entries
    assert found["dockschedd_store_up", nothing] == 1
    assert found["dockschedd_stacks_drifting", nothing] == 0
    assert found["dockschedd_build", labels(version="0.1.0")] == 1


class Broken:
    """A store that cannot be read."""

    def reading(self):
        raise StoreError("the disk is full", code="store-full")


async def test_it_answers_while_the_database_does_not(start, monkeypatch) -> None:
    """What is known in memory is told; what is not is left out, and that it is so is a value."""
    async with start() as daemon:
        monkeypatch.setattr(type(daemon.store), "reading", Broken.reading)
        found = await scraped(daemon)

    assert found["dockschedd_store_up", labels()] == 0
    assert found["dockschedd_stacks", labels(status="running")] == 2
    assert not any(name == "dockschedd_queue_depth" for name, _ in found)


async def test_a_summary_is_made_again_when_its_stack_has_changed(daemon) -> None:
    """Also when only its host has gone."""
    assert (await scraped(daemon))["dockschedd_stacks", labels(status="stopped")] == 0
    stopped = container("app", state=model.ContainerState.EXITED, exit_code=0)
    daemon.inventory.by_ref[WEB] = (stopped,)
    assert (await scraped(daemon))["dockschedd_stacks", labels(status="stopped")] == 1
    view = daemon.inventory.views["local"]
    daemon.inventory.views["local"] = replace(view, reachable=False)
    assert (await scraped(daemon))["dockschedd_stacks", labels(status="unknown")] == 3


def test_the_freeze_has_a_value() -> None:
    """1 while it lasts: booleans are numbers."""
    stored = metrics.Stored(schedules=0, planned=0, running=0, audit_head=0, held=0, frozen=True)
    assert dict(metrics._of_the_store(stored))["dockschedd_frozen"] == (((), 1),)


@pytest.mark.parametrize("each", metrics.METRICS, ids=lambda each: each.name)
def test_a_metric_has_a_name_as_prometheus_wants_it(each) -> None:
    """Ours begin with the program's name, and times are in seconds."""
    assert each.name.startswith("dockschedd_")
    assert not each.name.endswith("_total")
    assert not {"stack", "schedule", "run", "user"} & set(each.labels)
    if each.kind is metrics.Kind.HISTOGRAM:
        assert each.name.endswith("_seconds")
