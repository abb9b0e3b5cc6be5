"""What is shipped: the wheel, the pinned versions, the unit, the image, the sample files."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dockschedd import cli, config
from dockschedd.wire.version import VERSION
from tests.architecture.repository import ROOT, files

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGING = ROOT / "packaging"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    into = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", into],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = into.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_has_the_schema_and_the_migrations(wheel: zipfile.ZipFile) -> None:
    """An installed daemon makes and migrates the same database as one in the repository."""
    inside = {"dockschedd/schema.sql": ROOT / "schema.sql"}
    for path in files():
        if path.parts[:2] == ("dockschedd", "store") and path.suffix == ".sql":
            inside[str(path)] = ROOT / path

    assert len(inside) > 2
    for name, original in inside.items():
        assert wheel.read(name) == original.read_bytes(), name


def test_the_wheel_has_both_programs_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """All modules are in it, typed, and neither tests nor documents."""
    names = {
        name
        for name in wheel.namelist()
        if ".dist-info/" not in name and f"{VERSION}.data/" not in name
    }
    expected = {
        str(path)
        for path in files()
        if path.parts[0] in ("dockschedd", "dockschedctl") and not path.name.startswith(".")
    }

    assert names == expected
    assert {"dockschedd/py.typed", "dockschedctl/py.typed"} <= names


def test_the_wheel_has_the_manual(wheel: zipfile.ZipFile) -> None:
    """Every page is put where man(1) looks beside the programs."""
    data = f"dockschedd-{VERSION}.data/data/share/man/"
    inside = {
        name.removeprefix(data): wheel.read(name)
        for name in wheel.namelist()
        if f"{VERSION}.data/" in name
    }

    assert inside == {
        str(page.relative_to(PACKAGING / "man")): page.read_bytes()
        for page in PACKAGING.glob("man/*/*")
    }
    assert {"man1/dockschedctl.1", "man5/dockschedd.toml.5", "man8/dockschedd.8"} <= set(inside)


def test_the_wheel_names_both_commands(wheel: zipfile.ZipFile) -> None:
    """Installing it makes `dockschedd` and `dockschedctl`."""
    (entry_points,) = (n for n in wheel.namelist() if n.endswith("entry_points.txt"))
    parsed = configparser.ConfigParser()
    parsed.read_string(wheel.read(entry_points).decode())

    assert dict(parsed["console_scripts"]) == PROJECT["project"]["scripts"]


@pytest.mark.parametrize("words", [("dockschedd", "version"), ("dockschedctl", "--version")])
def test_each_program_knows_its_version(words: tuple[str, ...]) -> None:
    """Both print the version of the project when they are asked."""
    result = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert VERSION in result.stdout.split()


# ---------------------------------------------------------------- versions


def pins() -> dict[str, str]:
    lines = (PACKAGING / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {str(canonicalize_name(name)): version for name, version in pairs}


def test_the_constraints_are_names_and_versions_only() -> None:
    """No address, no option, no range: `name==version`, sorted, each once."""
    lines = (PACKAGING / "constraints.txt").read_text().splitlines()
    entries = [line for line in lines if line and not line.startswith("#")]

    assert [e for e in entries if not re.fullmatch(r"[\w.-]+==[\w.!+]+", e)] == []
    assert sorted(entries, key=str.lower) == entries
    assert len(pins()) == len(entries)


def test_what_the_project_asks_for_is_pinned() -> None:
    """Each requirement of the project and of its groups has a version that satisfies it."""
    project = PROJECT["project"]
    asked = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    for part in (project["optional-dependencies"], PROJECT["dependency-groups"]):
        asked += [text for requirements in part.values() for text in requirements]
    wrong = []
    for requirement in map(Requirement, asked):
        version = pins().get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version):
            wrong.append((str(requirement), version))

    assert wrong == []


# ---------------------------------------------------------------- systemd


def unit() -> dict[str, dict[str, list[str]]]:
    """Read a unit file: section → key → values, continuation lines not used."""
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in (PACKAGING / "systemd" / "dockschedd.service").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
            continue
        key, sign, value = line.partition("=")
        assert sign, line
        section.setdefault(key, []).append(value)
    return sections


def test_the_unit_waits_for_readiness_and_is_watched() -> None:
    """systemd knows when it is ready, restarts it when it hangs, and gives it time to end."""
    service = unit()["Service"]

    assert service["Type"] == ["notify"]
    assert int(service["WatchdogSec"][0]) > 0
    assert service["Restart"] == ["on-failure"]
    assert service["RestartPreventExitStatus"] == [str(cli.EX_CONFIG)]
    grace = config.Settings.__struct_defaults__[
        config.Settings.__struct_fields__.index("shutdown_grace_seconds")
        - len(config.Settings.__struct_fields__)
    ]
    assert int(service["TimeoutStopSec"][0]) > grace


def test_the_unit_keeps_its_state_to_itself() -> None:
    """The state is its user's alone; the directory of the socket can be entered by others."""
    service = unit()["Service"]

    assert service["StateDirectory"] == ["dockschedd"]
    assert service["StateDirectoryMode"] == ["0700"]
    assert service["RuntimeDirectory"] == ["dockschedd"]
    assert service["User"] == ["dockschedd"]
    assert "dockschedd" in (PACKAGING / "systemd" / "dockschedd.sysusers").read_text()


