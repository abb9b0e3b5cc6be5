"""What windows want of a stack: several at once, with their edges, spread and zones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import due, model, spread, triggers, wants
from dockschedd.core.triggers import Enforce, SleepBy, Wish
from tests.store import nouns

REF = model.StackRef("local", "web")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)


def window(text="daily 08:00-18:00", wish=Wish.AWAKE, name="office", **changes) -> model.Schedule:
    trigger = triggers.WindowTrigger(
        expression=text,
        zone=changes.pop("zone", "UTC"),
        wants=wish,
        sleep_by=changes.pop("sleep_by", SleepBy.STOP),
        enforce=changes.pop("enforce", Enforce.BOUNDARY),
        also_asleep=changes.pop("also_asleep", ()),
    )
    return nouns.schedule(name, **{"trigger": trigger, "action": None, "id": name, **changes})


def at(hour: float) -> datetime:
    """That hour of the Monday."""
    return MONDAY + hour * HOUR


@pytest.mark.parametrize(
    ("schedules", "hour", "wish", "name", "until"),
    [
        ([window()], 9, Wish.AWAKE, "office", 18),
        ([window()], 8, Wish.AWAKE, "office", 18),
        ([window()], 18, Wish.ASLEEP, "office", 32),
        ([window("daily 22:00-06:00", Wish.ASLEEP, "night")], 23, Wish.ASLEEP, "night", 30),
        ([window(), window("daily 12:00-20:00", name="late")], 13, Wish.AWAKE, "late", 20),
        ([window(), window("daily 12:00-20:00", name="late")], 19, Wish.AWAKE, "late", 20),
        ([window(), window("daily 12:00-20:00", name="late")], 21, Wish.ASLEEP, "late", 36),
    ],
)
def test_awake_wins_and_the_longest_has_the_last_word(schedules, hour, wish, name, until):
    """Of windows that agree, the one that goes on wanting it longest names the end."""
    found = wants.desired(schedules, REF, at(hour))

    assert found is not None
    assert (found.wish, found.schedule.name, found.until) == (wish, name, at(until))
    assert wants.desired(reversed(schedules), REF, at(hour)) == found


def test_who_has_no_opinion_is_not_asked():
    """Disabled windows, windows with one side and cron schedules want no state."""
    others = [window(enabled=False), window("mon-fri 08:00-", name="edge"), nouns.schedule("c")]

    assert wants.desired(others, REF, at(9)) is None


def test_it_is_enforced_always_when_one_that_has_its_way_is():
    """A window that is overruled enforces nothing."""
    asleep = window("daily 00:00-23:00", Wish.ASLEEP, "off", enforce=Enforce.ALWAYS)
    found = wants.desired([window(), asleep], REF, at(9))
    assert found is not None
    assert not found.always
    found = wants.desired([window(enforce=Enforce.ALWAYS), asleep], REF, at(9))
    assert found is not None
    assert found.always


@pytest.mark.parametrize("sleep_by", SleepBy)
def test_each_edge_has_its_own_action(sleep_by):
    """Waking is a start, sleeping what the window says; its wish says which edge."""
    down = model.Action(sleep_by.value)
    office = window(sleep_by=sleep_by)
    night = window("daily 22:00-06:00", Wish.ASLEEP, sleep_by=sleep_by)

    assert due.action_at(office, at(8)) is model.Action.START
    assert due.action_at(office, at(18)) is down
    assert due.action_at(night, at(22)) is down
    assert due.action_at(night, at(30)) is model.Action.START
    assert wants.options(night, down).remember
    assert not wants.options(night, model.Action.START).remember


def test_spread_moves_what_is_wanted_with_the_edge():
    """Until its own, moved edge the stack is wanted as before it."""
    moved = window(spread=HOUR)
    offset = spread.offset(moved.id, REF, moved.spread)
    before = wants.desired([moved], REF, at(8) + offset - timedelta(seconds=1))
    after = wants.desired([moved], REF, at(8) + offset)

    assert offset
    assert before is not None
    assert after is not None
    assert (before.wish, after.wish) == (Wish.ASLEEP, Wish.AWAKE)
    assert (before.until, after.since) == (at(8) + offset, at(8) + offset)


def test_a_calendar_puts_to_sleep_whatever_the_window_wants():
    """On its dates, all day in the window's zone, a stack is wanted asleep."""
    holiday = (triggers.Calendar(name="h", dates=frozenset({MONDAY.date()})),)
    office = window(also_asleep=holiday)
    night = window("daily 22:00-06:00", Wish.ASLEEP, "night", also_asleep=holiday)

    for each in (office, night):
        for hour in (0, 9, 12, 23.9):
            found = wants.desired([each], REF, at(hour))
            assert found is not None
            assert found.wish is Wish.ASLEEP


