"""How soon after its planned instant an occurrence is recorded, and its first call made."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from dockschedd.core import model
from tests import patience
from tests.benchmarks import crowd, peer
from tests.benchmarks.figures import Figure, median, percentile

if TYPE_CHECKING:
    from tests.benchmarks.machine import Daemon, Machine

SINGLE = 20
ENABLED = 10_000
TOGETHER = 100
BURST = 1000
STACKS = 10
PAGE = 1000
_LOOK_EVERY_S = 1.0


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
            calls = _first_calls(daemon, runs)
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


def together(machine: Machine, rounds: int) -> list[Figure]:
    """Let 100 of 10,000 schedules be due in the same second, each on a stack of its own."""
    stacks = machine.single_containers(TOGETHER)
    try:
        first, own = [], []
        for number in range(rounds):
            state = f"together-{number}"
            now = crowd.now()
            at = now + dt.timedelta(seconds=20)
            action = (model.Action.PAUSE, model.Action.UNPAUSE)[number % 2]
            due = crowd.at_once(TOGETHER, crowd.named(stacks), at=at, now=now, action=action)
            others = crowd.quiet(ENABLED - TOGETHER, crowd.refs(), now=now)
            crowd.put(machine.home / state, [*others, *due])
            with machine.daemon(state) as daemon:
                assert _now() < at, "filling the database took too long"
                calls = _first_calls(daemon, _finished(daemon, TOGETHER, within=60))
            assert len(calls) == TOGETHER
            first.append(min(calls))
            own += calls
    finally:
        machine.remove_containers(stacks)
    note = f"{ENABLED:,} enabled, {TOGETHER} due in the same second"
    return [
        Figure(
            what="planned instant to the first call of all",
            ours=percentile(first, 0.99),
            unit="ms",
            target=50,
            note=note,
        ),
        Figure(
            what="planned instant to each run's first call, median",
            ours=percentile(own, 0.5),
            unit="ms",
            note=note,
        ),
        Figure(
            what="planned instant to each run's first call, p99",
            ours=percentile(own, 0.99),
            unit="ms",
            target=50,
            note=f"{note}; 10 runs at once",
        ),
    ]


def burst(machine: Machine, rounds: int) -> list[Figure]:
    """Let 1,000 of 100,000 schedules be due in the same second."""
    projects = machine.small_stacks(STACKS)
    try:
        recorded, over = [], []
        for number in range(rounds):
            state = f"burst-{number}"
            now = crowd.now()
            # As long as it takes to fill the database and to start.
            at = now + dt.timedelta(seconds=45)
            due = crowd.at_once(BURST, crowd.named(projects), at=at, now=now)
            others = crowd.quiet(crowd.SCHEDULES - BURST, crowd.refs(), now=now)
            crowd.put(machine.home / state, [*others, *due])
            with machine.daemon(state) as daemon:
                left = (at - dt.datetime.now(dt.UTC)).total_seconds()
                assert left > 0, "filling the database took too long"
                recorded.append(_recorded(daemon, due[-1].name, within=left + 60) - at)
                done = _finished(daemon, BURST, within=120)
            assert len({run["schedule"] for run in done}) == BURST
            over.append(max(_instant(run["finished_at"]) for run in done) - at)
    finally:
        for project in projects:
            machine.engine.compose_down(project)
    note = f"of {crowd.SCHEDULES:,}"
    seconds = median([each.total_seconds() for each in recorded])
    entered = peer.burst(machine.home, rounds, quiet=crowd.SCHEDULES - BURST, burst=BURST)
    return [
        Figure(
            what=f"{BURST:,} due in one second: all recorded",
            ours=seconds,
            unit="s",
            target=1.0,
            note=f"{note}, as a client sees it",
        ),
        Figure(
            what=f"{BURST:,} due in one second: all runs over",
            ours=median([each.total_seconds() for each in over]),
            unit="s",
            note=f"{note}, on {STACKS} stacks, nothing to do on them",
        ),
        Figure(
            what=f"{BURST:,} due in one second: all taken up",
            ours=seconds,
            unit="s",
            peer=None if entered is None else median(entered),
            note="ours: recorded; the peer's: functions entered, nothing recorded",
        ),
    ]


def _first_calls(daemon: Daemon, runs: list[dict[str, Any]]) -> list[float]:
    """Return how many milliseconds after its planned instant each run made its first call."""
    calls = []
    for run in runs:
        steps = daemon.call("GET", f"/v1/runs/{run['id']}")["steps"]
        began = min(_instant(step["started_at"]) for step in steps)
        calls.append((began - _instant(run["planned_at"])).total_seconds() * 1000)
    return calls


def _add(daemon: Daemon, name: str, action: str, project: str, at: dt.datetime) -> None:
    daemon.call(
        "POST",
        "/v1/schedules",
        {"name": name, "action": action, "selector": f"local/{project}", "at": at.isoformat()},
    )


def _recorded(daemon: Daemon, last: str, *, within: float) -> dt.datetime:
    """Return when the last schedule has fired: a client is told what is committed."""
    patience.wait_until(lambda: daemon.call("GET", f"/v1/schedules/{last}")["done"], within=within)
    return dt.datetime.now(dt.UTC)


def _finished(daemon: Daemon, count: int, *, within: float) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def all_over() -> bool:
        # Seldom: what is measured must not compete with being watched.
        time.sleep(_LOOK_EVERY_S)
        found[:] = daemon.call("GET", f"/v1/runs?limit={PAGE}")["items"]
        return len(found) >= count and all(run["finished_at"] for run in found)

    patience.wait_until(all_over, within=within)
    return found


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
