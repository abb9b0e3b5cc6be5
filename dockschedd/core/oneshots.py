"""Which containers are finished one-shots: they were meant to finish, and they did.

An exit code of 0 is not enough: restart policy `no` is Compose's default and many programs
exit with 0 on SIGTERM, so a service that somebody stopped looks the same. Whoever takes such a
service for a one-shot leaves it down for ever, so what cannot be told is never called one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockschedd.core import model

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Restart policies of containers that may be meant to finish; the engine also writes "" for "no".
_MAY_FINISH = frozenset({"no", "", "on-failure"})


@dataclass(frozen=True, kw_only=True, slots=True)
class OneShots:
    """The containers of a stack that exited with 0, as far as it can be told why. Ids."""

    finished: frozenset[str]
    #: They may have finished or may have been stopped. They count as stopped.
    unclear: frozenset[str]


def find(containers: Iterable[model.Container], *, guess: bool = True) -> OneShots:
    """Return which containers of one stack are finished one-shots.

    One is finished when it exited with 0 and the first of these that applies says so:

    1. Another service waits for its completion: yes, also after a stop by hand, as in Compose.
    2. Another service waits until it is healthy: no, it is meant to keep running.
    3. Its restart policy is neither `no` nor `on-failure`: no.
    4. Somebody saw how it ended: yes if by itself, no if it was stopped.
    5. Nobody saw it, a container that is no one-shot is up in another service, and all its
       replicas may have finished too: yes. It must have ended without the rest of the stack.
    6. Else it cannot be told: no, and it is in `unclear`.

    Without `guess` the fifth is left out. A restart policy that nobody asked for is unclear
    where it matters (`needs_policy`).
    """
    everything = tuple(containers)
    completed, healthy = _awaited(everything)
    up = {c.service for c in everything if c.is_up}
    # Not only what is up: a start brings the others up, and must not change the verdict.
    meant_to_run = {c.service for c in everything if not _may_have_finished(c)}
    finished, unclear = set(), set()
    for container in everything:
        service = container.service
        if not _exited_with_0(container):
            continue
        if service in completed:
            finished.add(container.id)
        elif service in healthy or container.ended is model.Ended.STOPPED:
            continue
        elif container.restart_policy is None:
            unclear.add(container.id)
        elif container.restart_policy in _MAY_FINISH:
            seen = container.ended is model.Ended.FINISHED
            alone = guess and service not in meant_to_run and bool(up - completed)
            (finished if seen or alone else unclear).add(container.id)
    return OneShots(finished=frozenset(finished), unclear=frozenset(unclear))


def needs_policy(containers: Iterable[model.Container]) -> tuple[str, ...]:
    """Return the ids of those whose restart policy `find` needs and does not have, sorted.

    Only they need an inspect; of a stack that runs as it should, none does.
    """
    everything = tuple(containers)
    completed, healthy = _awaited(everything)
    return tuple(
        sorted(
            container.id
            for container in everything
            if _exited_with_0(container)
            and container.restart_policy is None
            and container.ended is not model.Ended.STOPPED
            and container.service not in completed | healthy
        )
    )


def _exited_with_0(container: model.Container) -> bool:
    return container.state is model.ContainerState.EXITED and container.exit_code == 0


def _may_have_finished(container: model.Container) -> bool:
    return (
        _exited_with_0(container)
        and container.ended is not model.Ended.STOPPED
        and container.restart_policy in _MAY_FINISH
    )


def _awaited(containers: tuple[model.Container, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the services whose completion, and whose health, another service waits for."""
    waits = {
        (dependency.condition, dependency.service)
        for container in containers
        for dependency in container.depends_on
        if dependency.service != container.service
    }
    completed = {service for wait, service in waits if wait is model.Condition.COMPLETED}
    healthy = {service for wait, service in waits if wait is model.Condition.HEALTHY}
    return frozenset(completed), frozenset(healthy)
