"""APScheduler 3 beside us: a process of its own, over its SQLAlchemy job store in SQLite.

Without the packages of the group `bench` there are no figures of it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from tests.benchmarks.machine import cpu_s, environment, resident_mb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_START_S: Final = 10.0


def is_there() -> bool:
    """Whether it is installed."""
    return all(map(importlib.util.find_spec, ("apscheduler", "sqlalchemy")))


def ready(home: Path, rounds: int, *, quiet: int) -> list[float] | None:
    """Return how long it takes from the start of the process until its scheduler runs."""
    if not is_there():
        return None
    file = _filled(home, quiet=quiet)
    found = []
    for _ in range(rounds):
        began = time.monotonic()
        with _running(file):
            found.append(time.monotonic() - began)
    return found


def footprint(home: Path, *, quiet: int, watch_s: float) -> tuple[float, float] | None:
    """Return its share of a core while nothing is due, in %, and its resident memory in MB."""
    if not is_there():
        return None
    with _running(_filled(home, quiet=quiet)) as process:
        time.sleep(2)
        before = cpu_s(process.pid)
        time.sleep(watch_s)
        return (cpu_s(process.pid) - before) / watch_s * 100, resident_mb(process.pid)


def burst(home: Path, rounds: int, *, quiet: int, burst: int) -> list[float] | None:
    """Return how long after the instant the last of so many jobs' functions was entered."""
    if not is_there():
        return None
    found = []
    for _ in range(rounds):
        at = round(time.time() + _START_S + (quiet + burst) / 1500)
        file = _filled(home, quiet=quiet, burst=burst, at=at)
        with _running(file, burst=burst) as process:
            assert time.time() < at, "filling the database took too long"
            assert process.stdout is not None
            found.append(float(process.stdout.readline()) - at)
    return found


@contextlib.contextmanager
def _running(file: Path, *, burst: int = 0) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        _command("run", str(file), str(burst)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        assert process.stdin is not None
        process.stdin.close()


def _filled(home: Path, *, quiet: int, burst: int = 0, at: float = 0) -> Path:
    file = home / "peer.db"
    file.unlink(missing_ok=True)
    words = (str(quiet), str(burst), str(at))
    subprocess.run(_command("fill", str(file), *words), check=True, env=environment())
    return file


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.peer_process", *words]
