"""Hypothesis strategies for stacks, and a tiny engine that carries plans out on them."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace

from hypothesis import strategies as st

from dockschedd.core import model

State = model.ContainerState
Verb = model.Verb
NAMES = ("api", "cache", "db", "job", "queue", "web")
POLICIES = ("no", "on-failure", "always", "unless-stopped")
REF = model.StackRef("local", "shop")


def container(service="web", number=1, **fields):
    """Return a container named after its service, running unless told otherwise."""
    return model.Container(
        **{
            "id": f"id-{service}-{number}",
            "name": f"{service}-{number}",
            "service": service,
            "number": number,
            "state": State.RUNNING,
        }
        | fields
    )


def down(service="web", number=1, **fields):
    """Return a container that somebody stopped."""
    stopped = {"state": State.EXITED, "exit_code": 0, "restart_policy": "no"}
    return container(service, number, **(stopped | {"ended": model.Ended.STOPPED} | fields))


def finished(service="migrate", number=1, **fields):
    """Return a finished one-shot."""
    return down(service, number, **({"ended": model.Ended.FINISHED} | fields))


def needs(**conditions):
    """Return dependencies: `needs(db="healthy")`."""
    return tuple(
        model.Dependency(service=service, condition=model.Condition[condition.upper()])
        for service, condition in conditions.items()
    )


def stack(*containers):
    """Return a stack of those containers, as the inventory sorts them."""
    return model.Stack(
        ref=REF, containers=tuple(sorted(containers, key=lambda c: (c.service, c.number)))
    )


@functools.cache
def shapes(states):
    """Return everything else that can be said about a container, each state as likely."""
    found = {}
    for state, health, policy in itertools.product(states, model.Health, POLICIES):
        ends = itertools.product((0, 0, 1, 137), (None, *model.Ended))
        for code, ended in ends if state is State.EXITED else [(None, None)]:
            look = {"state": state, "health": health, "restart_policy": policy}
            found.setdefault(state, []).append(look | {"exit_code": code, "ended": ended})
    most = max(map(len, found.values()))
    return st.sampled_from(
        [look for each in found.values() for look in each * (most // len(each))]
    )


#: Names whose order says nothing about who depends on whom.
ORDERS = tuple(
    names[at:] + names[:at] for names in (NAMES, NAMES[::-1]) for at in range(len(NAMES))
)


@st.composite
def stacks(draw, *, cyclic=True, missing=True, states=tuple(State)):
    """Draw a stack of up to five services with up to three replicas each."""
    counts = draw(st.lists(st.sampled_from((1, 1, 1, 2, 3)), max_size=5))
    services = draw(st.sampled_from(ORDERS))[: len(counts)]
    places = [
        (place, number) for place, count in enumerate(counts) for number in range(1, count + 1)
    ]
    possible = [
        (owner, model.Dependency(service=service, condition=condition))
        for owner in places
        for place, service in enumerate((*services, "absent") if missing else services)
        if cyclic or place < owner[0] or service == "absent"
        for condition in model.Condition
    ]
    edges = draw(st.lists(st.sampled_from(possible), max_size=8)) if possible else []
    looks = draw(st.lists(shapes(states), min_size=len(places), max_size=len(places)))
    return stack(
        *(
            container(
                services[owner[0]],
                owner[1],
                depends_on=tuple(dependency for at, dependency in edges if at == owner),
                **look,
            )
            for owner, look in zip(places, looks, strict=True)
        )
    )


#: States in which a container can be used.
USABLE = tuple(state for state in State if state not in {State.DEAD, State.REMOVING})


class Engine:
    """Carries steps out and refuses those that make no sense when their turn comes."""

    def __init__(self, before):
        self.containers = {c.id: c for c in before.containers}
        self.started = []
        self._completes = {
            dependency.service
            for c in before.containers
            for dependency in c.depends_on
            if dependency.condition is model.Condition.COMPLETED
            and dependency.service != c.service
        }

    def do(self, step):
        before = self.containers[step.container_id]
        assert (before.name, before.service) == (step.container, step.service)
        match step.verb:
            case Verb.START:
                assert before.state in {State.CREATED, State.EXITED}
                after = self._run(before)
            case Verb.RESTART:
                assert before.is_up
                after = self._run(before)
            case Verb.STOP:
                assert before.is_up
                ended = model.Ended.STOPPED
                after = replace(before, state=State.EXITED, exit_code=0, ended=ended)
            case Verb.PAUSE:
                assert before.state is State.RUNNING
                after = replace(before, state=State.PAUSED)
            case Verb.UNPAUSE:
                assert before.state is State.PAUSED
                after = replace(before, state=State.RUNNING)
            case Verb.WAIT_HEALTHY:
                after = replace(before, health=model.Health.HEALTHY)
            case Verb.WAIT_COMPLETED:
                ended = model.Ended.FINISHED
                after = replace(before, state=State.EXITED, exit_code=0, ended=ended)
        self.containers[step.container_id] = after

    def _run(self, before):
        self.started.append(before.id)
        health = before.health and model.Health.STARTING
        return replace(before, state=State.RUNNING, health=health, exit_code=None, ended=None)

    @property
    def stack(self):
        return stack(*self.containers.values())


def carried_out(plan, before):
    """Return the engine after the steps were carried out one by one, in their order."""
    engine = Engine(before)
    for step in plan.steps:
        engine.do(step)
    return engine


def linearizations(plan):
    """Draw an order in which the steps may be carried out, of all that `after` allows."""

    @st.composite
    def draw_one(draw):
        left, done, out = list(plan.steps), set(), []
        while left:
            ready = [s for s in left if done.issuperset(s.after)]
            step = draw(st.sampled_from(ready))
            left.remove(step)
            done.add(step.position)
            out.append(step)
        return out

    return draw_one()


def reachable(graph, service):
    """Return all services that must be there before this one, directly or not."""
    found, todo = set(), [service]
    while todo:
        for dependency in graph.start_after(todo.pop()):
            if dependency.service not in found:
                found.add(dependency.service)
                todo.append(dependency.service)
    return found
