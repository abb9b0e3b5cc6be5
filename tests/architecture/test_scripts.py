"""The scripts in packaging/: they can be run, and they leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.architecture.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SWEEP = ROOT / "packaging" / "sweep.py"


def until(true: Callable[[], bool], *, within: float = 10.0) -> bool:
    end = time.monotonic() + within
    while not true() and time.monotonic() < end:
        os.sched_yield()
    return true()


@pytest.mark.parametrize(
    "script", ["packaging/test", "packaging/quickstart", "packaging/sweep.py", ".ci/run"]
)
def test_each_script_can_be_executed(script: str) -> None:
    """A fresh clone needs no chmod."""
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize("script", ["packaging/test", ".ci/run"])
def test_each_shell_script_can_be_read_by_the_shell(script: str) -> None:
    """No syntax error waits in a branch that is seldom taken."""
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_the_quickstart_explains_itself() -> None:
    """`--help` works before anything is installed."""
    result = subprocess.run(
        [sys.executable, "-S", ROOT / "packaging" / "quickstart", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "--keep" in result.stdout
    assert "--stop" in result.stdout


def test_the_quickstart_stops_only_what_it_made(tmp_path: Path) -> None:
    """`--stop` refuses a directory that is not one of its own, and leaves it as it is."""
    (tmp_path / "precious").write_text("kept")
    result = subprocess.run(
        [sys.executable, ROOT / "packaging" / "quickstart", "--stop", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert "was not made by" in result.stderr
    assert (tmp_path / "precious").exists()


def test_sweeping_ends_what_belongs_and_nothing_else(tmp_path: Path) -> None:
    """Programs that name the directory, and what they started, end; a neighbour goes on."""
    mine, neighbour = tmp_path / "mine", tmp_path / "mine-too"
    pids = tmp_path / "pids"
    for directory in (mine, neighbour):
        directory.mkdir()
    # The grandchild neither names the directory nor knows it from its environment.
    stubborn = (
        "import os, subprocess, sys, time; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], "
        "env={}); "
        f"open({str(pids)!r}, 'w').write(str(child.pid)); time.sleep(600)"
    )
    belongs = subprocess.Popen([sys.executable, "-c", stubborn, f"{mine}/"], cwd="/")
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", neighbour])
    try:
        assert until(lambda: pids.exists() and pids.read_text() != "")

        swept = subprocess.run([sys.executable, SWEEP, mine], check=False)

        assert swept.returncode == 0
        assert belongs.wait(timeout=10) != 0
        assert until(lambda: not os.path.exists(f"/proc/{pids.read_text()}"))  # noqa: PTH110
        assert not mine.exists()
        assert neighbour.exists()
        assert other.poll() is None
    finally:
        for process in (belongs, other):
            process.kill()
            process.wait()


@pytest.mark.parametrize("directory", ["/", "/tmp", "/usr"])
def test_sweeping_refuses_what_is_everybodys(directory: str) -> None:
    """A slip of the argument cannot empty the machine."""
    result = subprocess.run(
        [sys.executable, SWEEP, directory], capture_output=True, text=True, check=False
    )

    assert result.returncode != 0
    assert "not a directory of its own" in result.stderr
