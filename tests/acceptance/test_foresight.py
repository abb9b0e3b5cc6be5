"""Looking ahead and back with the installed programs, against a real engine."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.engines import wait_until

pytestmark = pytest.mark.docker


@pytest.fixture
def up(compose_up, ctl):
    """Brings up a stack that the daemon knows of."""

    def bring_up(file: str) -> str:
        name = f"{file}{secrets.token_hex(3)}"
        compose_up(file, name)
        wait_until(lambda: name in ctl("stack", "ls", "-o", "name"))
        return name

    return bring_up


def test_resuming_does_only_what_is_left(ctl, engine, up):
    """A chain that is given too little time is brought up by resuming, each service once."""
    stack = up("chain")
    ctl("stack", "stop", stack)
    began = datetime.now(UTC)
    first = ctl.run("stack", "start", stack, "--timeout", "30ms", "-o", "json")
    assert first.returncode == 1, first.stdout + first.stderr
    seen: dict[tuple[str, int], str] = {}

    def look() -> None:
        # Again and again: health checks push all else out of what the engine keeps.
        for event in engine.events_since(began, project=stack):
            if event["Action"] == "start":
                actor = event["Actor"]
                service = actor["Attributes"]["com.docker.compose.service"]
                seen[actor["ID"], event["timeNano"]] = service

    def is_healthy() -> bool:
        look()
        return ctl.json("stack", "show", stack)["health"] == "healthy"

    look()
    for _ in range(8):
        newest = ctl("run", "ls", "--stack", stack, "-n", "1", "-o", "name").strip()
        wait_until(is_healthy)
        resumed = ctl.run("run", "resume", newest)
        look()
        if resumed.returncode == 0:
            break
    shown = ctl.json("stack", "show", stack)

    assert shown["status"] == "running"
    assert Counter(seen.values()) == dict.fromkeys(("s1", "s2", "s3", "s4", "s5"), 1)
    (newest, before, *_) = ctl.json("run", "ls", "--stack", stack)
    assert newest["cause"] == f"local resumed run {before['id']}"
    refused = ctl.run("run", "resume", before["id"])
    assert refused.returncode == 1
    assert newest["id"] in refused.stderr


def test_why_names_the_run_and_then_somebody_else(ctl, engine, up):
    """First a run of dockschedd explains the state, then Compose has changed it since."""
    stack = up("pair")
    ctl("stack", "stop", stack)
    stopped = ctl.json("why", stack)
    engine.compose_start(stack)
    wait_until(lambda: ctl.json("stack", "show", stack)["status"] == "running")
    by_hand = ctl.json("why", stack)

    assert [line["kind"] for line in stopped["lines"]] == ["decided", "next"]
    assert (stopped["status"], by_hand["status"]) == ("stopped", "running")
    assert stopped["lines"][0]["run"] == by_hand["lines"][0]["run"]
    assert [line["kind"] for line in by_hand["lines"]] == ["decided", "outside", "next"]
    assert "dockschedd did not" in by_hand["lines"][1]["text"]


def test_conflicts_are_found_when_saving_and_on_demand(ctl, up):
    """Strict refuses, otherwise it is a warning; the exit code tells scripts."""
    stack = up("pair")
    add = ("schedule", "add")
    ctl(*add, "down", "stop", stack, "--cron", "0 22 * * *")
    refused = ctl.run(*add, "up", "start", stack, "--cron", "0 22 * * *", "--strict")
    clean = ctl("schedule", "conflicts")
    warned = ctl.run(*add, "up", "start", stack, "--cron", "0 22 * * *")

    assert refused.returncode == 1
    assert f"both act on `local/{stack}`" in refused.stderr
    assert clean == "there are no conflicts\n"
    assert (warned.returncode, "warning: conflict: both act" in warned.stderr) == (0, True)
    ctl("schedule", "conflicts", expect=1)
    ctl("schedule", "disable", "up")
    ctl("schedule", "conflicts")


def test_a_plan_learns_from_the_runs_before_it(ctl, up):
    """Without a history its duration is unknown; afterwards it is that of the runs."""
    stack = up("pair")
    unknown = ctl("plan", "stop", stack)
    ctl("stack", "stop", stack)
    ctl("stack", "start", stack)
    known = ctl("plan", "stop", stack)
    (tally,) = [t for t in ctl.json("run", "stats", "--stack", stack) if t["action"] == "stop"]

    assert "expected duration: unknown: there is no history" in unknown
    assert "(one run)" in known
    assert (tally["runs"], tally["failures"], tally["measured"]) == (1, 0, 1)
    assert tally["p50_seconds"] == tally["p95_seconds"] > 0


def test_the_week_of_a_stack_is_a_picture(ctl, up):
    """What is asleep at night is seen for seven days, with what puts it to sleep and wakes it."""
    stack = up("pair")
    name = f"night-{stack}"
    window = ("--window", "daily 22:00-06:00", "--tz", "UTC")
    ctl("schedule", "add", name, "asleep", stack, *window)
    week = ("schedule", "week", stack, "--from", "tomorrow", "--tz", "UTC")
    found = ctl.json(*week)
    head, hours, row, *_ = ctl(*week).splitlines()

    (item,) = found["items"]
    assert item["stack"] == f"local/{stack}"
    assert [each["state"] for each in item["spans"]] == ["asleep", *["awake", "asleep"] * 7]
    assert {each["schedule"] for each in item["spans"]} == {name}
    assert [each["action"] for each in item["marks"]] == ["start", "stop"] * 7
    assert (len(head.split()), hours.split()) == (15, ["0", "12"] * 7)
    assert row.split() == [f"local/{stack}", *["░░▲████▼"] * 7]
