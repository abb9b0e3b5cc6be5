"""What ran on a stack when it was put to sleep: waking it starts that, and nothing else.

Containers are known by service and number, so that a set outlives containers that Compose
makes anew. Pure; when something is kept or forgotten is decided here, and done elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dockschedd.core import model, oneshots

if TYPE_CHECKING:
    from datetime import datetime

#: Service and number; of a container that joined by label its name, and 0.
Key = tuple[str, int]

_DOWN = frozenset({model.Action.STOP, model.Action.PAUSE})
#: Runs that want the stack awake as it was, not everything that it has.
_AS_IT_WAS = frozenset(
    {model.CauseKind.WINDOW_EDGE, model.CauseKind.ENFORCEMENT, model.CauseKind.HOLD_EXPIRY}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What ran when the stack was last put to sleep; a stack has one at most."""

    stack: model.StackRef
    containers: frozenset[Key]
    #: The run that put it to sleep.
    run_id: str
    at: datetime
    #: None: it sleeps.
    woken_at: datetime | None = None


def key(container: model.Container) -> Key:
    """Return by what the container is known."""
    return (container.service, container.number) if container.number else (container.name, 0)


def kept(
    run: model.Run, stack: model.Stack, old: Memory | None, *, now: datetime
) -> Memory | None:
    """Return what to remember now that the run puts the stack to sleep; None: nothing new.

    What a stack that sleeps already is remembered for stays: a second stop, or another attempt
    of the first one, must not forget what the first has stopped. Where nothing runs there is
    nothing to put to sleep.
    """
    if run.action not in _DOWN or not run.options.remember:
        return None
    if old is not None and old.woken_at is None:
        return None
    running = frozenset(
        key(each)
        for each in stack.containers
        if each.state in {model.ContainerState.RUNNING, model.ContainerState.RESTARTING}
    )
    if not running:
        return None
    return Memory(stack=stack.ref, containers=running, run_id=run.id, at=now)


def applies(run: model.Run, memory: Memory | None) -> Memory | None:
    """Return the memory, if the run starts what it says and nothing else.

    A stack that sleeps wakes as it was, whoever wakes it. One that is awake is kept as it was
    by windows; whoever starts it otherwise means everything.
    """
    if memory is None or run.action is not model.Action.START or run.options.everything:
        return None
    return memory if memory.woken_at is None or run.cause_kind in _AS_IT_WAS else None


def after(
    run: model.Run, memory: Memory, *, status: model.RunStatus, now: datetime
) -> Memory | None:
    """Return what the memory is once the run has ended so; None: it is to be forgotten."""
    done = status in {model.RunStatus.SUCCEEDED, model.RunStatus.PARTIAL}
    if run.action is not model.Action.START or not done:
        return memory
    if applies(run, memory) is None:
        return None if status is model.RunStatus.SUCCEEDED else memory
    return memory if memory.woken_at is not None else replace(memory, woken_at=now)


def left_asleep(stack: model.Stack, memory: Memory) -> tuple[model.Container, ...]:
    """Return the containers that are down and did not run when the stack was put to sleep.

    By service and number. Finished one-shots are not among them: they are left alone anyway.
    """
    finished = oneshots.find(stack.containers).finished
    return tuple(
        container
        for container in sorted(stack.containers, key=lambda c: (c.service, c.number, c.name))
        if container.state is not model.ContainerState.RUNNING
        and container.state is not model.ContainerState.RESTARTING
        and container.id not in finished
        and key(container) not in memory.containers
    )


def gone(stack: model.Stack, memory: Memory) -> tuple[str, ...]:
    """Return what ran then and has no container any more, as `service 1`, sorted."""
    here = {key(container) for container in stack.containers}
    return tuple(
        f"{name} {number}" if number else name for name, number in sorted(memory.containers - here)
    )
