"""Trouble in the middle: engines that go away or hang, SIGTERM, a full disk. Nothing is lost."""

from __future__ import annotations

import os
import secrets
import subprocess
from datetime import UTC, datetime

import pytest

from tests.crash.test_failpoints import check_whole, in_a_moment, settled
from tests.daemon_process import DaemonProcess
from tests.engines import Engine, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]


@pytest.fixture
def own(own_engine: Engine, tmp_path_factory):
    """An engine that the test may harm, a stack on it, and a daemon for it."""
    process = DaemonProcess(tmp_path_factory.mktemp("d"), own_engine.url)
    yield own_engine, process
    process.close()


def schedule(daemon, action, stack, seconds=1.0, **more):
    body = {"name": action, "action": action, "selector": f"local/{stack}"}
    daemon.ok("POST", "/v1/schedules", body | {"at": in_a_moment(seconds)} | more)


def test_an_engine_that_is_down_at_the_planned_instant_gets_its_run_later(own):
    """The run waits for the engine; when it is back, the stack is started."""
    engine, daemon = own
    stack = engine.compose_up("sample", f"down{secrets.token_hex(3)}")
    daemon.start()
    wait_until(lambda: daemon.ok("GET", "/v1/stacks")["items"])
    schedule(daemon, "start", stack, 1.5)
    engine.kill()
    wait_until(lambda: not daemon.ok("GET", "/v1/hosts")["items"][0]["reachable"], within=20)
    wait_until(daemon.runs, within=10)
    (waiting,) = daemon.runs()
    unknown = daemon.ok("GET", f"/v1/stacks/local/{stack}")["status"]
    engine.start()
    runs = settled(daemon)

    assert waiting["status"] == "planned"
    assert unknown == "unknown"
    assert [r["status"] for r in runs] == ["succeeded"]
    assert set(engine.states(stack).values()) == {"running"}
    check_whole(daemon)


def test_an_engine_that_hangs_in_the_middle_of_a_stop_loses_nothing(own):
    """Frozen during the stop and thawed, every container stops once."""
    engine, daemon = own
    stack = engine.compose_up("sample", f"hang{secrets.token_hex(3)}")
    daemon.start()
    wait_until(lambda: daemon.ok("GET", "/v1/stacks")["items"])
    began = datetime.now(UTC)
    schedule(daemon, "stop", stack, 1.0)
    wait_until(lambda: daemon.runs(status="running"), within=10)
    engine.hang()
    wait_until(lambda: not daemon.ok("GET", "/v1/hosts")["items"][0]["reachable"], within=40)
    engine.resume()
    settled(daemon)

    assert set(engine.states(stack).values()) == {"exited"}
    deaths = [e for e in engine.events_since(began, project=stack) if e["Action"] == "die"]
    assert len(deaths) == 3
    check_whole(daemon)


def test_sigterm_in_the_middle_of_a_stop_hands_the_rest_back(own):
    """The daemon lets the call under way end, exits with 0, and the next start does the rest."""
    engine, daemon = own
    stack = engine.compose_up("stubborn", f"term{secrets.token_hex(3)}")
    daemon.start()
    wait_until(lambda: daemon.ok("GET", "/v1/stacks")["items"])
    schedule(daemon, "stop", stack, 0.5)
    wait_until(lambda: daemon.runs(status="running"), within=10)
    code = daemon.stop()
    daemon.start()
    runs = settled(daemon)

    assert code == 0, daemon.log
    assert runs[-1]["status"] == "succeeded"
    assert set(engine.states(stack).values()) == {"exited"}
    check_whole(daemon)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes."""
    if os.geteuid() != 0:
        if os.environ.get("DOCKSCHEDD_REQUIRE_ALL") == "1":
            pytest.fail("mounting a small file system needs root")
        pytest.skip("mounting a small file system needs root: run the tests as root")
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_said_and_loses_no_occurrence(daemon, engine, stack, small_disk):
    """While the disk is full changes are refused; what fell due is done when there is room."""
    daemon.database = f"sqlite://{small_disk}/dockschedd.db"
    daemon.start()
    schedule(daemon, "stop", stack, 3.0)
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        while True:
            try:
                os.write(file.fileno(), b"\0" * 4096)
            except OSError:
                break
    refused = []
    for number in range(200):
        body = {
            "name": f"n{number}",
            "action": "stop",
            "selector": f"local/{stack}",
            "cron": "0 3 * * *",
        }
        answer = daemon.call("POST", "/v1/schedules", body)
        if answer.status != 201:
            refused.append(answer)
            break
    wait_until(lambda: "tick.failed" in daemon.log, within=20)
    filler.unlink()
    settled(daemon)

    assert [(a.status, a.body["code"]) for a in refused] == [(507, "store-full")]
    assert set(engine.states(stack).values()) == {"exited"}
    verdict = daemon.ok("POST", "/v1/audit/verify")
    assert verdict["ok"], verdict
