"""The engine's own event log shows that the order was kept, and that nothing else was done."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import pytest

from tests.engines import wait_until

pytestmark = pytest.mark.docker


@pytest.fixture
def whole(compose_up, ctl) -> str:
    name = f"whole{secrets.token_hex(3)}"
    compose_up("whole", name)
    wait_until(lambda: name in ctl("stack", "ls", "-o", "name"))
    return name


def log_of(engine, stack, since) -> list[tuple[str, str]]:
    """(action, service-number) of each event, in the engine's order."""
    return [
        (e["Action"], e["Actor"]["Attributes"]["name"].removeprefix(f"{stack}-"))
        for e in engine.events_since(since, project=stack)
    ]


def test_status_counts_no_finished_one_shot(ctl, whole):
    """A stack whose migration and init are done is running, not partial."""
    wait_until(lambda: ctl.json("stack", "show", whole)["health"] == "healthy")
    shown = ctl.json("stack", "show", whole)

    assert (shown["status"], shown["up"], shown["total"]) == ("running", 4, 4)
    assert [c["service"] for c in shown["containers"] if c["oneshot"]] == ["init", "migrate"]


def test_stop_and_start_keep_the_order_and_do_nothing_else(ctl, engine, whole):
    """Dependents stop first; dependencies are healthy before their dependents start."""
    began = datetime.now(UTC)
    ctl("stack", "stop", whole)
    stopped = ctl.json("stack", "show", whole)
    down = log_of(engine, whole, began)
    began = datetime.now(UTC)
    ctl("stack", "start", whole)
    started = ctl.json("stack", "show", whole)
    up = log_of(engine, whole, began)

    died = [name for action, name in down if action == "die"]
    assert died[0] == "web-1"
    assert set(died[1:3]) == {"app-1", "app-2"}
    assert died[3:] == ["db-1"]
    assert stopped["status"] == "stopped"
    begun = [
        (action, name) for action, name in up if action in ("start", "health_status: healthy")
    ]
    names = [name for action, name in begun if action == "start"]
    assert names[0] == "db-1"
    assert set(names[1:3]) == {"app-1", "app-2"}
    assert names[3:] == ["web-1"]
    assert begun.index(("health_status: healthy", "db-1")) < begun.index(("start", names[1]))
    assert started["status"] == "running"
    assert {a for a, _ in down + up} <= {"kill", "die", "stop", "start", "health_status: healthy"}


def test_a_restart_stops_in_reverse_and_starts_forward(ctl, engine, whole):
    """No dependency is restarted under a dependent that is up."""
    began = datetime.now(UTC)
    ctl("stack", "restart", whole)
    seen = [(a, n) for a, n in log_of(engine, whole, began) if a in ("die", "start")]

    assert [a for a, _ in seen] == ["die"] * 4 + ["start"] * 4
    assert (seen[0][1], seen[3][1], seen[4][1], seen[7][1]) == ("web-1", "db-1", "db-1", "web-1")


def test_pause_goes_down_and_unpause_comes_up_in_order(ctl, engine, whole):
    """Dependents are paused first, dependencies unpaused first; the status says paused."""
    began = datetime.now(UTC)
    ctl("stack", "pause", whole)
    paused = ctl.json("stack", "show", whole)["status"]
    ctl("stack", "unpause", whole)
    seen = [(a, n) for a, n in log_of(engine, whole, began) if a in ("pause", "unpause")]

    assert paused == "paused"
    assert [a for a, _ in seen] == ["pause"] * 4 + ["unpause"] * 4
    assert (seen[0][1], seen[3][1], seen[4][1], seen[7][1]) == ("web-1", "db-1", "db-1", "web-1")


def test_a_plan_is_printed_and_not_carried_out(ctl, engine, whole):
    """--plan shows the steps in order and changes nothing."""
    began = datetime.now(UTC)
    plan = ctl("stack", "stop", whole, "--plan")

    assert plan.index("web-1") < plan.index("app-1") < plan.index("db-1")
    assert [a for a, _ in log_of(engine, whole, began) if a in ("die", "stop", "kill")] == []


def test_a_daemon_that_never_saw_the_stack_before_knows_its_one_shots(ctl, daemon, engine, whole):
    """Stopped while no daemon runs, and started by a new one, the one-shots are not run again."""
    daemon.stop()
    engine.compose_stop(whole)
    began = datetime.now(UTC)
    daemon.start()
    wait_until(lambda: whole in ctl("stack", "ls", "-o", "name"))
    ctl("stack", "start", whole)
    started = {n for a, n in log_of(engine, whole, began) if a == "start"}

    assert started == {"db-1", "app-1", "app-2", "web-1"}
