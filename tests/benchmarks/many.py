"""What 100,000 schedules cost: starting with them, ticking over them, and asking about them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from typing import TYPE_CHECKING, Final

from dockschedd.core import model
from tests.benchmarks import crowd, peer
from tests.benchmarks.figures import Figure, median
from tests.benchmarks.machine import Machine, environment, program, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.machine import Daemon

REAL: Final = 10
FEW: Final = 100
WATCH_S: Final = 20.0
_LOOK_EVERY_S: Final = 0.02
_STATE: Final = "many"


def many(machine: Machine, rounds: int) -> list[Figure]:
    """Start with 100,000 schedules on 2,000 stacks, wait, and carry out what people type."""
    projects = machine.small_stacks(REAL)
    try:
        now = crowd.now()
        stacks = crowd.refs(real=projects)
        crowd.put(machine.home / _STATE, crowd.quiet(crowd.SCHEDULES, stacks, now=now))
        crowd.put(machine.home / "few", crowd.quiet(FEW, stacks, now=now))
        return [
            *_ready(machine, rounds),
            *_idle(machine),
            *_asked(machine, projects, rounds),
        ]
    finally:
        for project in projects:
            machine.engine.compose_down(project)


def _ready(machine: Machine, rounds: int) -> list[Figure]:
    ready: dict[str, list[float]] = {"few": [], _STATE: []}
    for _ in range(rounds):
        for state, took in ready.items():
            with machine.daemon(state) as daemon:
                took.append(daemon.ready_after_s)
    peers = peer.ready(machine.home, rounds, quiet=crowd.SCHEDULES)
    return [
        Figure(
            what=f"time to ready, {FEW} schedules",
            ours=median(ready["few"]),
            unit="s",
            target=1,
        ),
        Figure(
            what=f"time to ready, {crowd.SCHEDULES:,} schedules",
            ours=median(ready[_STATE]),
            unit="s",
            target=1,
        ),
        Figure(
            what="time to ready, beside the peer",
            ours=median(ready[_STATE]),
            unit="s",
            peer=None if peers is None else median(peers),
            note="the peer's: its scheduler runs; it serves nothing",
        ),
    ]


def _idle(machine: Machine) -> list[Figure]:
    shares, memory = [], 0.0
    for state in ("few", _STATE):
        with machine.daemon(state) as daemon:
            time.sleep(2)  # what happens once, at the start, is no tick
            before = daemon.cpu_s()
            time.sleep(WATCH_S)
            shares.append((daemon.cpu_s() - before) / WATCH_S * 100)
            memory = daemon.resident_mb()
    of_peer = peer.footprint(machine.home, quiet=crowd.SCHEDULES, watch_s=WATCH_S)
    said = "" if of_peer is None else f"; the peer's: {of_peer[0]:.3f} %"
    return [
        Figure(
            what=f"processor, {FEW} schedules idle",
            ours=shares[0],
            unit="%",
            target=0.2,
            note=f"of one core, over {WATCH_S:.0f} s",
        ),
        Figure(
            what=f"processor, {crowd.SCHEDULES:,} schedules idle",
            ours=shares[1],
            unit="%",
            target=0.2,
            note=f"of one core, over {WATCH_S:.0f} s{said}",
        ),
        Figure(
            what="resident memory, idle",
            ours=memory,
            unit="MB",
            peer=None if of_peer is None else of_peer[1],
            note=f"{crowd.SCHEDULES:,} schedules",
        ),
    ]


def _asked(machine: Machine, projects: Sequence[str], rounds: int) -> list[Figure]:
    figures = []
    with machine.daemon(_STATE) as daemon:
        first = timed(daemon.call, "GET", "/v1/status")
        figures += [
            _figure("GET /v1/status, the first", first),
            _figure("GET /v1/status", _median(rounds, daemon.call, "GET", "/v1/status"), 0.05),
            _figure(
                "GET /v1/schedules, a page of 1,000",
                _median(rounds, daemon.call, "GET", "/v1/schedules?limit=1000"),
            ),
            _figure("a name that is nearly right", _median(rounds, _misspelt, daemon), 0.2),
        ]
        for words in (
            ("status",),
            ("why", f"local/{projects[0]}"),
            ("plan", "stop", f"local/{projects[0]}"),
            ("schedule", "show", "nightly-050000"),
        ):
            figures.append(_figure(" ".join(words[:2]), _median(rounds, daemon.ctl, *words)))
        figures += _changes(machine, daemon, projects, rounds)
        figures += _listings(daemon, rounds)
        figures.append(
            Figure(
                what="resident memory",
                ours=daemon.resident_mb(),
                unit="MB",
                target=200,
                note=f"{crowd.SCHEDULES:,} schedules, after all of the above",
            )
        )
    return figures


def _misspelt(daemon: Daemon) -> None:
    with contextlib.suppress(AssertionError):
        daemon.call("GET", "/v1/schedules/nightyl-050000")


def _changes(
    machine: Machine, daemon: Daemon, projects: Sequence[str], rounds: int
) -> list[Figure]:
    """Save schedules, each checked for conflicts with all others."""
    added = []
    for number in range(rounds):
        body = {
            "name": f"new-{number}",
            "action": "stop",
            "selector": f"local/{projects[number % len(projects)]}",
            "cron": "*/15 * * * *",
        }
        added.append(timed(daemon.call, "POST", "/v1/schedules", body))
        daemon.call("DELETE", f"/v1/schedules/new-{number}")
    document = machine.home / "document.yaml"
    document.write_text(
        "version: 1\nschedules:\n"
        + "".join(
            f"  - name: nightly-{number:06}\n    action: {tuple(model.Action)[1]}\n"
            f"    selector: local/{projects[number % len(projects)]}\n"
            f'    cron: "0 3 1 1 *"\n    zone: UTC\n'
            for number in range(FEW)
        )
    )
    words = ("schedule", "apply", "-f", str(document))
    return [
        _figure("POST /v1/schedules", median(added), 1),
        _figure(f"schedule apply, {FEW} changed", timed(daemon.ctl, *words)),
        _figure(f"schedule apply, {FEW} unchanged", _median(rounds, daemon.ctl, *words)),
    ]


def _listings(daemon: Daemon, rounds: int) -> list[Figure]:
    figures = []
    for form in ("table", "json", "name"):
        first, whole, worst = [], [], []
        for _ in range(rounds):
            seen = _listed(daemon, form)
            first.append(seen[0])
            whole.append(seen[1])
            worst.append(seen[2])
        figures += [
            _figure(f"schedule ls -o {form}, the first line", median(first)),
            _figure(f"schedule ls -o {form}, all", median(whole)),
            _figure("  the slowest answer to others meanwhile", max(worst), 0.1),
        ]
    completed = [_median(rounds, _complete, daemon, prefix) for prefix in ("", "nightly-05")]
    return [
        *figures,
        _figure("completing a schedule, of all", completed[0], 0.2),
        _figure("completing a schedule, of a prefix", completed[1], 0.2),
    ]


def _listed(daemon: Daemon, form: str) -> tuple[float, float, float]:
    """Return when the first line and the last came, and the slowest answer in between."""
    server = ["--server", f"unix://{daemon.socket}"]
    command = [*program("dockschedctl"), *server, "schedule", "ls", "-o", form]
    began = time.monotonic()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        first, lines, slowest = 0.0, 0, 0.0
        while process.poll() is None or lines < crowd.SCHEDULES:
            some = process.stdout.read(1 << 20)
            if some is None:
                slowest = max(slowest, timed(daemon.call, "GET", "/v1/schedules/nightly-000001"))
                time.sleep(_LOOK_EVERY_S)
                continue
            first = first or time.monotonic() - began
            lines += some.count(b"\n")
            if not some and process.poll() is not None:
                break
        whole = time.monotonic() - began
        assert process.returncode == 0
        assert lines >= crowd.SCHEDULES, lines
    return first, whole, slowest


def _complete(daemon: Daemon, prefix: str) -> None:
    words = f"dockschedctl --server unix://{daemon.socket} schedule show {prefix}"
    told = {
        "_DOCKSCHEDCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": "5",
    }
    done = subprocess.run(
        program("dockschedctl"),
        env={**environment(), **told},
        capture_output=True,
        text=True,
        check=True,
    )
    names = done.stdout.split()
    assert names, done.stderr
    assert all(name.startswith(prefix) for name in names)


def _figure(what: str, seconds: float, target: float | None = None) -> Figure:
    return Figure(
        what=what,
        ours=seconds * 1000,
        unit="ms",
        target=None if target is None else target * 1000,
        note=f"{crowd.SCHEDULES:,} schedules",
    )


def _median(rounds: int, call: Callable[..., object], *arguments: object) -> float:
    return median([timed(call, *arguments) for _ in range(rounds)])
