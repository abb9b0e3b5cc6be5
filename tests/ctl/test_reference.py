"""docs/reference is what the program says of itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dockschedctl.exits import MEANING, Exit
from tests.ctl import manual, reference

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "reference"
MANUAL = ROOT / "packaging" / "man"


@pytest.mark.parametrize(
    ("name", "page"),
    [("cli.md", reference.cli_page), ("exit-codes.md", reference.exit_codes_page)],
)
def test_the_page_is_fresh(name: str, page) -> None:
    """DOCKSCHEDD_UPDATE_DOCS=1 writes it; otherwise it must be what would be written."""
    path = PAGES / name
    if os.environ.get("DOCKSCHEDD_UPDATE_DOCS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page()


def test_every_exit_code_has_a_meaning() -> None:
    """The enumeration and its explanations are complete."""
    assert set(MEANING) == set(Exit)


def test_the_manual_is_fresh() -> None:
    """DOCKSCHEDD_UPDATE_DOCS=1 writes it; one page for each noun, and none that is left over."""
    made = manual.pages()
    if os.environ.get("DOCKSCHEDD_UPDATE_DOCS"):
        for old in MANUAL.glob("man?/*"):
            old.unlink()
        for name, page in made.items():
            (MANUAL / name).parent.mkdir(parents=True, exist_ok=True)
            (MANUAL / name).write_text(page, encoding="ascii")
    found = {str(path.relative_to(MANUAL)): path for path in MANUAL.glob("man?/*")}
    assert {name: path.read_text(encoding="ascii") for name, path in found.items()} == made


@pytest.mark.skipif(shutil.which("groff") is None, reason="apt-get install groff-base")
def test_groff_reads_every_page_without_a_warning() -> None:
    """What man(1) would complain about is found here."""
    result = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", *sorted(MANUAL.glob("man?/*"))],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_text_of_the_manual_is_never_taken_for_a_request() -> None:
    """Backslashes, quotes, hyphens, dots at the beginning and letters beyond ASCII are text."""
    assert manual._text("a\\b-c's \u2026") == "a\\eb\\-c\\(aqs \\[u2026]"
    assert manual._safe(".sp") == "\\&.sp"
    assert manual._safe(".PP") == ".PP"
