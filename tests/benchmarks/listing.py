"""What a person waits for: `dockschedctl stack ls`, from the shell's prompt to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.figures import Figure, median
from tests.benchmarks.machine import timed

if TYPE_CHECKING:
    from tests.benchmarks.machine import Machine

STACKS = 10


def listing(machine: Machine, rounds: int) -> list[Figure]:
    """List 10 stacks: the whole process, and the daemon's part of it."""
    projects = machine.small_stacks(STACKS)
    try:
        with machine.daemon() as daemon:
            daemon.ctl("stack", "ls")
            daemon.call("GET", "/v1/stacks")
            whole = [timed(daemon.ctl, "stack", "ls") for _ in range(rounds * 4)]
            part = [timed(daemon.call, "GET", "/v1/stacks") for _ in range(rounds * 20)]
    finally:
        for project in projects:
            machine.engine.compose_down(project)
    return [
        Figure(
            what="dockschedctl stack ls",
            ours=median(whole) * 1000,
            unit="ms",
            target=120,
            note=f"whole process, {STACKS} stacks",
        ),
        Figure(
            what="GET /v1/stacks",
            ours=median(part) * 1000,
            unit="ms",
            target=5,
            note="the daemon's part",
        ),
    ]
