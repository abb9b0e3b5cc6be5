"""docs/reference is what the program says of itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dockschedctl.exits import MEANING, Exit
from tests.ctl import reference

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"


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
