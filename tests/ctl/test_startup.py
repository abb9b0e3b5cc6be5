"""A command answers before you notice: what must not be imported for it, and why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dockschedd.wire import stacks
from tests.ctl import samples

ROOT = Path(__file__).resolve().parents[2]

#: module → why a command that lists something must not load it
BANNED = {
    "docker": "the daemon's; 90 ms",
    "aiosqlite": "the daemon's; 44 ms",
    "croniter": "the daemon's; 32 ms",
    "aiohttp": "a socket needs none of it; 140 ms",
    "http.client": "only TCP needs it; 20 ms",
    "email": "http.client brings it; 8 ms",
    "ssl": "only TLS needs it; 6 ms",
    "asyncio": "commands are synchronous; 35 ms",
    "textual": "only the full-screen interface needs it; 140 ms",
    "pydantic": "typer 0.29 brings it; 60 ms",
    "yaml": "YAML is written without it; 16 ms",
    "rich": "only what moves needs it; 40 ms",
    "logging": "stderr is enough; 6 ms",
    "unittest": "a library that tests itself",
    "dockschedd.core": "the client sees the wire and nothing else",
    "dockschedd.wire.access": "no list of stacks holds users",
    "dockschedd.wire.system": "it brings all the others",
    "dockschedctl.output.live": "only what moves needs it",
    "dockschedctl.commands.schedule": "another noun",
    "typing_extensions": "typing has all that msgspec takes of it; 4 ms",
    "importlib.metadata": "only the version needs it; 10 ms",
}

PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from dockschedctl import __main__ as process
process.import_msgspec()
from dockschedctl import cli, env
code = cli.main({argv!r}, env.of_process())
sys.stdout.flush()
print("\\n".join(sys.modules), file=sys.stderr)
sys.exit(code)
"""


def loaded(argv: list[str], server: str, home: Path) -> set[str]:
    """The modules that a command has loaded when it is done."""
    result = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM.format(root=str(ROOT), argv=argv)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "DOCKSCHEDCTL_SERVER": server},
    )
    assert "local/web" in result.stdout
    return set(result.stderr.split())


@pytest.mark.parametrize("form", ["table", "json", "yaml"])
def test_a_list_loads_only_what_it_needs(daemon, tmp_path, form: str) -> None:
    """None of the modules that are banned, each for its reason."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=samples.STACKS))
    modules = loaded(["stack", "ls", "-o", form], daemon.url, tmp_path)

    assert "dockschedctl.commands.stack" in modules
    assert {name: why for name, why in BANNED.items() if name in modules} == {}


def process(*argv: str, server: str, home: Path, **how) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "DOCKSCHEDCTL_SERVER": server,
        **how.pop("env", {}),
    }
    return subprocess.run(
        [sys.executable, "-m", "dockschedctl", *argv],
        cwd=ROOT, env=environment, text=True, timeout=60, check=False, **how,
    )  # fmt: skip


def test_the_process_ends_with_the_verdict(daemon, tmp_path) -> None:
    """Everything is written before the process ends, and the exit code is the command's."""
    many = tuple(samples.stack(f"local/s{n:04}") for n in range(3000))
    daemon.on("GET /v1/stacks", stacks.StackPage(items=many))
    good = process(
        "stack", "ls", "-o", "name", server=daemon.url, home=tmp_path, capture_output=True
    )
    bad = process("stak", server=daemon.url, home=tmp_path, capture_output=True)

    assert (good.returncode, good.stderr) == (0, "")
    assert len(good.stdout.split()) == 3000
    assert (bad.returncode, bad.stdout) == (2, "")


def test_a_reader_that_has_had_enough_is_no_error(daemon, tmp_path) -> None:
    """`| head -1` is quiet."""
    many = tuple(samples.stack(f"local/s{n:05}") for n in range(20000))
    daemon.on("GET /v1/stacks", stacks.StackPage(items=many))
    read, write = os.pipe()
    os.close(read)
    try:
        result = process(
            "stack", "ls", server=daemon.url, home=tmp_path, stdout=write, stderr=subprocess.PIPE
        )
    finally:
        os.close(write)

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error(daemon, tmp_path) -> None:
    """`> file` on a full disk: the data is not there, so the exit code is not 0."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=samples.STACKS))
    with Path("/dev/full").open("w") as full:
        result = process(
            "stack", "ls", server=daemon.url, home=tmp_path, stdout=full, stderr=subprocess.PIPE
        )

    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_names_that_the_locale_cannot_show_do_not_end_a_list(daemon, tmp_path) -> None:
    """A terminal that knows only ASCII gets escapes instead of a traceback."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=(samples.stack("local/wéb"),)))
    result = process(
        "stack", "ls", server=daemon.url, home=tmp_path, capture_output=True,
        env={"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip

    assert result.returncode == 0
    assert "local/w\\xe9b" in result.stdout


def test_a_closed_standard_input_is_no_error(daemon, tmp_path) -> None:
    """`<&-`, as some supervisors start programs."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=samples.STACKS))
    command = f"{sys.executable} -m dockschedctl stack ls -o name <&-"
    result = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path),
             "DOCKSCHEDCTL_SERVER": daemon.url},
    )  # fmt: skip

    assert (result.returncode, result.stderr) == (0, "")
    assert "local/web" in result.stdout
