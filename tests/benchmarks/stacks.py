"""Stopping and starting a stack, against Compose: whole processes, in turn, in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.figures import Figure, median
from tests.benchmarks.machine import timed

if TYPE_CHECKING:
    from tests.benchmarks.machine import Daemon, Machine


def levels(machine: Machine, rounds: int) -> list[Figure]:
    """Stop and start 20 services in 4 levels of `depends_on`."""
    return _against_compose(
        machine, "levels", rounds, stop_target=1.0, start_target=0.7, what="20 services, 4 levels"
    )


def chain(machine: Machine, rounds: int) -> list[Figure]:
    """Start 5 services of which each waits for the health of the one before (every 100 ms)."""
    figures = _against_compose(
        machine, "chain", rounds, stop_target=None, start_target=0.7, what="chain of 5, healthy"
    )
    return [figure for figure in figures if figure.target is not None]


def _against_compose(
    machine: Machine,
    file: str,
    rounds: int,
    *,
    stop_target: float | None,
    start_target: float,
    what: str,
) -> list[Figure]:
    project = machine.engine.compose_up(file)
    stops: dict[str, list[float]] = {"ours": [], "peer": []}
    starts: dict[str, list[float]] = {"ours": [], "peer": []}
    try:
        with machine.daemon() as daemon:
            for _ in range(rounds):
                stops["peer"].append(timed(machine.engine.compose_stop, project))
                _expect(machine, project, "exited")
                starts["peer"].append(timed(machine.engine.compose_start, project))
                _expect(machine, project, "running")
                stops["ours"].append(timed(_act, daemon, "stop", project))
                _expect(machine, project, "exited")
                starts["ours"].append(timed(_act, daemon, "start", project))
                _expect(machine, project, "running")
    finally:
        machine.engine.compose_down(project)
    return [
        Figure(
            what=f"{action} {what}",
            ours=median(times["ours"]),
            peer=median(times["peer"]),
            unit="s",
            target=target,
            note="against docker-compose",
        )
        for action, times, target in (
            ("stop", stops, stop_target),
            ("start", starts, start_target),
        )
    ]


def _act(daemon: Daemon, action: str, project: str) -> None:
    daemon.ctl("stack", action, f"local/{project}")


def _expect(machine: Machine, project: str, state: str) -> None:
    """What is measured must have happened."""
    states = machine.engine.states(project)
    assert set(states.values()) == {state}, states
