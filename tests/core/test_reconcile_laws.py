"""What is done to a stack, in what order, and why: what is true of every plan."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dockschedd.core import oneshots
from tests.core import stack_strategies as make
from tests.core.reconciling import SINCE, Action, Verb, actions, options, steps_of

# ---------------------------------------------------------------- laws of every plan


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
