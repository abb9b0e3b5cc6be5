"""The verdicts of a command, and the one mapping from problem codes to them.

docs/reference/exit-codes.md is generated from here; scripts branch on the numbers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """What a command ends with."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_LOGGED_IN = 3
    FORBIDDEN = 4
    NOT_FOUND = 5
    UNREACHABLE = 6
    TIMED_OUT = 7
    INTERRUPTED = 130


MEANING: Final[dict[Exit, str]] = {
    Exit.DONE: "Done; a run that was waited for succeeded or had nothing to do",
    Exit.FAILED: "It failed, a run that was waited for did not succeed, or conflicts were found",
    Exit.USAGE: "What was asked for cannot be understood; nothing was done",
    Exit.NOT_LOGGED_IN: "You are not logged in, or user name and password do not match",
    Exit.FORBIDDEN: "Your role does not allow it",
    Exit.NOT_FOUND: "There is nothing of that name",
    Exit.UNREACHABLE: "The daemon cannot be reached",
    Exit.TIMED_OUT: "It took longer than allowed; what was begun goes on",
    Exit.INTERRUPTED: "Interrupted by Ctrl-C; what was begun goes on",
}

_OF_STATUS: Final[dict[int, Exit]] = {
    400: Exit.USAGE,
    401: Exit.NOT_LOGGED_IN,
    403: Exit.FORBIDDEN,
    404: Exit.NOT_FOUND,
    422: Exit.USAGE,
}

#: Where the HTTP status does not say it.
_OF_CODE: Final[dict[str, Exit]] = {
    "no-such-route": Exit.FAILED,
    "shutting-down": Exit.UNREACHABLE,
    "host-timeout": Exit.TIMED_OUT,
}


def of_problem(code: str, status: int) -> Exit:
    """Return the exit code for a problem of the daemon; unknown codes go by their status."""
    return _OF_CODE.get(code) or _OF_STATUS.get(status, Exit.FAILED)
