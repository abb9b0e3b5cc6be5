"""Measurements and drift of the installed daemon, against a real engine."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.daemon_process import DaemonProcess, UnixConnection
from tests.engines import wait_until

pytestmark = pytest.mark.docker
TOKEN = secrets.token_hex(32)


@pytest.fixture
def daemon(engine, tmp_path_factory):
    home = tmp_path_factory.mktemp("d")
    token = home / "token"
    token.write_text(f"{TOKEN}\n")
    token.chmod(0o600)
    settings = {"DOCKSCHEDD_METRICS_TOKEN_FILE": str(token), "DOCKSCHEDD_LOG_FORMAT": "json"}
    process = DaemonProcess(home, engine.url, listen="127.0.0.1:0", extra_env=settings)
    process.start()
    yield process
    process.close()


def scraped(text: str) -> dict[tuple[str, ...], float]:
    """(Name, values of the labels by the labels' names) → value."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def local(daemon: DaemonProcess) -> dict[tuple[str, ...], float]:
    """What the socket of the machine says."""
    connection = UnixConnection(daemon.socket)
    try:
        connection.request("GET", "/metrics")
        return scraped(connection.getresponse().read().decode())
    finally:
        connection.close()


def test_prometheus_sees_what_happens(daemon, ctl, compose_up):
    """Its token opens /metrics over TCP and nothing else; a stop is counted, and a host is up."""
    name = f"pair{secrets.token_hex(3)}"
    compose_up("pair", name)
    wait_until(lambda: name in ctl("stack", "ls", "-o", "name"))
    before = local(daemon)
    ctl("stack", "stop", name)
    base = f"http://127.0.0.1:{daemon.port()}"

    def get(path: str, token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        asked = urllib.request.Request(base + path, headers=headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.read().decode()

    stopped = ("dockschedd_runs_total", "stop", "succeeded")
    wait_until(lambda: scraped(get("/metrics", TOKEN))[stopped] == before[stopped] + 1)
    found = scraped(get("/metrics", TOKEN))
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get("/v1/stacks", TOKEN)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get("/metrics", TOKEN[::-1])

    assert found["dockschedd_host_up", "local"] == 1
    assert 0 < found["dockschedd_host_latency_seconds", "local"] < 10
    assert found["dockschedd_steps_total", "succeeded", "stop"] == 2
    assert found["dockschedd_host_calls_total", "local", "ok"] > 0
    assert found["dockschedd_audit_head",] > before["dockschedd_audit_head",]
    assert found["process_resident_memory_bytes",] > 0


def test_the_log_follows_a_run_by_its_id(daemon, ctl, compose_up):
    """Every line of its beginning, its steps and its end has it."""
    name = f"pair{secrets.token_hex(3)}"
    compose_up("pair", name)
    wait_until(lambda: name in ctl("stack", "ls", "-o", "name"))
    ctl("stack", "stop", name)
    run = ctl("run", "ls", "--stack", name, "-n", "1", "-o", "name").strip()

    def told() -> list[str]:
        rows = map(json.loads, daemon.log.splitlines())
        return [row["event"] for row in rows if row.get("run") == run]

    assert told() == ["run.started", "step.ended", "step.ended", "run.ended"]


def test_a_stack_that_somebody_starts_in_its_night_drifts(daemon, ctl, compose_up, engine):
    """Until it is as its window wants it; the list and the metrics say so."""
    name = f"pair{secrets.token_hex(3)}"
    compose_up("pair", name)
    wait_until(lambda: name in ctl("stack", "ls", "-o", "name"))
    now = datetime.now(UTC)
    start, end = (f"{now + hours:%H}:00" for hours in (timedelta(hours=-6), timedelta(hours=6)))
    night = {"window": f"daily {start}-{end}", "zone": "UTC"}
    schedule = {"name": name, "selector": name, "action": "asleep"} | night
    daemon.ok("POST", "/v1/schedules", schedule)
    shown = ctl.json("stack", "show", name)
    assert shown["drift"].startswith(f"schedule `{name}` wants it asleep until {end} on ")
    assert "drift" in ctl("stack", "ls", name)
    assert local(daemon)["dockschedd_stacks_drifting",] == 1

    engine.compose_stop(name)
    wait_until(lambda: ctl.json("stack", "show", name)["drift"] is None)

    assert local(daemon)["dockschedd_stacks_drifting",] == 0
