"""docs/ui.md has the table of keys; DOCKSCHEDD_UPDATE_DOCS=1 writes it anew."""

from __future__ import annotations

import os

from dockschedctl.ui import keys
from tests.architecture.repository import ROOT

PAGE = ROOT / "docs" / "ui.md"
BEGIN, END = "<!-- keys -->\n", "<!-- /keys -->\n"


def written() -> str:
    """The table as Markdown."""
    lines = ["| where | key | what it does |", "|---|---|---|"]
    groups = (*keys.SCREENS.items(), *keys.FORMS.items(), *keys.groups("")[1:])
    for noun, group in groups:
        for key in group:
            names = key.display or key.keys.replace(",", " ")
            needs = f" (`{key.needs}`)" if key.needs else ""
            lines.append(f"| {noun} | `{names}` | {key.says}{needs} |")
    return "\n".join(lines) + "\n"


def test_the_page_has_all_keys() -> None:
    """Word for word what `?` says."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    now, _, after = rest.partition(END)
    if os.environ.get("DOCKSCHEDD_UPDATE_DOCS"):
        PAGE.write_text(f"{before}{BEGIN}{written()}{END}{after}", encoding="utf-8")
        return
    assert now == written()
