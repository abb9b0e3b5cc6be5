"""What has been measured since the start: counts, and distributions of durations.

Pure values; who measures and how it is shown is known elsewhere. Nothing here grows with the
number of stacks, schedules or runs.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dockschedd.core import model

#: Upper bounds in seconds. Of runs and steps: an engine call takes 10 ms, a stop its grace.
DURATIONS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
#: Of the lag of schedules.
LAGS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0, 300.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """How many values there were up to each bound, and their sum."""

    #: Ascending.
    bounds: tuple[float, ...]
    #: One more than bounds: the last is of what is above all of them. Not cumulative.
    counts: tuple[int, ...]
    total: float = 0.0

    @staticmethod
    def empty(bounds: tuple[float, ...]) -> Distribution:
        """Return the one without a value."""
        return Distribution(bounds=bounds, counts=(0,) * (len(bounds) + 1))

    def plus(self, value: float) -> Distribution:
        """Return it with one value more; one that is equal to a bound is below it."""
        place = bisect_left(self.bounds, value)
        counts = (*self.counts[:place], self.counts[place] + 1, *self.counts[place + 1 :])
        return Distribution(bounds=self.bounds, counts=counts, total=self.total + value)

    def cumulative(self) -> tuple[int, ...]:
        """Return how many values there were up to each bound, and in all."""
        found, so_far = [], 0
        for count in self.counts:
            so_far += count
            found.append(so_far)
        return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Everything, since the start of the daemon."""

    runs: Mapping[tuple[model.Action, model.RunStatus], int]
    run_seconds: Mapping[model.Action, Distribution]
    steps: Mapping[tuple[model.Verb, model.StepStatus], int]
    step_seconds: Mapping[model.Verb, Distribution]
    #: From the instant at which a run of a schedule was to begin to its first engine call.
    lag: Distribution
    #: Of engine calls: host and outcome → how many.
    calls: Mapping[tuple[str, str], int]
    #: Host → how long its newest answer to a probe took, in seconds.
    latency: Mapping[str, float]
