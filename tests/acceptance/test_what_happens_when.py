"""The examples of docs/what-happens-when.md, carried out as they are written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon_process import ROOT
from tests.engines import wait_until

pytestmark = pytest.mark.docker

PAGE = ROOT / "docs" / "what-happens-when.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
COMPOSE_STOP = "docker compose -p shop stop"


def examples() -> list[tuple[str, str]]:
    """Each command with what is said to be shown for it."""
    found = []
    for block in BLOCK.findall(PAGE.read_text("utf-8")):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = example.partition("\n")
            found.append((command, shown))
    return found


def pattern(shown: str) -> re.Pattern[str]:
    """`…` stands for anything within a line; alone on a line for any lines."""
    lines = [
        r"(?:.*\n)*?" if line == "…\n" else re.escape(line).replace("…", ".+")
        for line in shown.splitlines(keepends=True)
    ]
    return re.compile("".join(lines))


def carry_out(ctl, command: str) -> str:
    """Return what a shell shows for the command, on both outputs in their order."""
    done = subprocess.run(
        ["bash", "-c", command],
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(ctl.daemon.home),
            "PYTHONPATH": str(ROOT),
            "DOCKSCHEDCTL_SERVER": f"unix://{ctl.daemon.socket}",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


def test_the_page_shows_what_happens(ctl, engine, compose_up):
    """Every command of the page, in its order, shows what the page says that it shows."""
    compose_up("pair", "shop")
    compose_up("pair", "db")
    wait_until(lambda: {"local/shop", "local/db"} <= set(ctl("stack", "ls", "-o", "name").split()))
    told = examples()

    assert len(told) > 15
    for command, shown in told:
        if command == COMPOSE_STOP:
            engine.compose_stop("shop")
            wait_until(lambda: ctl.json("stack", "show", "shop")["status"] == "stopped")
            continue
        said = carry_out(ctl, command)
        assert pattern(shown).fullmatch(said), f"$ {command}\n{said}\n--- the page:\n{shown}"
