"""How soon after its planned instant an occurrence is recorded, and its first call made."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tests import patience
from tests.benchmarks.figures import Figure, percentile

if TYPE_CHECKING:
    from tests.benchmarks.machine import Daemon, Machine

SINGLE = 20
BURST = 1000
STACKS = 10
PAGE = 1000


def punctuality(machine: Machine, rounds: int) -> list[Figure]:
    """Let one schedule after the other fire, a second apart."""
    projects = machine.small_stacks(1)
    try:
        with machine.daemon("single") as daemon:
            first = _now() + dt.timedelta(seconds=3)
            for number in range(SINGLE):
                at = first + dt.timedelta(seconds=number)
                action = ("pause", "unpause")[number % 2]
                _add(daemon, f"single-{number}", action, projects[0], at)
            runs = _finished(daemon, SINGLE, within=SINGLE + 30)
            calls = []
            for run in runs:
                steps = daemon.call("GET", f"/v1/runs/{run['id']}")["steps"]
                began = min(_instant(step["started_at"]) for step in steps)
                calls.append((began - _instant(run["planned_at"])).total_seconds() * 1000)
    finally:
        for project in projects:
            machine.engine.compose_down(project)
    return [
        Figure(
            what="planned instant to first call",
            ours=percentile(calls, 0.5),
            unit="ms",
            note=f"median of {SINGLE}",
        ),
        Figure(
            what="planned instant to first call, p99",
            ours=percentile(calls, 0.99),
            unit="ms",
            target=50,
            note="one due at a time",
        ),
    ]


def burst(machine: Machine, rounds: int) -> list[Figure]:
    """Let 1,000 schedules be due in the same second."""
    projects = machine.small_stacks(STACKS)
    try:
        with machine.daemon("burst") as daemon:
            at = _now() + dt.timedelta(seconds=20)
            for number in range(BURST):
                _add(daemon, f"burst-{number}", "start", projects[number % STACKS], at)
            left = (at - _now()).total_seconds()
            assert left > 0, "adding the schedules took too long"
            recorded = _recorded(daemon, within=left + 60) - at
            done = _finished(daemon, BURST, within=120)
            assert len({run["schedule"] for run in done}) == BURST
            over = max(_instant(run["finished_at"]) for run in done) - at
    finally:
        for project in projects:
            machine.engine.compose_down(project)
    return [
        Figure(
            what=f"{BURST} due in one second: recorded",
            ours=recorded.total_seconds(),
            unit="s",
            target=1.0,
            note="as a client sees it",
        ),
        Figure(
            what=f"{BURST} due in one second: all runs over",
            ours=over.total_seconds(),
            unit="s",
            note=f"on {STACKS} stacks, nothing to do on them",
        ),
    ]


def _add(daemon: Daemon, name: str, action: str, project: str, at: dt.datetime) -> None:
    daemon.call(
        "POST",
        "/v1/schedules",
        {"name": name, "action": action, "selector": f"local/{project}", "at": at.isoformat()},
    )


def _recorded(daemon: Daemon, *, within: float) -> dt.datetime:
    """Return when nothing is left that is due: what is recorded is not upcoming any more."""

    def nothing_left() -> bool:
        return not daemon.call("GET", "/v1/status")["upcoming"]

    patience.wait_until(nothing_left, within=within)
    return dt.datetime.now(dt.UTC)


def _finished(daemon: Daemon, count: int, *, within: float) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def all_over() -> bool:
        found[:] = daemon.call("GET", f"/v1/runs?limit={PAGE}")["items"]
        return len(found) >= count and all(run["finished_at"] for run in found)

    patience.wait_until(all_over, within=within)
    return found


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
