"""Holds and the freeze, with the installed programs against a real engine."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.engines import wait_until

pytestmark = pytest.mark.docker


@pytest.fixture
def web(compose_up, ctl) -> str:
    name = f"hld{secrets.token_hex(3)}"
    compose_up("sample", name)
    wait_until(lambda: name in ctl("stack", "ls", "-o", "name"))
    return name


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def statuses(ctl, schedule: str) -> list[str]:
    return [run["status"] for run in ctl.json("run", "ls", "--schedule", schedule)]


def test_a_held_stack_outlives_its_schedule(ctl, web, engine):
    """Held down it is stopped at once; a start on schedule is skipped, until it is released."""
    said = ctl("hold", f"local/{web}", "--down", "--for", "1h", "--reason", "new disk")
    ctl("schedule", "add", f"s-{web}", "start", f"local/{web}", "--at", soon(2))
    wait_until(lambda: statuses(ctl, f"s-{web}") == ["skipped"], within=20)
    held = ctl.json("hold", "ls")
    shown = ctl("stack", "show", f"local/{web}")
    states = set(engine.states(web).values())
    ctl("release", f"local/{web}")

    (run,) = ctl.json("run", "ls", "--schedule", f"s-{web}")
    assert "is held down by local until" in said
    assert "held down by local until" in run["cause"]
    assert "new disk" in run["cause"]
    assert "held down by local" in shown
    assert [hold["stack"] for hold in held] == [f"local/{web}"]
    assert states == {"exited"}
    assert ctl.json("hold", "ls") == []
    ctl("release", f"local/{web}", expect=5)


def test_a_freeze_survives_a_restart_and_leaves_out_schedules(ctl, daemon, web, engine):
    """While frozen a stop on schedule is skipped; thawed, nothing is made up for."""
    ctl("freeze", "--reason", "new rack")
    daemon.stop()
    daemon.start()
    ctl("schedule", "add", f"f-{web}", "stop", f"local/{web}", "--at", soon(2))
    wait_until(lambda: statuses(ctl, f"f-{web}") == ["skipped"], within=20)
    listed = ctl.run("schedule", "ls")
    status = ctl("status")
    ctl("thaw")

    assert "all schedules are frozen by local since" in listed.stderr
    assert "new rack" in status
    assert set(engine.states(web).values()) == {"running"}
    assert "frozen" not in ctl("status")
    ctl("thaw", expect=5)
