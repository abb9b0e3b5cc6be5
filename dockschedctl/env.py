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
    #: The zone in which tables show instants; None: that of the machine.
    zone: tzinfo | None = None

    @property
    def may_colour(self) -> bool:
        """Whether colour is wanted at all (https://no-color.org)."""
        return not self.environ.get("NO_COLOR") and self.environ.get("TERM") != "dumb"

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


def of_process() -> Env:
    """Return the environment of this process."""
    if sys.stdin is None:  # closed by `<&-`
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 (for the process)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        width = os.get_terminal_size(1 if sys.stdout.isatty() else 2).columns
    except OSError:
        width = 80
    columns = os.environ.get("COLUMNS", "")
    return Env(
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        environ=os.environ,
        stdin_tty=sys.stdin.isatty(),
        stdout_tty=sys.stdout.isatty(),
        stderr_tty=sys.stderr.isatty(),
        width=int(columns) if columns.isdecimal() and int(columns) else width or 80,
    )
