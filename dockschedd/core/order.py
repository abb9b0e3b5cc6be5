"""The order of one stack's services, from the dependencies that its containers carry.

The graph is free of cycles and the same for every order of the containers: an edge is left
out exactly when it lies on a cycle, or when no container of its dependency exists. Both are
reported. Knows nothing of states: what they mean is decided in reconcile.
"""

from __future__ import annotations

import graphlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockschedd.core import cycles, model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Edges = dict[str, set[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """Services that wait for each other."""

    #: One way around, the shortest from the first name: each depends on the next.
    path: tuple[str, ...]
    #: All services among which the order is ignored, sorted.
    services: tuple[str, ...]

    def __str__(self) -> str:
        way = " → ".join(self.path)
        among = ", ".join(self.services)
        if len(self.services) == 1:
            return f"service {among} depends on itself ({way}); that is ignored"
        return f"services depend on each other ({way}); the order among {among} is ignored"


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """Which service waits for which; services that have no container are not in it."""

    #: Dependencies before dependents, else by name.
    services: tuple[str, ...]
    #: Sorted by the first service.
    cycles: tuple[Cycle, ...]
    #: (service, its dependency that has no container), sorted.
    missing: tuple[tuple[str, str], ...]
    _dependencies: Mapping[str, tuple[model.Dependency, ...]]
    _dependents: Mapping[str, tuple[str, ...]]

    def start_after(self, service: str) -> tuple[model.Dependency, ...]:
        """Return what must be there before the service starts, sorted by service.

        One dependency comes once for each condition that a container of the service names.
        """
        return self._dependencies[service]

    def stop_after(self, service: str) -> tuple[str, ...]:
        """Return the services that must have stopped before this one does, sorted."""
        return self._dependents[service]


def graph(containers: Iterable[model.Container]) -> Graph:
    """Return the order of one stack.

    A service depends on whatever any of its containers names: after an `up` that was
    interrupted, replicas differ.
    """
    named: dict[str, set[tuple[str, model.Condition]]] = {}
    for container in containers:
        entries = named.setdefault(container.service, set())
        entries.update((entry.service, entry.condition) for entry in container.depends_on)
    known = {
        service: {(name, condition) for name, condition in entries if name in named}
        for service, entries in named.items()
    }
    edges = {service: {name for name, _ in entries} for service, entries in known.items()}
    component = cycles.components(edges)
    kept = {
        service: tuple(
            model.Dependency(service=name, condition=condition)
            for name, condition in sorted(entries)
            if component[name] != component[service]
        )
        for service, entries in known.items()
    }
    dependents: _Edges = {service: set() for service in named}
    for service, dependencies in kept.items():
        for dependency in dependencies:
            dependents[dependency.service].add(service)
    return Graph(
        services=_sorted_waves(kept),
        cycles=_cycles(edges, component),
        missing=tuple(
            sorted(
                {
                    (service, name)
                    for service, entries in named.items()
                    for name, _ in entries
                    if name not in named
                }
            )
        ),
        _dependencies=kept,
        _dependents={service: tuple(sorted(names)) for service, names in dependents.items()},
    )


def _sorted_waves(kept: Mapping[str, tuple[model.Dependency, ...]]) -> tuple[str, ...]:
    sorter = graphlib.TopologicalSorter(
        {service: {d.service for d in dependencies} for service, dependencies in kept.items()}
    )
    sorter.prepare()
    out: list[str] = []
    while sorter.is_active():
        # static_order() depends on the order of the input; a sorted wave does not.
        wave = sorted(sorter.get_ready())
        out.extend(wave)
        sorter.done(*wave)
    return tuple(out)


def _cycles(edges: _Edges, component: Mapping[str, int]) -> tuple[Cycle, ...]:
    members: dict[int, list[str]] = {}
    for service in sorted(edges):
        members.setdefault(component[service], []).append(service)
    return tuple(
        Cycle(path=cycles.way_around(edges, services), services=tuple(services))
        for services in members.values()
        if len(services) > 1 or services[0] in edges[services[0]]
    )
