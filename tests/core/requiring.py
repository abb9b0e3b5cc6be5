"""Stacks that need each other, with everything that a test does not care about filled in."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from hypothesis import strategies as st

from dockschedd.core import arrange, model, requirements

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
Action, State, Health = model.Action, model.ContainerState, model.Health


def ref(name: str) -> model.StackRef:
    """`db` is `local/db`."""
    host, _, bare = name.rpartition("/")
    return model.StackRef(host or "local", bare)


def stack(
    name: str,
    state: State = State.RUNNING,
    *,
    requires: tuple[str, ...] = (),
    health: Health = Health.NONE,
) -> model.Stack:
    """A stack of one container."""
    one = model.Container(
        id=f"id-{name}",
        name=f"{name}-app-1",
        service="app",
        number=1,
        state=state,
        exit_code=0 if state is State.EXITED else None,
        ended=model.Ended.STOPPED if state is State.EXITED else None,
        restart_policy="no",
        requires=requires,
        health=health,
    )
    return model.Stack(ref=ref(name), containers=(one,))


def said(**needs: str) -> list[requirements.Requirement]:
    """`said(app="db,mq")`: app needs both."""
    return [
        requirements.Requirement(stack=ref(a), needs=ref(b), owner="alice", created_at=NOON)
        for a, names in needs.items()
        for b in names.split(",")
    ]


def run(name: str, action: Action = Action.START, **changes) -> model.Run:
    """A run that a person asks for; its id is `run-NAME` unless told otherwise."""
    return model.Run(
        **{
            "id": f"run-{name}",
            "stack": ref(name),
            "action": action,
            "status": model.RunStatus.PLANNED,
            "cause_kind": model.CauseKind.MANUAL,
            "cause": "asked for by alice",
            "actor": "alice",
            "planned_at": NOON,
            "created_at": NOON,
            **changes,
        }
    )


def scheduled(name: str, action: Action = Action.START, **changes) -> model.Run:
    """A run of a schedule."""
    return run(
        name,
        action,
        **{
            "cause_kind": model.CauseKind.SCHEDULE,
            "cause": "schedule `s`",
            "schedule_id": "s",
            "schedule_name": "s",
            "deadline_at": NOON.replace(hour=13),
            **changes,
        },
    )


def options(dependents: str) -> model.RunOptions:
    """The options with that word for dependents."""
    return model.RunOptions(dependents=model.Dependents(dependents))


def scene(graph: requirements.Graph, *stacks: model.Stack, **changes) -> arrange.Scene:
    """A moment at which those stacks are there."""
    known = {each.ref: each for each in stacks}
    return arrange.Scene(**{"graph": graph, "stacks": known.get, "away": (), **changes})


def arranged(asked, at: arrange.Scene) -> arrange.Arranged:
    """What becomes of the runs; extra ones are `extra-1`, `extra-2`, …"""
    numbers = itertools.count(1)
    return arrange.arrange(asked, at, new_id=lambda: f"extra-{next(numbers)}")


def told(found: arrange.Arranged) -> list[tuple[str, str, tuple[str, ...]]]:
    """(action and stack, status, what it comes after) of each run."""
    names = {each.id: each.stack.name for each in found.runs}
    return [
        (
            f"{each.action} {each.stack.name}",
            each.status.value,
            tuple(names.get(key, key) for key in each.after),
        )
        for each in found.runs
    ]


NAMES = ("a", "b", "c", "d", "e", "f")


@st.composite
def graphs(draw) -> dict[str, frozenset[str]]:
    """Any graph without cycles: a stack needs only those with smaller names, shuffled."""
    order = draw(st.permutations(NAMES))
    return {
        name: frozenset(draw(st.sets(st.sampled_from(order[:place])))) if place else frozenset()
        for place, name in enumerate(order)
    }
