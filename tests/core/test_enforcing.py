"""When a stack is brought where its window wants it, and when it is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dockschedd.core import enforcing, memory, model, wants
from dockschedd.core.enforcing import Act, Fine, Leave, Note
from dockschedd.core.model import Action, ContainerState
from dockschedd.core.triggers import Enforce, SleepBy, Wish
from tests.core.test_memory import container, stack
from tests.core.test_wants import window
from tests.store import nouns

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
UP = stack(container("a"))
DOWN = stack(container("a", ContainerState.EXITED, ended=model.Ended.STOPPED, exit_code=0))
REF = UP.ref


def facts(observed=UP, wish=Wish.ASLEEP, **changes) -> enforcing.Facts:
    """A stack at noon that a window has wanted so since eight, and will until six."""
    schedule = window(
        wish=wish,
        enforce=changes.pop("enforce", Enforce.BOUNDARY),
        sleep_by=changes.pop("sleep_by", SleepBy.STOP),
        updated_at=changes.pop("updated_at", NOON - 48 * HOUR),
        next_at=changes.pop("next_at", NOON + 6 * HOUR),
    )
    desired = wants.desired([schedule], REF, NOON)
    assert desired is not None
    return enforcing.Facts(
        **{
            "now": NOON,
            "stack": observed,
            "desired": desired,
            "memory": None,
            "came_back": False,
            "deviated_at": None,
            "latest": None,
            "is_busy": False,
            "blocked": None,
            **changes,
        }
    )


def ran(action: Action, hours_ago: float, schedule_id: str | None = None) -> model.Run:
    return nouns.run(action=action, schedule_id=schedule_id, started_at=NOON - hours_ago * HOUR)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (facts(DOWN), Fine),
        (facts(UP, Wish.AWAKE), Fine),
        (facts(), Note),
        (facts(DOWN, Wish.AWAKE), Note),
        (facts(enforce=Enforce.ALWAYS), Act),
        (facts(DOWN, Wish.AWAKE, enforce=Enforce.ALWAYS), Act),
        (facts(came_back=True), Act),
        (facts(is_busy=True, enforce=Enforce.ALWAYS), Fine),
        (facts(blocked="held", enforce=Enforce.ALWAYS), Fine),
        # The edge is there and the ticker has not recorded it yet.
        (facts(next_at=NOON, enforce=Enforce.ALWAYS), Fine),
        # The edge came before the window was written, or enabled.
        (facts(came_back=True, updated_at=NOON - HOUR), Leave),
        # Somebody made it so since the edge; before the edge does not count.
        (facts(came_back=True, deviated_at=NOON - HOUR), Leave),
        (facts(came_back=True, deviated_at=NOON - 5 * HOUR), Act),
        (facts(came_back=True, latest=ran(Action.START, 1)), Leave),
        (facts(came_back=True, latest=ran(Action.START, 1, "other")), Leave),
        (facts(came_back=True, latest=ran(Action.START, 5)), Act),
        # What agrees with the window is no other wish, and its own run is none either.
        (facts(came_back=True, latest=ran(Action.STOP, 1)), Act),
        (facts(DOWN, Wish.AWAKE, came_back=True, latest=ran(Action.START, 1)), Act),
        (facts(DOWN, Wish.AWAKE, came_back=True, latest=ran(Action.PAUSE, 1)), Leave),
        (facts(came_back=True, latest=ran(Action.START, 1, "office")), Act),
    ],
)
def test_what_is_done_about_a_stack(given, verdict):
    """Always means at once; at the boundary only what nobody wanted is put right."""
    assert isinstance(enforcing.decide(given), verdict)


def test_asleep_by_pause_means_paused_or_down():
    """A paused stack and one that is down both sleep; one that runs does not."""
    paused = stack(container("a", ContainerState.PAUSED))

    for observed, verdict in ((paused, Fine), (DOWN, Fine), (UP, Act)):
        found = enforcing.decide(facts(observed, sleep_by=SleepBy.PAUSE, enforce=Enforce.ALWAYS))
        assert isinstance(found, verdict)
    stopped = enforcing.decide(facts(paused, enforce=Enforce.ALWAYS))
    assert isinstance(stopped, Act)


def test_what_is_left_asleep_is_no_drift():
    """Awake is what ran when it was put to sleep, not everything that there is."""
    observed = stack(
        container("a"),
        container("b", ContainerState.EXITED, ended=model.Ended.STOPPED, exit_code=0),
    )
    kept = memory.Memory(
        stack=REF, containers=frozenset({("a", 1)}), run_id="r", at=NOON, woken_at=NOON
    )
    drift = facts(observed, Wish.AWAKE, enforce=Enforce.ALWAYS)

    assert isinstance(enforcing.decide(drift), Act)
    assert isinstance(enforcing.decide(replace(drift, memory=kept)), Fine)


def test_the_run_is_the_windows_own():
    """It acts on the schedule's behalf, remembers, and is over when the window's wish is."""
    known = facts(enforce=Enforce.ALWAYS)
    made = enforcing.run(
        known.desired,
        REF,
        kind=model.CauseKind.ENFORCEMENT,
        cause="because",
        run_id="id",
        now=NOON,
    )

    assert (made.action, made.actor, made.schedule_name) == (Action.STOP, "alice", "office")
    assert made.options.remember
    assert made.deadline_at == NOON + 6 * HOUR
