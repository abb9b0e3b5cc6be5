"""How long a run waits before its next attempt, after the engine did not answer.

Pure: the jitter is an argument. Which errors may pass by themselves is said where they are
made (errors.HostError.transient); permanent ones are never tried again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

FIRST: Final = timedelta(seconds=2)
LONGEST: Final = timedelta(minutes=5)
#: A run of a schedule that could not reach its engine is not tried more often than this.
MOST_ATTEMPTS: Final = 30
#: Doubling more often than this is beyond `LONGEST` anyway.
_MOST_DOUBLINGS = 16


def delay(attempt: int, *, jitter: float) -> timedelta:
    """Return the time between the end of that attempt, from 1, and the next one.

    Doubles from `FIRST` to `LONGEST`. `jitter`, in [0, 1), takes up to half of it away, so that
    runs that failed together do not come back together.
    """
    doubled: timedelta = min(LONGEST, FIRST * (1 << min(attempt - 1, _MOST_DOUBLINGS)))
    return doubled * (1 - jitter / 2)
