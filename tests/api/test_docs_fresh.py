"""Generated reference pages are what the code says today.

`DOCKSCHEDD_UPDATE_DOCS=1 pytest tests/api/test_docs_fresh.py` writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dockschedd.api import reference

ROOT = Path(__file__).parents[2]
PAGES = {
    "docs/reference/openapi.json": reference.openapi_text,
    "docs/reference/problems.md": reference.problems_text,
}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_fresh(name) -> None:
    """The file and what would be generated are the same."""
    page, text = ROOT / name, PAGES[name]()
    if os.environ.get("DOCKSCHEDD_UPDATE_DOCS") == "1":
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, "utf-8")

    assert page.read_text("utf-8") == text, f"DOCKSCHEDD_UPDATE_DOCS=1 pytest {__file__}"
