"""The status, health and notes of a stack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, oneshots, status
from tests.core import stack_strategies as make

State, Health, Status = model.ContainerState, model.Health, model.StackStatus


def summary(*containers, reachable=True):
    return status.summarize(make.stack(*containers), reachable=reachable)


@given(make.stacks(), st.randoms())
def test_the_order_of_the_containers_does_not_matter(stack, random):
    """A permutation of the containers has the same summary."""
    shuffled = list(stack.containers)
    random.shuffle(shuffled)
    other = make.replace(stack, containers=tuple(shuffled))

    assert status.summarize(other, reachable=True) == status.summarize(stack, reachable=True)


@given(make.stacks())
def test_the_status_follows_from_the_states_of_what_counts(stack):
    """Running, stopped and paused mean all of them; everything else is partial."""
    finished = oneshots.find(stack.containers).finished
    states = [c.state for c in stack.containers if c.id not in finished]

    found = status.summarize(stack, reachable=True)
    assert found.total == len(states)
    assert found.up == sum(s in {"running", "paused", "restarting"} for s in states)
    assert (found.status is Status.STOPPED) == (found.up == 0)
    assert (found.status is Status.RUNNING) == (bool(states) and set(states) == {"running"})
    assert (found.status is Status.PAUSED) == (bool(states) and set(states) == {"paused"})


@given(make.stacks())
def test_a_partial_stack_always_says_why(stack):
    """Each container that does not run is named when the stack is partial."""
    found = status.summarize(stack, reachable=True)

    if found.status is Status.PARTIAL:
        named = {note.split(" ")[0] for note in found.notes}
        assert {c.name for c in stack.containers if c.state is not State.RUNNING} <= named


@given(make.stacks())
def test_an_unreachable_stack_is_unknown_and_shows_what_was_last_known(stack):
    """Only the status and one note differ."""
    near = status.summarize(stack, reachable=True)
    away = status.summarize(stack, reachable=False)

    assert away.status is Status.UNKNOWN
    assert away.notes == (
        "host local is unreachable: this is what was last known",
        *near.notes,
    )
    assert (away.health, away.up, away.total) == (near.health, near.up, near.total)


@given(make.stacks())
def test_the_health_is_the_worst_of_what_runs(stack):
    """Unhealthy before starting before healthy; none where nothing that runs has a check."""
    found = status.summarize(stack, reachable=True).health

    running = {c.health for c in stack.containers if c.state is State.RUNNING}
    order = [Health.NONE, Health.HEALTHY, Health.STARTING, Health.UNHEALTHY]
    assert found is max(running, key=order.index, default=Health.NONE)


def test_a_finished_one_shot_does_not_make_a_stack_partial():
    """The migration is named and does not count."""
    found = summary(make.container("web"), make.finished("migrate"))

    assert found == status.Summary(
        status=Status.RUNNING,
        health=Health.NONE,
        up=1,
        total=1,
        notes=("migrate-1 is a finished one-shot",),
        observed=Status.RUNNING,
    )


def test_a_stack_of_finished_one_shots_alone_is_stopped():
    """Nothing of it runs, and nothing of it is broken."""
    found = summary(make.finished("a"), make.finished("b"))

    assert (found.status, found.up, found.total) == (Status.STOPPED, 0, 0)


def test_a_restarting_container_makes_a_stack_partial():
    """Also when it is the only one."""
    found = summary(make.container("web", state=State.RESTARTING))

    assert (found.status, found.notes) == (Status.PARTIAL, ("web-1 is restarting",))


def test_the_notes_name_what_makes_it_partial_by_service_and_number():
    """Each container that deviates from running has a note with its reason."""
    found = summary(
        make.container("web", 10, health=Health.UNHEALTHY),
        make.down("web", 2, exit_code=3),
        make.container("db", state=State.PAUSED),
        make.container("api", state=State.CREATED),
        make.container("old", 1, state=State.DEAD),
        make.container("old", 2, state=State.REMOVING),
        make.down("odd", exit_code=None),
    )

    assert found.notes == (
        "api-1 has never been started",
        "db-1 is paused",
        "odd-1 is stopped",
        "old-1 is dead: the engine could not remove it",
        "old-2 is being removed",
        "web-2 exited with 3",
        "web-10 is unhealthy",
    )


@pytest.mark.parametrize(
    ("code", "ended", "odd"),
    [
        (0, None, False),
        (0, "stopped", False),
        (3, None, True),
        (3, "stopped", False),
        (143, None, False),
        (137, None, False),
        (137, "finished", True),
    ],
)
def test_a_stopped_stack_names_exits_that_a_stop_does_not_explain(code, ended, odd):
    """SIGTERM and SIGKILL at the end of a stop are expected; a failure of its own is not."""
    one = make.down("web", exit_code=code, ended=ended and model.Ended(ended))

    assert summary(one).notes == ((f"web-1 exited with {code}",) if odd else ())


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({}, ()),
        ({"health": Health.UNHEALTHY}, (status.Flag.UNHEALTHY,)),
        ({"state": State.RESTARTING}, (status.Flag.RESTARTING,)),
        ({"state": State.EXITED, "exit_code": 1}, (status.Flag.EXITED,)),
        ({"state": State.EXITED, "exit_code": 1, "ended": model.Ended.STOPPED}, ()),
        ({"state": State.EXITED, "exit_code": 143}, ()),
        ({"state": State.EXITED, "exit_code": 0}, ()),
        ({"state": State.DEAD}, (status.Flag.DEAD,)),
    ],
)
def test_a_flag_says_what_is_not_as_it_should_be(changes, flags):
    """A container that was stopped, or exited as at the end of a stop, is as it should be."""
    found = summary(make.container("app"), make.container("db", **changes))

    assert found.flags == flags


@given(make.stacks())
def test_a_flag_is_explained_by_a_note(stack):
    """Whatever is flagged has a sentence that names the container."""
    found = status.summarize(stack, reachable=True)

    assert len(found.notes) >= len(found.flags)
