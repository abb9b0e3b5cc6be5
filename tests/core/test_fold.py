"""What was missed is folded per stack; compared with a model that replays the whole week."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockschedd.core import due, firing, fold, holds, model, spread, triggers

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEB = model.StackRef("local", "web")
DAYS = ("*", "mon-fri", "sat,sun", "wed")
Action, CatchUp, Status = model.Action, model.CatchUp, model.RunStatus


def schedule(number: int, action: Action, cron: str, **changes) -> model.Schedule:
    trigger = triggers.CronTrigger(expression=cron, zone="UTC")
    return model.Schedule(
        **{
            "id": f"s{number}",
            "name": f"s{number}",
            "enabled": True,
            "trigger": trigger,
            "action": action,
            "selector": "local/web",
            "catch_up": CatchUp.LATEST,
            "deadline": HOUR,
            "owner": "local",
            "created_at": MONDAY,
            "updated_at": MONDAY,
            "next_at": due.first_at(trigger, after=MONDAY - HOUR / 60),
            **changes,
        }
    )


def words_of(schedules, blocks, now) -> fold.Last:
    """The last words on the stack, as a survey finds them."""
    found = []
    for each in schedules:
        at = firing.newest(each, WEB, blocks=blocks, now=now)
        if at is not None:
            moved = spread.offset(each.id, WEB, each.spread)
            found.append(
                fold.Word(
                    at=at + moved,
                    action=each.action,
                    run_id=f"run-{each.id}",
                    schedule_id=each.id,
                    planned_at=at,
                    by=each.name,
                )
            )
    return fold.last(found)


def recorded(schedules, *, now, live_since, blocks=None, chunk=1000) -> list[model.Run]:
    """All runs that a daemon that comes back records, whatever the chunks are."""
    blocks = blocks or holds.Blocks()
    last = {WEB: words_of(schedules, blocks, now)}
    ids = (f"other-{n}" for n in itertools.count())
    out: list[model.Run] = []
    for each in schedules:
        rest = each
        while True:
            dues = due.due(rest, now=now, live_since=live_since, limit=chunk)
            out += firing.runs(
                rest,
                dues.items,
                found=[firing.Target(ref=WEB)],
                refusal=None,
                now=now,
                live_since=live_since,
                new_id=lambda: next(ids),
                blocks=blocks,
                last=last,
            )
            if not dues.more:
                break
            rest = model.Schedule(
                **{
                    **{name: getattr(rest, name) for name in rest.__dataclass_fields__},
                    "next_at": dues.next_at,
                }
            )
    return sorted(out, key=lambda run: (run.planned_at, run.schedule_id))


cases = st.lists(
    st.builds(
        lambda action, hour, days, policy, deadline: (
            action,
            f"0 {hour} * * {days}",
            {"catch_up": policy, "deadline": timedelta(hours=deadline)},
        ),
        st.sampled_from(Action),
        st.integers(0, 23),
        st.sampled_from(DAYS),
        st.sampled_from([CatchUp.LATEST, CatchUp.LATEST, CatchUp.SKIP]),
        st.integers(1, 30),
    ),
    min_size=1,
    max_size=5,
)
downtimes = st.tuples(st.integers(0, 120), st.integers(1, 47)).map(
    lambda t: (MONDAY + t[0] * HOUR + HOUR / 2, MONDAY + (t[0] + t[1]) * HOUR + HOUR / 2)
)


def expected(schedules, *, now, live_since) -> dict[tuple[str, datetime], Status]:
    """The simple model: every occurrence in order, and what comes after it on the stack."""
    everything = sorted(
        (at, each.id, each)
        for each in schedules
        for hour in range(24 * 8)
        if (at := MONDAY + hour * HOUR) <= now
        and due.first_at(each.trigger, after=at - HOUR / 60) == at
    )
    out = {}
    for place, (at, _, each) in enumerate(everything):
        after = [later[2].action for later in everything[place + 1 :]]
        is_over = any(a is not Action.RESTART for a in after) or (
            each.action is Action.RESTART and Action.RESTART in after
        )
        if at > live_since:
            out[each.id, at] = Status.PLANNED
        elif each.catch_up is CatchUp.SKIP:
            out[each.id, at] = Status.MISSED
        elif is_over:
            out[each.id, at] = Status.SUPERSEDED
        else:
            out[each.id, at] = Status.MISSED if now - at > each.deadline else Status.PLANNED
    return out


@settings(max_examples=150, deadline=None)
@given(cases=cases, gap=downtimes, live=st.integers(0, 3), chunk=st.sampled_from([1, 2, 7, 1000]))
def test_a_downtime_is_folded_as_a_replay_of_the_week_says(cases, gap, live, chunk):
    """Each occurrence has the verdict of the model, however the backlog is cut into chunks."""
    began, ended = gap
    schedules = [
        schedule(n, action, cron, **changes) for n, (action, cron, changes) in enumerate(cases)
    ]
    schedules = [
        model.Schedule(
            **{
                **{name: getattr(each, name) for name in each.__dataclass_fields__},
                "next_at": due.first_at(each.trigger, after=began),
            }
        )
        for each in schedules
    ]
    now = ended + live * HOUR
    found = recorded(schedules, now=now, live_since=ended, chunk=chunk)
    wanted = {
        key: status
        for key, status in expected(schedules, now=now, live_since=ended).items()
        if key[1] > began
    }

    assert {(r.schedule_id, r.planned_at): r.status for r in found} == wanted
    by_id = {run.id: run for run in found}
    for run in found:
        if run.status is Status.SUPERSEDED:
            over = by_id[run.superseded_by]
            assert (over.planned_at, over.schedule_id) > (run.planned_at, run.schedule_id)
            assert over.status is not Status.SUPERSEDED or over.action is Action.RESTART
    late = [r for r in found if r.planned_at <= ended and r.status is Status.PLANNED]
    assert len([r for r in late if r.action is not Action.RESTART]) <= 1


def test_a_missed_stop_and_a_missed_start_leave_the_start():
    """Missed 23:00 stop and 07:00 start, back at 08:00: only the start runs."""
    night = [
        schedule(1, Action.STOP, "0 23 * * *", next_at=MONDAY + 23 * HOUR),
        schedule(2, Action.START, "0 7 * * *", next_at=MONDAY + 31 * HOUR),
    ]
    now = MONDAY + 32 * HOUR
    stop, start = recorded(night, now=now, live_since=now)

    assert (stop.status, start.status) == (Status.SUPERSEDED, Status.PLANNED)
    assert stop.superseded_by == start.id
    assert "the start by s2, due later, takes its place" in stop.cause


def test_nothing_older_than_the_last_word_is_done_instead_of_it():
    """A last word that comes too late is missed; the one before it stays superseded."""
    night = [
        schedule(1, Action.STOP, "0 23 * * *", next_at=MONDAY + 23 * HOUR, deadline=20 * HOUR),
        schedule(2, Action.START, "0 7 * * *", next_at=MONDAY + 31 * HOUR, deadline=HOUR / 2),
    ]
    now = MONDAY + 32 * HOUR
    stop, start = recorded(night, now=now, live_since=now)

    assert (stop.status, start.status) == (Status.SUPERSEDED, Status.MISSED)


def test_a_restart_that_skips_is_missed_and_takes_nothings_place():
    """Skip is skip; and a restart is no state: the stop before it still runs."""
    night = [
        schedule(1, Action.STOP, "0 7 * * *", next_at=MONDAY + 7 * HOUR),
        schedule(
            2, Action.RESTART, "30 7 * * *", next_at=MONDAY + 7.5 * HOUR, catch_up=CatchUp.SKIP
        ),
    ]
    now = MONDAY + 8 * HOUR
    stop, restart = recorded(night, now=now, live_since=now)

    assert (stop.status, restart.status) == (Status.PLANNED, Status.MISSED)


def test_a_late_one_is_superseded_by_one_that_is_on_time():
    """Of two schedules in one tick, the one that is due now takes the late one's place."""
    both = [
        schedule(1, Action.STOP, "0 7 * * *", next_at=MONDAY + 7 * HOUR),
        schedule(2, Action.START, "0 8 * * *", next_at=MONDAY + 8 * HOUR),
    ]
    stop, start = recorded(both, now=MONDAY + 8 * HOUR, live_since=MONDAY + 7.5 * HOUR)

    assert (stop.status, start.status) == (Status.SUPERSEDED, Status.PLANNED)
    assert stop.superseded_by == start.id
    assert start.cause_kind is model.CauseKind.SCHEDULE


