"""core.cron: laws of the instants that come out, days, clock changes, and zones."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dockschedd.core import cron, instants
from dockschedd.errors import Invalid
from tests.core import cron_strategies

BERLIN = ZoneInfo("Europe/Berlin")
TICK = timedelta.resolution


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001  what a clock on the wall shows


def read_or_skip(text: str) -> cron.Cron:
    try:
        return cron.parse(text)
    except Invalid:
        assume(False)
        raise


# ---------------------------------------------------------------- laws


@given(st.data(), cron_strategies.written, cron_strategies.zones)
@cron_strategies.effort(70)
def test_the_next_instant_is_later_and_the_first(
    data: st.DataObject, text: str, zone: str
) -> None:
    """What comes out is strictly later, and every start in between gives the same answer."""
    tz, asked = cron.zone(zone), read_or_skip(text)
    after = data.draw(cron_strategies.instants(zone))
    found = asked.next_after(after, tz)
    assume(found is not None)
    assert found is not None
    assert found > after
    assert found.tzinfo is UTC
    between = after + (found - after) * data.draw(st.floats(0, 1, exclude_max=True))
    assert asked.next_after(min(between, found - TICK), tz) == found
    assert asked.next_after(found - TICK, tz) == found
    later = asked.next_after(found, tz)
    assert later is None or later > found


@given(st.data(), cron_strategies.written, cron_strategies.zones)
@cron_strategies.effort(50)
def test_cutting_an_interval_loses_and_doubles_nothing(
    data: st.DataObject, text: str, zone: str
) -> None:
    """Both halves of an interval, cut anywhere, hold together what the whole holds."""
    tz, asked = cron.zone(zone), read_or_skip(text)
    after = data.draw(cron_strategies.instants(zone))
    whole = list(islice(asked.between(after, after + timedelta(days=900), tz), 30))
    assume(whole)
    until = whole[-1]
    cut = data.draw(st.sampled_from([after, *whole]))
    halves = [*asked.between(after, cut, tz), *asked.between(cut, until, tz)]
    assert halves == whole
    assert all(first < second for first, second in pairwise(whole))


@given(
    st.sampled_from(sorted(cron_strategies.ZONES)),
    st.integers(0, 23),
    st.integers(0, 59),
)
@cron_strategies.effort(50)
@example("Europe/Berlin", 2, 30)
@example("America/Sao_Paulo", 0, 0)
@example("Australia/Lord_Howe", 2, 15)
def test_a_fixed_daily_time_comes_once_for_each_day(zone: str, hour: int, minute: int) -> None:
    """Every date of the calendar gets exactly one instant; a time left out, the first after it."""
    tz, asked = cron.zone(zone), cron.parse(f"{minute} {hour} * * *")
    for change in cron_strategies.changes(zone)[:2]:
        begin = instants.wall(change - timedelta(days=3), tz).replace(hour=12, minute=0)
        wanted = [
            instants.first_instant(
                (begin + timedelta(days=n)).replace(hour=hour, minute=minute, second=0), tz
            )
            for n in range(1, 6)
        ]
        found = list(asked.between(wanted[0] - TICK, wanted[-1], tz))
        # Two dates share an instant only where a whole day is left out, as in Apia.
        assert found == sorted(set(wanted))


@given(cron_strategies.written, cron_strategies.any_instants)
@cron_strategies.effort(50)
def test_in_utc_nothing_but_the_fields_counts(text: str, after: datetime) -> None:
    """Without clock changes the instant shows a minute, an hour and a month that are written."""
    asked = read_or_skip(text)
    found = asked.next_after(after, ZoneInfo("UTC"))
    assume(found is not None)
    assert found is not None
    assert found.minute in asked.fields.minutes
    assert found.hour in asked.fields.hours
    assert found.month in asked.fields.months
    assert (found.second, found.microsecond) == (0, 0)


# ---------------------------------------------------------------- clock changes


def test_a_time_left_out_comes_at_the_first_instant_after_the_change() -> None:
    """02:30 on the day when 02:00 becomes 03:00 is 03:00, and both of 02:00 and 02:30 are one."""
    for text in ("30 2 * * *", "0,30 2 * * *", "0,30 2,3 29 3 *"):
        found = cron.parse(text).next_after(at(2026, 3, 29, 0), BERLIN)
        assert found == at(2026, 3, 29, 1), text
    both = cron.parse("0 2,3 * * *")
    day = list(both.between(at(2026, 3, 28, 23), at(2026, 3, 29, 20), BERLIN))
    assert day == [at(2026, 3, 29, 1)]


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    """02:30 on the day when 03:00 becomes 02:00 is due in summer time, and not again."""
    asked = cron.parse("30 2 * * *")
    day = list(asked.between(at(2026, 10, 24, 12), at(2026, 10, 25, 12), BERLIN))
    assert day == [at(2026, 10, 25, 0, 30)]


def test_a_wildcard_follows_elapsed_time() -> None:
    """The hour that comes twice is gone through twice, the one left out has nothing to run."""
    asked = cron.parse("*/30 2 * * *")
    autumn = list(asked.between(at(2026, 10, 24, 12), at(2026, 10, 25, 12), BERLIN))
    assert autumn == [at(2026, 10, 25, 0) + n * timedelta(minutes=30) for n in range(4)]
    assert list(asked.between(at(2026, 3, 28, 12), at(2026, 3, 29, 12), BERLIN)) == []


def test_left_out_names_the_times_behind_an_instant() -> None:
    """The wall times that a change leaves out are known at the instant that stands in for them."""
    change = at(2026, 3, 29, 1)
    two, half = wall(2026, 3, 29, 2), wall(2026, 3, 29, 2, 30)
    assert cron.parse("0,30 2 * * *").left_out(change, BERLIN) == (two, half)
    assert cron.parse("0 3 * * *").left_out(change, BERLIN) == ()
    assert cron.parse("30 2 * * *").left_out(at(2026, 3, 30, 0, 30), BERLIN) == ()
    assert cron.parse("*/30 2 * * *").left_out(change, BERLIN) == ()


# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0 0 13 * fri", [2, 9, 13, 16, 23, 30]),
        ("0 0 1-7 * fri", [1, 2, 3, 4, 5, 6, 7, 9, 16, 23, 30]),
        ("0 0 */10 * fri", []),
        ("0 0 */5 * fri", [16]),
        ("0 0 10 * */2", [10]),
        ("0 0 L * *", [31]),
        ("0 0 1,L * *", [1, 31]),
        ("0 0 29-L * *", [29, 30, 31]),
        ("0 0 * * L5", [30]),
        ("0 0 * * Lfri", [30]),
        ("0 0 * * 5#2", [9]),
        ("0 0 * * fri#2,wed", [7, 9, 14, 21, 28]),
        ("0 0 13 * 5#2", [9, 13]),
        ("0 0 * * L0", [25]),
        ("0 0 * * 7", [4, 11, 18, 25]),
        ("0 0 * * 6-7", [3, 4, 10, 11, 17, 18, 24, 25, 31]),
        ("0 0 31 2 0", []),
        ("0 0 31 2,10 0", [4, 11, 18, 25, 31]),
    ],
)
def test_days_are_chosen_as_by_debian(text: str, days: list[int]) -> None:
    """Day and weekday are both wanted when one starts with `*`, else either; October 2026."""
    asked, utc = cron.parse(text), ZoneInfo("UTC")
    found = asked.between(at(2026, 9, 30, 23, 59), at(2026, 10, 31, 23), utc)
    assert [each.day for each in found] == days


# ---------------------------------------------------------------- edges


def test_the_rarest_day_is_found() -> None:
    """29 February on a Sunday is forty years away across 2100, and is found."""
    for text in ("0 0 29 2 */7", "*/60 */24 29 2 */7", "0 0 * 2 sun#5"):
        found = cron.parse(text).next_after(at(2088, 3, 1), BERLIN)
        assert found == at(2128, 2, 28, 23), text


def test_time_ends_without_an_error() -> None:
    """Beyond the last year there is nothing, and before the first one nothing breaks."""
    asked = cron.parse("30 2 * * *")
    for zone in (BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Kiritimati")):
        assert asked.next_after(datetime.max.replace(tzinfo=UTC), zone) is None
        first = asked.next_after(datetime.min.replace(tzinfo=UTC), zone)
        assert first is not None
        assert first.year == 1900


def test_a_naive_start_is_refused() -> None:
    """An instant without a zone is not guessed at."""
    with pytest.raises(ValueError, match="no zone"):
        cron.parse("* * * * *").next_after(wall(2026, 1, 1), BERLIN)


def test_an_expression_does_not_change() -> None:
    """It cannot be altered, and no answer depends on what was asked before."""
    asked = cron.parse("*/20 * * * *")
    with pytest.raises(FrozenInstanceError):
        asked.text = "* * * * *"  # type: ignore[misc]
    for _ in range(3):
        assert asked.next_after(at(2026, 1, 1, 0, 5), BERLIN) == at(2026, 1, 1, 0, 20)
        assert asked.next_after(at(2020, 1, 1), BERLIN) == at(2020, 1, 1, 0, 20)
    assert cron.parse("*/20 * * * *") == asked
    assert hash(cron.parse("*/20 * * * *")) == hash(asked)


def test_asking_moves_nothing_that_two_threads_could_fight_over() -> None:
    """The library's own position, which it keeps in the object, is the same after an answer."""
    asked = cron.parse("30 2 13 * fri,5#2")
    before = [search.get_current() for search in asked._searches]
    assert asked.next_after(at(2026, 1, 1), BERLIN) is not None
    assert [search.get_current() for search in asked._searches] == before
    assert len(before) == 3


