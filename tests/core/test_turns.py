"""Whether the turn of a run has come that comes after runs of other stacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, turns
from tests.core.requiring import NOON, Action, Health, State, ref, run, stack

MINUTE = timedelta(minutes=1)
Status = model.RunStatus
APP = run("app", after=("run-db",))


def seen(*stacks: model.Stack, now=NOON, away=()) -> turns.Seen:
    known = {each.ref: each for each in stacks}
    return turns.Seen(now=now, stacks=known.get, away=away)


def other(status: Status, action: Action = Action.START, **changes) -> model.Run:
    return run(
        "db", action, **{"status": status, "started_at": NOON, "finished_at": NOON, **changes}
    )


def after(found: model.Run | None, at: turns.Seen, **changes) -> turns.Turn:
    return turns.turn(replace(APP, **changes), [found], at)


@pytest.mark.parametrize("status", [Status.PLANNED, Status.RUNNING])
def test_it_waits_while_the_other_goes_on(status):
    """Whatever is seen of the stack meanwhile."""
    found = after(other(status, finished_at=None), seen(stack("db")))

    assert found.standing is turns.Standing.WAITING
    assert found.reason == "it waits for the start of `local/db`, which it needs, run run-db"


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (Status.PARTIAL, True),
        (Status.FAILED, True),
        (Status.MISSED, True),
        (Status.INTERRUPTED, True),
        (Status.CANCELLED, False),
        (Status.SKIPPED, False),
        (Status.SUPERSEDED, False),
    ],
)
def test_it_never_comes_where_the_other_did_not_succeed(status, fault):
    """A fault fails it; what somebody wanted so skips it. The reason names the run."""
    found = after(other(status, error="no"), seen(stack("db")))

    assert found.standing is turns.Standing.NEVER
    assert found.fault is fault
    assert "`local/db`, which it needs, did not come up: start run-db " in found.reason


def test_what_came_up_must_be_healthy_where_it_has_checks():
    """Starting is waited for, unhealthy and down again are not."""
    done = other(Status.SUCCEEDED)
    starting = stack("db", health=Health.STARTING)

    assert after(done, seen(stack("db"))) is turns.COME
    assert after(done, seen(stack("db", health=Health.HEALTHY))) is turns.COME
    waits = after(done, seen(starting))
    assert (waits.standing, waits.watch) == (turns.Standing.WAITING, starting)
    for bad in (stack("db", health=Health.UNHEALTHY), stack("db", State.EXITED)):
        assert after(done, seen(bad)).standing is turns.Standing.NEVER
    assert after(done, seen()).standing is turns.Standing.NEVER


def test_the_wait_for_health_is_bounded():
    """By wait_timeout, from the end of the other run; a lost host is waited for as well."""
    done = other(Status.SUCCEEDED)
    how = model.RunOptions(wait_timeout=MINUTE)
    starting = stack("db", health=Health.STARTING)
    for at, standing in ((MINUTE, turns.Standing.WAITING), (2 * MINUTE, turns.Standing.NEVER)):
        for view in (
            seen(starting, now=NOON + at),
            seen(stack("db"), now=NOON + at, away={"local"}),
            seen(now=NOON + at, away={"local"}),
        ):
            assert after(done, view, options=how).standing is standing


def test_what_went_down_is_not_looked_at():
    """A stop that succeeded is enough."""
    assert after(other(Status.SUCCEEDED, Action.STOP), seen(stack("db"))) is turns.COME


def test_what_has_not_begun_for_an_hour_is_not_waited_for_without_a_deadline():
    """Where there is one, it decides."""
    planned = other(Status.PLANNED, started_at=None, finished_at=None)
    late = seen(stack("db"), now=NOON + timedelta(hours=1, seconds=1))

    assert after(planned, late).standing is turns.Standing.NEVER
    assert (
        after(planned, late, deadline_at=NOON + timedelta(hours=2)).standing
        is turns.Standing.WAITING
    )


def test_a_run_that_is_not_on_record_is_not_waited_for():
    """Nothing is assumed of it."""
    assert after(None, seen(stack("db"))).standing is turns.Standing.NEVER


def test_of_several_the_worst_counts():
    """Never before waiting, waiting before come."""
    done, goes_on = other(Status.SUCCEEDED), other(Status.RUNNING)
    at = seen(stack("db"))

    assert turns.turn(APP, [done, goes_on], at).standing is turns.Standing.WAITING
    assert turns.turn(APP, [goes_on, other(Status.FAILED)], at).standing is turns.Standing.NEVER
    assert turns.turn(APP, [done, done], at) is turns.COME


@given(st.sampled_from(Status), st.sampled_from(Action), st.sampled_from(Action))
def test_only_a_run_of_the_same_direction_continues_another(status, before, later):
    """A start is continued by what leaves the stack up, a stop by what leaves it down."""
    up = {Action.START, Action.UNPAUSE, Action.RESTART}
    over = {Status.INTERRUPTED, Status.SUPERSEDED, Status.CANCELLED}
    found = turns.continues(other(status, before), run("db", later))

    assert found is (status in over and (before in up) is (later in up))
    assert not turns.continues(other(status, before), replace(run("x", later), stack=ref("x")))
