"""core.due: each planned instant exactly once, with the verdict that the catch-up policy gives."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dockschedd.core import cron, due, model, triggers
from dockschedd.core.due import Verdict
from dockschedd.errors import Invalid
from tests.core import cron_strategies

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)

#: Each with roughly how far apart its instants are.
EXPRESSIONS = {
    "* * * * *": MINUTE,
    "*/15 * * * *": 15 * MINUTE,
    "0,30 2 * * *": 12 * HOUR,
    "0 * * * *": HOUR,
    "30 2 * * *": 24 * HOUR,
    "15 */5 * * mon-fri": 6 * HOUR,
}


def schedule(
    trigger: triggers.Trigger,
    *,
    next_at: datetime | None,
    catch_up: model.CatchUp = model.CatchUp.LATEST,
    deadline: timedelta = HOUR,
    enabled: bool = True,
) -> model.Schedule:
    return model.Schedule(
        id="s",
        name="nightly",
        enabled=enabled,
        trigger=trigger,
        action=model.Action.STOP,
        selector="local/web",
        catch_up=catch_up,
        deadline=deadline,
        owner="alice",
        created_at=EPOCH,
        updated_at=EPOCH,
        next_at=next_at,
    )


def minutely(
    catch_up: model.CatchUp, *, deadline: timedelta = HOUR, expression: str = "* * * * *"
) -> model.Schedule:
    trigger = triggers.CronTrigger(expression=expression, zone="UTC")
    return schedule(trigger, next_at=EPOCH, catch_up=catch_up, deadline=deadline)


@dataclasses.dataclass(frozen=True)
class Case:
    """A schedule and an interval that its ticker has to account for."""

    schedule: model.Schedule
    now: datetime
    live_since: datetime


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone = draw(cron_strategies.zones)
    expression = draw(st.sampled_from(sorted(EXPRESSIONS)))
    trigger = triggers.CronTrigger(expression=expression, zone=zone)
    begin = draw(cron_strategies.instants(zone))
    first = due.first_at(trigger, after=begin)
    assert first is not None
    spacing = EXPRESSIONS[expression]
    length = spacing * draw(st.floats(0, draw(st.sampled_from((3, 30, 130)))))
    now = first + length
    live_since = draw(
        st.one_of(
            st.just(now),
            st.just(first - MINUTE),
            st.just(now + 150 * spacing),
            st.floats(0, 1).map(lambda part: first + length * part),
            st.integers(0, 5).map(lambda n: min(now, first + n * spacing)),
        )
    )
    made = schedule(
        trigger,
        next_at=first,
        catch_up=draw(st.sampled_from(model.CatchUp)),
        deadline=draw(st.sampled_from((timedelta(), MINUTE, HOUR, 24 * HOUR, 4000 * HOUR))),
    )
    return Case(made, now, live_since)


def planned(case: Case) -> list[datetime]:
    """Every instant in [next_at, now], found by walking through all of them."""
    trigger = case.schedule.trigger
    assert isinstance(trigger, triggers.CronTrigger)
    assert case.schedule.next_at is not None
    asked, zone = cron.parse(trigger.expression), cron.zone(trigger.zone)
    return list(asked.between(case.schedule.next_at - timedelta.resolution, case.now, zone))


def in_chunks(case: Case, limit: int) -> tuple[list[due.Due], due.Dues]:
    """What calls of at most `limit` give together, and the last one."""
    made, items = case.schedule, []
    while True:
        found = due.due(made, now=case.now, live_since=case.live_since, limit=limit)
        assert len(found.items) <= limit
        items.extend(found.items)
        if not found.more:
            return items, found
        assert found.items
        made = dataclasses.replace(made, next_at=found.next_at)


# ---------------------------------------------------------------- laws


@given(cases())
@cron_strategies.effort(60)
def test_every_instant_comes_once_and_in_order(case: Case) -> None:
    """The items are the instants in [next_at, now], and next_at is the first one after them."""
    found = due.due(case.schedule, now=case.now, live_since=case.live_since)
    assert [item.planned_at for item in found.items] == planned(case)[:1000]
    assert all(a.planned_at < b.planned_at for a, b in pairwise(found.items))
    assert found.next_at is not None
    assert found.next_at > case.now
    assert (found.more, found.done) == (False, False)
    assert all(item.cause and item.schedule_id == "s" for item in found.items)


@given(cases(), st.floats(0, 1))
@cron_strategies.effort(80)
def test_an_interval_may_be_cut_anywhere(case: Case, part: float) -> None:
    """Two ticks, the second from where the first left off, record what one would have."""
    first = case.schedule.next_at
    assert first is not None
    cut = first + (case.now - first) * part
    one = due.due(case.schedule, now=cut, live_since=case.live_since)
    then = dataclasses.replace(case.schedule, next_at=one.next_at)
    two = due.due(then, now=case.now, live_since=case.live_since)
    assert [item.planned_at for item in (*one.items, *two.items)] == planned(case)


@given(cases(), st.sampled_from((1, 2, 3, 7, 50, 99, 100, 101, 150)))
@cron_strategies.effort(60)
def test_chunks_say_what_the_whole_says(case: Case, limit: int) -> None:
    """However small the chunks, the verdicts, causes and successors are those of one call."""
    assume(len(planned(case)) <= 60 * limit)
    whole = due.due(case.schedule, now=case.now, live_since=case.live_since)
    items, last = in_chunks(case, limit)
    assert items == list(whole.items)
    assert last.next_at == whole.next_at


@given(cases())
@cron_strategies.effort(80)
def test_the_policy_decides_what_is_late(case: Case) -> None:
    """What is on time runs; what is late gets the verdict of the schedule's catch-up policy."""
    found = due.due(case.schedule, now=case.now, live_since=case.live_since)
    verdicts = {item.planned_at: item for item in found.items}
    late = [at for at in planned(case) if at <= case.live_since]
    on_time = [at for at in planned(case) if at > case.live_since]
    in_time = [at for at in late if case.now - at <= case.schedule.deadline]

    assert [at for at in verdicts if verdicts[at].late] == late
    assert all(verdicts[at].verdict is Verdict.RUN for at in on_time)
    running = {at for at in late if verdicts[at].verdict is Verdict.RUN}
    superseded = {at for at in late if verdicts[at].verdict is Verdict.SUPERSEDED}
    match case.schedule.catch_up:
        case model.CatchUp.SKIP:
            assert (running, superseded) == (set(), set())
        case model.CatchUp.LATEST if not in_time:
            assert (running, superseded) == (set(), set())
        case model.CatchUp.LATEST:
            winner = (on_time or late[-1:])[0]
            assert running == (set() if on_time else {late[-1]})
            assert superseded == set(late) - running
            assert {verdicts[at].superseded_by for at in superseded} <= {winner}
        case model.CatchUp.ALL:
            assert running == set(late[-100:]) & set(in_time)
            assert superseded == set()
    assert all(verdicts[at].superseded_by is None for at in verdicts if at not in superseded)


