"""The order of services inside one stack."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, order
from tests.core import stack_strategies as make


def edges(stack):
    """Return (service, dependency) of everything the containers name, by brute force."""
    services = {c.service for c in stack.containers}
    return {
        (c.service, d.service)
        for c in stack.containers
        for d in c.depends_on
        if d.service in services
    }


def reaches(found, start, end):
    seen, todo = set(), [start]
    while todo:
        here = todo.pop()
        for a, b in found:
            if a == here and b not in seen:
                seen.add(b)
                todo.append(b)
    return end in seen


@given(make.stacks())
def test_every_service_comes_once_and_after_its_dependencies(stack):
    """A service is listed once, after each of those it starts after."""
    graph = order.graph(stack.containers)

    assert sorted(graph.services) == sorted({c.service for c in stack.containers})
    place = {service: index for index, service in enumerate(graph.services)}
    for service in graph.services:
        assert all(place[d.service] < place[service] for d in graph.start_after(service))


@given(make.stacks())
def test_stop_order_is_the_reverse_of_start_order(stack):
    """A stops before B exactly when A starts after B."""
    graph = order.graph(stack.containers)

    starts = {(s, d.service) for s in graph.services for d in graph.start_after(s)}
    stops = {(d, s) for s in graph.services for d in graph.stop_after(s)}
    assert starts == stops


@given(make.stacks())
def test_an_edge_is_ignored_exactly_when_it_lies_on_a_cycle(stack):
    """Of the edges between services that exist, those on no cycle remain, and no others."""
    graph = order.graph(stack.containers)
    found = edges(stack)

    kept = {(s, d.service) for s in graph.services for d in graph.start_after(s)}
    assert kept == {(a, b) for a, b in found if not reaches(found, b, a)}


@given(make.stacks())
def test_every_reported_cycle_is_one_and_each_service_on_a_cycle_is_reported_once(stack):
    """A reported path leads back to its first service along dependencies."""
    graph = order.graph(stack.containers)
    found = edges(stack)

    for cycle in graph.cycles:
        assert cycle.path[0] == cycle.path[-1] == min(cycle.services)
        assert set(itertools.pairwise(cycle.path)) <= found
        assert set(cycle.path) <= set(cycle.services)
    reported = [service for cycle in graph.cycles for service in cycle.services]
    assert sorted(reported) == sorted({a for a, _ in found if reaches(found, a, a)})


@given(make.stacks(), st.randoms())
def test_the_order_of_the_input_changes_nothing(stack, random):
    """The same containers and labels in another order give the same graph."""
    shuffled = []
    for c in stack.containers:
        entries = list(c.depends_on)
        random.shuffle(entries)
        shuffled.append(make.replace(c, depends_on=tuple(entries)))
    random.shuffle(shuffled)

    assert order.graph(shuffled) == order.graph(stack.containers)


def test_a_cycle_is_reported_with_its_path_and_what_is_outside_keeps_its_order():
    """Two services that wait for each other are named; the third still follows them."""
    graph = order.graph(
        [
            make.container("db", depends_on=make.needs(cache="started")),
            make.container("cache", depends_on=make.needs(db="healthy")),
            make.container("web", depends_on=make.needs(db="healthy")),
        ]
    )

    (cycle,) = graph.cycles
    assert str(cycle) == (
        "services depend on each other (cache → db → cache); the order among cache, db is ignored"
    )
    assert graph.services == ("cache", "db", "web")
    assert graph.start_after("db") == ()


def test_a_service_that_depends_on_itself_is_reported_and_has_no_order():
    """A self-dependency is ignored."""
    graph = order.graph([make.container("web", depends_on=make.needs(web="started"))])

    (cycle,) = graph.cycles
    assert str(cycle) == "service web depends on itself (web → web); that is ignored"
    assert graph.start_after("web") == ()


def test_a_dependency_without_a_container_is_reported_and_is_no_node():
    """What has no container is missing, with the service that names it."""
    graph = order.graph([make.container("web", depends_on=make.needs(db="healthy"))])

    assert graph.missing == (("web", "db"),)
    assert graph.services == ("web",)


def test_replicas_with_different_labels_are_taken_together():
    """A service depends on what any of its containers names, with each condition named."""
    graph = order.graph(
        [
            make.container("web", 1, depends_on=make.needs(db="started")),
            make.container("web", 2, depends_on=make.needs(db="healthy", cache="started")),
            make.container("db"),
            make.container("cache"),
        ]
    )

    assert graph.start_after("web") == (
        model.Dependency(service="cache", condition=model.Condition.STARTED),
        model.Dependency(service="db", condition=model.Condition.HEALTHY),
        model.Dependency(service="db", condition=model.Condition.STARTED),
    )


def test_a_long_chain_needs_no_recursion():
    """1500 services in a row, or in a ring, are put in order."""
    names = [f"s{n:05}" for n in range(1_500)]
    chain = [
        make.container(a, depends_on=make.needs(**{b: "started"}))
        for a, b in itertools.pairwise(names)
    ]
    last = make.container(names[-1])
    back = make.container(names[-1], depends_on=make.needs(**{names[0]: "started"}))

    assert order.graph([*chain, last]).services == tuple(reversed(names))
    (cycle,) = order.graph([*chain, back]).cycles
    assert cycle.path == (*names, names[0])
