"""The direction of imports, and that the check of it can fail."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.architecture.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: What the client must never import, because it would be felt in every command.
HEAVY = {
    "aiohttp": "it has a synchronous client on the standard library",
    "aiosqlite": "only the daemon has a database",
    "argon2": "only the daemon hashes passwords",
    "asyncpg": "only the daemon has a database",
    "authlib": "only the daemon makes tokens",
    "croniter": "the daemon answers previews",
    "docker": "only the daemon talks to engines",
    "joserfc": "only the daemon makes tokens",
    "pydantic": "Typer 0.29 brings it, and 60 ms",
    "yaml": "30 ms, for the commands that read documents only",
    "requests": "it comes with the docker SDK",
    "textual": "only `dockschedctl ui` draws on the whole terminal",
    "rich": "most commands write plain text, JSON or nothing; tables import it when they are made",
}


def lint(directory: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=directory, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("dockschedd", "dockschedctl"):
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__"),
            symlinks=True,
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_import_contracts_are_kept() -> None:
    """Outer layers import inner ones, siblings do not know each other, libraries have a door."""
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("dockschedd/core/model.py", "from dockschedd.api import routes", "outer layers"),
        ("dockschedd/core/model.py", "import asyncio", "core is a function of its arguments"),
        ("dockschedd/store/rows.py", "from dockschedd.hosts import pool", "outer layers"),
        ("dockschedctl/exits.py", "from dockschedd.core import model", "the client sees the wire"),
        ("dockschedd/daemon/bus.py", "import docker", "one door for the docker SDK"),
        ("dockschedctl/output/live.py", "import textual", "Textual only in the UI"),
        ("dockschedctl/ui/state.py", "import textual", "what the UI knows is a function"),
        ("dockschedd/newcomer.py", "", "outer layers"),
    ],
)
def test_a_planted_violation_is_reported(
    copy: Path, module: str, line: str, contract: str
) -> None:
    """Each contract can fail: one import in the wrong direction, or a module in no layer."""
    file = copy / module
    before = file.read_text() if file.exists() else '"""A module that nobody placed."""\n'
    file.write_text(f"{before}\n{line}\n")

    result = lint(copy)

    said = " ".join((result.stdout + result.stderr).split())
    assert result.returncode == 1, said
    assert contract in said or "newcomer" in said


def test_the_client_imports_nothing_heavy() -> None:
    """Starting `dockschedctl` loads none of the libraries that would slow down every command."""
    code = (
        "import json, sys; import dockschedctl.__main__, dockschedctl.cli; "
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    loaded = {name: why for name, why in HEAVY.items() if name in json.loads(result.stdout)}
    assert loaded == {}


def test_the_wire_does_not_bring_the_daemon_with_it() -> None:
    """Importing the wire loads msgspec and no other module of the daemon."""
    code = (
        "import json, sys; "
        "from dockschedd.wire import access, problems, runs, schedules, stacks, system; "
        "print(json.dumps(sorted(m for m in sys.modules if m.startswith('dockschedd.'))))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert [m for m in json.loads(result.stdout) if not m.startswith("dockschedd.wire")] == []