@given(cases(), st.integers(1, 10**9))
@cron_strategies.effort(50)
def test_a_clock_that_steps_back_gives_nothing(case: Case, seconds: int) -> None:
    """While now is before the next instant nothing is due, and nothing is forgotten."""
    first = case.schedule.next_at
    assert first is not None
    now = first - timedelta(seconds=seconds)
    found = due.due(case.schedule, now=now, live_since=case.live_since)
    assert found == due.Dues(items=(), next_at=first, done=False, more=False)


@given(
    st.sampled_from(model.CatchUp),
    st.integers(-10_000, 10_000),
    st.integers(0, 10_000),
    st.integers(-10_000, 10_000),
)
@cron_strategies.effort(60)
def test_a_one_off_comes_once(
    catch_up: model.CatchUp, now_after: int, deadline: int, live_after: int
) -> None:
    """Before its instant nothing; then one occurrence, and the schedule is done."""
    trigger = triggers.AtTrigger(at=EPOCH, zone="Europe/Berlin")
    limit = timedelta(seconds=deadline)
    made = schedule(trigger, next_at=EPOCH, catch_up=catch_up, deadline=limit)
    now = EPOCH + timedelta(seconds=now_after)
    live_since = EPOCH + timedelta(seconds=live_after)
    found = due.due(made, now=now, live_since=live_since)
    if now_after < 0:
        assert found == due.Dues(items=(), next_at=EPOCH, done=False, more=False)
        return
    (item,) = found.items
    assert (found.next_at, found.done, found.more) == (None, True, False)
    late = live_since >= EPOCH
    lost = late and (catch_up is model.CatchUp.SKIP or now - EPOCH > limit)
    assert item.planned_at == EPOCH
    assert item.late is late
    assert item.verdict is (Verdict.MISSED if lost else Verdict.RUN)
    over = dataclasses.replace(made, next_at=None, done=True)
    assert due.due(over, now=now + HOUR, live_since=live_since).items == ()


