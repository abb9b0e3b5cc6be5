"""One schedule for two engines, one of which has a day off, with the installed programs."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.crash.test_failpoints import in_a_moment
from tests.engines import Engine, wait_until

pytestmark = pytest.mark.docker

ALWAYS = "2026-01-01 00:00/2037-01-01 00:00"


@pytest.fixture
def web(compose_up, own_engine: Engine) -> str:
    """A stack of that name runs on both engines."""
    name = f"grp{secrets.token_hex(3)}"
    compose_up("pair", name)
    return own_engine.compose_up("pair", name)


def test_a_group_sleeps_but_for_the_host_that_has_a_day_off(ctl, engine, own_engine, web):
    """That one follows as soon as its calendar lets it; and what names the group keeps it."""
    today = datetime.now(UTC).date()
    days = f"{today}..{today + timedelta(days=1)}"
    ctl("host", "add", "edge", own_engine.url)
    ctl("calendar", "add", "closed", days)
    ctl("host", "edit", "edge", "--calendar", "closed", "--tz", "UTC")
    ctl("group", "add", "all", "local", "edge")
    both = ctl("stack", "ls", f"@all/{web}", "-o", "name").split()
    ctl("schedule", "add", "once", "stop", f"@all/{web}", "--at", in_a_moment(1.5))

    def runs() -> dict[str, tuple[str, str]]:
        found = ctl.json("run", "ls", "--schedule", "once")
        return {run["stack"]: (run["status"], run["cause"]) for run in found}

    wait_until(lambda: runs().get(f"local/{web}", ("",))[0] == "succeeded", within=20)
    ended = runs()
    shown = ctl("stack", "show", f"edge/{web}")
    assert set(both) == set(ended) == {f"local/{web}", f"edge/{web}"}
    status, cause = ended[f"edge/{web}"]
    reads = "calendar `closed` keeps schedules from host `edge` until 00:00 on "
    assert (status, cause.startswith(reads), reads in shown) == ("skipped", True, True)
    assert set(engine.states(web).values()) == {"exited"}
    assert set(own_engine.states(web).values()) == {"running"}

    ctl("schedule", "add", "fair", "asleep", f"@all/{web}", "--window", ALWAYS, "--enforce",
        "always", "--tz", "UTC")  # fmt: skip
    assert set(own_engine.states(web).values()) == {"running"}
    ctl("calendar", "edit", "closed", days, "--remove")
    wait_until(lambda: set(own_engine.states(web).values()) == {"exited"}, within=20)
    assert "the dates of calendar `closed` are over" in ctl("why", f"edge/{web}")

    told = ctl.run("schedule", "add", "late", "stop", f"edge/{web}", "--cron", "0 22 * * *")
    refused = ctl.run("group", "rm", "all")
    exported = ctl("schedule", "export")
    ctl("schedule", "apply", "-f", "-", "--diff", stdin=exported)
    assert "zone UTC, that of host `edge`" in told.stderr
    assert (refused.returncode, "is named by `fair`, `once`" in refused.stderr) == (1, True)
    ctl("group", "rm", "all", "--force")
    ctl("schedule", "apply", "-f", "-", stdin=exported)
    assert ctl.json("group", "show", "all")["hosts"] == ["edge", "local"]
    assert "whole" in ctl("audit", "verify")
