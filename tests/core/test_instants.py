"""core.instants: text of instants and durations, and wall times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockschedd.core import instants
from tests.core import cron_strategies, debian_cron

BERLIN = ZoneInfo("Europe/Berlin")

aware = st.datetimes(timezones=st.just(UTC))
milliseconds = st.integers(1, int(instants.LONGEST / timedelta(milliseconds=1)))


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001  what a clock on the wall shows


# ---------------------------------------------------------------- instants as text


@given(aware)
@cron_strategies.effort(100)
def test_an_instant_survives_its_text(at: datetime) -> None:
    """What is written is read back to the microsecond, in text of one width."""
    text = instants.to_text(at)
    assert len(text) == 27
    assert text.endswith("Z")
    assert instants.from_text(text) == at


@given(aware, aware)
@cron_strategies.effort(100)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    """Sorting texts sorts instants."""
    assert (instants.to_text(one) < instants.to_text(other)) == (one < other)


@given(aware, st.integers(-14 * 60, 14 * 60))
@cron_strategies.effort(100)
def test_the_offset_does_not_matter(at: datetime, minutes: int) -> None:
    """The same instant, written with another offset, has the same text."""
    zone = timezone(timedelta(minutes=minutes))
    try:
        elsewhere = at.astimezone(zone)
    except OverflowError:
        return
    assert instants.to_text(elsewhere) == instants.to_text(at)
    if len(elsewhere.isoformat()) >= len("2026-01-01T00:00:00+00:00"):
        assert instants.from_text(elsewhere.isoformat()) == at


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-24T18:00:00Z",
        "2026-12-24t18:00:00z",
        "2026-12-24 18:00:00Z",
        "2026-12-24T18:00Z",
        "2026-12-24T18:00:00.000000000Z",
        "2026-12-24T19:00:00+01:00",
        "2026-12-24T13:30:00-04:30",
    ],
)
def test_rfc_3339_is_read(text: str) -> None:
    """Either case, a blank for the T, any offset, and the engine's nine digits are understood."""
    assert instants.from_text(text) == datetime(2026, 12, 24, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-12-24",
        "2026-12-24T18:00:00",
        "2026-13-24T18:00:00Z",
        "2026-12-24T25:00:00Z",
        "2026-W52-4T18:00Z",
        "20261224T180000Z",
        "٢٠٢٦-12-24T18:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-12-24T18:00:00+99:00",
    ],
)
def test_what_is_no_instant_is_a_value_error(text: str) -> None:
    """No zone, no such date, another notation or beyond the calendar: one kind of error."""
    with pytest.raises(ValueError):
        instants.from_text(text)


@given(st.text(max_size=40))
@cron_strategies.effort(100)
def test_any_text_is_an_instant_or_a_value_error(text: str) -> None:
    """No text raises anything else."""
    try:
        found = instants.from_text(text)
    except ValueError:
        return
    assert found.tzinfo is UTC


def test_a_naive_instant_is_refused() -> None:
    """Nothing is guessed about a zone."""
    with pytest.raises(ValueError, match="no zone"):
        instants.to_text(wall(2026, 1, 1))


# ---------------------------------------------------------------- durations


@given(milliseconds)
@example(250)
@example(604_800_000)
@example(1)
@example(60_001)
def test_a_duration_survives_its_text(count: int) -> None:
    """What is written is read back to the millisecond."""
    duration = timedelta(milliseconds=count)
    assert instants.parse_duration(instants.format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("10 m", 600),
        (" 2D ", 172_800),
        ("1w", 604_800),
        ("250ms", 0.25),
        ("1m250ms", 60.25),
        ("1.5h", 5400),
        ("0h5m", 300),
        ("1.000000000000s", 1),
        ("0000000000001s", 1),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    """Numbers with units, in any case, with blanks between them."""
    assert instants.parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a duration"),
        ("5", "not a duration"),
        ("m", "not a duration"),
        ("-5m", "not a duration"),
        ("1h30", "not a duration"),
        ("1 0s", "not a duration"),
        ("5 minutes", "not a duration"),
        ("٣h", "not a duration"),
        ("1,5h", "not a duration"),
        ("nan h", "not a duration"),
        ("0s", "not longer than zero"),
        ("0h0m", "not longer than zero"),
        ("0.0001s", "not longer than zero"),
        ("523w", "longer than ten years"),
        ("9" * 400 + "w", "longer than ten years"),
        ("9" * 5000 + "ms", "longer than ten years"),
    ],
)
def test_what_is_no_duration_is_said(text: str, said: str) -> None:
    """A sentence for a person, whatever was written."""
    with pytest.raises(ValueError, match=said):
        instants.parse_duration(text)


