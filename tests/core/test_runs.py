"""Legal transitions, outcomes, and whether an interrupted run is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, runs
from tests.core import stack_strategies as make

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
Run, Step = model.RunStatus, model.StepStatus
ENDS = [s for s in Step if s not in {Step.PLANNED, Step.RUNNING}]


def step(position=1, status=Step.SUCCEEDED, verb=model.Verb.START, name="web-1", error=None):
    return model.Step(
        position=position,
        verb=verb,
        container_id=f"id-{name}",
        container=name,
        service=name.rpartition("-")[0],
        after=(),
        cause="it is stopped",
        status=status,
        error=error,
    )


def run(**fields):
    return model.Run(
        **{
            "id": "r1",
            "stack": make.REF,
            "action": model.Action.STOP,
            "status": Run.INTERRUPTED,
            "cause_kind": model.CauseKind.SCHEDULE,
            "cause": "schedule `nightly`",
            "actor": "local",
            "planned_at": NOW,
            "created_at": NOW,
        }
        | fields
    )


steps = st.lists(
    st.builds(
        step,
        status=st.sampled_from(ENDS),
        verb=st.sampled_from(model.Verb),
        name=st.sampled_from(("a-1", "b-1", "c-1")),
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("table", "advance"), [(runs.LEGAL, runs.advance), (runs.LEGAL_STEPS, runs.advance_step)]
)
def test_only_what_the_table_allows_comes_about_and_ends_stay(table, advance):
    """Every pair outside the table is refused; what has ended never changes."""
    for current, allowed in table.items():
        for new in table:
            if new in allowed:
                assert advance(current, new) is new
            else:
                with pytest.raises(ValueError, match=f"{current} cannot become {new}"):
                    advance(current, new)
    assert {s for s, allowed in table.items() if allowed} == {"planned", "running"}
    assert not any("planned" in allowed for allowed in table.values())


@given(steps, st.booleans())
def test_the_outcome_is_an_end_that_a_running_run_may_have(found, cancelled):
    """Whatever became of the steps, the run can be ended so."""
    assert runs.outcome(found, cancelled=cancelled) in runs.LEGAL[Run.RUNNING]


@given(steps, st.booleans())
def test_a_lost_answer_makes_a_run_interrupted_and_full_success_succeeded(found, cancelled):
    """These two do not depend on a cancellation."""
    outcome = runs.outcome(found, cancelled=cancelled)

    statuses = {s.status for s in found}
    assert (outcome is Run.INTERRUPTED) == (Step.INTERRUPTED in statuses)
    if statuses == {Step.SUCCEEDED}:
        assert outcome is Run.SUCCEEDED


@pytest.mark.parametrize(
    ("found", "cancelled", "outcome"),
    [
        ([], False, Run.SUCCEEDED),
        ([], True, Run.CANCELLED),
        ([step()], True, Run.SUCCEEDED),
        ([step(1), step(2, Step.CANCELLED, name="b-1")], True, Run.CANCELLED),
        ([step(1), step(2, Step.FAILED, name="b-1")], False, Run.PARTIAL),
        ([step(1, Step.FAILED), step(2, Step.SKIPPED, name="b-1")], False, Run.FAILED),
    ],
)
def test_outcomes(found, cancelled, outcome):
    """Examples: nothing to do, cancelled too late, cut, mixed, and none."""
    assert runs.outcome(found, cancelled=cancelled) is outcome


def test_a_container_that_was_stopped_and_not_started_again_has_not_been_restarted():
    """One successful step of two is not part of a success; another container's is."""
    halfway = [step(1, verb=model.Verb.STOP), step(2, Step.FAILED)]

    assert runs.outcome(halfway) is Run.FAILED
    assert runs.outcome([*halfway, step(3, name="db-1")]) is Run.PARTIAL


def test_waiting_alone_does_nothing_to_a_container():
    """A wait that came true does not make a failed run partial."""
    wait = step(1, verb=model.Verb.WAIT_HEALTHY, name="db-1")

    assert runs.outcome([wait, step(2, Step.FAILED)]) is Run.FAILED


