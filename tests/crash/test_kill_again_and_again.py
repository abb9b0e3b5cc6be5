"""kill -9 again and again while schedules fire every second or so."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.crash.test_failpoints import OVER, check_whole, settled
from tests.engines import wait_until

pytestmark = pytest.mark.docker

OCCURRENCES = 24
KILLS = 12


@pytest.mark.timeout(180)
def test_each_occurrence_is_recorded_once_and_executed_once(daemon, engine, stack):
    """A dozen kills at random moments: every one-off has one occurrence and one lasting run."""
    chance = random.Random(20261124)
    daemon.start()
    first = datetime.now(UTC) + timedelta(seconds=2)
    for number in range(OCCURRENCES):
        body = {
            "name": f"n{number:02}",
            "action": ("stop", "start")[number % 2],
            "selector": f"local/{stack}",
            "at": (first + number * timedelta(seconds=1)).isoformat(),
        }
        daemon.ok("POST", "/v1/schedules", body)
    for _ in range(KILLS):
        until = time.monotonic() + chance.uniform(0.5, 2.5)
        wait_until(lambda until=until: time.monotonic() > until)
        daemon.kill()
        daemon.start()
    last = first + OCCURRENCES * timedelta(seconds=1)
    wait_until(lambda: datetime.now(UTC) > last, within=60)
    wait_until(lambda: len({r["schedule"] for r in daemon.runs()}) == OCCURRENCES, within=30)
    runs = settled(daemon)

    lasting = Counter(r["schedule"] for r in runs if r["status"] in OVER)
    superseded = {
        r["schedule"] for r in runs if r["status"] == "interrupted" and r["superseded_by"] is None
    }
    assert set(lasting.values()) <= {1}
    assert len({(r["schedule"], r["planned_at"], r["attempt"]) for r in runs}) == len(runs)
    assert set(lasting) | superseded | _overtaken(runs) == {f"n{n:02}" for n in range(OCCURRENCES)}
    assert set(engine.states(stack).values()) == {"running"}
    check_whole(daemon)


def _overtaken(runs: list[dict]) -> set[str]:
    """Interrupted ones that a later run made needless."""
    schedule_of = {r["id"]: r["schedule"] for r in runs}
    return {
        r["schedule"]
        for r in runs
        if r["status"] == "interrupted" and schedule_of.get(r["superseded_by"]) != r["schedule"]
    }
