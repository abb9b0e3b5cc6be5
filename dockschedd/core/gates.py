"""How containers come up: each as soon as what its service depends on allows it.

There is no barrier per level: a step waits for the steps that its own dependencies need and
for nothing else. A wait is planned only where something that begins leans on it, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from dockschedd.core import model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dockschedd.core import plan
    from dockschedd.core.scene import Scene


@dataclass(frozen=True, kw_only=True, slots=True)
class Begin:
    """How a container comes up, and what has to happen to it before."""

    verb: model.Verb
    cause: str
    after: tuple[int, ...] = ()


def bring_up(
    draft: plan.Draft, scene: Scene, begins: Mapping[str, Begin], *, rolling: bool = False
) -> None:
    """Add the steps that begin containers, each after what its service waits for.

    Waits are planned only where something that begins leans on them, one for each container.
    """
    for service, name in scene.graph.missing:
        draft.warn(
            f"{service} depends on {name}, which has no container; it is started without it"
        )
    gates = _Gates(draft, scene, begins)
    for service in scene.graph.services:
        gate = gates.open(service)
        before: tuple[int, ...] = ()
        for container in scene.of(service):
            begin = begins.get(container.id)
            if begin is None:
                continue
            after = (*gate, *begin.after, *before)
            position = draft.add(begin.verb, container, after=after, cause=begin.cause)
            gates.begun[container.id] = position
            # Replicas in place go one by one, so that the service is never down as a whole.
            before = (position,) if rolling else ()


class _Gates:
    """What each service waits for before its containers begin, found in the graph's order."""

    def __init__(self, draft: plan.Draft, scene: Scene, begins: Mapping[str, Begin]) -> None:
        self._draft, self._scene, self._begins = draft, scene, begins
        self._gates: dict[str, frozenset[int]] = {}
        self._waits: dict[tuple[str, model.Verb], int] = {}
        self._leaning = self._find_leaning()
        #: Container id → the step that begins it.
        self.begun: dict[str, int] = {}

    def open(self, service: str) -> frozenset[int]:
        """Return the positions; its dependencies must have been opened and begun before."""
        found: set[int] = set()
        if self._leaning[service]:
            for dependency in self._scene.graph.start_after(service):
                for container in self._scene.of(dependency.service):
                    if self._stands_aside(container):
                        found |= self._gates[dependency.service]
                    else:
                        found.update(self._satisfied_by(container, dependency))
        self._gates[service] = frozenset(found)
        return self._gates[service]

    def _stands_aside(self, container: model.Container) -> bool:
        """Whether it is a finished one-shot that does not run: what it waited for counts."""
        return container.id in self._scene.oneshots.finished and container.id not in self._begins

    def _satisfied_by(
        self, container: model.Container, dependency: model.Dependency
    ) -> tuple[int, ...]:
        begun = self.begun.get(container.id)
        start = () if begun is None else (begun,)
        match dependency.condition:
            case model.Condition.STARTED:
                return start
            case model.Condition.HEALTHY:
                if begun is None and _is_healthy(container):
                    return ()
                return (self._wait(model.Verb.WAIT_HEALTHY, container, dependency, start),)
            case model.Condition.COMPLETED:
                return (self._wait(model.Verb.WAIT_COMPLETED, container, dependency, start),)
            case _ as unreachable:
                assert_never(unreachable)

    def _wait(
        self,
        verb: model.Verb,
        container: model.Container,
        dependency: model.Dependency,
        after: tuple[int, ...],
    ) -> int:
        key = (container.id, verb)
        if key not in self._waits:
            until = "is healthy" if verb is model.Verb.WAIT_HEALTHY else "has completed"
            names = _listed(self._waiting_for(dependency))
            cause = f"{names} must not start before it {until}"
            self._waits[key] = self._draft.add(verb, container, after=after, cause=cause)
        return self._waits[key]

    def _waiting_for(self, dependency: model.Dependency) -> Iterable[str]:
        graph = self._scene.graph
        for service in graph.stop_after(dependency.service):
            if dependency in graph.start_after(service):
                yield from self._leaning[service]

    def _find_leaning(self) -> dict[str, frozenset[str]]:
        """Return service → those that begin and wait for what it waits for: itself, if it
        begins, and its dependents, where it is a one-shot that does not.
        """
        leaning: dict[str, frozenset[str]] = {}
        for service in reversed(self._scene.graph.services):
            containers = self._scene.of(service)
            found = {service} if any(c.id in self._begins for c in containers) else set()
            if any(self._stands_aside(c) for c in containers):
                for dependent in self._scene.graph.stop_after(service):
                    found |= leaning[dependent]
            leaning[service] = frozenset(found)
        return leaning


def _is_healthy(container: model.Container) -> bool:
    return (
        container.state is model.ContainerState.RUNNING
        and container.health is model.Health.HEALTHY
    )


def _listed(names: Iterable[str]) -> str:
    *most, last = sorted(set(names))
    return f"{', '.join(most)} and {last}" if most else last
