"""docs/windows.md says what can be written as a window: it is held against the parser."""

from __future__ import annotations

import re

import pytest

from dockschedd.core import windows
from dockschedd.errors import Invalid
from tests.architecture import repository

TEXT = (repository.ROOT / "docs" / "windows.md").read_text("utf-8")
ITEM = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
ALLOWED, REFUSED = (
    ITEM.findall(TEXT[TEXT.index(head) :].partition("\n\n")[0])
    for head in ("| item |", "| refused |")
)


def test_the_page_has_both_tables() -> None:
    """Otherwise nothing would be tried."""
    assert (len(ALLOWED), len(REFUSED)) == (10, 5)


@pytest.mark.parametrize("text", ALLOWED)
def test_what_the_page_shows_can_be_written(text: str) -> None:
    """And is read back as it is written."""
    found = windows.parse(text)
    assert windows.parse(str(found)) == found


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_page_says_is_refused_is(text: str) -> None:
    """With a hint each."""
    with pytest.raises(Invalid) as raised:
        windows.parse(text)
    assert all(fault.hint for fault in raised.value.faults)