def test_an_edge_is_overruled_only_by_another_window_that_wants_it_awake():
    """Never by itself, never an edge that wakes, never by one that has no wish just then."""
    late = window("daily 12:00-20:00", name="late")
    office = window()

    assert wants.overruled(office, REF, [office, late], at=at(18)) == (
        "schedule `late` wants it awake until 20:00 on 23 November 2026, UTC: awake wins"
    )
    assert wants.overruled(office, REF, [office], at=at(18)) is None
    assert wants.overruled(late, REF, [office, late], at=at(20)) is None
    assert wants.overruled(office, REF, [office, late], at=at(8)) is None
    assert wants.overruled(nouns.schedule("cron"), REF, [late], at=at(13)) is None


_HOURS = st.integers(0, 23)


@given(
    spans=st.lists(
        st.tuples(_HOURS, _HOURS, st.sampled_from(Wish)).filter(lambda each: each[0] != each[1]),
        min_size=1,
        max_size=4,
    ),
    hour=st.integers(0, 7 * 24 - 1),
)
def test_several_windows_against_a_plain_model(spans, hour):
    """Hour by hour of a week it is what a table of hours says: awake if any says so."""

    def says(span) -> Wish:
        opens, closes, wish = span
        of_day = hour % 24
        inside = opens <= of_day < closes if opens < closes else not closes <= of_day < opens
        other = Wish.ASLEEP if wish is Wish.AWAKE else Wish.AWAKE
        return wish if inside else other

    schedules = [
        window(f"{opens:02}:00-{closes:02}:00", wish, f"w{place}")
        for place, (opens, closes, wish) in enumerate(spans)
    ]
    expected = Wish.AWAKE if Wish.AWAKE in map(says, spans) else Wish.ASLEEP
    found = wants.desired(schedules, REF, at(hour))

    assert found is not None
    assert found.wish is expected
    assert found.since is not None
    assert found.until is not None
    assert found.since <= at(hour) < found.until
    assert replace(found, always=False) == found


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["daily 08:00-18:00", "daily 12:00-20:00", "mon-fri 22:00-06:00", "mon-fri 07:00-"]
            ),
            st.sampled_from(list(Wish)),
            st.integers(0, 600),
        ),
        max_size=3,
    ),
    st.floats(0, 72),
    st.floats(0, 1, exclude_max=True),
)
def test_what_is_wanted_stays_until_the_next_change(drawn, hour, fraction):
    """Whoever keeps the answer needs to look again only then, with every spread."""
    schedules = [
        window(text, wish, f"w{number}", spread=timedelta(minutes=minutes))
        for number, (text, wish, minutes) in enumerate(drawn)
    ]
    now = at(round(hour * 60) / 60)
    then = wants.next_change(schedules, REF, after=now)
    if then is None:
        assert wants.desired(schedules, REF, now) is None
        return

    assert then > now
    before = wants.desired(schedules, REF, now + (then - now) * fraction)
    assert before == wants.desired(schedules, REF, now)
