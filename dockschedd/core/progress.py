"""How far a run has come: which steps may begin, and which never will.

Every change of a step is returned to be recorded, once. All calls together cost as much as
the plan has edges. Never acts: the executor carries out what `begin` hands out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from dockschedd.core import model, runs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_Status = model.StepStatus
_LOST = "the engine went away before it began"


class Progress:
    """The steps of one running run, all of them planned at first."""

    def __init__(self, steps: Iterable[model.Step], *, on_error: model.OnError) -> None:
        self._steps = {step.position: step for step in sorted(steps, key=lambda s: s.position)}
        self._on_error = on_error
        self._lacks = {step.position: len(step.after) for step in self._steps.values()}
        self._followers: dict[int, list[int]] = {position: [] for position in self._steps}
        for step in self._steps.values():
            for position in step.after:
                self._followers[position].append(step.position)
        self._ready = [position for position, lacks in self._lacks.items() if not lacks]
        self._running = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing runs and nothing may begin any more."""
        return not self._running and not self._ready

    @property
    def steps(self) -> tuple[model.Step, ...]:
        """All steps as they are, by position."""
        return tuple(self._steps.values())

    def begin(self, *, at: datetime) -> tuple[model.Step, ...]:
        """Return the steps that may begin now, as running, by position; each comes once."""
        ready, self._ready = sorted(self._ready), []
        self._running += len(ready)
        return tuple(self._put(p, _Status.RUNNING, started_at=at) for p in ready)

    def finished(
        self,
        position: int,
        status: model.StepStatus,
        *,
        at: datetime,
        error_code: str | None = None,
        error: str | None = None,
    ) -> tuple[model.Step, ...]:
        """Note how a running step ended.

        Returns it, and after it those that can no longer begin, each with its cause as its
        error: skipped, or, after an answer that was lost, all that were planned, interrupted.
        Raises ValueError where the status is no end of a running step.
        """
        step = self._put(position, status, finished_at=at, error_code=error_code, error=error)
        self._running -= 1
        if status is _Status.SUCCEEDED:
            self._release(position)
            return (step,)
        if status is _Status.INTERRUPTED:
            # What is left is for a next attempt, which observes first.
            return (step, *self.interrupt(at=at, cause=_LOST))
        doomed = self._doom(step, at=at)
        if self._on_error is model.OnError.HALT:
            cause = f"the run halts at the first error: {step.verb} {step.container}"
            doomed += self._settle_planned(_Status.SKIPPED, at=at, cause=cause)
        return (step, *doomed)

    def cancel(self, *, at: datetime, cause: str) -> tuple[model.Step, ...]:
        """Let nothing new begin; return what was still planned, as cancelled.

        Running steps are still to be finished.
        """
        return self._settle_planned(_Status.CANCELLED, at=at, cause=cause)

    def interrupt(self, *, at: datetime, cause: str) -> tuple[model.Step, ...]:
        """Let nothing new begin; return what was still planned, as interrupted.

        Running steps are still to be finished.
        """
        return self._settle_planned(_Status.INTERRUPTED, at=at, cause=cause)

    def _release(self, position: int) -> None:
        for follower in self._followers[position]:
            self._lacks[follower] -= 1
            if not self._lacks[follower] and self._steps[follower].status is _Status.PLANNED:
                self._ready.append(follower)

    def _doom(self, root: model.Step, *, at: datetime) -> tuple[model.Step, ...]:
        """Skip all planned steps that come after the root, directly or not."""
        skipped = []
        todo = list(self._followers[root.position])
        while todo:
            position = todo.pop()
            step = self._steps[position]
            if step.status is _Status.PLANNED:
                why = _why_doomed(step, root)
                skipped.append(self._put(position, _Status.SKIPPED, finished_at=at, error=why))
                todo.extend(self._followers[position])
        return tuple(sorted(skipped, key=lambda step: step.position))

    def _settle_planned(
        self, status: model.StepStatus, *, at: datetime, cause: str
    ) -> tuple[model.Step, ...]:
        self._ready = []
        planned = [p for p, step in self._steps.items() if step.status is _Status.PLANNED]
        return tuple(self._put(p, status, finished_at=at, error=cause) for p in planned)

    def _put(
        self,
        position: int,
        status: model.StepStatus,
        *,
        started_at: datetime | None = None,
        finished_at: datetime | None = None,
        error_code: str | None = None,
        error: str | None = None,
    ) -> model.Step:
        before = self._steps[position]
        self._steps[position] = replace(
            before,
            status=runs.advance_step(before.status, status),
            started_at=before.started_at or started_at,
            finished_at=finished_at,
            error_code=error_code,
            error=error,
        )
        return self._steps[position]


def _why_doomed(step: model.Step, root: model.Step) -> str:
    """Return why a step never begins after the root, which it comes after, did not succeed."""
    if root.container_id == step.container_id:
        return f"its {root.verb} did not succeed"
    why: str
    match root.verb:
        case model.Verb.START | model.Verb.UNPAUSE:
            why = f"its dependency {root.container} failed"
        case model.Verb.WAIT_HEALTHY:
            why = f"its dependency {root.container} did not become healthy"
        case model.Verb.WAIT_COMPLETED:
            why = f"its dependency {root.container} did not complete"
        case model.Verb.STOP | model.Verb.PAUSE | model.Verb.RESTART:
            why = f"{root.verb} {root.container} comes before it and did not succeed"
        case _ as unreachable:
            assert_never(unreachable)
    return why
