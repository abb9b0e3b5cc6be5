"""Whether what a step waits for has come true, or never will.

As Compose decides it for `depends_on` conditions, for each container by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dockschedd.core import model

if TYPE_CHECKING:
    from dockschedd.core.model import Container


class Standing(StrEnum):
    """How it stands with a condition."""

    WAITING = "waiting"
    MET = "met"
    #: It cannot come true any more without somebody doing something.
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Judgement:
    """How it stands, and for a broken condition why."""

    standing: Standing
    reason: str = ""


_WAITING = Judgement(Standing.WAITING)
_MET = Judgement(Standing.MET)


def judge(verb: model.Verb, container: Container | None) -> Judgement:
    """Return how it stands with a wait step (WAIT_HEALTHY or WAIT_COMPLETED)."""
    if container is None:
        return Judgement(Standing.BROKEN, "the container does not exist any more")
    match verb:
        case model.Verb.WAIT_HEALTHY:
            return _healthy(container)
        case model.Verb.WAIT_COMPLETED:
            return _completed(container)
        case _:
            raise ValueError(f"{verb} waits for nothing")


def _healthy(container: Container) -> Judgement:
    if container.state is model.ContainerState.RESTARTING:
        return _WAITING
    if not container.is_up:
        return Judgement(Standing.BROKEN, f"{container.name} is {_ended(container)}")
    match container.health:
        case model.Health.HEALTHY:
            return _MET
        case model.Health.STARTING:
            return _WAITING
        case model.Health.UNHEALTHY:
            return Judgement(Standing.BROKEN, f"{container.name} is unhealthy")
        case model.Health.NONE:
            return Judgement(Standing.BROKEN, f"{container.name} has no health check")


def _completed(container: Container) -> Judgement:
    if container.is_up:
        return _WAITING
    if container.exit_code == 0:
        return _MET
    return Judgement(Standing.BROKEN, f"{container.name} is {_ended(container)}")


def _ended(container: Container) -> str:
    if container.exit_code is None:
        return str(container.state)
    return f"{container.state} with code {container.exit_code}"
