"""Named points at which the crash tests kill the daemon; without the variable they do nothing.

`DOCKSCHEDD_FAILPOINT=NAME` or `NAME:N` sends SIGKILL to the process at the Nth passing.
Every name has a test.
"""

from __future__ import annotations

import os
import signal

NAMES = frozenset(
    {
        "words-before-commit",
        "words-after-commit",
        "hold-end-before-commit",
        "hold-end-after-commit",
        "pattern-before-commit",
        "pattern-after-commit",
        "enforcement-before-commit",
        "enforcement-after-commit",
        "host-before-commit",
        "host-after-commit",
        "tick-before-commit",
        "tick-after-commit",
        "run-before-claim",
        "run-after-claim",
        "step-before-call",
        "step-after-call",
        "run-before-finish",
        "run-after-finish",
        "recovery-before-commit",
    }
)

_name, _, _count = os.environ.get("DOCKSCHEDD_FAILPOINT", "").partition(":")
_left = int(_count or 1)


def failpoint(name: str) -> None:
    """Die here, if the environment says so."""
    global _left  # noqa: PLW0603
    if name != _name:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
