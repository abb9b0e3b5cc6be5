"""The status, health and notes of one stack, from its containers as last observed.

Finished one-shots never count as broken. Never says more than the containers show: of an
unreachable host it says what was last known, and that it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dockschedd.core import model, oneshots

_State = model.ContainerState

#: Exit codes of a program that ended by SIGKILL or SIGTERM, as at the end of a stop.
_OF_A_STOP = frozenset({137, 143})


class Flag(StrEnum):
    """Something about a stack's containers that is not as it should be."""

    UNHEALTHY = "unhealthy"
    RESTARTING = "restarting"
    #: One exited with a code that no stop explains.
    EXITED = "exited"
    DEAD = "dead"


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """One stack in a line."""

    status: model.StackStatus
    health: model.Health
    #: Containers that are up, of `total` that count (without finished one-shots).
    up: int
    total: int
    #: What is not as it should be, and finished one-shots: sentences, by service and number.
    notes: tuple[str, ...]
    #: Each once, in the order in which they are declared.
    flags: tuple[Flag, ...] = ()
    #: What the containers that are known amount to, also where the status is unknown.
    observed: model.StackStatus


def summarize(stack: model.Stack, *, reachable: bool) -> Summary:
    """Return what the containers amount to; a stack of finished one-shots alone is stopped.

    A restarting container is neither running nor stopped: with one, the stack is partial.
    """
    finished = oneshots.find(stack.containers).finished
    everything = sorted(stack.containers, key=lambda c: (c.service, c.number, c.name, c.id))
    counted = tuple(c for c in everything if c.id not in finished)
    observed = _status(counted)
    away = f"host {stack.ref.host} is unreachable: this is what was last known"
    notes = [None if reachable else away] + [
        f"{container.name} is a finished one-shot"
        if container.id in finished
        else _note(container, observed)
        for container in everything
    ]
    return Summary(
        status=observed if reachable else model.StackStatus.UNKNOWN,
        observed=observed,
        health=_health(counted),
        up=sum(container.is_up for container in counted),
        total=len(counted),
        notes=tuple(note for note in notes if note),
        flags=_flags(counted),
    )


def _status(counted: tuple[model.Container, ...]) -> model.StackStatus:
    if not any(container.is_up for container in counted):
        return model.StackStatus.STOPPED
    match {container.state for container in counted}:
        case states if states == {_State.RUNNING}:
            return model.StackStatus.RUNNING
        case states if states == {_State.PAUSED}:
            return model.StackStatus.PAUSED
        case _:
            return model.StackStatus.PARTIAL


def _health(counted: tuple[model.Container, ...]) -> model.Health:
    found = {container.health for container in counted if container.state is _State.RUNNING}
    for worst in (model.Health.UNHEALTHY, model.Health.STARTING, model.Health.HEALTHY):
        if worst in found:
            return worst
    return model.Health.NONE


def _flags(counted: tuple[model.Container, ...]) -> tuple[Flag, ...]:
    found = {flag for container in counted if (flag := _flag(container)) is not None}
    return tuple(flag for flag in Flag if flag in found)


def _flag(container: model.Container) -> Flag | None:
    match container.state:
        case _State.RUNNING if container.health is model.Health.UNHEALTHY:
            return Flag.UNHEALTHY
        case _State.RESTARTING:
            return Flag.RESTARTING
        case _State.EXITED if _is_odd(container):
            return Flag.EXITED
        case _State.DEAD:
            return Flag.DEAD
        case _:
            return None


def _note(container: model.Container, observed: model.StackStatus) -> str | None:
    """Return what is worth saying about a container that is no finished one-shot."""
    partial = observed is model.StackStatus.PARTIAL
    what: str | None = None
    match container.state:
        case _State.RUNNING if container.health is model.Health.UNHEALTHY:
            what = "is unhealthy"
        case _State.RESTARTING:
            what = "is restarting"
        case _State.PAUSED if partial:
            what = "is paused"
        case _State.CREATED if partial:
            what = "has never been started"
        case _State.EXITED if partial or _is_odd(container):
            code = container.exit_code
            what = "is stopped" if code is None else f"exited with {code}"
        case _State.DEAD:
            what = "is dead: the engine could not remove it"
        case _State.REMOVING:
            what = "is being removed"
    return what and f"{container.name} {what}"


def _is_odd(container: model.Container) -> bool:
    """Whether an exited container of a stopped stack has a code that a stop does not explain."""
    if not container.exit_code or container.ended is model.Ended.STOPPED:
        return False
    return container.ended is model.Ended.FINISHED or container.exit_code not in _OF_A_STOP