@pytest.mark.parametrize("until", [24, 30])
def test_what_fell_into_a_hold_is_skipped_and_is_no_word(until):
    """A held occurrence is left out by its own instant, and supersedes nothing."""
    night = [
        schedule(1, Action.STOP, "0 20 * * *", next_at=MONDAY + 20 * HOUR, deadline=20 * HOUR),
        schedule(2, Action.START, "0 23 * * *", next_at=MONDAY + 23 * HOUR),
    ]
    hold = holds.Hold(
        stack=WEB,
        wants=holds.Wanted.DOWN,
        owner="bob",
        reason="",
        zone="UTC",
        since=MONDAY + 22 * HOUR,
        until=MONDAY + until * HOUR,
    )
    now = MONDAY + 32 * HOUR
    blocks = holds.Blocks(holds={WEB: hold})
    stop, start = recorded(night, now=now, live_since=now, blocks=blocks)

    assert (stop.status, start.status) == (Status.PLANNED, Status.SKIPPED)
    assert "held down by bob until" in start.cause


def test_what_is_caught_up_one_by_one_is_not_folded():
    """catch-up all: each runs, in order; its last word still counts for others."""
    night = [
        schedule(1, Action.STOP, "0 * * * *", next_at=MONDAY + 5 * HOUR, deadline=9 * HOUR,
                 catch_up=CatchUp.ALL),
        schedule(2, Action.START, "0 6 * * *", next_at=MONDAY + 6 * HOUR, deadline=9 * HOUR),
    ]  # fmt: skip
    now = MONDAY + 7.5 * HOUR
    found = recorded(night, now=now, live_since=now)

    assert [(r.action.value, r.status.value) for r in found] == [
        ("stop", "planned"),
        ("stop", "planned"),
        ("start", "superseded"),
        ("stop", "planned"),
    ]