@given(st.one_of(st.text(max_size=30), st.text("0123456789.wdhms ", max_size=30)))
@cron_strategies.effort(150)
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    """No text raises anything else, and what is read is within its bounds."""
    try:
        found = instants.parse_duration(text)
    except ValueError:
        return
    assert timedelta() < found <= instants.LONGEST


def test_durations_are_told_shortly() -> None:
    """The largest units first, none that is zero, and nothing below zero."""
    shown = instants.format_duration
    assert shown(timedelta(hours=1, minutes=30)) == "1h30m"
    assert shown(timedelta(days=8, seconds=1)) == "1w1d1s"
    assert shown(timedelta(milliseconds=250)) == "250ms"
    assert shown(timedelta()) == shown(timedelta(seconds=-5)) == "0s"


# ---------------------------------------------------------------- wall times


@given(st.data(), cron_strategies.zones)
@cron_strategies.effort(80)
def test_a_wall_time_that_exists_is_where_it_is_shown(data: st.DataObject, zone: str) -> None:
    """The first instant that shows it: never later than one that does."""
    tz = ZoneInfo(zone)
    at = data.draw(cron_strategies.instants(zone))
    shown = instants.wall(at, tz)
    found = instants.first_instant(shown, tz)
    assert found <= at
    assert instants.wall(found, tz) == shown


def test_a_wall_time_left_out_is_the_instant_of_the_change() -> None:
    """Between 02:00 and 03:00 of the spring day every time is 03:00; a day left out, the next."""
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    for minute in (0, 1, 59):
        assert instants.first_instant(wall(2026, 3, 29, 2, minute), BERLIN) == change
    assert instants.first_instant(wall(2026, 3, 29, 3), BERLIN) == change
    apia = instants.first_instant(wall(2011, 12, 30, 23, 59), ZoneInfo("Pacific/Apia"))
    assert apia == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_wall_time_that_comes_twice_is_the_first() -> None:
    """02:30 of the autumn day is in summer time."""
    found = instants.first_instant(wall(2026, 10, 25, 2, 30), BERLIN)
    assert found == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", cron_strategies.ZONES)
def test_every_clock_change_is_found(zone: str) -> None:
    """Walking from change to change, either way, meets those that stepping by hours meets."""
    first, last = cron_strategies.ZONES[zone]
    begin, end = debian_cron.utc(first, 1, 1), debian_cron.utc(last + 1, 1, 1)
    expected, tz = debian_cron.changes(zone, begin, end), ZoneInfo(zone)
    found, at = [], begin
    while (change := instants.first_change(at, end, tz)) is not None:
        found.append(change)
        at = change
    assert found == expected
    for change in expected:
        assert instants.last_change(change, tz) == change
        assert instants.last_change(change + timedelta(hours=1), tz) == change
        assert instants.last_change(change - timedelta.resolution, tz) != change


def test_a_change_at_the_turn_of_the_year_is_found_from_both_sides() -> None:
    """A change at the very beginning of a year in UTC belongs to one interval, once."""
    tz, change = ZoneInfo("Asia/Singapore"), datetime(1981, 12, 31, 16, tzinfo=UTC)
    assert instants.first_change(change - timedelta(hours=1), change, tz) == change
    assert instants.first_change(change, change + timedelta(days=9), tz) is None
    # Nepal moved by a quarter of an hour at 18:30 UTC on the last day of 1985.
    nepal = datetime(1985, 12, 31, 18, 30, tzinfo=UTC)
    assert instants.last_change(nepal + timedelta(days=30), ZoneInfo("Asia/Kathmandu")) == nepal
