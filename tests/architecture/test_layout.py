"""What is where, and what every file owes its reader."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, files, modules

TOP = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "docs",
    "dockschedctl",
    "dockschedd",
    "packaging",
    "pyproject.toml",
    "schema.sql",
    "tests",
}
LONGEST = 400
#: Names that say nothing about what is inside.
EMPTY_NAMES = {"base", "common", "helpers", "misc", "util", "utils", "manager", "process"}
#: Text that ties the repository to one machine, or to one index of packages.
FORBIDDEN = [
    re.compile(pattern)
    for pattern in (
        r"(?<![\w.])/(?:home|Users)/(?!ann\b)\w",
        r"(?<![\w$}])/root(?:/|\b)",
        r"/tmp/\w/",
        r"https?://[\w.-]+/simple",
        r"index-url|--find-links",
    )
]
SOURCE = modules("dockschedd", "dockschedctl", "tests", "packaging")
SCRIPTS = [Path("packaging/quickstart"), Path("packaging/test")]


def test_the_top_level_is_what_the_readme_says() -> None:
    """Nothing new appears at the top of the repository unnoticed; dot-files are free."""
    found = {path.parts[0] for path in files() if not path.parts[0].startswith(".")}

    assert found == TOP


@pytest.mark.parametrize("path", SOURCE, ids=str)
def test_every_module_says_what_lives_in_it(path: Path) -> None:
    """Each Python file begins with a docstring."""
    tree = ast.parse((ROOT / path).read_text())

    assert ast.get_docstring(tree), f"{path} has no docstring"


@pytest.mark.parametrize("path", [*SOURCE, *SCRIPTS], ids=str)
def test_no_file_is_too_long(path: Path) -> None:
    """A file of more than 400 lines has more than one reason to change."""
    assert len((ROOT / path).read_text().splitlines()) <= LONGEST


def test_no_name_is_empty_of_meaning() -> None:
    """No module is called utils, helpers, common or the like."""
    assert [path for path in SOURCE if path.stem in EMPTY_NAMES] == []


@pytest.mark.parametrize(
    "path", [p for p in modules("tests") if p.name.startswith("test_")], ids=str
)
def test_every_test_says_what_it_proves(path: Path) -> None:
    """Each test function has a docstring."""
    mute = [
        node.name
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert mute == []


def forbidden_in(text: str) -> list[str]:
    return [match.group() for pattern in FORBIDDEN for match in pattern.finditer(text)]


def test_no_file_depends_on_one_machine() -> None:
    """No tracked file has an absolute path of somebody's machine or the name of an index."""
    found = {}
    for path in files():
        if path == Path(__file__).relative_to(ROOT):
            continue
        try:
            hits = forbidden_in((ROOT / path).read_text("utf-8"))
        except UnicodeDecodeError:
            continue
        if hits:
            found[str(path)] = hits

    assert found == {}


def test_the_search_for_machine_paths_finds_them() -> None:
    """The check above would report such a path and such an option."""
    assert forbidden_in("see /home/somebody/x")
    assert forbidden_in("--extra-index-url https://example/simple/")
    assert not forbidden_in("the workload in ./work, ${ROOT}/root and network/working")
