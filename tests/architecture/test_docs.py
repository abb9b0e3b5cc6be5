"""The documents: what they point to exists, and the words are those of the glossary."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest

from dockschedd.wire.version import VERSION
from tests.architecture.repository import ROOT, files

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [p for p in files() if p.suffix == ".md"]
#: Words that the glossary of docs/architecture.md has another word for.
SYNONYMS = {
    "job": "schedule or run",
    "jobs": "schedules or runs",
    "task": "schedule or run",
    "tasks": "schedules or runs",
    "execution": "run",
    "executions": "runs",
    "project": "stack",
    "projects": "stacks",
    "application": "stack",
    "endpoint": "host",
    "timer": "schedule",
    "timers": "schedules",
    "cronjob": "schedule",
}
_LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")
_NAMED = re.compile(r"`((?:docs|packaging|tests|dockschedd|dockschedctl)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link of a page, and each path that it names, exists."""
    text = (ROOT / page).read_text()
    links = [link for link in _LINK.findall(text) if "://" not in link]
    missing = [link for link in links if not (ROOT / page.parent / link).exists()]
    missing += [name for name in _NAMED.findall(text) if not (ROOT / name).exists()]

    assert [name for name in missing if "NNNN" not in name] == []


@cache
def help_of(*words: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", *words, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"},
    )
    return result.stdout


def commands_in(text: str) -> list[str]:
    """Return the commands that a page of help lists, with or without borders."""
    section = re.split(r"Commands", text, maxsplit=1)
    if len(section) == 1:
        return []
    return re.findall(r"^[│ ] {0,2}([a-z0-9][a-z0-9-]*)  +\S", section[1], re.MULTILINE)


def test_the_help_uses_the_words_of_the_glossary() -> None:
    """No command of either program calls a schedule a job, or a stack a project."""
    found = {}
    waiting = [("dockschedd",), ("dockschedctl",)]
    seen = 0
    while waiting:
        words = waiting.pop()
        text = help_of(*words)
        seen += 1
        waiting += [(*words, name) for name in commands_in(text)]
        spoken = set(re.findall(r"[a-z]+", text.lower())) & SYNONYMS.keys()
        if spoken:
            found[" ".join(words)] = spoken

    assert found == {}
    assert seen > 20, "the walk over the commands found too few of them"


@pytest.mark.parametrize(
    "page", ["README.md", "docs/install.md", "docs/operations.md", "docs/migrating-from-cron.md"]
)
def test_commands_in_the_documents_exist(page: str) -> None:
    """Each `dockschedctl NOUN VERB` that a page shows is a command, with the options it shows."""
    text = (ROOT / page).read_text()
    wrong = []
    for line in re.findall(r"dockschedctl ((?:[a-z-]+)[^`\n|;]*)", text):
        words = line.split()
        path = ["dockschedctl"]
        while words and words[0] in commands_in(help_of(*path)):
            path.append(words.pop(0))
        if len(path) == 1:
            wrong.append(line)
            continue
        options = {w.partition("=")[0] for w in words if w.startswith("--")}
        unknown = {option for option in options if option not in help_of(*path)}
        if unknown:
            wrong.append(f"{line}: {unknown}")

    assert wrong == []


def test_the_readme_says_how_to_begin_near_its_top() -> None:
    """The two commands that a newcomer needs are among the first lines."""
    top = "\n".join((ROOT / "README.md").read_text().splitlines()[:30])

    assert "packaging/quickstart" in top
    assert "packaging/test" in top


def test_the_changelog_has_this_version() -> None:
    """The version of the project has an entry."""
    assert f"## [{VERSION}]" in (ROOT / "CHANGELOG.md").read_text()
