"""What is done to a stack, in what order, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockschedd.core import model, oneshots, order, plan, reconcile
from tests.core import stack_strategies as make

State, Verb, Action = model.ContainerState, model.Verb, model.Action
OPTIONS = model.RunOptions()
IN_PLACE = model.RunOptions(in_place=True)
RERUN = model.RunOptions(rerun_oneshots=True)
SINCE = datetime(2026, 11, 24, 7, tzinfo=UTC)
BEGINS = {Verb.START, Verb.UNPAUSE, Verb.RESTART}
UNUSABLE = {State.DEAD, State.REMOVING}

every_action = pytest.mark.parametrize("action", list(Action))


def steps_of(action, stack, options=OPTIONS, **more):
    return reconcile.reconcile(action, stack, options, **more)


def text(action, *containers, options=OPTIONS, **more):
    """Return the rendered plan without its first line."""
    rendered = plan.render(steps_of(action, make.stack(*containers), options, **more))
    return rendered.splitlines()[1:]


# ---------------------------------------------------------------- laws of every plan

options = st.builds(model.RunOptions, in_place=st.booleans(), rerun_oneshots=st.booleans())
actions = st.sampled_from(Action)


@given(actions, make.stacks(), options)
def test_positions_are_an_order_and_every_step_and_leave_has_a_cause(action, stack, options):
    """Positions count from 1, wait only for lower ones, and everything says why."""
    found = steps_of(action, stack, options)

    assert [s.position for s in found.steps] == list(range(1, len(found.steps) + 1))
    for step in found.steps:
        assert list(step.after) == sorted(set(step.after))
        assert all(position < step.position for position in step.after)
        assert step.cause
    assert all(found.leaves)
    assert all(found.warnings)


@given(actions, make.stacks(), options)
def test_each_container_of_the_stack_is_acted_on_or_left_and_no_other_is_touched(
    action, stack, options
):
    """Exactly those without an acting step are left alone; nothing outside is touched."""
    found = steps_of(action, stack, options)

    waits = {Verb.WAIT_HEALTHY, Verb.WAIT_COMPLETED}
    acted_on = {s.container_id for s in found.steps if s.verb not in waits}
    known = {c.id: c for c in stack.containers}
    assert {s.container_id for s in found.steps} <= set(known)
    left = [leave.split(" ")[0] for leave in found.leaves]
    assert sorted(left) == sorted(c.name for i, c in known.items() if i not in acted_on)


@given(actions, make.stacks(), options, st.randoms())
def test_the_order_of_the_containers_changes_nothing(action, stack, options, random):
    """A permutation of the containers gives the same plan."""
    shuffled = list(stack.containers)
    random.shuffle(shuffled)
    other = make.replace(stack, containers=tuple(shuffled))

    assert steps_of(action, other, options) == steps_of(action, stack, options)


@given(st.sampled_from([a for a in Action if a is not Action.RESTART]), make.stacks())
@example(
    Action.START,
    make.stack(
        make.down("web", 1, ended=None), make.down("web", 2), make.container("db")
    ),  # a replica that comes up must not change what the other one is
)
def test_what_has_been_carried_out_is_not_planned_again(action, stack):
    """After all steps of a plan, the same action has none."""
    engine = make.carried_out(steps_of(action, stack), stack)

    assert steps_of(action, engine.stack).steps == ()


@given(make.stacks(states=make.USABLE), options)
def test_a_restart_that_goes_on_does_not_restart_anything_twice(stack, options):
    """When everything has been restarted, a second attempt of the same run has no steps."""
    engine = make.carried_out(steps_of(Action.RESTART, stack, options), stack)
    started = dict.fromkeys(engine.started, SINCE)

    again = steps_of(Action.RESTART, engine.stack, options, started_at=started, since=SINCE)

    left_unclear = oneshots.find(engine.stack.containers, guess=False).unclear
    assert [s for s in again.steps if s.container_id not in left_unclear] == []


@given(st.data(), actions, make.stacks(), options)
def test_steps_make_sense_in_every_order_that_they_allow(data, action, stack, options):
    """Whatever runs first, no step meets a container in a state in which it must fail."""
    engine = make.Engine(stack)

    for step in data.draw(make.linearizations(steps_of(action, stack, options))):
        engine.do(step)


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


# ---------------------------------------------------------------- down


@given(st.data(), st.sampled_from((Action.STOP, Action.PAUSE)), make.stacks())
def test_nothing_goes_down_while_something_that_depends_on_it_is_still_to_go(data, action, stack):
    """When a container stops, all that depend on it, directly or not, have done so."""
    graph = order.graph(stack.containers)
    found = steps_of(action, stack)
    depends_on = {service: make.reachable(graph, service) for service in graph.services}

    waiting = {s.container_id: s.service for s in found.steps}
    for step in data.draw(make.linearizations(found)):
        assert not [s for s in waiting.values() if step.service in depends_on[s]]
        del waiting[step.container_id]


@given(make.stacks())
def test_after_a_stop_nothing_is_up_and_after_a_pause_nothing_is_running(stack):
    """A stop stops paused and restarting containers too."""
    stopped = make.carried_out(steps_of(Action.STOP, stack), stack)
    paused = make.carried_out(steps_of(Action.PAUSE, stack), stack)

    assert not any(c.is_up for c in stopped.containers.values())
    assert not any(c.state is State.RUNNING for c in paused.containers.values())


@given(make.stacks())
def test_replicas_go_down_together(stack):
    """The containers of one service wait for the same steps."""
    found = steps_of(Action.STOP, stack)

    by_service = {}
    for step in found.steps:
        by_service.setdefault(step.service, set()).add(step.after)
    assert all(len(afters) == 1 for afters in by_service.values())


def test_a_stop_goes_from_dependents_to_dependencies_also_through_what_is_down():
    """The database stops after the web server although the service between them is down."""
    assert text(
        Action.STOP,
        make.container("web", 1, depends_on=make.needs(api="started")),
        make.container("web", 2, depends_on=make.needs(api="started"), state=State.PAUSED),
        make.down("api", depends_on=make.needs(db="started")),
        make.container("db", state=State.RESTARTING),
    ) == [
        "[] -> 1 stop web-1: it is running",
        "[] -> 2 stop web-2: it is paused",
        "[1,2] -> 3 stop db-1: it is restarting",
        "left alone: api-1 is already stopped",
    ]


def test_a_stop_leaves_what_is_down_with_its_reason():
    """Each container that is not up says why it is left."""
    assert text(
        Action.STOP,
        make.container("a", state=State.CREATED),
        make.down("b"),
        make.container("c", state=State.DEAD),
        make.container("d", state=State.REMOVING),
    ) == [
        "nothing to do",
        "left alone: a-1 has never been started",
        "left alone: b-1 is already stopped",
        "left alone: c-1 is dead",
        "left alone: d-1 is being removed",
    ]


def test_a_pause_takes_dependents_first_and_leaves_what_does_not_run():
    """Only running containers can be paused; a restarting one is warned of."""
    assert text(
        Action.PAUSE,
        make.container("web", depends_on=make.needs(db="started")),
        make.container("db"),
        make.down("job"),
        make.container("old", state=State.PAUSED),
        make.container("sick", state=State.RESTARTING),
    ) == [
        "[] -> 1 pause web-1: it is running",
        "[1] -> 2 pause db-1: it is running",
        "left alone: job-1 is not running",
        "left alone: old-1 is already paused",
        "left alone: sick-1 is restarting",
        "warning: sick-1 is restarting and cannot be paused",
    ]


def test_an_unpause_takes_dependencies_first_and_starts_nothing():
    """Only paused containers are touched; order holds through services that are not paused."""
    assert text(
        Action.UNPAUSE,
        make.container("web", state=State.PAUSED, depends_on=make.needs(api="healthy")),
        make.container("api", depends_on=make.needs(db="healthy")),
        make.container("db", state=State.PAUSED),
        make.down("job"),
    ) == [
        "[] -> 1 unpause db-1: it is paused",
        "[1] -> 2 unpause web-1: it is paused",
        "left alone: job-1 is not paused",
        "left alone: api-1 is not paused",
    ]


# ---------------------------------------------------------------- restart


@given(st.data(), make.stacks())
def test_a_restart_stops_dependents_before_and_starts_them_after_their_dependencies(data, stack):
    """At every moment of a restart, no container is up whose dependency has been taken down."""
    graph = order.graph(stack.containers)
    depends_on = {service: make.reachable(graph, service) for service in graph.services}
    found = steps_of(Action.RESTART, stack)
    stops = {s.container_id: s.service for s in found.steps if s.verb is Verb.STOP}

    for step in data.draw(make.linearizations(found)):
        if step.verb in {Verb.STOP, Verb.START}:
            assert not [s for s in stops.values() if step.service in depends_on[s]]
        if step.verb is Verb.STOP:
            del stops[step.container_id]


def test_a_restart_stops_in_reverse_and_starts_forward():
    """What is up is stopped and started, what is stopped is started, one-shots stay."""
    assert text(
        Action.RESTART,
        make.container("web", depends_on=make.needs(db="healthy", migrate="completed")),
        make.finished("migrate"),
        make.container("db", health=model.Health.HEALTHY),
        make.down("job", depends_on=make.needs(db="started")),
    ) == [
        "[] -> 1 stop web-1: it is running, and is stopped before it is started",
        "[1] -> 2 stop db-1: it is running, and is stopped before it is started",
        "[2] -> 3 start db-1: it was stopped in order to be restarted",
        "[3] -> 4 start job-1: it is stopped",
        "[3] -> 5 wait-healthy db-1: web must not start before it is healthy",
        "[1,5] -> 6 start web-1: it was stopped in order to be restarted",
        "left alone: migrate-1 is a finished one-shot",
    ]


def test_a_stopped_dependency_starts_in_a_restart_only_when_its_dependents_have_stopped():
    """Stop in reverse, then start forward: also for what had been down."""
    assert text(
        Action.RESTART, make.container("web", depends_on=make.needs(db="started")), make.down("db")
    ) == [
        "[] -> 1 stop web-1: it is running, and is stopped before it is started",
        "[1] -> 2 start db-1: it is stopped",
        "[1,2] -> 3 start web-1: it was stopped in order to be restarted",
    ]


def test_a_restart_in_place_goes_forward_replica_by_replica():
    """The engine restarts each container; replicas of one service are never down together."""
    assert text(
        Action.RESTART,
        make.container("web", 1, depends_on=make.needs(db="healthy")),
        make.container("web", 2, depends_on=make.needs(db="healthy"), state=State.PAUSED),
        make.container("db"),
        make.down("job"),
        options=IN_PLACE,
    ) == [
        "[] -> 1 restart db-1: it is running",
        "[] -> 2 start job-1: it is stopped",
        "[1] -> 3 wait-healthy db-1: web must not start before it is healthy",
        "[3] -> 4 restart web-1: it is running",
        "[3,4] -> 5 restart web-2: it is paused",
    ]


@pytest.mark.parametrize("options", [OPTIONS, IN_PLACE])
def test_a_restart_that_goes_on_leaves_what_was_restarted_and_still_waits_for_it(options):
    """After an interruption the database is not restarted again, and its health is awaited."""
    assert text(
        Action.RESTART,
        make.down("web", depends_on=make.needs(db="healthy")),
        make.container("db", health=model.Health.STARTING),
        options=options,
        started_at={"id-db-1": SINCE, "id-web-1": SINCE - timedelta(hours=1)},
        since=SINCE,
    ) == [
        "[] -> 1 wait-healthy db-1: web must not start before it is healthy",
        "[1] -> 2 start web-1: it is stopped",
        "left alone: db-1 has been restarted already",
    ]


def test_a_restart_that_goes_on_never_takes_what_it_may_have_stopped_for_a_one_shot():
    """Nobody saw the web server end: the first attempt may have stopped it, so it is started."""
    web = make.down("web", ended=None)

    assert text(Action.RESTART, web, make.container("db"), since=SINCE)[-1] == (
        "warning: cannot tell whether web-1 finished or was stopped; it is started"
    )
    assert "left alone: web-1 is a finished one-shot" in text(
        Action.RESTART, web, make.container("db")
    )


@every_action
def test_a_stack_without_containers_has_nothing_to_do(action):
    """There is nothing to act on and nothing to leave."""
    assert text(action) == ["nothing to do"]
