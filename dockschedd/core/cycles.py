"""Cycles in a graph of names: which edges lie on one, and a way around.

The same for every order of the input, and without recursion: a chain of dependencies may be
longer than Python's stack.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

#: Something that sorts: a service's name, or a stack's.
T = TypeVar("T", bound=Any)


def components(edges: Mapping[T, AbstractSet[T]]) -> dict[T, int]:
    """Return node → the number of its strongly connected component (Kosaraju's algorithm).

    An edge lies on a cycle exactly when both its ends are in one component. Every node that an
    edge leads to must have an entry.
    """
    finished: list[T] = []
    seen: set[T] = set()
    for root in edges:
        stack = [] if root in seen else [(root, iter(edges[root]))]
        seen.add(root)
        while stack:
            node, rest = stack[-1]
            following = next((name for name in rest if name not in seen), None)
            if following is None:
                finished.append(node)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(edges[following])))
    backwards: dict[T, set[T]] = {node: set() for node in edges}
    for node, names in edges.items():
        for name in names:
            backwards[name].add(node)
    component: dict[T, int] = {}
    for number, root in enumerate(reversed(finished)):
        todo = [root]
        while todo:
            node = todo.pop()
            if node not in component:
                component[node] = number
                todo.extend(backwards[node])
    return component


def way_around(edges: Mapping[T, AbstractSet[T]], members: Sequence[T]) -> tuple[T, ...]:
    """Return the shortest cycle through the first of the members of a component."""
    first, inside = members[0], set(members)
    came_from: dict[T, T] = {}
    queue = deque([first])
    while first not in came_from:
        node = queue.popleft()
        for name in sorted((edges[node] & inside) - came_from.keys()):
            came_from[name] = node
            queue.append(name)
    path = [first, came_from[first]]
    while path[-1] != first:
        path.append(came_from[path[-1]])
    return tuple(reversed(path))


def way(edges: Mapping[T, AbstractSet[T]], start: T, end: T) -> tuple[T, ...]:
    """Return the shortest way from one node to another, with both; () if there is none."""
    came_from: dict[T, T] = {}
    queue = deque([start])
    while queue and end not in came_from:
        node = queue.popleft()
        for name in sorted(edges.get(node, frozenset()) - came_from.keys()):
            came_from[name] = node
            queue.append(name)
    if end not in came_from:
        return ()
    path = [end, came_from[end]]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return tuple(reversed(path))
