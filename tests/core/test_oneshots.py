"""Which containers are finished one-shots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, oneshots
from tests.core import stack_strategies as make

State, Ended = model.ContainerState, model.Ended


def verdict(one, *others):
    """Return what is said about the first container among the others."""
    found = oneshots.find([one, *others])
    if one.id in found.finished:
        return "finished"
    return "unclear" if one.id in found.unclear else "no"


@given(make.stacks())
def test_only_what_exited_with_0_is_ever_a_one_shot(stack):
    """What is up, failed, or never ran is neither finished nor unclear."""
    found = oneshots.find(stack.containers)

    exited = {c.id for c in stack.containers if c.state is State.EXITED and c.exit_code == 0}
    assert found.finished | found.unclear <= exited
    assert not found.finished & found.unclear


@given(make.stacks(), st.randoms())
def test_the_order_of_the_containers_does_not_matter(stack, random):
    """A permutation of the containers has the same one-shots and needs the same inspects."""
    shuffled = list(stack.containers)
    random.shuffle(shuffled)

    assert oneshots.find(shuffled) == oneshots.find(stack.containers)
    assert oneshots.needs_policy(shuffled) == oneshots.needs_policy(stack.containers)


@given(make.stacks())
def test_what_was_stopped_is_no_one_shot_unless_somebody_waits_for_its_completion(stack):
    """A service that was stopped in the normal way is not left down for ever."""
    awaited = {
        d.service
        for c in stack.containers
        for d in c.depends_on
        if d.condition is model.Condition.COMPLETED and d.service != c.service
    }
    stopped = {
        c.id for c in stack.containers if c.ended is Ended.STOPPED and c.service not in awaited
    }

    found = oneshots.find(stack.containers)
    assert not stopped & (found.finished | found.unclear)


@given(make.stacks())
def test_without_guessing_fewer_are_finished_and_the_others_are_unclear(stack):
    """Not guessing moves containers from finished to unclear, and does nothing else."""
    guessed = oneshots.find(stack.containers)
    known = oneshots.find(stack.containers, guess=False)

    assert known.finished <= guessed.finished
    assert known.finished | known.unclear == guessed.finished | guessed.unclear


@given(make.stacks())
def test_a_policy_that_is_not_needed_changes_nothing(stack):
    """With the policies that are asked for filled in, all others may as well be unknown."""
    unknown = [make.replace(c, restart_policy=None) for c in stack.containers]
    needed = oneshots.needs_policy(unknown)

    policies = {c.id: c.restart_policy for c in stack.containers}
    filled = [
        make.replace(c, restart_policy=policies[c.id]) if c.id in needed else c for c in unknown
    ]
    assert oneshots.find(filled) == oneshots.find(stack.containers)
    assert oneshots.needs_policy(stack.containers) == ()


@pytest.mark.parametrize("policy", ["no", "on-failure", ""])
def test_what_ended_by_itself_and_is_not_restarted_has_finished(policy):
    """Exit 0, a policy under which it may finish, and somebody who saw it end."""
    assert verdict(make.finished(restart_policy=policy)) == "finished"


@pytest.mark.parametrize("policy", ["always", "unless-stopped"])
def test_what_the_engine_would_restart_is_no_one_shot(policy):
    """It was stopped, or the engine is about to start it again."""
    assert verdict(make.finished(restart_policy=policy)) == "no"


@pytest.mark.parametrize("ended", [None, *Ended])
def test_what_a_sibling_waits_for_has_completed_whoever_ended_it(ended):
    """As Compose does it: exit 0 is completion, also after a stop by hand."""
    web = make.container("web", depends_on=make.needs(migrate="completed"))

    assert verdict(make.down("migrate", ended=ended, restart_policy=None), web) == "finished"


def test_waiting_for_oneself_makes_no_one_shot():
    """Only another service's wait counts."""
    web = make.down("web", depends_on=make.needs(web="completed"))

    assert verdict(web) == "no"


def test_what_a_sibling_waits_for_to_be_healthy_is_meant_to_keep_running():
    """A database that exited with 0 by itself is broken, not finished."""
    web = make.container("web", depends_on=make.needs(db="healthy"))

    assert verdict(make.finished("db"), web) == "no"


def test_what_nobody_saw_end_has_finished_when_the_rest_of_the_stack_is_up():
    """It ended without the stack having been stopped."""
    assert verdict(make.down("migrate", ended=None), make.container("web")) == "finished"


def test_what_nobody_saw_end_is_unclear_when_nothing_is_up():
    """The whole stack may have been stopped."""
    assert verdict(make.down("migrate", ended=None), make.down("web")) == "unclear"


def test_a_one_shot_that_is_up_does_not_speak_for_the_rest():
    """A migration under way says nothing about why a service is down."""
    api = make.down("api", depends_on=make.needs(migrate="completed"))

    assert verdict(make.down("web", ended=None), api, make.container("migrate")) == "unclear"


@pytest.mark.parametrize(
    "replica",
    [
        make.container("web", 2),
        make.container("web", 2, state=State.CREATED),
        make.down("web", 2, exit_code=1),
        make.down("web", 2),
        make.down("web", 2, ended=None, restart_policy="always"),
    ],
)
def test_a_replica_that_runs_or_will_be_started_speaks_against_a_one_shot(replica):
    """When one replica of a service is meant to run, the other one was not meant to finish."""
    one = make.down("web", 1, ended=None)

    assert verdict(one, replica, make.container("db")) == "unclear"
    assert verdict(one, make.finished("web", 2), make.container("db")) == "finished"


def test_only_policies_that_matter_are_asked_for():
    """Containers that are up, failed, were stopped or are awaited need no inspect."""
    unasked = {"restart_policy": None}

    assert oneshots.needs_policy(
        [
            make.container("up", **unasked),
            make.down("failed", exit_code=1, ended=None, **unasked),
            make.down("stopped", **unasked),
            make.finished("awaited", **unasked),
            make.finished("known"),
            make.container("web", depends_on=make.needs(awaited="completed")),
            make.down("unseen", ended=None, **unasked),
            make.finished("seen", **unasked),
        ]
    ) == ("id-seen-1", "id-unseen-1")


def test_an_unknown_policy_is_unclear():
    """Without the policy nothing is taken for finished."""
    seen = make.finished("job", restart_policy=None)

    assert verdict(seen, make.container("web")) == "unclear"
