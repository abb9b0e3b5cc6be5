"""A host's days off: what is covered, from when and until when, whatever clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import days_off, fleet, holds, model, triggers

#: Clocks that change at midnight, over it, skip a date, or repeat the first minutes of one.
ZONES = (
    *("UTC", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "America/Havana"),
    *("America/Goose_Bay", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu"),
)
DAY, TICK = timedelta(days=1), timedelta.resolution
START = datetime(2010, 1, 1)  # noqa: DTZ001 (Hypothesis adds the zone)
#: About the changes of these zones in 2010 and 2011, when Apia skipped 30 December.
STRANGE = (
    *(date(2010, 11, day) for day in (6, 7)),
    *(date(2011, 2, day) for day in (19, 20)),
    *(date(2011, 3, day) for day in (12, 13)),
    *(date(2011, 11, day) for day in (5, 6, 7)),
    *(date(2011, 12, day) for day in (29, 30)),
)
days = st.dates(date(2010, 1, 1), date(2011, 12, 31)) | st.sampled_from(STRANGE)
moments = st.datetimes(START, START + 2 * 365 * DAY, timezones=st.just(UTC)) | st.builds(
    lambda day, minutes: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    days,
    st.integers(-1440, 2880),
)
rows = st.builds(
    lambda first, count: [first + DAY * n for n in range(count)], days, st.integers(1, 4)
)
zones = st.sampled_from(ZONES)


def off(*dates: date, zone: str = "UTC", host: str = "edge") -> days_off.DaysOff:
    calendar = triggers.Calendar(name="holidays", dates=frozenset(dates))
    return days_off.DaysOff(host=host, calendar=calendar, zone=zone)


@given(rows, zones, moments)
def test_what_the_clock_shows_decides(dates, zone, at):
    """An instant is covered if the host's clocks show one of the dates then."""
    assert off(*dates, zone=zone).covers(at) == (at.astimezone(ZoneInfo(zone)).date() in dates)


@given(st.lists(rows, min_size=1, max_size=3), zones, moments, st.integers(0, 4 * 24 * 60))
def test_what_is_covered_begins_and_ends_where_it_says(some, zone, at, minutes):
    """Everything in [since, until) is covered, and neither side beyond it is."""
    found = off(*(day for row in some for day in row), zone=zone)
    if not found.covers(at):
        return
    since, until = found.since(at), found.until(at)

    assert since <= at < until
    assert not found.covers(until)
    assert not found.covers(since - TICK)
    inside = since + timedelta(minutes=minutes)
    assert inside >= until or found.covers(inside)
    assert (found.since(until - TICK), found.until(since)) == (since, until)


def test_a_date_that_comes_back_for_an_hour_is_told_as_the_clocks_show_it():
    """At 00:01 on 7 November 2010 the clocks of Goose Bay went back to 23:01 the day before."""
    found = off(date(2010, 11, 6), zone="America/Goose_Bay")
    midnight = datetime(2010, 11, 7, 3, tzinfo=UTC)

    assert found.until(midnight - TICK) == midnight
    assert found.since(midnight + timedelta(minutes=30)) == midnight + timedelta(minutes=1)
    assert found.until(midnight + timedelta(minutes=30)) == midnight + timedelta(hours=1)


def test_schedules_are_kept_away_by_the_instant_and_by_now():
    """As a hold does: what was due before is left out as well by a day that has begun since."""
    xmas = date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26)
    blocks = holds.Blocks(days_off={"edge": off(*xmas, zone="Europe/Berlin")})
    web, other = model.StackRef("edge", "web"), model.StackRef("core", "web")
    before = datetime(2026, 12, 23, 22, 59, tzinfo=UTC)
    during, after = before + timedelta(minutes=1), datetime(2026, 12, 26, 23, tzinfo=UTC)
    told = (
        "calendar `holidays` keeps schedules from host `edge` until 00:00 on 27 December 2026, "
        "Europe/Berlin"
    )

    assert blocks.cause(web, at=before, now=before) is None
    assert blocks.cause(web, at=during, now=before) == told
    assert blocks.cause(web, at=before, now=during) == told
    assert blocks.cause(other, at=during, now=during) is None
    assert blocks.cause(web, at=during, now=after) == told
    assert blocks.cause(web, at=after, now=after) is None
    assert blocks.before(web, at=during, now=during) is None
    assert blocks.before(web, at=during, now=after) == during - TICK


def test_the_configuration_says_what_its_hosts_have_off():
    """One of the database with the same name does not count; without a zone the daemon's does."""
    berlin = days_off.Configured(
        hosts={"a": host("a"), "b": host("b", calendar="x")}, zone="Europe/Berlin"
    )
    asked = berlin.asked([host("a", calendar="x"), host("c", calendar="y", zone="UTC"), host("d")])
    known = {name: triggers.Calendar(name=name, dates=frozenset()) for name in "xy"}
    found = berlin.days_off(asked, known)

    assert {(name, each.calendar.name, each.zone) for name, each in found.items()} == {
        ("b", "x", "Europe/Berlin"),
        ("c", "y", "UTC"),
    }
    assert berlin.days_off(asked, {}) == {}


def host(name: str, **changes) -> fleet.Host:
    return fleet.Host(name=name, endpoint=fleet.Endpoint(url="unix:///docker.sock"), **changes)
