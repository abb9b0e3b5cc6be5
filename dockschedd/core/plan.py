"""The plan: the ordered steps of a run, each with its cause; a value that explains itself.

Positions count from 1 and are an order in which the steps could be carried out one by one:
a step waits only for steps with lower positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockschedd.core import model

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What an action does to one stack, as things are now."""

    ref: model.StackRef
    action: model.Action
    steps: tuple[model.Step, ...]
    #: Sentences about what is not as it should be, and what is done in spite of it.
    warnings: tuple[str, ...]
    #: Containers that are left alone, each as a sentence that says why.
    leaves: tuple[str, ...]


class Draft:
    """A plan being written. A step can only wait for steps that are there already."""

    def __init__(self) -> None:
        self._steps: list[model.Step] = []
        self._warnings: list[str] = []
        self._leaves: list[str] = []

    def add(
        self, verb: model.Verb, container: model.Container, *, after: Iterable[int], cause: str
    ) -> int:
        """Add a step and return its position."""
        position = len(self._steps) + 1
        self._steps.append(
            model.Step(
                position=position,
                verb=verb,
                container_id=container.id,
                container=container.name,
                service=container.service,
                after=tuple(sorted(set(after))),
                cause=cause,
            )
        )
        return position

    def leave(self, container: model.Container, why: str) -> None:
        """Say that the container is left alone; `why` goes on from its name: `is running`."""
        self._leaves.append(f"{container.name} {why}")

    def warn(self, sentence: str) -> None:
        """Add a warning."""
        self._warnings.append(sentence)

    def plan(self, ref: model.StackRef, action: model.Action) -> Plan:
        """Return what has been written."""
        return Plan(
            ref=ref,
            action=action,
            steps=tuple(self._steps),
            warnings=tuple(self._warnings),
            leaves=tuple(self._leaves),
        )


def render(plan: Plan) -> str:
    """Return the plan as lines of text; `[1,2] -> 3` is step 3, which waits for 1 and 2."""
    lines = [f"{plan.action} {plan.ref}"]
    lines += [
        f"[{','.join(map(str, step.after))}] -> {step.position} "
        f"{step.verb} {step.container}: {step.cause}"
        for step in plan.steps
    ]
    if not plan.steps:
        lines.append("nothing to do")
    lines += [f"left alone: {leave}" for leave in plan.leaves]
    lines += [f"warning: {warning}" for warning in plan.warnings]
    return "\n".join(lines)