# ---------------------------------------------------------------- examples


def test_a_late_occurrence_says_why_it_runs_or_not() -> None:
    """Each cause is a sentence with the policy or the deadline that decided."""
    now = EPOCH + 3 * HOUR + timedelta(seconds=0.5)
    causes = {}
    for policy in model.CatchUp:
        made = minutely(policy, expression="0 * * * *")
        causes[policy] = [item.cause for item in due.due(made, now=now, live_since=now).items]
    missed = "missed while dockschedd was not running or the clock jumped; "
    assert (
        causes[model.CatchUp.SKIP]
        == [f"{missed}this schedule skips what it missed (catch-up: skip)"] * 4
    )
    assert causes[model.CatchUp.LATEST] == [
        *([f"{missed}the one due at 03:00 on 1 January 2026, UTC takes its place"] * 3),
        f"due at 03:00 on 1 January 2026, UTC; {missed}caught up 1s late (catch-up: latest)",
    ]
    assert causes[model.CatchUp.ALL][2] == (
        f"{missed}1h1s late, which is more than the deadline of 1h"
    )


def test_a_moved_occurrence_says_so() -> None:
    """An occurrence that a clock change moved carries that in its cause."""
    trigger = triggers.CronTrigger(expression="30 2 * * *", zone="Europe/Berlin")
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    found = due.due(schedule(trigger, next_at=change), now=change, live_since=change - HOUR)
    (item,) = found.items
    assert item.cause == (
        "due at 03:00 on 29 March 2026, Europe/Berlin; "
        "02:30 does not exist on 29 March 2026; runs at 03:00"
    )


def test_a_later_occurrence_on_time_takes_the_place_of_the_late_ones() -> None:
    """`latest` does not run a late one beside one that is on time."""
    live_since = EPOCH + 10 * MINUTE
    found = due.due(minutely(model.CatchUp.LATEST), now=EPOCH + 12 * MINUTE, live_since=live_since)
    late, on_time = found.items[:11], found.items[11:]
    assert [item.planned_at for item in on_time] == [EPOCH + n * MINUTE for n in (11, 12)]
    assert {item.verdict for item in on_time} == {Verdict.RUN}
    assert {(item.verdict, item.superseded_by) for item in late} == {
        (Verdict.SUPERSEDED, EPOCH + 11 * MINUTE)
    }


def test_all_catches_up_a_hundred_at_most() -> None:
    """Of ten hours of minutes the newest hundred run, also when they are asked for in pieces."""
    made = minutely(model.CatchUp.ALL, deadline=24 * HOUR)
    now = EPOCH + 10 * HOUR
    whole = due.due(made, now=now, live_since=now)
    ran = [item.planned_at for item in whole.items if item.verdict is Verdict.RUN]
    assert ran == [now - n * MINUTE for n in reversed(range(100))]
    assert "100" in whole.items[0].cause
    for limit in (7, 99, 100, 101, 550):
        assert in_chunks(Case(made, now, now), limit)[0] == list(whole.items)


