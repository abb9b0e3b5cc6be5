"""Which stacks need which: what people have said, and what labels say.

The graph is free of cycles and the same for every order of its input. What people say is
checked when it is said; a label that would close a cycle, or names nothing that exists, counts
for nothing, which is told. Labels order: they never grant anything.
"""

from __future__ import annotations

import graphlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dockschedd.core import cycles, labels, model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    _Edges = dict[model.StackRef, set[model.StackRef]]


class Origin(StrEnum):
    """Who says that a stack needs another one."""

    COMMAND = "command"
    LABEL = "label"


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """A person's word: the stack needs the other one."""

    stack: model.StackRef
    needs: model.StackRef
    owner: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One requirement, whoever says it."""

    stack: model.StackRef
    needs: model.StackRef
    origin: Origin
    #: None for a label.
    owner: str | None = None
    created_at: datetime | None = None
    #: Why it counts for nothing, as a sentence; "" where it counts.
    ignored: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """What counts, and what does not."""

    #: By stack and by what it needs.
    entries: tuple[Entry, ...] = ()
    _needs: Mapping[model.StackRef, frozenset[model.StackRef]]
    _needed_by: Mapping[model.StackRef, frozenset[model.StackRef]]
    _rank: Mapping[model.StackRef, int]

    def __bool__(self) -> bool:
        return bool(self.entries)

    def needs(self, ref: model.StackRef) -> tuple[model.StackRef, ...]:
        """Return what the stack itself needs, sorted."""
        return tuple(sorted(self._needs.get(ref, ())))

    def needed_by(self, ref: model.StackRef) -> tuple[model.StackRef, ...]:
        """Return the stacks that themselves need this one, sorted."""
        return tuple(sorted(self._needed_by.get(ref, ())))

    def all_needed(self, ref: model.StackRef) -> tuple[model.StackRef, ...]:
        """Return everything that it needs, and what that needs: what must start first, first."""
        return tuple(sorted(_reach(self._needs, ref), key=self.rank))

    def all_needing(self, ref: model.StackRef) -> tuple[model.StackRef, ...]:
        """Return everything that needs it, and what needs that: what must stop first, first."""
        return tuple(sorted(_reach(self._needed_by, ref), key=self.rank, reverse=True))

    def rank(self, ref: model.StackRef) -> tuple[int, model.StackRef]:
        """Return a key that sorts what is needed before what needs it."""
        return self._rank.get(ref, 0), ref

    def warnings(self, ref: model.StackRef) -> tuple[str, ...]:
        """Return why requirements of the stack, or of what it needs, count for nothing."""
        meant = {ref, *_reach(self._needs, ref)}
        found = [each.ignored for each in self.entries if each.stack in meant and each.ignored]
        return tuple(dict.fromkeys(found))

    def cycle(self, stack: model.StackRef, needs: model.StackRef) -> tuple[model.StackRef, ...]:
        """Return the cycle that one more requirement would close, from `stack` back to it.

        () where it closes none.
        """
        if stack == needs:
            return (stack, needs)
        back = cycles.way(self._needs, needs, stack)
        return (stack, *back) if back else ()

    def closing(
        self, pairs: Iterable[tuple[model.StackRef, model.StackRef]]
    ) -> dict[tuple[model.StackRef, model.StackRef], tuple[model.StackRef, ...]]:
        """Return the requirements among `pairs` that would close a cycle, each with its cycle.

        They are said one after the other: each is checked together with those before it that
        close none.
        """
        edges = {stack: set(needs) for stack, needs in self._needs.items()}
        found: dict[tuple[model.StackRef, model.StackRef], tuple[model.StackRef, ...]] = {}
        for stack, needs in pairs:
            back = (needs,) if stack == needs else cycles.way(edges, needs, stack)
            if back:
                found[stack, needs] = (stack, *back)
            else:
                edges.setdefault(stack, set()).add(needs)
        return found


def graph(said: Iterable[Requirement], stacks: Iterable[model.Stack]) -> Graph:
    """Return the graph of what people said and of the labels of those stacks."""
    known = tuple(stacks)
    spoken = {
        (each.stack, each.needs): Entry(
            stack=each.stack,
            needs=each.needs,
            origin=Origin.COMMAND,
            owner=each.owner,
            created_at=each.created_at,
        )
        for each in said
    }
    labelled = {(entry.stack, entry.needs): entry for entry in _labelled(known)}
    if not spoken and not labelled:
        return _NOTHING
    entries = _without_cycles(list((labelled | spoken).values()))
    needs: _Edges = {}
    needed_by: _Edges = {}
    for entry in entries:
        if not entry.ignored:
            needs.setdefault(entry.stack, set()).add(entry.needs)
            needed_by.setdefault(entry.needs, set()).add(entry.stack)
    return Graph(
        entries=tuple(sorted(entries, key=lambda each: (each.stack, each.needs))),
        _needs={ref: frozenset(found) for ref, found in needs.items()},
        _needed_by={ref: frozenset(found) for ref, found in needed_by.items()},
        _rank=_ranks(needs),
    )


_NOTHING = Graph(_needs={}, _needed_by={}, _rank={})


def shown(path: Iterable[model.StackRef]) -> str:
    """Return a cycle as it is told."""
    return " → ".join(map(str, path))


def _labelled(stacks: tuple[model.Stack, ...]) -> Iterator[Entry]:
    exists = {stack.ref for stack in stacks}
    for stack in stacks:
        for text in sorted({text for each in stack.containers for text in each.requires}):
            host, slash, name = text.rpartition("/")
            needs = model.StackRef(host if slash else stack.ref.host, name)
            if needs in exists and needs != stack.ref:
                yield Entry(stack=stack.ref, needs=needs, origin=Origin.LABEL)
                continue
            why = "that is the stack itself" if needs == stack.ref else "there is no such stack"
            ignored = f"the label `{labels.REQUIRES}` of `{stack.ref}` names `{text}`, and {why}"
            yield Entry(stack=stack.ref, needs=needs, origin=Origin.LABEL, ignored=ignored)


def _without_cycles(entries: list[Entry]) -> list[Entry]:
    """Return the entries with those of labels that lie on a cycle ignored.

    What people said closes none by itself; if it does all the same, it is ignored as well.
    """
    for origin in (Origin.LABEL, Origin.COMMAND):
        edges: _Edges = {}
        for entry in entries:
            if not entry.ignored:
                edges.setdefault(entry.stack, set()).add(entry.needs)
                edges.setdefault(entry.needs, set())
        component = cycles.components(edges)
        members: dict[int, list[model.StackRef]] = {}
        for ref in sorted(edges):
            members.setdefault(component[ref], []).append(ref)
        entries = [
            _ignored(entry, cycles.way_around(edges, members[component[entry.stack]]))
            if entry.origin is origin
            and not entry.ignored
            and component[entry.stack] == component[entry.needs]
            else entry
            for entry in entries
        ]
    return entries


def _ignored(entry: Entry, path: tuple[model.StackRef, ...]) -> Entry:
    who = f"the label `{labels.REQUIRES}`" if entry.origin is Origin.LABEL else "a requirement"
    return Entry(
        stack=entry.stack,
        needs=entry.needs,
        origin=entry.origin,
        owner=entry.owner,
        created_at=entry.created_at,
        ignored=f"stacks need each other ({shown(path)}); {who} of `{entry.stack}` "
        f"that names `{entry.needs}` is ignored",
    )


def _ranks(needs: _Edges) -> dict[model.StackRef, int]:
    ranks: dict[model.StackRef, int] = {}
    for ref in graphlib.TopologicalSorter(needs).static_order():
        ranks[ref] = max((ranks[each] + 1 for each in needs.get(ref, ())), default=0)
    return ranks


def _reach(
    edges: Mapping[model.StackRef, frozenset[model.StackRef]], start: model.StackRef
) -> set[model.StackRef]:
    found: set[model.StackRef] = set()
    todo = [start]
    while todo:
        for ref in edges.get(todo.pop(), frozenset()) - found:
            found.add(ref)
            todo.append(ref)
    return found
