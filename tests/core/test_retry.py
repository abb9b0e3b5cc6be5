"""The pause before a next attempt grows, stays bounded, and is never nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, retry, runs

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_between_half_of_its_length_and_its_length(attempt, jitter):
    """Jitter only shortens it, by half at most; the longest is five minutes."""
    whole = retry.delay(attempt, jitter=0)
    found = retry.delay(attempt, jitter=jitter)

    assert whole / 2 <= found <= whole <= retry.LONGEST
    assert whole <= retry.delay(attempt + 1, jitter=0)


def test_pauses_double():
    """2 s, 4 s, 8 s, … up to five minutes."""
    found = [retry.delay(n, jitter=0) // timedelta(seconds=1) for n in range(1, 11)]

    assert found == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.parametrize(
    ("late", "attempt", "goes_on"),
    [(0, 1, True), (0, 29, True), (0, 30, False), (58, 1, True), (59.95, 1, False)],
)
def test_a_run_is_tried_again_within_its_deadline(late, attempt, goes_on):
    """Not when the next attempt would begin after it, and not without end."""
    run = model.Run(
        id="r",
        stack=model.StackRef("local", "web"),
        action=model.Action.STOP,
        status=model.RunStatus.RUNNING,
        cause_kind=model.CauseKind.SCHEDULE,
        cause="",
        actor="local",
        schedule_id="s",
        planned_at=NOON,
        deadline_at=NOON + timedelta(hours=1),
        attempt=attempt,
        created_at=NOON,
    )
    found = runs.continuation(
        run,
        later=None,
        now=NOON + timedelta(minutes=late),
        pause=timedelta(seconds=10),
    )

    assert isinstance(found, runs.Continue) is goes_on
