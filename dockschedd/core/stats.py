"""How often an action was carried out on a stack, how often it failed, and how long it took.

Percentiles are by nearest rank: each is a duration that was really measured. Only first attempts
that succeeded and had something to do are measured; the order of the samples does not matter.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dockschedd.core import model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

_FAILURES: Final = frozenset({model.RunStatus.FAILED, model.RunStatus.PARTIAL})


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One run that began and is over."""

    stack: model.StackRef
    action: model.Action
    status: model.RunStatus
    attempt: int
    took: timedelta
    #: Whether there was anything to do.
    acted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What the samples of one action on one stack amount to."""

    stack: model.StackRef
    action: model.Action
    runs: int
    #: Of them, those that ended failed or partial.
    failures: int
    #: How many were measured; the percentiles are of these.
    measured: int
    #: None where nothing was measured.
    p50: timedelta | None
    p95: timedelta | None


def tally(samples: Iterable[Sample]) -> tuple[Tally, ...]:
    """Return one tally for each stack and action that occurs, sorted by both."""
    groups: dict[tuple[model.StackRef, model.Action], list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.stack, sample.action].append(sample)
    return tuple(_one(stack, action, group) for (stack, action), group in sorted(groups.items()))


def nearest_rank(ordered: Sequence[timedelta], percent: int) -> timedelta | None:
    """Return the smallest value that at least `percent` of 100 are not above; None of none.

    `ordered` is ascending, `percent` from 1 to 100.
    """
    if not ordered:
        return None
    return ordered[math.ceil(percent * len(ordered) / 100) - 1]


def _one(stack: model.StackRef, action: model.Action, group: Sequence[Sample]) -> Tally:
    durations = sorted(sample.took for sample in group if _measured(sample))
    return Tally(
        stack=stack,
        action=action,
        runs=len(group),
        failures=sum(sample.status in _FAILURES for sample in group),
        measured=len(durations),
        p50=nearest_rank(durations, 50),
        p95=nearest_rank(durations, 95),
    )


def _measured(sample: Sample) -> bool:
    first = sample.attempt == 1
    return sample.status is model.RunStatus.SUCCEEDED and sample.acted and first
