"""The client in its own world: streams in memory, a still clock, a stub or the real API."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dockschedctl import cli
from dockschedctl.env import Env
from tests.ctl import samples, stub

GOLDEN = Path(__file__).parent / "golden"


class World(Env, kw_only=True):
    """An environment whose clock stands still, and moves only while something waits."""

    moment: datetime = samples.NOW
    elapsed: float = 0.0
    pauses: list[float] = msgspec.field(default_factory=list)
    typed: list[str] = msgspec.field(default_factory=list)
    #: Raised by the next pause: somebody presses Ctrl-C.
    interrupt: bool = False

    def now(self) -> datetime:
        return self.moment + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def pause(self, seconds: float) -> None:
        if self.interrupt:
            raise KeyboardInterrupt
        self.pauses.append(seconds)
        self.elapsed += seconds

    def ask_secret(self, prompt: str, *, flag: str) -> str:
        self._need_terminal(prompt, flag)
        return self.typed.pop(0)


@dataclass(frozen=True)
class Result:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Ctl:
    """Carries out commands."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    width: int = 80
    last: World | None = None

    def __call__(
        self,
        *argv: str,
        tty: bool = False,
        stdin: str = "",
        typed: tuple[str, ...] = (),
        moment: datetime = samples.NOW,
        interrupt: bool = False,
    ) -> Result:
        out, err = io.StringIO(), io.StringIO()
        world = World(
            stdin=io.StringIO(stdin),
            stdout=out,
            stderr=err,
            environ={"HOME": str(self.home), **self.environ},
            stdin_tty=tty,
            stdout_tty=tty,
            stderr_tty=tty,
            width=self.width,
            zone=ZoneInfo("Europe/Berlin"),
            typed=list(typed),
            moment=moment,
            interrupt=interrupt,
        )
        self.last = world
        # Help is written by click, to the process's own stdout.
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main(argv, world)
        return Result(code, out.getvalue(), err.getvalue())

    @property
    def config(self) -> Path:
        return self.home / ".config" / "dockschedctl"


@pytest.fixture
def ctl(tmp_path: Path) -> Ctl:
    """The client, without a daemon."""
    return Ctl(home=tmp_path, environ={"DOCKSCHEDCTL_SERVER": f"unix://{tmp_path}/none.sock"})


@pytest.fixture
def daemon(tmp_path: Path, ctl: Ctl) -> Iterator[stub.Stub]:
    """A stub that the client talks to."""
    with stub.running(tmp_path / "stub.sock") as running:
        ctl.environ["DOCKSCHEDCTL_SERVER"] = running.url
        yield running


def check_golden(name: str, text: str) -> None:
    """Compare with a file; DOCKSCHEDD_UPDATE_GOLDEN=1 writes it instead."""
    path = GOLDEN / name
    if os.environ.get("DOCKSCHEDD_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is missing: run with DOCKSCHEDD_UPDATE_GOLDEN=1"
    assert path.read_text(encoding="utf-8") == text
