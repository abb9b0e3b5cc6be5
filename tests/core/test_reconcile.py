"""What is done to a stack, in what order, and why: bringing it up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, oneshots, order
from tests.core import stack_strategies as make
from tests.core.reconciling import (
    BEGINS,
    RERUN,
    SINCE,
    Action,
    State,
    Verb,
    options,
    steps_of,
    text,
)

# ---------------------------------------------------------------- up


@given(st.data(), st.sampled_from((Action.START, Action.RESTART)), make.stacks(), options)
def test_nothing_begins_before_its_own_dependencies_allow_it(data, action, stack, options):
    """When a container begins, each container of each dependency meets its condition."""
    graph = order.graph(stack.containers)
    done_before = oneshots.find(stack.containers).finished
    engine = make.Engine(stack)
    waited, begun = set(), set()
    found = steps_of(action, stack, options)
    begins = {s.container_id for s in found.steps if s.verb in BEGINS}

    for step in data.draw(make.linearizations(found)):
        if step.verb in BEGINS:
            for dependency in graph.start_after(step.service):
                for c in engine.containers.values():
                    if c.service != dependency.service:
                        continue
                    if c.id in done_before and c.id not in begins:
                        continue
                    assert c.id not in begins or c.id in begun
                    match dependency.condition:
                        case model.Condition.STARTED:
                            pass
                        case model.Condition.HEALTHY:
                            was_healthy = c.id not in begins and c.health == "healthy"
                            assert was_healthy or (c.id, Verb.WAIT_HEALTHY) in waited
                        case model.Condition.COMPLETED:
                            assert (c.id, Verb.WAIT_COMPLETED) in waited
            begun.add(step.container_id)
        engine.do(step)
        waited.add((step.container_id, step.verb))


@given(make.stacks(states=make.USABLE), options)
def test_after_a_start_everything_is_up_or_finished(stack, options):
    """A start leaves no usable container down, except finished one-shots."""
    engine = make.carried_out(steps_of(Action.START, stack, options), stack)

    finished = oneshots.find(stack.containers).finished
    completed = oneshots.find(engine.stack.containers).finished
    for c in engine.containers.values():
        up = c.state in {State.RUNNING, State.RESTARTING}
        assert up or c.id in finished | completed


@given(make.stacks())
def test_a_wait_is_planned_once_and_only_where_something_leans_on_it(stack):
    """No container is waited for twice in the same way, and each wait has a step after it."""
    found = steps_of(Action.START, stack)

    waits = [(s.container_id, s.verb) for s in found.steps if s.verb not in BEGINS]
    assert len(waits) == len(set(waits))
    followed = {position for s in found.steps for position in s.after}
    assert all(s.position in followed for s in found.steps if s.verb not in BEGINS)


@given(make.stacks(cyclic=False, missing=False))
def test_a_start_puts_no_barrier_between_levels(stack):
    """A step waits for steps of its own service and of what it depends on, nothing else."""
    graph = order.graph(stack.containers)
    found = steps_of(Action.START, stack)
    service = {s.position: s.service for s in found.steps}

    for step in found.steps:
        allowed = make.reachable(graph, step.service) | {step.service}
        assert {service[p] for p in step.after} <= allowed


def test_a_chain_starts_dependencies_first_with_a_wait_for_health():
    """The dependent starts when the database is healthy; the rest does not wait for that."""
    assert text(
        Action.START,
        make.down("web", depends_on=make.needs(db="healthy", cache="started")),
        make.down("db"),
        make.down("cache"),
    ) == [
        "[] -> 1 start cache-1: it is stopped",
        "[] -> 2 start db-1: it is stopped",
        "[2] -> 3 wait-healthy db-1: web must not start before it is healthy",
        "[1,3] -> 4 start web-1: it is stopped",
    ]


def test_one_wait_is_shared_by_all_dependents_and_names_them():
    """Two services wait for the same database by one step."""
    assert text(
        Action.START,
        make.down("api", depends_on=make.needs(db="healthy")),
        make.down("web", depends_on=make.needs(db="healthy")),
        make.down("db"),
    ) == [
        "[] -> 1 start db-1: it is stopped",
        "[1] -> 2 wait-healthy db-1: api and web must not start before it is healthy",
        "[2] -> 3 start api-1: it is stopped",
        "[2] -> 4 start web-1: it is stopped",
    ]


def test_a_dependency_that_is_healthy_already_is_not_waited_for():
    """Running and healthy is all that is asked."""
    assert text(
        Action.START,
        make.down("web", depends_on=make.needs(db="healthy")),
        make.container("db", health=model.Health.HEALTHY),
    ) == ["[] -> 1 start web-1: it is stopped", "left alone: db-1 is already running"]


@pytest.mark.parametrize("health", ["starting", "unhealthy", "none"])
def test_a_running_dependency_that_is_not_healthy_is_waited_for(health):
    """What runs and is not healthy yet, or has no health check, gets a wait that decides."""
    assert text(
        Action.START,
        make.down("web", depends_on=make.needs(db="healthy")),
        make.container("db", health=model.Health(health)),
    ) == [
        "[] -> 1 wait-healthy db-1: web must not start before it is healthy",
        "[1] -> 2 start web-1: it is stopped",
        "left alone: db-1 is already running",
    ]


def test_a_dependent_waits_for_all_replicas_of_a_dependency():
    """Both databases have to be up before the web server."""
    assert (
        text(
            Action.START,
            make.down("web", depends_on=make.needs(db="started")),
            make.down("db", 1),
            make.down("db", 2),
        )[-1]
        == "[1,2] -> 3 start web-1: it is stopped"
    )


def test_a_running_dependency_speaks_for_itself():
    """What the dependency itself depends on does not hold up its dependent."""
    assert text(
        Action.START,
        make.down("web", depends_on=make.needs(api="started")),
        make.container("api", depends_on=make.needs(db="healthy")),
        make.down("db"),
    ) == [
        "[] -> 1 start db-1: it is stopped",
        "[] -> 2 start web-1: it is stopped",
        "left alone: api-1 is already running",
    ]


def test_a_finished_one_shot_is_not_run_again_and_what_it_waited_for_is_waited_for():
    """The migration is done, and still the web server waits for the database behind it."""
    assert text(
        Action.START,
        make.down("web", depends_on=make.needs(migrate="completed")),
        make.finished("migrate", depends_on=make.needs(db="healthy")),
        make.down("db"),
    ) == [
        "[] -> 1 start db-1: it is stopped",
        "[1] -> 2 wait-healthy db-1: web must not start before it is healthy",
        "[2] -> 3 start web-1: it is stopped",
        "left alone: migrate-1 is a finished one-shot",
    ]


def test_one_shots_run_again_when_asked_and_are_waited_for():
    """With rerun_oneshots the migration runs before the web server."""
    assert text(
        Action.START,
        make.down("web", depends_on=make.needs(migrate="completed")),
        make.finished("migrate"),
        options=RERUN,
    ) == [
        "[] -> 1 start migrate-1: it is a finished one-shot that is to run again",
        "[1] -> 2 wait-completed migrate-1: web must not start before it has completed",
        "[2] -> 3 start web-1: it is stopped",
    ]


def test_a_rerun_that_goes_on_does_not_run_a_one_shot_twice():
    """What ran again since the first attempt began is left alone."""
    assert text(
        Action.START,
        make.down("web", depends_on=make.needs(migrate="completed")),
        make.finished("migrate"),
        options=RERUN,
        started_at={"id-migrate-1": SINCE},
        since=SINCE,
    ) == [
        "[] -> 1 start web-1: it is stopped",
        "left alone: migrate-1 is a finished one-shot and has run again already",
    ]


@pytest.mark.parametrize(
    ("state", "code", "cause"),
    [
        ("exited", 1, "it is stopped (exited with 1)"),
        ("created", None, "it has never been started"),
    ],
)
def test_a_one_shot_that_never_completed_is_started_and_waited_for(state, code, cause):
    """A migration that failed or never ran runs before what waits for it."""
    migrate = make.container("migrate", state=State(state), exit_code=code)

    assert text(
        Action.START, make.down("web", depends_on=make.needs(migrate="completed")), migrate
    ) == [
        f"[] -> 1 start migrate-1: {cause}",
        "[1] -> 2 wait-completed migrate-1: web must not start before it has completed",
        "[2] -> 3 start web-1: it is stopped",
    ]


def test_a_one_shot_that_is_running_is_waited_for():
    """A migration under way is left to run, and waited for."""
    assert text(
        Action.START,
        make.down("web", depends_on=make.needs(migrate="completed")),
        make.container("migrate"),
    ) == [
        "[] -> 1 wait-completed migrate-1: web must not start before it has completed",
        "[1] -> 2 start web-1: it is stopped",
        "left alone: migrate-1 is already running",
    ]


def test_a_start_unpauses_what_is_paused():
    """The engine refuses to start a paused container; it is unpaused."""
    assert text(Action.START, make.container("web", state=State.PAUSED)) == [
        "[] -> 1 unpause web-1: it is paused"
    ]


def test_a_restarting_container_is_left_to_the_engine():
    """Starting what the engine is starting already would help nobody."""
    assert text(Action.START, make.container("web", state=State.RESTARTING)) == [
        "nothing to do",
        "left alone: web-1 is restarting: the engine is starting it again",
    ]


@pytest.mark.parametrize(("state", "why"), [("dead", "is dead"), ("removing", "is being removed")])
def test_what_can_never_start_is_left_with_a_warning_and_fails_who_waits_for_it(state, why):
    """A condition on a dead container is still waited for, so that its dependent fails."""
    assert text(
        Action.START,
        make.down("web", depends_on=make.needs(db="healthy")),
        make.down("job", depends_on=make.needs(db="started")),
        make.container("db", state=State(state)),
    ) == [
        "[] -> 1 start job-1: it is stopped",
        "[] -> 2 wait-healthy db-1: web must not start before it is healthy",
        "[2] -> 3 start web-1: it is stopped",
        f"left alone: db-1 {why}",
        f"warning: db-1 {why} and cannot be started",
    ]


def test_a_dependency_without_containers_is_a_warning_on_start_and_nothing_on_stop():
    """The label names a service that is gone."""
    web = make.needs(db="healthy")

    assert text(Action.START, make.down("web", depends_on=web)) == [
        "[] -> 1 start web-1: it is stopped",
        "warning: web depends on db, which has no container; it is started without it",
    ]
    assert text(Action.STOP, make.container("web", depends_on=web)) == [
        "[] -> 1 stop web-1: it is running"
    ]


def test_a_cycle_is_a_warning_and_its_edges_are_ignored():
    """Services that wait for each other start at once, and the plan says so."""
    assert text(
        Action.START,
        make.down("a", depends_on=make.needs(b="healthy")),
        make.down("b", depends_on=make.needs(a="healthy")),
    ) == [
        "[] -> 1 start a-1: it is stopped",
        "[] -> 2 start b-1: it is stopped",
        "warning: services depend on each other (a → b → a); the order among a, b is ignored",
    ]


def test_what_may_have_finished_or_been_stopped_is_started_with_a_warning():
    """With nothing of the stack up and nobody who saw it, a service is not left down for ever."""
    assert text(Action.START, make.down("web", ended=None)) == [
        "[] -> 1 start web-1: it is stopped",
        "warning: cannot tell whether web-1 finished or was stopped; it is started",
    ]
