"""By how much a schedule that is spread moves its occurrences on a stack.

A stable hash of both: the same after every restart, on every machine and in every preview. The
planned instant stays what it is, and with it what makes an occurrence unique; each run of it
gets an instant of its own before which it does not begin.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dockschedd.core import model

#: The longest spread that a schedule may have.
LONGEST: Final = timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)


def offset(schedule_id: str, ref: model.StackRef, spread: timedelta) -> timedelta:
    """Return the offset in [0, spread), in whole milliseconds; zero where nothing is spread."""
    width = spread // _MILLISECOND
    if width <= 0:
        return timedelta()
    digest = hashlib.blake2b(f"{schedule_id}\n{ref}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) * width >> 64) * _MILLISECOND
