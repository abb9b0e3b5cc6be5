"""The two programs as they are installed, over a real socket and a real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.daemon_process import ROOT, DaemonProcess
from tests.engines import Engine


@dataclass
class Ctl:
    """`dockschedctl` against one daemon."""

    daemon: DaemonProcess

    def __call__(self, *arguments: str, expect: int = 0, stdin: str = "") -> str:
        """Run it; return stdout, after checking the exit code."""
        done = self.run(*arguments, stdin=stdin)
        said = f"{' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == expect, said
        return done.stdout

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).parent / "dockschedctl"), *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.daemon.home),
                # This checkout, whichever one is installed.
                "PYTHONPATH": str(ROOT),
                "DOCKSCHEDCTL_SERVER": f"unix://{self.daemon.socket}",
            },
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def json(self, *arguments: str) -> object:
        """Run it with `-o json`."""
        return json.loads(self(*arguments, "-o", "json"))


@pytest.fixture
def daemon(engine: Engine, tmp_path_factory) -> Iterator[DaemonProcess]:
    process = DaemonProcess(tmp_path_factory.mktemp("d"), engine.url)
    process.start()
    yield process
    process.close()


@pytest.fixture
def ctl(daemon: DaemonProcess) -> Ctl:
    return Ctl(daemon)