def test_a_year_of_minutes_is_decided_piece_by_piece() -> None:
    """The first thousand of half a million come with their verdicts, without walking the rest."""
    asked = 0
    made = minutely(model.CatchUp.LATEST, deadline=HOUR)
    now = EPOCH + timedelta(days=365)
    original = due.first_at

    def counted(trigger: triggers.Trigger, *, after: datetime) -> datetime | None:
        nonlocal asked
        asked += 1
        return original(trigger, after=after)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(due, "first_at", counted)
        found = due.due(made, now=now, live_since=now)
    assert len(found.items) == 1000
    assert found.more
    assert found.next_at == EPOCH + 1000 * MINUTE
    assert {item.superseded_by for item in found.items} == {now}
    assert asked < 1200


def test_a_disabled_schedule_has_nothing_due() -> None:
    """Time during which a schedule was disabled is not missed time."""
    made = dataclasses.replace(minutely(model.CatchUp.ALL), enabled=False)
    assert due.due(made, now=EPOCH + HOUR, live_since=EPOCH).items == ()


def test_a_broken_trigger_is_not_passed_over() -> None:
    """An expression that can no longer be read is an error, not silence."""
    made = minutely(model.CatchUp.SKIP, expression="61 * * * *")
    with pytest.raises(Invalid):
        due.due(made, now=EPOCH, live_since=EPOCH)


def test_the_first_instant_is_strictly_later() -> None:
    """A schedule that is saved at its own instant waits for the next one."""
    hourly = triggers.CronTrigger(expression="0 * * * *", zone="UTC")
    assert due.first_at(hourly, after=EPOCH) == EPOCH + HOUR
    assert due.first_at(hourly, after=EPOCH - timedelta.resolution) == EPOCH
    once = triggers.AtTrigger(at=EPOCH, zone="UTC")
    assert due.first_at(once, after=EPOCH) is None
    assert due.first_at(once, after=EPOCH - timedelta.resolution) == EPOCH


def test_a_preview_shows_both_clocks_and_the_change() -> None:
    """The next instants, in UTC and in the zone, with a note where the clocks change."""
    trigger = triggers.CronTrigger(expression="30 2 * * *", zone="Europe/Berlin")
    begin = datetime(2026, 3, 27, 12, tzinfo=UTC)
    found = due.preview(trigger, after=begin, count=3)
    assert [moment.at.isoformat() for moment in found] == [
        "2026-03-28T01:30:00+00:00",
        "2026-03-29T01:00:00+00:00",
        "2026-03-30T00:30:00+00:00",
    ]
    assert [moment.local.isoformat() for moment in found] == [
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]
    assert [moment.note for moment in found] == [
        "",
        "02:30 does not exist on 29 March 2026; runs at 03:00",
        "",
    ]
    assert due.preview(trigger, after=begin, count=0) == ()


def test_a_preview_of_a_window_shows_its_edges_and_the_change() -> None:
    """An edge that does not exist in spring says at which time it comes instead."""
    trigger = triggers.WindowTrigger(
        expression="daily 02:30-06:00", zone="Europe/Berlin", wants=triggers.Wish.ASLEEP
    )
    found = due.preview(trigger, after=datetime(2026, 3, 28, 12, tzinfo=UTC), count=3)
    assert [(moment.local.isoformat(), moment.note) for moment in found] == [
        (
            "2026-03-29T03:00:00+02:00",
            "02:30 does not exist on 29 March 2026; opens at 03:00",
        ),
        ("2026-03-29T06:00:00+02:00", ""),
        ("2026-03-30T02:30:00+02:00", ""),
    ]


def test_a_preview_of_a_one_off_is_one_instant() -> None:
    """What comes once is shown once, and not at all when it is over."""
    once = triggers.AtTrigger(at=EPOCH, zone="Europe/Berlin")
    (moment,) = due.preview(once, after=EPOCH - HOUR, count=5)
    assert moment.local.isoformat() == "2026-01-01T01:00:00+01:00"
    assert due.preview(once, after=EPOCH, count=5) == ()