def test_the_unit_gives_up_what_it_does_not_need() -> None:
    """No capability, no new privileges, a read-only system; the engine's group is what is left."""
    service = unit()["Service"]

    assert service["CapabilityBoundingSet"] == [""]
    for key in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices"):
        assert service[key] == ["yes"], key
    assert service["ProtectSystem"] == ["strict"]
    assert service["SupplementaryGroups"] == ["docker"]
    assert "AF_UNIX" in service["RestrictAddressFamilies"][0].split()


# ---------------------------------------------------------------- container, samples


def test_the_image_is_of_a_base_that_can_be_chosen() -> None:
    """Both stages are of the argument BASE, whose default names no registry."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    (base,) = (line for line in lines if line.startswith("ARG BASE="))
    stages = [line for line in lines if line.startswith("FROM ")]

    assert "." not in base.partition("=")[2].partition(":")[0]
    assert len(stages) == 2
    assert all("${BASE}" in stage for stage in stages)


def test_the_image_does_not_run_as_root_and_is_watched() -> None:
    """It ends as another user, with a volume for its state and a health check by the client."""
    text = (ROOT / "Dockerfile").read_text()

    assert text.rindex("\nUSER dockschedd") > text.rindex("\nRUN ")
    assert "VOLUME /var/lib/dockschedd" in text
    assert re.search(r'HEALTHCHECK[^"]*\["dockschedctl"', text)
    assert 'ENTRYPOINT ["dockschedd", "run"]' in text


def test_the_compose_file_keeps_the_state_and_reaches_the_engine() -> None:
    """The example mounts a volume for the state and the engine's socket, and joins its group."""
    (service,) = yaml.safe_load((PACKAGING / "compose.yaml").read_text())["services"].values()

    assert "state:/var/lib/dockschedd" in service["volumes"]
    assert "/var/run/docker.sock:/var/run/docker.sock" in service["volumes"]
    assert service["group_add"]
    assert service["cap_drop"] == ["ALL"]


def test_the_sample_configuration_is_the_programs_own() -> None:
    """packaging/config/dockschedd.toml says what config.py says, and sets nothing."""
    text = (PACKAGING / "config" / "dockschedd.toml").read_text()

    assert text == config.sample()
    assert tomllib.loads(text) == {}


def test_the_sample_configuration_is_valid_when_it_is_uncommented(tmp_path: Path) -> None:
    """Each line of it can be put into effect as it stands."""
    lines = (PACKAGING / "config" / "dockschedd.toml").read_text().splitlines()
    file = tmp_path / "dockschedd.toml"
    file.write_text("\n".join(re.sub(r"^#(?! |$)", "", line) for line in lines))

    loaded = config.load(path=file, environ={}, flags={}, is_root=True, zone="UTC")

    assert loaded.origins["hosts"] == str(file)
    assert dict(loaded.settings.peer_users) == {"deploy": "alice"}
