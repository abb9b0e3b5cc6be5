"""The world that a command runs in: streams, terminal, environment, clock.

The only module that looks at the process; tests build their own `Env`.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, tzinfo
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import msgspec

from dockschedctl.exits import Exit
from dockschedctl.failures import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping


class Env(msgspec.Struct, kw_only=True):
    """Where a command reads, writes, and gets the time."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    stdin_tty: bool = False
    stdout_tty: bool = False
    stderr_tty: bool = False
    #: Columns of the terminal.
    width: int = 80
    #: Its rows.
    height: int = 24
    #: The zone in which tables show instants; None: that of the machine.
    zone: tzinfo | None = None

    @property
    def may_colour(self) -> bool:
        """Whether colour is wanted at all (https://no-color.org)."""
        return not self.environ.get("NO_COLOR") and self.environ.get("TERM") != "dumb"

    def fit(self) -> tuple[int, int]:
        """Look again how large the terminal is; return its columns and rows."""
        return self.width, self.height

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def say(self, line: str = "") -> None:
        """Write a line of talk, to stderr."""
        print(line, file=self.stderr, flush=True)

    def write(self, text: str) -> None:
        """Write data, to stdout."""
        self.stdout.write(text)

    def ask(self, prompt: str, *, flag: str) -> str:
        """Return what a person answers; without a terminal say which flag gives it."""
        self._need_terminal(prompt, flag)
        self.stderr.write(f"{prompt}: ")
        self.stderr.flush()
        answer = self.stdin.readline()
        if not answer:
            raise KeyboardInterrupt
        return answer.strip()

    def ask_secret(self, prompt: str, *, flag: str) -> str:
        """Return what a person answers without showing it."""
        self._need_terminal(prompt, flag)
        import getpass  # noqa: PLC0415 (termios only where it is used)

        try:
            return getpass.getpass(f"{prompt}: ", stream=self.stderr)
        except EOFError as exc:
            raise KeyboardInterrupt from exc

    def _need_terminal(self, prompt: str, flag: str) -> None:
        if not (self.stdin_tty and self.stderr_tty):
            raise Usage(
                f"there is no terminal to ask on: {prompt[:1].lower()}{prompt[1:]}",
                hint=f"give {flag}",
            )

    @property
    def config_dir(self) -> Path:
        """Where contexts and credentials are kept."""
        base = self.environ.get("XDG_CONFIG_HOME")
        if base and base.startswith("/"):
            return Path(base) / "dockschedctl"
        home = self.environ.get("HOME") or str(Path.home())
        return Path(home) / ".config" / "dockschedctl"

    def settle(self, code: int) -> int:
        """Flush the streams; return the exit code, which a reader that went away leaves alone."""
        for stream in (self.stdout, self.stderr):
            try:
                stream.flush()
            except BrokenPipeError:
                continue
            except (OSError, ValueError):
                # A full disk behind `> file`: the data that was asked for is not there.
                code = code or int(Exit.FAILED)
        return code


class OfProcess(Env, kw_only=True):
    """The environment of this process, whose terminal may change its size."""

    def fit(self) -> tuple[int, int]:
        """Look again how large the terminal is; return its columns and rows."""
        try:
            size = os.get_terminal_size(1 if self.stdout_tty else 2)
        except OSError:
            size = os.terminal_size((80, 24))
        columns = self.environ.get("COLUMNS", "")
        chosen = int(columns) if columns.isdecimal() else 0
        self.width, self.height = chosen or size.columns or 80, size.lines or 24
        return self.width, self.height


def of_process() -> Env:
    """Return the environment of this process."""
    if sys.stdin is None:  # closed by `<&-`
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 (for the process)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    here = OfProcess(
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        environ=os.environ,
        stdin_tty=sys.stdin.isatty(),
        stdout_tty=sys.stdout.isatty(),
        stderr_tty=sys.stderr.isatty(),
    )
    here.fit()
    return here
