"""One stack as observed, put in order: what reconcile and gates look at.

The same containers in any order give the same scene.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockschedd.core import model, oneshots, order

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What was observed, put in order."""

    #: In the order of the graph, then by number.
    containers: tuple[model.Container, ...]
    graph: order.Graph
    oneshots: oneshots.OneShots
    #: Containers that an earlier attempt has started.
    had_its_turn: frozenset[str]
    _by_service: Mapping[str, tuple[model.Container, ...]]

    def of(self, service: str) -> tuple[model.Container, ...]:
        """Return the containers of a service of the graph, by number."""
        return self._by_service[service]


def observe(stack: model.Stack, *, guess: bool, had_its_turn: frozenset[str]) -> Scene:
    """Return the stack in order; `guess` as in `oneshots.find`."""
    graph = order.graph(stack.containers)
    by_service: dict[str, list[model.Container]] = {service: [] for service in graph.services}
    for container in sorted(stack.containers, key=lambda c: (c.number, c.name, c.id)):
        by_service[container.service].append(container)
    return Scene(
        containers=tuple(c for service in graph.services for c in by_service[service]),
        graph=graph,
        oneshots=oneshots.find(stack.containers, guess=guess),
        had_its_turn=had_its_turn,
        _by_service={service: tuple(found) for service, found in by_service.items()},
    )
