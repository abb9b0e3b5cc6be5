"""What is in the repository, for the tests of this folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What people and tools leave in a working tree that is no part of the repository.
_MADE = {"__pycache__", "build", "dist"}


def _is_made(directory: str) -> bool:
    return directory in _MADE or (directory.startswith(".") and directory != ".ci")


def files() -> list[Path]:
    """Return all files that belong to the repository, relative to its top, sorted.

    From git where there is one (also those not added yet), else from the tree.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        names = {Path(name) for name in listed.stdout.split("\0") if name}
    else:
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        names = {p for p in found if not any(map(_is_made, p.parts[:-1]))}
    return sorted(p for p in names if (ROOT / p).is_file() or (ROOT / p).is_symlink())


def modules(*packages: str) -> list[Path]:
    """Return the Python files below the given folders, relative to the top."""
    return [p for p in files() if p.suffix == ".py" and p.parts[0] in packages]
