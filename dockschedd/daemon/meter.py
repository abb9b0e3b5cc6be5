"""Counts and times what happens, in memory, for whoever asks for measurements.

It listens to the bus, is told of first engine calls, and times the calls of hosts. Nothing
depends on it, and nothing that it does can fail a run.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dockschedd.core import measures, model

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime
    from typing import TypeVar

    from dockschedd import ports

    K = TypeVar("K", bound=Hashable)

_OPEN = frozenset({model.RunStatus.PLANNED, model.RunStatus.RUNNING})


class Meter:
    """ports.Meter."""

    def __init__(self) -> None:
        self._runs: Counter[tuple[model.Action, model.RunStatus]] = Counter()
        self._run_seconds: dict[model.Action, measures.Distribution] = {}
        self._steps: Counter[tuple[model.Verb, model.StepStatus]] = Counter()
        self._step_seconds: dict[model.Verb, measures.Distribution] = {}
        self._lag = measures.Distribution.empty(measures.LAGS)
        self._calls: Counter[tuple[str, str]] = Counter()
        self._latency: dict[str, float] = {}

    def measured(self) -> measures.Measured:
        """Return everything since the start."""
        return measures.Measured(
            runs=dict(self._runs),
            run_seconds=dict(self._run_seconds),
            steps=dict(self._steps),
            step_seconds=dict(self._step_seconds),
            lag=self._lag,
            calls=dict(self._calls),
            latency=dict(self._latency),
        )

    async def listen(self, bus: ports.Bus) -> None:
        """Count the runs that end, until cancelled."""
        async with bus.subscribe() as changes:
            async for change in changes:
                if isinstance(change, model.Run) and change.status not in _OPEN:
                    self.ended(change)

    def ended(self, run: model.Run) -> None:
        """Count one run that has ended, and its steps."""
        self._runs[run.action, run.status] += 1
        _add(self._run_seconds, run.action, run.started_at, run.finished_at)
        for step in run.steps:
            self._steps[step.verb, step.status] += 1
            _add(self._step_seconds, step.verb, step.started_at, step.finished_at)

    def first_call(self, run: model.Run, at: datetime) -> None:
        """Take down that the run makes its first engine call.

        Only of what was due just now: a catch-up is late by nature, a next attempt and what
        waits for other stacks begin when those let them.
        """
        if run.cause_kind is model.CauseKind.SCHEDULE and run.attempt == 1 and not run.after:
            seconds = (at - (run.start_at or run.planned_at)).total_seconds()
            self._lag = self._lag.plus(max(0.0, seconds))

    def called(self, host: str, outcome: str) -> None:
        """Count one engine call."""
        self._calls[host, outcome] += 1

    def answered(self, host: str, seconds: float) -> None:
        """Take down how long the host took to answer a probe."""
        self._latency[host] = seconds

    def forget(self, host: str) -> None:
        """Let go what was measured of a host that is not there any more, or is another one."""
        self._latency.pop(host, None)
        for key in [key for key in self._calls if key[0] == host]:
            del self._calls[key]


def _add(
    found: dict[K, measures.Distribution],
    key: K,
    started: datetime | None,
    finished: datetime | None,
) -> None:
    """Add a duration, where there is one; one of a clock that was set back is none at all."""
    if started is None or finished is None:
        return
    old = found.get(key) or measures.Distribution.empty(measures.DURATIONS)
    found[key] = old.plus(max(0.0, (finished - started).total_seconds()))
