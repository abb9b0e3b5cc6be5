"""Passwords: from a file, from standard input, or from somebody at a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dockschedctl.failures import Usage

if TYPE_CHECKING:
    from dockschedctl.env import Env


def given(env: Env, *, file: str | None, stdin: bool) -> str | None:
    """Return the password that a flag gives; None where none does."""
    if file is not None and stdin:
        raise Usage("--password-file and --password-stdin exclude each other")
    if file is not None:
        return of_file(file)
    if stdin:
        return _bare(env.stdin.read(), "standard input")
    return None


def of_file(path: str) -> str:
    """Return the password in a file, without the line's end."""
    try:
        return _bare(Path(path).read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as exc:
        raise Usage(f"the password in {path} cannot be read: {exc}") from exc


def ask_twice(env: Env, prompt: str, *, flag: str) -> str:
    """Return a new password that somebody typed twice without a mistake."""
    first = env.ask_secret(prompt, flag=flag)
    if env.ask_secret(f"{prompt} again", flag=flag) != first:
        raise Usage("the two passwords are not the same")
    return first


def _bare(text: str, source: str) -> str:
    password = text.removesuffix("\n").removesuffix("\r")
    if not password:
        raise Usage(f"there is no password in {source}")
    return password
