"""What the daemon costs: time to ready, memory, processor time while nothing is due."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.benchmarks.figures import Figure, median

if TYPE_CHECKING:
    from tests.benchmarks.machine import Daemon, Machine

STACKS = 10
SCHEDULES = 100
MANY = 2000
WATCH_S = 20.0


def readiness(machine: Machine, rounds: int) -> list[Figure]:
    """Start it with nothing, and with 10 stacks and 100 schedules; then look at its memory."""
    empty = []
    for number in range(rounds):
        with machine.daemon(f"empty-{number}") as daemon:
            empty.append(daemon.ready_after_s)
    projects = machine.small_stacks(STACKS)
    try:
        with machine.daemon("full") as daemon:
            add_schedules(daemon, SCHEDULES, projects)
        full, memory = [], []
        for _ in range(rounds):
            with machine.daemon("full") as daemon:
                full.append(daemon.ready_after_s)
                daemon.ctl("stack", "ls")
                daemon.ctl("schedule", "ls")
                memory.append(daemon.resident_mb())
    finally:
        for project in projects:
            machine.engine.compose_down(project)
    loaded = f"{STACKS} stacks, {SCHEDULES} schedules"
    return [
        Figure(
            what="time to ready, empty",
            ours=median(empty) * 1000,
            unit="ms",
            target=500,
            note="database made, keys made",
        ),
        Figure(
            what="time to ready, in use",
            ours=median(full) * 1000,
            unit="ms",
            target=500,
            note=loaded,
        ),
        Figure(
            what="resident memory",
            ours=median(memory),
            unit="MB",
            target=60,
            note=f"{loaded}, after two commands",
        ),
    ]


def idle(machine: Machine, rounds: int) -> list[Figure]:
    """Watch its processor time while nothing is due, with few schedules and with many."""
    projects = machine.small_stacks(1)
    figures = []
    try:
        with machine.daemon("idle") as daemon:
            for count, target in ((SCHEDULES, 0.2), (MANY, 0.2)):
                add_schedules(daemon, count, projects, prefix=f"of-{count}")
                before = daemon.cpu_s()
                time.sleep(WATCH_S)
                share = (daemon.cpu_s() - before) / WATCH_S * 100
                figures.append(
                    Figure(
                        what=f"processor, {count} schedules idle",
                        ours=share,
                        unit="%",
                        target=target,
                        note=f"of one core, over {WATCH_S:.0f} s",
                    )
                )
    finally:
        for project in projects:
            machine.engine.compose_down(project)
    return figures


def add_schedules(
    daemon: Daemon, count: int, projects: list[str], prefix: str = "nightly"
) -> None:
    """Add schedules that will not fire while anybody looks."""
    now = time.gmtime()
    month = (now.tm_mon + 5) % 12 + 1
    for number in range(count):
        daemon.call(
            "POST",
            "/v1/schedules",
            {
                "name": f"{prefix}-{number}",
                "action": ("stop", "start")[number % 2],
                "selector": f"local/{projects[number % len(projects)]}",
                "cron": f"{number % 60} {number // 60 % 24} 1 {month} *",
                "zone": "Europe/Berlin",
            },
        )
