"""A real daemon killed at each named point: nothing is lost, nothing is doubled."""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from dockschedd.failpoints import NAMES
from tests.engines import wait_until

pytestmark = pytest.mark.docker

OVER = {"succeeded", "partial", "failed", "cancelled", "skipped", "missed", "superseded"}
CATCHING_UP = ["words-before-commit", "words-after-commit"]
ENDING_A_HOLD = ["hold-end-before-commit", "hold-end-after-commit"]
A_PATTERN = ["pattern-before-commit", "pattern-after-commit"]
ENFORCING = ["enforcement-before-commit", "enforcement-after-commit"]
CHANGING_HOSTS = ["host-before-commit", "host-after-commit"]  # test_hosts.py
ONE_RUN = sorted(
    NAMES
    - {"recovery-before-commit", *CATCHING_UP, *ENDING_A_HOLD, *A_PATTERN, *ENFORCING}
    - {*CHANGING_HOSTS}
)


def in_a_moment(seconds: float = 1.0) -> str:
    """An instant that is soon."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def stop_soon(daemon, stack: str, name: str = "stop-it") -> None:
    """Add a one-off that stops the stack."""
    body = {"name": name, "action": "stop", "selector": f"local/{stack}", "at": in_a_moment()}
    daemon.ok("POST", "/v1/schedules", body)


def settled(daemon) -> list[dict]:
    """Wait until every run is over, and the last attempt of each occurrence did its work."""

    def all_over():
        runs = daemon.runs()
        open_runs = [r for r in runs if r["status"] not in OVER | {"interrupted"}]
        return runs if runs and not open_runs else None

    return wait_until(all_over, within=30)


def check_whole(daemon) -> None:
    """The audit chain verifies, and the database is sound."""
    verdict = daemon.ok("POST", "/v1/audit/verify")
    assert verdict["ok"], verdict
    with sqlite3.connect(daemon.state / "dockschedd.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute(
            "SELECT count(*) FROM runs WHERE status = 'running'"
        ).fetchone() == (0,)
    database.close()


@pytest.mark.parametrize("point", ONE_RUN)
def test_a_crash_at_any_point_neither_loses_nor_doubles_an_occurrence(
    daemon, engine, stack, point
):
    """Killed there, and started again, the occurrence is recorded once and carried out once."""
    began = datetime.now(UTC)
    daemon.start(DOCKSCHEDD_FAILPOINT=point)
    stop_soon(daemon, stack)
    assert daemon.died() == -9
    daemon.start()
    runs = settled(daemon)

    assert len({r["planned_at"] for r in runs}) == 1
    assert [r["status"] for r in runs if r["status"] in OVER] == ["succeeded"]
    assert set(engine.states(stack).values()) == {"exited"}
    deaths = Counter(
        event["Actor"]["Attributes"]["name"]
        for event in engine.events_since(began, project=stack)
        if event["Action"] == "die"
    )
    assert deaths == dict.fromkeys(deaths, 1)
    assert len(deaths) == 3
    check_whole(daemon)


def test_a_crash_in_the_middle_of_recovery_changes_nothing(daemon, engine, stack):
    """Recovery is one transaction: killed before its end, the next start does all of it."""
    daemon.start(DOCKSCHEDD_FAILPOINT="run-after-claim")
    stop_soon(daemon, stack)
    assert daemon.died() == -9
    daemon.start(ready_within=None, DOCKSCHEDD_FAILPOINT="recovery-before-commit")
    assert daemon.died() == -9
    daemon.start()
    runs = settled(daemon)

    assert [r["status"] for r in runs] == ["interrupted", "succeeded"]
    assert set(engine.states(stack).values()) == {"exited"}
    check_whole(daemon)


@pytest.mark.parametrize("point", CATCHING_UP)
def test_a_crash_while_the_last_word_is_recorded_changes_nothing(daemon, stack, engine, point):
    """A stop and a start that were missed are one start, which the stop names, once."""
    daemon.start()
    for action, seconds in (("stop", 1.5), ("start", 2.0)):
        body = {"action": action, "selector": f"local/{stack}", "at": in_a_moment(seconds)}
        daemon.ok("POST", "/v1/schedules", {"name": action, **body})
    due = datetime.now(UTC) + timedelta(seconds=3)
    daemon.kill()
    wait_until(lambda: datetime.now(UTC) > due, within=10)
    daemon.start(ready_within=None, DOCKSCHEDD_FAILPOINT=point)
    assert daemon.died() == -9
    daemon.start()
    runs = {run["action"]: run for run in settled(daemon) if run["attempt"] == 1}

    assert {action: run["status"] for action, run in runs.items()} == {
        "stop": "superseded",
        "start": "succeeded",
    }
    assert runs["stop"]["superseded_by"] == runs["start"]["id"]
    assert set(engine.states(stack).values()) == {"running"}
    check_whole(daemon)


@pytest.mark.parametrize("point", ENDING_A_HOLD)
def test_a_crash_while_a_hold_ends_lets_it_end_once(daemon, stack, point):
    """Killed there, and started again, there is one audit record and no hold."""
    daemon.start(DOCKSCHEDD_FAILPOINT=point)
    hold = {"wants": "up", "duration": "1s", "act": False}
    daemon.ok("PUT", f"/v1/stacks/local/{stack}/hold", hold)
    assert daemon.died() == -9
    daemon.start()

    def ends() -> list[dict]:
        found = daemon.ok("GET", "/v1/audit")["items"]
        return [entry for entry in found if entry["action"] == "hold.expire"]

    wait_until(ends, within=10)
    with sqlite3.connect(daemon.state / "dockschedd.db") as database:
        assert database.execute("SELECT count(*) FROM holds").fetchone() == (0,)
    database.close()
    assert [entry["target"] for entry in ends()] == [f"local/{stack}"]
    check_whole(daemon)


@pytest.mark.parametrize("point", A_PATTERN)
def test_a_crash_while_a_pattern_becomes_runs_neither_loses_nor_doubles(
    daemon, engine, stack, point
):
    """Due while the engine had never answered, each stack is stopped once after all."""
    away = daemon.home / "engine.sock"
    daemon.engine_url = f"unix://{away}"
    daemon.start(DOCKSCHEDD_FAILPOINT=point)
    body = {"name": "all", "action": "stop", "selector": f"local/{stack[:-1]}*"}
    daemon.ok("POST", "/v1/schedules", body | {"at": in_a_moment()})
    wait_until(lambda: [r for r in daemon.runs() if "*" in r["stack"]], within=10)
    away.symlink_to(engine.url.removeprefix("unix://"))
    assert daemon.died(within=40) == -9
    daemon.start()
    runs = settled(daemon)

    ended = {r["stack"]: r["status"] for r in runs}
    assert ended == {f"local/{stack[:-1]}*": "superseded", f"local/{stack}": "succeeded"}
    assert len({r["planned_at"] for r in runs}) == 1
    assert set(engine.states(stack).values()) == {"exited"}
    check_whole(daemon)


@pytest.mark.parametrize("point", ENFORCING)
def test_a_crash_while_a_window_is_enforced_puts_to_sleep_once(daemon, engine, stack, point):
    """Killed there, and started again, one run brings the stack where its window wants it."""
    today = datetime.now(UTC)
    began, over = today - timedelta(days=2), today + timedelta(days=3)
    window = f"{began:%Y-%m-%d} 00:00/{over:%Y-%m-%d} 00:00"
    daemon.start(DOCKSCHEDD_FAILPOINT=point)
    body = {"name": "rest", "action": "asleep", "selector": f"local/{stack}", "window": window}
    daemon.ok("POST", "/v1/schedules", body | {"enforce": "always"})
    assert daemon.died() == -9
    daemon.start()
    wait_until(lambda: set(engine.states(stack).values()) == {"exited"}, within=20)
    runs = settled(daemon)

    assert [(r["cause_kind"], r["status"]) for r in runs] == [("enforcement", "succeeded")]
    deaths = [e for e in engine.events_since(today, project=stack) if e["Action"] == "die"]
    assert len(deaths) == 3
    check_whole(daemon)
