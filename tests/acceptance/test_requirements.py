"""Stacks that need each other, proven by the engine's own events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.engines import wait_until

pytestmark = pytest.mark.docker

NEEDED, NEEDING, FRONT = "checked", "needing", "front"


@pytest.fixture
def stacks(compose_up, ctl) -> None:
    """front needs needing by command, needing needs checked by its label; all are up."""
    compose_up("checked", NEEDED)
    compose_up("needing", NEEDING)
    compose_up("pair", FRONT)
    names = {f"local/{name}" for name in (NEEDED, NEEDING, FRONT)}
    wait_until(lambda: names <= set(ctl("stack", "ls", "-o", "name").split()))
    wait_until(lambda: ctl.json("stack", "show", NEEDED)["health"] == "healthy")
    ctl("stack", "require", FRONT, "--on", NEEDING)


def happened(engine, since, *actions: str) -> list[str]:
    """`start checked`, in the engine's order, whatever the container."""
    found = [
        f"{event['Action']} {event['Actor']['Attributes']['com.docker.compose.project']}"
        for event in engine.events_since(since)
        if event["Action"] in actions
    ]
    return list(dict.fromkeys(found))


def test_all_stacks_stop_and_start_in_the_order_of_their_needs(ctl, engine, stacks):
    """Dependents die first; a stack starts after the health of what it needs was told."""
    began = datetime.now(UTC)
    ctl("stack", "stop", "local/*")
    down = happened(engine, began, "die")
    began = datetime.now(UTC)
    ctl("stack", "start", "local/*")
    up = happened(engine, began, "start", "health_status: healthy")

    assert down == [f"die {FRONT}", f"die {NEEDING}", f"die {NEEDED}"]
    assert up == [
        f"start {NEEDED}",
        f"health_status: healthy {NEEDED}",
        f"start {NEEDING}",
        f"start {FRONT}",
    ]


def test_a_start_brings_up_what_is_needed_all_the_way(ctl, engine, stacks):
    """Extra runs with their cause; `why` and the plan tell of them."""
    ctl("stack", "stop", "local/*")
    plan = ctl.json("stack", "start", FRONT, "--plan")
    began = datetime.now(UTC)
    runs = ctl.json("stack", "start", FRONT)
    up = happened(engine, began, "start", "health_status: healthy")
    why = ctl("why", NEEDED)

    names = [f"local/{name}" for name in (NEEDED, NEEDING, FRONT)]
    assert [each["stack"] for each in plan] == names
    assert [each["after"] for each in plan] == [[], names[:1], names[1:2]]
    assert {(r["stack"], r["cause_kind"], r["status"]) for r in runs} == {
        (names[0], "requirement", "succeeded"),
        (names[1], "requirement", "succeeded"),
        (names[2], "manual", "succeeded"),
    }
    assert up[1:3] == [f"health_status: healthy {NEEDED}", f"start {NEEDING}"]
    assert f"required by `local/{FRONT}`: asked for by local" in why


def test_what_others_need_is_stopped_only_with_them(ctl, engine, stacks):
    """Refused by default, for a person at once and for a schedule with its cause."""
    began = datetime.now(UTC)
    refused = ctl.run("stack", "stop", NEEDED)
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat(timespec="seconds")
    ctl("schedule", "add", "asleep", "stop", f"local/{NEEDED}", "--at", soon)
    wait_until(lambda: ctl.json("run", "ls", "--schedule", "asleep"), within=20)
    (skipped,) = ctl.json("run", "ls", "--schedule", "asleep")
    untouched = happened(engine, began, "die", "kill", "stop")
    ctl("stack", "stop", NEEDED, "--dependents", "stop")
    down = happened(engine, began, "die")

    assert refused.returncode == 1
    assert f"`local/{NEEDING}`" in refused.stderr
    assert "--dependents stop" in refused.stderr
    assert skipped["status"] == "skipped"
    assert "which need it, are up (dependents: refuse)" in skipped["cause"]
    assert untouched == []
    assert down == [f"die {FRONT}", f"die {NEEDING}", f"die {NEEDED}"]