@given(steps)
def test_there_is_a_summary_exactly_when_not_every_step_succeeded(found):
    """A run that succeeded has no error."""
    summary = runs.summary_error(found)

    assert (summary is None) == all(s.status is Step.SUCCEEDED for s in found)


@pytest.mark.parametrize(
    ("found", "summary"),
    [
        ([step(1, Step.FAILED, error="no space left")], "start web-1 failed: no space left"),
        ([step(1, Step.FAILED)], "start web-1 failed"),
        (
            [
                step(4, Step.SKIPPED),
                step(3, Step.FAILED, name="b-1"),
                step(2, Step.FAILED, error="no"),
                step(1),
            ],
            "start web-1 failed: no (and 1 failed, 1 skipped)",
        ),
        (
            [step(1, Step.INTERRUPTED, error="the host is unreachable"), step(2, Step.SKIPPED)],
            "start web-1 was interrupted: the host is unreachable (and 1 skipped)",
        ),
        ([step(1), step(2, Step.CANCELLED)], "it ended after 1 of 2 steps"),
    ],
)
def test_summaries(found, summary):
    """The first failure by position is told, the others are counted."""
    assert runs.summary_error(found) == summary


@given(
    attempt=st.integers(1, 7),
    late=st.integers(-3, 3),
    deadline=st.none() | st.integers(-3, 3),
    manual=st.booleans(),
    overtaken=st.booleans(),
)
def test_an_interrupted_run_goes_on_while_it_counts_is_in_time_and_not_worn_out(
    attempt, late, deadline, manual, overtaken
):
    """It goes on exactly when none of the three reasons speaks against it."""
    one = run(
        attempt=attempt,
        cause_kind=model.CauseKind.MANUAL if manual else model.CauseKind.SCHEDULE,
        deadline_at=None if deadline is None else NOW + timedelta(hours=deadline),
    )
    found = runs.continuation(
        one, later=run(id="r2") if overtaken else None, now=NOW + timedelta(hours=late)
    )

    limit = deadline if deadline is not None else (1 if manual else None)
    if not overtaken and attempt < 5 and (limit is None or late <= limit):
        assert found == runs.Continue(attempt + 1)
    else:
        assert isinstance(found, runs.Stop)
        assert found.cause


@pytest.mark.parametrize(
    ("fields", "later", "cause"),
    [
        (
            {},
            run(id="r2", action=model.Action.START),
            "a later start of local/shop, planned for 2026-11-24T07:00:00.000000Z, counts",
        ),
        (
            {"deadline_at": NOW - timedelta(hours=1)},
            None,
            "its deadline, 2026-11-24T06:00:00.000000Z, has passed",
        ),
        ({"attempt": 5}, None, "it has been interrupted 5 times"),
    ],
)
def test_each_refusal_says_why(fields, later, cause):
    """A person can read why an interrupted run was left as it is."""
    assert runs.continuation(run(**fields), later=later, now=NOW) == runs.Stop(cause)


@pytest.mark.parametrize("status", [Run.PARTIAL, Run.FAILED, Run.CANCELLED, Run.INTERRUPTED])
def test_what_was_left_open_can_be_resumed(status):
    """While it is the last word on its stack."""
    assert runs.resumable(run(status=status), later=None) is None


@pytest.mark.parametrize("status", [s for s in Run if s not in set(runs._LEFT_OPEN)])
def test_what_is_done_under_way_or_never_began_is_not_resumed(status):
    """With a sentence and what to do instead."""
    refused = runs.resumable(run(status=status), later=None)

    assert refused is not None
    assert status in refused.message
    assert "dockschedctl" in refused.hint


def test_what_has_been_overtaken_is_not_resumed():
    """Neither by a later run, nor where a further attempt goes on with it: both are named."""
    later = run(id="r2", action=model.Action.START, status=Run.SUCCEEDED)
    by_later = runs.resumable(run(), later=later)
    by_attempt = runs.resumable(run(superseded_by="r3"), later=None)

    assert by_later is not None
    assert by_later.message == "the run `r1` has been overtaken by a later start, run `r2`"
    assert by_attempt is not None
    assert "a further attempt, run `r3`" in by_attempt.message
