"""A fleet of engines as a process of its own, and the daemon's configuration that names it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dockschedd.core import model
from tests.benchmarks.machine import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

HOSTS: Final = 100
STACKS: Final = 20
CONTAINERS: Final = 10


@dataclass
class Fleet:
    """Engines that are served."""

    process: subprocess.Popen[str]
    config: Path

    def do(self, command: str, value: float = 0) -> Any:
        """Have something done on the engines; return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": command, "value": value}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def refs() -> tuple[model.StackRef, ...]:
    """Return all stacks, those of different hosts next to each other."""
    return tuple(
        model.StackRef(f"edge-{host:03}", f"stack-{stack:02}")
        for stack in range(STACKS)
        for host in range(HOSTS)
    )


@contextlib.contextmanager
def served(home: Path) -> Iterator[Fleet]:
    """Serve the fleet, and end it afterwards."""
    directory = home / "fleet"
    directory.mkdir()
    config = home / "fleet.toml"
    config.write_text(
        "".join(
            f'[hosts.edge-{number:03}]\nurl = "unix://{directory}/edge-{number:03}.sock"\n'
            for number in range(HOSTS)
        )
    )
    sizes: Sequence[int] = (HOSTS, STACKS, CONTAINERS)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.fleet", str(directory), *map(str, sizes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert json.loads(process.stdout.readline()) == "ready"
            yield Fleet(process=process, config=config)
        finally:
            process.stdin.close()
            process.wait(timeout=60)
