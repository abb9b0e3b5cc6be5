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


def test_the_table_of_metrics_is_fresh() -> None:
    """The page around it is written by hand."""
    page = ROOT / "docs" / "metrics.md"
    before, begin, rest = page.read_text("utf-8").partition(
        "<!-- begin: made from the program -->\n"
    )
    table, end, after = rest.partition("<!-- end -->")
    assert begin, "the page has lost its marks"
    assert end, "the page has lost its marks"
    if os.environ.get("DOCKSCHEDD_UPDATE_DOCS") == "1":
        table = reference.metrics_table()
        page.write_text(f"{before}{begin}{table}{end}{after}", "utf-8")

    assert table == reference.metrics_table(), f"DOCKSCHEDD_UPDATE_DOCS=1 pytest {__file__}"
