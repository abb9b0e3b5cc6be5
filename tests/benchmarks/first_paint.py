"""What a person waits for: `dockschedctl ui`, from the command to its first picture."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import termios
import time
from fcntl import ioctl
from typing import TYPE_CHECKING

from tests.benchmarks.figures import Figure, median
from tests.benchmarks.machine import environment, program

if TYPE_CHECKING:
    from tests.benchmarks.machine import Machine

STACKS = 3
_PATIENCE = 30.0


def first_paint(machine: Machine, rounds: int) -> list[Figure]:
    """Start it in a small terminal until the headline, and until a stack, is on it."""
    projects = machine.small_stacks(STACKS)
    try:
        with machine.daemon() as daemon:
            daemon.ctl("stack", "ls")
            command = [*program("dockschedctl"), "--server", f"unix://{daemon.socket}", "ui"]
            times = [
                _started(command, (b"dockschedd", projects[0].encode())) for _ in range(rounds)
            ]
    finally:
        for project in projects:
            machine.engine.compose_down(project)
    return [
        Figure(
            what="dockschedctl ui: the first picture",
            ours=median([first for first, _ in times]) * 1000,
            unit="ms",
            target=400,
            note="whole process, before there is any data",
        ),
        Figure(
            what="dockschedctl ui: the first stack",
            ours=median([stack for _, stack in times]) * 1000,
            unit="ms",
            note=f"{STACKS} stacks",
        ),
    ]


def _started(command: list[str], words: tuple[bytes, bytes]) -> tuple[float, float]:
    """Return the seconds until each of the words was written to the terminal."""
    began = time.monotonic()
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, {**environment(), "TERM": "xterm-256color"})
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    seen: dict[bytes, float] = {}
    written = b""
    try:
        while len(seen) < len(words):
            ready, _, _ = select.select([terminal], [], [], _PATIENCE)
            if not ready:
                raise AssertionError(f"the picture never came: {written[-2000:]!r}")
            written += os.read(terminal, 65536)
            now = time.monotonic() - began
            seen |= {word: now for word in words if word in written and word not in seen}
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
    return seen[words[0]], seen[words[1]]
