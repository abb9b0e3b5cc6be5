"""What is remembered of a stack that is put to sleep, and who wakes what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import memory, model, reconcile
from dockschedd.core.model import Action, CauseKind, ContainerState, RunStatus

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEB = model.StackRef("local", "web")
REMEMBER = model.RunOptions(remember=True)


def container(service: str, state=ContainerState.RUNNING, number: int = 1, **changes):
    return model.Container(
        id=f"{service}{number}",
        name=f"web-{service}-{number}",
        service=service,
        number=number,
        state=state,
        **changes,
    )


def stack(*containers) -> model.Stack:
    return model.Stack(ref=WEB, containers=containers)


def run(action=Action.STOP, **changes) -> model.Run:
    return model.Run(
        **{
            "id": "r",
            "stack": WEB,
            "action": action,
            "status": RunStatus.PLANNED,
            "cause_kind": CauseKind.WINDOW_EDGE,
            "cause": "",
            "actor": "alice",
            "planned_at": NOON,
            "created_at": NOON,
            "options": REMEMBER,
            **changes,
        }
    )


OLD = memory.Memory(stack=WEB, containers=frozenset({("a", 1)}), run_id="old", at=NOON)
AWAKE = replace(OLD, woken_at=NOON)


def test_what_runs_is_remembered_and_nothing_else():
    """Restarting counts as running; paused, stopped and created containers do not."""
    found = memory.kept(
        run(),
        stack(
            container("a"),
            container("a", ContainerState.RESTARTING, 2),
            container("b", ContainerState.EXITED),
            container("c", ContainerState.PAUSED),
            container("joined", number=0),
        ),
        None,
        now=NOON,
    )

    assert found is not None
    assert found.containers == {("a", 1), ("a", 2), ("web-joined-0", 0)}


@pytest.mark.parametrize(
    ("asked", "old"),
    [
        (run(options=model.RunOptions()), None),
        (run(Action.RESTART), None),
        (run(), OLD),
        (run(attempt=2), OLD),
    ],
)
def test_what_is_not_put_to_sleep_anew_is_not_remembered(asked, old):
    """Only a stop or pause that is to remember, and only of a stack that does not sleep yet."""
    assert memory.kept(asked, stack(container("a")), old, now=NOON) is None


def test_a_stack_that_is_down_is_not_put_to_sleep():
    """What was remembered before stays."""
    down = stack(container("a", ContainerState.EXITED))

    assert memory.kept(run(), down, AWAKE, now=NOON) is None
    assert memory.kept(run(), stack(container("b")), AWAKE, now=NOON) is not None


@pytest.mark.parametrize(
    ("asked", "known", "applies"),
    [
        (run(Action.START), OLD, True),
        (run(Action.START, cause_kind=CauseKind.MANUAL), OLD, True),
        (run(Action.START, cause_kind=CauseKind.MANUAL), AWAKE, False),
        (run(Action.START, cause_kind=CauseKind.SCHEDULE), AWAKE, False),
        (run(Action.START, cause_kind=CauseKind.ENFORCEMENT), AWAKE, True),
        (run(Action.START, options=model.RunOptions(everything=True)), OLD, False),
        (run(Action.STOP), OLD, False),
        (run(Action.START), None, False),
    ],
)
def test_who_starts_what_ran_and_who_starts_everything(asked, known, applies):
    """A sleeping stack wakes as it was; an awake one is kept so by windows alone."""
    assert (memory.applies(asked, known) is not None) is applies


def test_a_start_wakes_and_a_start_of_everything_forgets():
    """A start that failed changes nothing; a partial one wakes, and does not forget."""
    start = run(Action.START)
    plain = run(Action.START, options=model.RunOptions(everything=True))
    later = NOON + timedelta(hours=8)

    assert memory.after(start, OLD, status=RunStatus.SUCCEEDED, now=later) == replace(
        OLD, woken_at=later
    )
    assert memory.after(start, OLD, status=RunStatus.FAILED, now=later) == OLD
    assert memory.after(start, AWAKE, status=RunStatus.SUCCEEDED, now=later) == AWAKE
    assert memory.after(plain, OLD, status=RunStatus.SUCCEEDED, now=later) is None
    assert memory.after(plain, OLD, status=RunStatus.PARTIAL, now=later) == OLD
    assert memory.after(run(), OLD, status=RunStatus.SUCCEEDED, now=later) == OLD


@given(
    ran=st.sets(st.sampled_from("abcdef")),
    new=st.sets(st.sampled_from("gh")),
    edges=st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"))),
)
def test_sleep_and_wake_start_exactly_what_ran(ran, new, edges):
    """Whatever depends on whatever, and whatever is new: what ran is started, no more, no less."""
    containers = []
    for name in sorted(set("abcdef") | new):
        needs = tuple(
            model.Dependency(service=to, condition=model.Condition.HEALTHY)
            for of, to in sorted(edges)
            if of == name and to < name
        )
        state = ContainerState.RUNNING if name in ran else ContainerState.EXITED
        containers.append(
            container(name, state, depends_on=needs, ended=model.Ended.STOPPED, exit_code=0)
        )
    before = stack(*containers)
    kept = memory.kept(run(), before, None, now=NOON)
    asleep = stack(*(replace(c, state=ContainerState.EXITED) for c in containers))
    plan = reconcile.reconcile(Action.START, asleep, REMEMBER, remembered=kept)

    started = {step.service for step in plan.steps if step.verb is model.Verb.START}
    assert started == (ran or set("abcdef") | new)
    if kept is not None:
        left = {c.service for c in memory.left_asleep(asleep, kept)}
        assert left == (set("abcdef") | new) - ran
        waited = {step.service for step in plan.steps if step.verb is model.Verb.WAIT_HEALTHY}
        assert waited <= ran
