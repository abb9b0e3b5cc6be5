"""The end of a hold, and the instants that plans and explanations are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import instants, until
from dockschedd.errors import Invalid

BERLIN = ZoneInfo("Europe/Berlin")
#: A Tuesday, 13:00 in Berlin.
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:30", "2026-11-24 18:30"),
        ("08:00", "2026-11-25 08:00"),
        ("13:00", "2026-11-25 13:00"),
        ("mon 08:00", "2026-11-30 08:00"),
        ("tue 08:00", "2026-12-01 08:00"),
        ("Tuesday 14:00", "2026-11-24 14:00"),
        ("tomorrow 7:00", "2026-11-25 07:00"),
        ("wed", "2026-11-25 00:00"),
        ("tomorrow", "2026-11-25 00:00"),
        ("2026-12-24", "2026-12-24 00:00"),
        ("2026-12-24 18:00", "2026-12-24 18:00"),
        ("2026-12-24T17:00:00Z", "2026-12-24 18:00"),
    ],
)
def test_a_time_is_the_next_one(text, expected):
    """A time of day is today's or tomorrow's, a weekday the next one, a day its midnight."""
    found = until.instant(text, BERLIN, now=NOON)

    assert found.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M") == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("today 08:00", "until-past"),
        ("2026-11-24 08:00", "until-past"),
        ("soon", "until-invalid"),
        ("25:00", "until-invalid"),
        ("monkey 08:00", "until-invalid"),
        ("mon08:00", "until-invalid"),
        ("", "until-invalid"),
        ("yesterday 18:00", "until-past"),
    ],
)
def test_what_is_past_or_no_time_is_refused(text, code):
    """With its path, and the forms that work."""
    with pytest.raises(Invalid) as raised:
        until.instant(text, BERLIN, now=NOON)

    assert (raised.value.faults[0].code, raised.value.faults[0].path) == (code, "until")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("07:00", "2026-11-24 07:00"),
        ("13:00", "2026-11-24 13:00"),
        ("22:00", "2026-11-23 22:00"),
        ("yesterday 22:00", "2026-11-23 22:00"),
        ("yesterday", "2026-11-23 00:00"),
        ("today 07:00", "2026-11-24 07:00"),
        ("today 14:00", "2026-11-24 14:00"),
        ("tue 08:00", "2026-11-24 08:00"),
        ("tue 14:00", "2026-11-17 14:00"),
        ("Monday 08:00", "2026-11-23 08:00"),
        ("wed", "2026-11-18 00:00"),
        ("2026-11-20", "2026-11-20 00:00"),
        ("2026-11-20T07:00:00Z", "2026-11-20 08:00"),
    ],
)
def test_of_what_has_been_a_time_is_the_last_one(text, expected):
    """A time of day is today's or yesterday's, a weekday the last one."""
    found = until.gone(text, BERLIN, now=NOON, path="at")

    assert found.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M") == expected


def test_each_direction_has_examples_of_its_own():
    """What cannot be understood is refused with forms that make sense there."""
    for read, example in ((until.gone, "yesterday 22:00"), (until.coming, "tomorrow 07:00")):
        with pytest.raises(Invalid) as raised:
            read("last night", BERLIN, now=NOON, path="at")
        (fault,) = raised.value.faults
        assert (fault.path, fault.code) == ("at", "at-invalid")
        assert example in (fault.hint or "")


@given(
    st.sampled_from(("", *(f"{day} " for day in ("mon", "wed", "sun", "tomorrow")))),
    st.integers(0, 23),
    st.integers(0, 59),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_it_is_later_than_now_and_within_eight_days(day, hour, minute, now):
    """Also over the changes of the clocks, where it shows what was written or the next time."""
    found = until.instant(f"{day}{hour:02}:{minute:02}", BERLIN, now=now)

    assert now < found <= now + timedelta(days=8)
    shown = instants.wall(found, BERLIN)
    assert (shown.hour, shown.minute) == (hour, minute) or shown.hour == 3


@given(
    st.sampled_from(("", "mon ", "wed ", "sun ")),
    st.integers(0, 23),
    st.integers(0, 59),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_backwards_it_is_not_later_than_now_and_within_eight_days(day, hour, minute, now):
    """Also over the changes of the clocks."""
    found = until.gone(f"{day}{hour:02}:{minute:02}", BERLIN, now=now, path="at")

    assert now - timedelta(days=8) <= found <= now


def test_a_duration_is_added_to_now():
    """2h is two hours from now; nonsense is refused with its path."""
    assert until.lasting("2h", now=NOON) == NOON + timedelta(hours=2)
    with pytest.raises(Invalid) as raised:
        until.lasting("two", now=NOON)
    assert raised.value.faults[0].path == "duration"
