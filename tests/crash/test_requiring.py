"""A real daemon killed between the runs of two stacks of which one needs the other."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.crash.test_failpoints import check_whole, settled
from tests.engines import wait_until

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("point", ["run-after-claim", "step-after-call", "run-after-finish"])
def test_a_crash_between_two_stacks_loses_neither_and_keeps_their_order(
    daemon, engine, stack, compose_up, point
):
    """Killed while what is needed comes up, or right after: both come up, each once."""
    needed = compose_up("pair", f"{stack}db")
    for name in (stack, needed):
        engine.compose_stop(name)
    began = datetime.now(UTC)
    daemon.start(DOCKSCHEDD_FAILPOINT=point)
    wait_until(lambda: len(daemon.ok("GET", "/v1/stacks")["items"]) >= 2)
    daemon.ok("POST", f"/v1/stacks/local/{stack}/requirements", {"on": [f"local/{needed}"]})
    daemon.ok("POST", "/v1/runs", {"action": "start", "selectors": [f"local/{stack}"]})
    assert daemon.died() == -9
    daemon.start()
    runs = settled(daemon)

    last = {run["stack"]: run["status"] for run in sorted(runs, key=lambda run: run["id"])}
    assert last == {f"local/{stack}": "succeeded", f"local/{needed}": "succeeded"}
    started = [
        event["Actor"]["Attributes"]["name"]
        for event in engine.events_since(began)
        if event["Action"] == "start"
        and event["Actor"]["Attributes"]["com.docker.compose.project"] in (stack, needed)
    ]
    assert Counter(started) == dict.fromkeys(started, 1)
    assert len(started) == 5
    assert all(name.startswith(f"{needed}-") for name in started[:2])
    check_whole(daemon)
