"""What is done to a stack, in what order, and why: taking it down, and restarts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, order
from tests.core import stack_strategies as make
from tests.core.reconciling import (
    IN_PLACE,
    OPTIONS,
    SINCE,
    Action,
    State,
    Verb,
    every_action,
    steps_of,
    text,
)

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
