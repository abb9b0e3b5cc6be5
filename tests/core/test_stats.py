"""Counts and percentiles of runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, stats

Status = model.RunStatus
REF = model.StackRef("local", "web")

samples = st.builds(
    stats.Sample,
    stack=st.sampled_from((REF, model.StackRef("local", "db"))),
    action=st.sampled_from((model.Action.START, model.Action.STOP)),
    status=st.sampled_from((Status.SUCCEEDED, Status.FAILED, Status.PARTIAL, Status.CANCELLED)),
    attempt=st.integers(1, 2),
    took=st.integers(0, 100_000).map(lambda ms: timedelta(milliseconds=ms)),
    acted=st.booleans(),
)


@given(st.lists(samples, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_matter_and_none_is_lost(found, random):
    """Every sample is counted once, whatever order they come in."""
    tallies = stats.tally(found)
    shuffled = list(found)
    random.shuffle(shuffled)

    assert stats.tally(shuffled) == tallies
    assert sum(each.runs for each in tallies) == len(found)
    assert [(t.stack, t.action) for t in tallies] == sorted({(s.stack, s.action) for s in found})
    failed = [s for s in found if s.status in (Status.FAILED, Status.PARTIAL)]
    assert sum(each.failures for each in tallies) == len(failed)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_so_many_are_not_above(seconds, percent):
    """By nearest rank: it is one of the values, and none smaller would do."""
    ordered = sorted(timedelta(seconds=each) for each in seconds)
    found = stats.nearest_rank(ordered, percent)

    def share(limit):
        return sum(each <= limit for each in ordered) * 100

    assert found in ordered
    assert share(found) >= percent * len(ordered)
    assert all(share(each) < percent * len(ordered) for each in ordered if each < found)


@pytest.mark.parametrize(
    "changes",
    [{"status": Status.FAILED}, {"acted": False}, {"attempt": 2}],
    ids=str,
)
def test_what_says_nothing_about_the_duration_is_not_measured(changes):
    """A failure, a run that had nothing to do, the rest of an interrupted one: only counted."""
    fields = {"status": Status.SUCCEEDED, "acted": True, "attempt": 1} | changes
    took = timedelta(seconds=9)
    sample = stats.Sample(stack=REF, action=model.Action.STOP, took=took, **fields)
    (tally,) = stats.tally([sample])

    assert (tally.runs, tally.measured, tally.p50, tally.p95) == (1, 0, None, None)
    assert stats.nearest_rank((), 50) is None
