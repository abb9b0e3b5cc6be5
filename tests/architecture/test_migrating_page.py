"""The page for those who come from cron: its examples are carried out, word for word."""

from __future__ import annotations

import io
import re
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dockschedctl import cli, documents
from dockschedctl.env import Env
from dockschedd.api import entries
from dockschedd.core import home_zones, phrases
from dockschedd.wire import schedules
from tests.architecture.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "migrating-from-cron.md").read_text()
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(PAGE)
CONSOLES = [text for kind, _, text in BLOCKS if kind == "console"]
WORDS = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("text", CONSOLES, ids=lambda text: text.partition("\n")[0][2:])
def test_what_the_page_shows_is_what_is_said(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the files of the page beside them; no daemon is needed to propose."""
    for _, name, content in BLOCKS:
        if name:
            (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    command, _, expected = text.partition("\n")
    out = io.StringIO()
    world = Env(stdin=io.StringIO(), stdout=out, stderr=out, environ={"HOME": str(tmp_path)})
    code = cli.main(shlex.split(command.removeprefix("$ dockschedctl ")), world)

    assert (code, out.getvalue()) == (0, expected)


def test_the_document_of_the_page_is_right() -> None:
    """The daemon would take every entry of it."""
    text, _ = (text for kind, _, text in BLOCKS if kind == "yaml")
    homes = home_zones.Hosts(zone="UTC", hosts={}, groups={}, refs=())
    found, faults = entries.read(documents.read(text, name="-"), homes=homes, calendars={})

    assert faults == ()
    assert [each.body.name for each in found] == ["shop-stop", "shop-start"]


def test_the_other_lists_of_the_page_are_right() -> None:
    """The client sends them as they are, and the daemon knows their fields."""
    _, text = (text for kind, _, text in BLOCKS if kind == "yaml")
    found = documents.read_whole(text, name="-")
    body = msgspec.convert(msgspec.to_builtins(found), schedules.ApplyRequest)

    assert [each.name for each in body.calendars] == ["holidays"]
    assert [each.hosts for each in body.groups] == [("web-1", "web-2")]
    assert [each.needs for each in body.requirements] == [("local/db", "local/mq")]
    assert [each.wants for each in body.holds] == ["up"]


@pytest.mark.parametrize(("words", "cron"), WORDS)
def test_the_words_of_the_page_mean_what_it_says(words: str, cron: str) -> None:
    """Each row of its table."""
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert phrases.parse(words, now=now, zone=ZoneInfo("UTC")).cron == cron


def test_the_page_has_examples() -> None:
    """The search above finds them."""
    assert (len(CONSOLES), len(WORDS)) == (2, 13)