def test_between_is_half_open_and_lazy() -> None:
    """The start is left out, the end is not, and nothing is computed before it is asked for."""
    asked = cron.parse("0 * * * *")
    hours = asked.between(at(2026, 1, 1, 0), at(2026, 1, 1, 2), ZoneInfo("UTC"))
    assert list(hours) == [at(2026, 1, 1, 1), at(2026, 1, 1, 2)]
    endless = asked.between(at(2026, 1, 1, 0), at(9000, 1, 1), ZoneInfo("UTC"))
    assert next(endless) == at(2026, 1, 1, 1)


# ---------------------------------------------------------------- zones


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "../../etc/passwd",
        "/etc/passwd",
        "Europe/../Europe/Berlin",
        "Europe//Berlin",
        "Europe",
        "Europe/",
        "a\0b",
        "Europe/Berlin\n",
        "\ud800",
        "x" * 10_000,
        "Europe/" * 1_000,
        "localtime",
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "posixrules",
        "Factory",
        "leapseconds",
        "tzdata.zi",
        "zone.tab",
        "europe/berlin",
        "PST",
    ],
)
def test_what_is_no_zone_is_refused_in_one_way(name: str) -> None:
    """Paths, control characters and endless names give the error that a typing mistake gives."""
    with pytest.raises(Invalid) as caught:
        cron.zone(name)
    (fault,) = caught.value.faults
    assert (fault.path, fault.code) == ("zone", "unknown-zone")
    assert fault.hint
    assert len(fault.message) < 300
    assert fault.message.isascii() or "…" in fault.message


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_that_is_nearly_right_is_named(name: str, meant: str) -> None:
    """A typing mistake gets the name that was meant."""
    with pytest.raises(Invalid) as caught:
        cron.zone(name)
    assert caught.value.hint == f"did you mean `{meant}`?"


@pytest.mark.parametrize("name", ["PST", "CEST", "XYZ"])
def test_an_abbreviation_is_not_taken_for_another(name: str) -> None:
    """Three or four letters are not matched with a zone that is hours away."""
    with pytest.raises(Invalid) as caught:
        cron.zone(name)
    assert "did you mean" not in (caught.value.hint or "")


@pytest.mark.parametrize(
    "name",
    ["UTC", "Europe/Berlin", "Etc/GMT+3", "America/Port-au-Prince", "America/Argentina/Ushuaia"],
)
def test_a_zone_is_read_once(name: str) -> None:
    """Every form of name in the IANA database is known, and is one object for all who ask."""
    assert cron.zone(name).key == name
    assert cron.zone(name) is cron.zone(name)
