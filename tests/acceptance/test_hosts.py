"""A second engine that is added, renamed and removed, with the installed programs."""

from __future__ import annotations

import secrets

import pytest

from tests.crash.test_failpoints import in_a_moment
from tests.engines import Engine, wait_until

pytestmark = pytest.mark.docker


@pytest.fixture
def stack(own_engine: Engine) -> str:
    """A running stack on the second engine."""
    return own_engine.compose_up("pair", f"hst{secrets.token_hex(3)}")


def test_a_second_host_comes_is_renamed_and_goes(ctl, daemon, own_engine, stack):
    """Its stacks are reached at once and after a restart; what names it follows and keeps it."""
    added = ctl.run("host", "add", "edge", own_engine.url)
    seen = ctl("stack", "ls", "edge/*", "-o", "name")
    ctl("schedule", "add", "nightly", "stop", f"edge/{stack}", "--at", in_a_moment(1.5))

    def statuses() -> list[str]:
        return [run["status"] for run in ctl.json("run", "ls", "--schedule", "nightly")]

    wait_until(lambda: statuses() == ["succeeded"], within=20)
    daemon.stop()
    daemon.start()
    restarted = {host["name"]: host["reachable"] for host in ctl.json("host", "ls")}
    renamed = ctl.run("host", "edit", "edge", "--name", "rim")
    moved = ctl.json("schedule", "show", "nightly")
    (run,) = ctl.json("run", "ls", "--stack", f"rim/{stack}")
    refused = ctl.run("host", "rm", "rim")
    acted = ctl.run("stack", "start", f"rim/{stack}")
    back = set(own_engine.states(stack).values())
    removed = ctl.run("host", "rm", "rim", "--force")

    assert "added edge\nit answers: Docker " in added.stderr
    assert seen == f"edge/{stack}\n"
    assert set(restarted) == {"edge", "local"}
    assert "renamed edge to rim\nit answers" in renamed.stderr
    assert moved["selector"] == f"rim/{stack}"
    assert run["stack"] == f"rim/{stack}"
    assert (refused.returncode, acted.returncode, removed.returncode) == (1, 0, 0)
    assert "is named by: schedule `nightly`" in refused.stderr
    assert back == {"running"}
    assert "still named by schedules: nightly" in removed.stderr
    assert [host["name"] for host in ctl.json("host", "ls")] == ["local"]
    assert "whole" in ctl("audit", "verify")
