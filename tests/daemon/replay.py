"""The states in which containers end, from the recorded steps alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_RESULTS = {
    model.Verb.START: "running",
    model.Verb.STOP: "exited",
    model.Verb.RESTART: "running",
    model.Verb.PAUSE: "paused",
    model.Verb.UNPAUSE: "running",
}
_LOST = {
    model.StepStatus.INTERRUPTED,
    model.StepStatus.FAILED,
    model.StepStatus.CANCELLED,
}


def states(
    begins: Mapping[str, str],
    runs: Iterable[model.Run],
    outside: Iterable[tuple[datetime, str, str]],
) -> dict[str, str | None]:
    """Return container id → the engine's word; None where an answer was lost, or order is.

    `outside`: what others did: when, to which container, and the state that it had then.
    """
    events: list[tuple[datetime, str, str, str | None]] = [
        (at, "", container, state) for at, container, state in outside
    ]
    for run in runs:
        for step in run.steps:
            result = _RESULTS.get(step.verb)
            at = step.finished_at or run.finished_at
            if result is None or at is None:
                continue
            if step.status is model.StepStatus.SUCCEEDED:
                events.append((at, run.id, step.container_id, result))
            elif step.status in _LOST:
                events.append((at, run.id, step.container_id, None))
    found: dict[str, str | None] = dict(begins)
    last: dict[str, tuple[datetime, str]] = {}
    for at, run_id, container, result in sorted(events, key=lambda each: each[:2]):
        before = last.get(container)
        tie = before is not None and before[0] == at and before[1] not in {"", run_id}
        found[container] = None if tie and found[container] != result else result
        last[container] = (at, run_id)
    return found
