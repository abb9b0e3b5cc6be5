"""What schedules make of a stack over some days, judged by what is asked for one instant."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dockschedd.core import coming, holds, model, stretches, wants, week
from dockschedd.core.triggers import Enforce, Wish
from dockschedd.errors import Invalid
from tests.core import window_oracle
from tests.core.test_days_off import off
from tests.core.test_wants import REF
from tests.core.test_week import (
    DAY,
    HOUR,
    LONG_AGO,
    TICK,
    Action,
    State,
    course,
    cron,
    hold,
    office,
)

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")


def state_at(found: week.Course, when: datetime) -> week.Span:
    place = bisect_right(found.spans, when, key=lambda each: each.begin) - 1
    span = found.spans[place]
    assert span.begin <= when < span.end
    return span


_near = window_oracle.span("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC))
_changing = tuple(datetime(2026, 10, 21, tzinfo=UTC) + n * DAY for n in range(8))
_spreads = st.sampled_from((timedelta(), timedelta(), HOUR, timedelta(hours=5)))
_items = window_oracle.items(_near).map(window_oracle.text)


@st.composite
def states(draw) -> list[model.Schedule]:
    """Some windows with two sides about a clock change."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        each = office(
            draw(_items),
            draw(st.sampled_from(Wish)),
            f"w{number}",
            zone=draw(st.sampled_from(ZONES)),
            spread=draw(_spreads),
            enforce=draw(st.sampled_from(Enforce)),
        )
        try:
            wants.is_state(each.trigger)
        except Invalid:  # one that never ends
            continue
        found.append(each)
    return found


_CRONS = ("0 22 * * *", "30 2 * * *", "*/30 1-3 * * sun", "0 7 * * mon-fri", "15 12 25 10 *")


@st.composite
def doers(draw) -> list[model.Schedule]:
    """Some schedules that act at their instants."""
    return [
        cron(
            draw(st.sampled_from(_CRONS)),
            draw(st.sampled_from(Action)),
            f"c{number}",
            zone=draw(st.sampled_from(ZONES)),
            spread=draw(_spreads),
            updated_at=draw(st.sampled_from((LONG_AGO, _changing[2] + 5 * HOUR))),
        )
        for number in range(draw(st.integers(0, 3)))
    ]


_moments = st.integers(0, 7 * 24 * 60 - 1).map(lambda n: _changing[0] + n * timedelta(minutes=1))


@given(states(), st.lists(_moments, min_size=1, max_size=20))
def test_with_windows_alone_it_is_as_they_want_it_at_every_instant(windows, moments):
    """What is told for a week is what is told for each of its instants, clock changes and all."""
    found = course(*windows, days=_changing)

    for moment in moments:
        wanted = wants.desired(windows, REF, moment)
        span = state_at(found, moment)
        if wanted is None:
            assert (span.state, span.by) == (State.ANY, None)
        else:
            assert (span.state, span.by) == (State(wanted.wish), wanted.schedule.name)


@settings(max_examples=50)
@given(states(), doers(), st.booleans())
def test_what_is_done_is_what_comes(windows, others, has_days_off):
    """The actions of the week are those that come on the stack one after the other."""
    free = off(_changing[3].date(), zone="Europe/Berlin", host="local") if has_days_off else None
    known = [*windows, *others]
    found = week.course(
        REF, known, holds.Blocks(days_off={"local": free} if free else {}), days=_changing
    )
    acting = {
        (each.at, each.schedule, each.action)
        for each in found.marks
        if each.acts and "has ended" not in each.note
    }
    ahead = coming.ahead(
        known, after=_changing[0] - TICK, until=_changing[-1] - TICK, stack=REF, off=free
    )
    assert acting == {
        (each.at, each.schedule.name, each.action)
        for each in ahead
        if each.at >= each.schedule.updated_at
    }


def _blocked(draw) -> holds.Blocks:
    hours = st.integers(-30, 200).map(lambda n: _changing[0] + n * HOUR)
    lasting = st.tuples(hours, st.none() | hours).filter(lambda p: p[1] is None or p[0] < p[1])
    freeze, held = None, {}
    if draw(st.booleans()):
        since, until = draw(lasting)
        freeze = holds.Freeze(owner="bob", reason="", zone="UTC", since=since, until=until)
    if draw(st.booleans()):
        since, until = draw(lasting)
        held = hold(draw(st.sampled_from(holds.Wanted)), since, until)["holds"]
    dates = draw(st.lists(st.sampled_from(_near.days()), max_size=3))
    zone = draw(st.sampled_from(ZONES))
    return holds.Blocks(
        freeze=freeze, holds=held, days_off={"local": off(*dates, zone=zone, host="local")}
    )


blocks = st.composite(_blocked)()


@given(blocks, st.lists(_moments, min_size=1, max_size=20))
def test_stretches_say_for_an_interval_what_keeps_schedules_away_at_an_instant(kept, moments):
    """The same cause, in stretches that do not overlap."""
    found = stretches.find(kept, REF, begin=_changing[0], end=_changing[-1])

    for moment in moments:
        cause = kept.cause(REF, at=moment, now=moment)
        stretch = found.at(moment)
        assert (stretch is None) is (cause is None)
        if stretch is not None and stretch.kind is not stretches.Kind.DAY_OFF:
            assert stretch.text == cause
    assert all(
        one.end <= other.begin for one, other in zip(found.items, found.items[1:], strict=False)
    )


@settings(max_examples=50)
@given(states(), doers(), blocks, st.lists(_moments, min_size=1, max_size=10))
def test_nothing_is_done_and_nothing_changes_while_schedules_are_kept_away(
    windows, others, kept, moments
):
    """What would come meanwhile is told with its cause; a hold keeps its own state."""
    found = week.course(REF, [*windows, *others], kept, days=_changing)
    held = kept.holds.get(REF)

    assert found.spans[0].begin == _changing[0]
    assert found.spans[-1].end == _changing[-1]
    assert all(
        one.end == other.begin for one, other in zip(found.spans, found.spans[1:], strict=False)
    )
    for mark in found.marks:
        cause = kept.cause(REF, at=mark.at, now=mark.at)
        assert not (mark.acts and cause is not None)
    for moment in moments:
        span = state_at(found, moment)
        if held is not None and holds.is_active(held, moment):
            assert span.state is (State.AWAKE if held.wants is holds.Wanted.UP else State.ASLEEP)
        elif (stretch := kept.cause(REF, at=moment, now=moment)) is not None:
            assert span.begin <= moment, stretch
