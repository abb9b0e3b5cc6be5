"""Which steps may begin, and which never will."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, progress, reconcile
from tests.core import stack_strategies as make

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
Status, OnError, Verb = model.StepStatus, model.OnError, model.Verb
ENDS = (Status.SUCCEEDED, Status.SUCCEEDED, Status.FAILED, Status.INTERRUPTED)


@st.composite
def plans(draw):
    """Draw steps whose `after` name lower positions."""
    count = draw(st.integers(0, 8))
    edges = draw(st.sets(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=14))
    return tuple(
        a_step(p, after=sorted(a for b, a in edges if b == p and a < p))
        for p in range(1, count + 1)
    )


def a_step(position, *, after=(), verb=Verb.START, name=None):
    name = name or f"s{position}-1"
    return model.Step(
        position=position,
        verb=verb,
        container_id=f"id-{name}",
        container=name,
        service=name.rpartition("-")[0],
        after=tuple(after),
        cause="it is stopped",
    )


def rules(steps, on_error, status):
    """Return what each planned step is by brute force: ready, blocked or doomed."""
    failed = {p for p, s in status.items() if s not in {"planned", "running", "succeeded"}}
    stopped = on_error is OnError.HALT or Status.INTERRUPTED in status.values()
    found = {}
    for step in steps:
        if status[step.position] is not Status.PLANNED:
            continue
        if failed & set(step.after) or (failed and stopped):
            found[step.position] = "doomed"
        elif all(status[p] is Status.SUCCEEDED for p in step.after):
            found[step.position] = "ready"
        else:
            found[step.position] = "blocked"
    return found


@given(st.data(), plans(), st.sampled_from(OnError))
def test_a_step_begins_exactly_when_all_before_it_have_succeeded(data, steps, on_error):
    """Whatever ends in whatever order and way, brute force over all steps agrees."""
    found = progress.Progress(steps, on_error=on_error)
    status = dict.fromkeys((s.position for s in steps), Status.PLANNED)
    running = set()
    while True:
        expected = {p for p, what in rules(steps, on_error, status).items() if what == "ready"}
        begun = found.begin(at=NOW)
        assert {s.position for s in begun} == expected
        assert all(s.status is Status.RUNNING and s.started_at == NOW for s in begun)
        running |= expected
        status |= dict.fromkeys(expected, Status.RUNNING)
        assert found.is_over == (not running)
        if not running:
            break
        position = data.draw(st.sampled_from(sorted(running)))
        running.discard(position)
        ended, *skipped = found.finished(position, data.draw(st.sampled_from(ENDS)), at=NOW)
        status[position] = ended.status
        assert ended.finished_at == NOW
        settled = {}
        for step in skipped:
            assert status[step.position] is Status.PLANNED
            lost = ended.status is Status.INTERRUPTED
            assert step.status is (Status.INTERRUPTED if lost else Status.SKIPPED)
            assert step.error
            settled[step.position] = step.status
        status |= settled
        assert "doomed" not in rules(steps, on_error, status).values()

    assert tuple(s.status for s in found.steps) == tuple(status.values())
    assert not {Status.PLANNED, Status.RUNNING} & set(status.values())


@given(st.data(), plans(), st.sampled_from(["cancel", "interrupt"]))
def test_after_a_cancellation_nothing_begins_and_running_steps_still_end(data, steps, how):
    """What was planned is settled at once; what runs is finished later."""
    found = progress.Progress(steps, on_error=OnError.CONTINUE)
    running = {s.position for s in found.begin(at=NOW)}
    if running:
        first = data.draw(st.sampled_from(sorted(running)))
        found.finished(first, data.draw(st.sampled_from(ENDS)), at=NOW)
        running.discard(first)
    settled = getattr(found, how)(at=NOW, cause="told to")

    status = Status.CANCELLED if how == "cancel" else Status.INTERRUPTED
    assert all(s.status is status and s.error == "told to" for s in settled)
    for position in running:
        assert found.begin(at=NOW) == ()
        assert not found.is_over
        assert len(found.finished(position, Status.FAILED, at=NOW)) == 1
    assert found.is_over
    assert not {Status.PLANNED, Status.RUNNING} & {s.status for s in found.steps}


@given(make.stacks(states=make.USABLE), st.sampled_from(model.Action))
def test_every_plan_can_be_walked_to_its_end(stack, action):
    """Each step of a plan is handed out once."""
    plan = reconcile.reconcile(action, stack, model.RunOptions())
    found = progress.Progress(plan.steps, on_error=OnError.CONTINUE)
    walked = []
    while not found.is_over:
        for step in found.begin(at=NOW):
            walked.append(step.position)
            found.finished(step.position, Status.SUCCEEDED, at=NOW)

    assert sorted(walked) == [s.position for s in plan.steps]


def test_the_end_of_a_step_that_was_not_handed_out_is_refused():
    """A planned step cannot have succeeded, and nothing ends twice."""
    found = progress.Progress([a_step(1)], on_error=OnError.CONTINUE)

    with pytest.raises(ValueError, match="planned cannot become succeeded"):
        found.finished(1, Status.SUCCEEDED, at=NOW)
    found.begin(at=NOW)
    found.finished(1, Status.SUCCEEDED, at=NOW)
    with pytest.raises(ValueError, match="succeeded cannot become failed"):
        found.finished(1, Status.FAILED, at=NOW)


@pytest.mark.parametrize(
    ("verb", "name", "why"),
    [
        (Verb.START, "db-1", "its dependency db-1 failed"),
        (Verb.UNPAUSE, "db-1", "its dependency db-1 failed"),
        (Verb.WAIT_HEALTHY, "db-1", "its dependency db-1 did not become healthy"),
        (Verb.WAIT_COMPLETED, "db-1", "its dependency db-1 did not complete"),
        (Verb.STOP, "db-1", "stop db-1 comes before it and did not succeed"),
        (Verb.PAUSE, "db-1", "pause db-1 comes before it and did not succeed"),
        (Verb.RESTART, "db-1", "restart db-1 comes before it and did not succeed"),
        (Verb.STOP, "web-1", "its stop did not succeed"),
    ],
)
def test_a_skipped_step_names_what_failed_at_the_root(verb, name, why):
    """Steps further on are skipped because of the same failure, and say so."""
    steps = [
        a_step(1, verb=verb, name=name),
        a_step(2, after=[1], name="web-1"),
        a_step(3, after=[2], name="web-1"),
    ]
    found = progress.Progress(steps, on_error=OnError.CONTINUE)
    found.begin(at=NOW)
    _, *skipped = found.finished(1, Status.FAILED, at=NOW, error_code="x", error="no")

    assert [s.error for s in skipped] == [why, why]
    assert (found.steps[0].error_code, found.steps[0].error) == ("x", "no")


def test_a_run_that_halts_says_so_in_every_step_that_it_skips():
    """Independent siblings are skipped too, with that cause; running ones run on."""
    steps = [a_step(1), a_step(2), a_step(3, after=[2])]
    found = progress.Progress(steps, on_error=OnError.HALT)
    found.begin(at=NOW)
    _, *skipped = found.finished(1, Status.FAILED, at=NOW)

    assert [s.error for s in skipped] == ["the run halts at the first error: start s1-1"]
    assert not found.is_over
    found.finished(2, Status.SUCCEEDED, at=NOW)
    assert found.is_over


def test_after_a_lost_answer_nothing_begins_any_more():
    """What was not begun is left, with its reason, to an attempt that observes first."""
    steps = [a_step(1), a_step(2), a_step(3, after=[2])]
    found = progress.Progress(steps, on_error=OnError.CONTINUE)
    found.begin(at=NOW)
    _, *left = found.finished(1, Status.INTERRUPTED, at=NOW)

    assert [(s.position, s.status) for s in left] == [(3, Status.INTERRUPTED)]
    assert left[0].error
    found.finished(2, Status.SUCCEEDED, at=NOW)
    assert found.is_over


def test_a_long_plan_costs_as_much_as_it_has_edges():
    """Two thousand steps in a row and a thousand side by side are walked in no time."""
    chain = [a_step(p, after=[p - 1] if p > 1 else ()) for p in range(1, 2001)]
    wide = [a_step(p, after=[1]) for p in range(2001, 3001)]
    found = progress.Progress([*chain, *wide], on_error=OnError.CONTINUE)

    count = 0
    while not found.is_over:
        for step in found.begin(at=NOW):
            count += 1
            found.finished(step.position, Status.SUCCEEDED, at=NOW)
    assert count == 3000
