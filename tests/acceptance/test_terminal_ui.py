"""The terminal UI as it is installed: in tmux, against a real daemon and a real engine."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon_process import ROOT
from tests.engines import wait_until

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="apt-get install tmux"),
]


class Terminal:
    """80 columns and 24 lines, with a program in them and keys to press."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def tmux(self, *words: str) -> str:
        return subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *words],
            capture_output=True, text=True, check=True, timeout=20,
        ).stdout  # fmt: skip

    def run(self, command: str) -> None:
        """Run it; its exit code is on the screen that it leaves."""
        script = f"{command}; echo ended with $?; exec cat"
        self.tmux("new-session", "-d", "-x", "80", "-y", "24", script)

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def until(self, *words: str) -> str:
        def found() -> str | None:
            screen = self.screen
            return screen if all(word in screen for word in words) else None

        try:
            return str(wait_until(found, within=30))
        except AssertionError:
            raise AssertionError(f"{words} never came:\n{self.screen}") from None


def ui_of(daemon) -> str:
    """The command of the UI against that daemon."""
    program = Path(sys.executable).parent / "dockschedctl"
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(daemon.home), "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    words = [*(f"{key}={value}" for key, value in environment.items()), str(program), "ui"]
    return shlex.join(["env", *words, "--server", f"unix://{daemon.socket}"])


@pytest.fixture
def terminal(tmp_path):
    made = Terminal(tmp_path / "tmux.sock")
    yield made
    subprocess.run(
        ["tmux", "-S", str(tmp_path / "tmux.sock"), "kill-server"], check=False, timeout=20
    )


@pytest.fixture
def name(compose_up, ctl, daemon, terminal) -> str:
    """A stack that is up, and the UI with nothing else in sight and the cursor on it."""
    made = f"tui{secrets.token_hex(3)}"
    compose_up("sample", made)
    wait_until(lambda: made in ctl("stack", "ls", "-o", "name"))
    terminal.run(ui_of(daemon))
    terminal.until("● live", made)
    terminal.press("/", *made, "Enter")
    terminal.until(f"/{made}")
    terminal.press("G")
    return made


def test_a_stack_is_stopped_and_held_by_key(name, ctl, terminal, engine) -> None:
    """Found by a filter, opened, stopped after its plan was seen, held, and left."""
    terminal.press("Enter")
    terminal.until("1 Containers", f"{name}-")
    terminal.press("x")
    terminal.until(f"stop local/{name}", "nothing has been done", "Stop (y)")
    assert set(engine.states(name).values()) != {"exited"}
    terminal.press("y")
    terminal.until("○ stopped", "✓ stop")
    assert "running" not in engine.states(name).values()
    terminal.press("h")
    terminal.until("For how long")
    terminal.press("Enter")
    terminal.until("◆ held down till")
    assert [hold["wants"] for hold in ctl.json("hold", "ls")] == ["down"]
    terminal.press("q")
    terminal.until("ended with 0")


def test_a_stack_is_put_to_sleep_at_nights_by_two_keys(name, ctl, terminal) -> None:
    """The form says what it will do; what was saved is on the page of the schedules."""
    terminal.press("n")
    terminal.until(
        "new schedule", f"sleep-local-{name}", "from 23:00 to 07:00", "✓ it contradicts"
    )
    assert ctl.json("schedule", "ls") == []
    terminal.press("C-s")
    terminal.until(f"added sleep-local-{name}")
    terminal.press("S")
    terminal.until("1 schedule", f"local/{name}", "stop")
    (saved,) = ctl.json("schedule", "ls")
    assert (saved["action"], saved["window"]) == ("asleep", "daily 23:00-07:00")


def test_what_failed_and_why_is_found_with_three_keys(compose_up, ctl, daemon, terminal) -> None:
    """The runs, the failed ones, and the one: what failed by itself, and what that kept."""
    name = compose_up("flaky")
    wait_until(lambda: name in ctl("stack", "ls", "-o", "name"))
    ctl("stack", "stop", name)
    ctl("stack", "start", name, "--rerun-oneshots", expect=1)
    terminal.run(ui_of(daemon))

    terminal.until("● live", name)
    terminal.press("R")
    terminal.until("✓ succeeded", "◐ partial")
    terminal.press("f")
    terminal.until("1 run · ✗ failed only", f"start local/{name}: ")
    terminal.press("Enter")
    screen = terminal.until(
        f"start local/{name}  ◐ partial", f"✗ wait until completed {name}-migrate-1 failed",
        f"hint: `docker logs {name}-migrate-1` says why", f"- skipped {name}-app-1",
    )  # fmt: skip
    assert "█" in screen
    assert "░✗" in screen or "  ✗" in screen
    terminal.press("q")
    terminal.until("ended with 0")
