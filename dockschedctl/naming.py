"""Names that schedules have unless a person gives them others. Pure."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 64
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._]+", re.ASCII)


def named(verb: str, selector: str) -> str:
    """Return the name of a schedule that does that to those stacks: `sleep-local-web`."""
    bare = _NO_NAME.sub("-", selector).strip("-._")
    return f"{verb}-{bare or 'all'}"[:_LONGEST]
