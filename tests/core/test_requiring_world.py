"""Many requests on stacks that need each other, carried out one after the other by the core.

A small world in which the real decisions are taken (core.arrange, core.queue, core.turns), runs
succeed or fail as they like, and requests come at any time.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dockschedd.core import arrange, holds, model, queue, requirements, runs, turns
from tests.core.requiring import NAMES, NOON, Action, State, graphs, ref, run, stack

SECOND = timedelta(seconds=1)
OPEN = {model.RunStatus.PLANNED, model.RunStatus.RUNNING}


@dataclass(frozen=True)
class Request:
    """Somebody wants this."""

    action: Action
    names: tuple[str, ...]
    by_schedule: bool
    dependents: model.Dependents


requests = st.builds(
    Request,
    action=st.sampled_from([Action.START, Action.STOP, Action.RESTART]),
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True).map(tuple),
    by_schedule=st.booleans(),
    dependents=st.sampled_from([model.Dependents.REFUSE, model.Dependents.STOP]),
)
#: What comes next: a request, or that the run that comes first by this number ends so.
events = st.lists(st.one_of(requests, st.tuples(st.integers(0, 5), st.booleans())), max_size=25)


@dataclass
class World:
    """Stacks that are up or down, and what is recorded."""

    graph: requirements.Graph
    up: dict[str, bool]
    now: object = NOON
    runs: dict[str, model.Run] = field(default_factory=dict)
    ids: itertools.count = field(default_factory=itertools.count)

    def new_id(self) -> str:
        return f"{next(self.ids):06}"

    def look(self, at: model.StackRef) -> model.Stack:
        return stack(at.name, State.RUNNING if self.up[at.name] else State.EXITED)

    def ask(self, request: Request) -> None:
        """Record what is asked for, with what it needs, or nothing where it is refused."""
        self.now += SECOND
        schedule = self.new_id() if request.by_schedule else None
        asked = [
            run(
                name,
                request.action,
                id=self.new_id(),
                schedule_id=schedule,
                planned_at=self.now,
                created_at=self.now,
                options=model.RunOptions(dependents=request.dependents),
            )
            for name in request.names
        ]
        scene = arrange.Scene(
            graph=self.graph,
            stacks=self.look,
            away=(),
            open=[each for each in self.runs.values() if each.status in OPEN],
        )
        found = arrange.arrange(asked, scene, new_id=self.new_id)
        if not found.refusals:
            self.runs |= {each.id: each for each in found.runs}

    def choose(self) -> None:
        """Begin and end what the queue says, until it says nothing more."""
        while decisions := queue.choose(*self.waiting(), self.scene()):
            for each in decisions:
                if isinstance(each, queue.Begin):
                    self.begin(each.run)
                else:
                    assert isinstance(each, queue.End)
                    self.runs[each.run.id] = replace(
                        each.run, status=each.status, cause=each.cause, superseded_by=each.by
                    )

    def begin(self, each: model.Run) -> None:
        """Nothing comes up without what it needs, and nothing goes down under what needs it."""
        name = each.stack.name
        if each.action in arrange.UP:
            assert all(self.up[n.name] for n in self.graph.all_needed(each.stack)), name
        else:
            assert not any(self.up[n.name] for n in self.graph.all_needing(each.stack)), name
        self.runs[each.id] = replace(each, status=model.RunStatus.RUNNING, started_at=self.now)

    def end(self, place: int, *, well: bool) -> None:
        """End one of the running ones; where it fails, its stack is as it was."""
        running = [each for each in self.runs.values() if each.status is model.RunStatus.RUNNING]
        if running:
            each = running[place % len(running)]
            status = model.RunStatus.SUCCEEDED if well else model.RunStatus.FAILED
            self.runs[each.id] = replace(each, status=status, finished_at=self.now, error="no")
            if well:
                self.up[each.stack.name] = each.action in arrange.UP

    def waiting(self) -> tuple[list[model.Run], list[model.Run]]:
        planned = sorted(
            (each for each in self.runs.values() if each.status is model.RunStatus.PLANNED),
            key=lambda each: (runs.begins_at(each), each.id),
        )
        first = {each.stack: each for each in reversed(planned)}
        return (
            [each for each in planned if first[each.stack] is each],
            [each for each in planned if first[each.stack] is not each],
        )

    def scene(self) -> queue.Scene:
        seen = turns.Seen(now=self.now, stacks=self.look, away=())
        return queue.Scene(
            now=self.now,
            under_way={
                each.stack: each
                for each in self.runs.values()
                if each.status is model.RunStatus.RUNNING
            },
            blocks=holds.Blocks(),
            away={},
            outdated={},
            room=3,
            turns={
                each.id: turns.turn(each, [self.last(key) for key in each.after], seen)
                for each in self.runs.values()
                if each.after
            },
        )

    def last(self, key: str) -> model.Run:
        found = self.runs[key]
        while found.superseded_by and turns.continues(found, self.runs[found.superseded_by]):
            found = self.runs[found.superseded_by]
        return found


@settings(max_examples=200, deadline=None)
@given(
    graphs(),
    st.fixed_dictionaries({name: st.booleans() for name in NAMES}),
    events,
)
def test_whatever_is_asked_for_nothing_is_up_without_what_it_needs_and_all_comes_to_an_end(
    needs, up, happens
):
    """In any order, with any failures: the order is kept, and nobody waits for ever."""
    graph = requirements.graph(
        [
            requirements.Requirement(stack=ref(a), needs=ref(b), owner="x", created_at=NOON)
            for a, names in needs.items()
            for b in names
        ],
        [],
    )
    # It begins with nothing up that lacks something.
    ranked = sorted(NAMES, key=lambda name: graph.rank(ref(name)))
    for name in ranked:
        up[name] = up[name] and all(up[each.name] for each in graph.needs(ref(name)))
    world = World(graph, dict(up))
    for each in happens:
        if isinstance(each, Request):
            world.ask(each)
        else:
            world.end(each[0], well=each[1])
        world.choose()
    for _ in range(len(world.runs) + 1):
        world.end(0, well=True)
        world.choose()

    assert [each for each in world.runs.values() if each.status in OPEN] == []
