"""A private PostgreSQL for tests: in a directory of its own, on a Unix socket, gone at the end.

Never touches a server that was there before.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HINT = "apt-get install -y --no-install-recommends postgresql"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """A running server."""

    directory: Path
    programs: Path
    user: str

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://{self.user}@/{database}?host={self.directory}"

    def restart(self) -> None:
        """Stop it at once, as a crash does, and start it again."""
        self._control("restart", "-m", "immediate")

    def stop(self) -> None:
        """Stop it; whoever is connected is thrown out."""
        self._control("stop", "-m", "fast")

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._control("start")

    def _control(self, *words: str) -> None:
        _run(
            self.user,
            self.programs / "pg_ctl",
            *words,
            "-w",
            "-D",
            self.directory / "data",
            "-l",
            self.directory / "log",
            *(() if words[0] == "stop" else ("-o", _settings(self.directory))),
        )


def _settings(directory: Path) -> str:
    # Commits are still written at once: they outlive a crash of the server, if not of the machine.
    quick = "-c fsync=off -c full_page_writes=off"
    return f"-k {directory} -c listen_addresses='' -c shared_buffers=16MB {quick}"


def programs() -> Path | None:
    """Where initdb is, the newest if there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server; stop it and remove all of it at the end.

    Skips the test where the programs are missing, or fails with DOCKSCHEDD_REQUIRE_ALL=1.
    """
    where = programs()
    if where is None:
        missing(f"PostgreSQL's server programs are missing: {HINT}")
    # The server refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else os.environ.get("USER", "postgres")
    # A short path: a Unix socket's may have 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="dockschedd-pg-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(directory, user)
        _run(
            user,
            where / "initdb",
            *("-A", "trust", "-U", user, "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            *("-D", directory / "data"),
        )
        running = Cluster(directory=directory, programs=where, user=user)
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(directory)


def missing(reason: str) -> None:
    """Skip the test, or fail it where everything has to run."""
    if os.environ.get("DOCKSCHEDD_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _run(user: str, *words: str | Path) -> None:
    other = {"user": user, "group": user, "extra_groups": ()} if os.geteuid() == 0 else {}
    done = subprocess.run(
        [str(word) for word in words],
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        # A file, not a pipe: the server keeps it open.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if words[0].name == "initdb" else subprocess.DEVNULL,  # type: ignore[union-attr]
        **other,
    )
    assert done.returncode == 0, f"{words}: {done.stderr!r}"
