"""What hypothesis draws for the tests of time: zones, instants near clock changes, expressions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.core import debian_cron

#: The zones that have broken schedulers, each with years in which its clocks change (or never do).
ZONES = {
    "Europe/Berlin": (2024, 2026),
    "America/New_York": (2024, 2026),
    "Australia/Lord_Howe": (2024, 2026),  # half an hour
    "Africa/Casablanca": (2024, 2026),  # backwards in spring, for Ramadan
    "America/Sao_Paulo": (2016, 2018),  # midnight is left out
    "Africa/Cairo": (2023, 2026),  # midnight is left out, on a Friday
    "America/Santiago": (2022, 2025),
    "Asia/Kolkata": (2025, 2025),
    "Asia/Kathmandu": (2025, 2025),  # three quarters of an hour beside everybody
    "Pacific/Apia": (2010, 2012),  # a day is left out
    "Antarctica/Troll": (2024, 2026),  # two hours
    "Europe/Dublin": (2024, 2026),  # winter is the exception
    "America/Havana": (2023, 2026),  # midnight comes twice
}


def effort(examples: int) -> settings:
    """So many examples, however slow the machine is today."""
    slow = [HealthCheck.too_slow]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The clock changes of the zone in its years; where there is none, some instant."""
    first, last = ZONES[zone]
    begin, end = debian_cron.utc(first, 1, 1), debian_cron.utc(last + 1, 1, 1)
    return tuple(debian_cron.changes(zone, begin, end)) or (debian_cron.utc(first, 6, 15),)


@st.composite
def instants(draw: st.DrawFn, zone: str) -> datetime:
    """Mostly close to a change of the zone's clocks, often between two seconds."""
    change = draw(st.sampled_from(changes(zone)))
    reach = draw(st.sampled_from((timedelta(hours=3), timedelta(days=2), timedelta(days=400))))
    seconds = int(reach.total_seconds())
    distance = timedelta(seconds=draw(st.integers(-seconds, seconds)))
    return change + distance + timedelta(microseconds=draw(st.sampled_from((0, 0, 1, 999_999))))


zones = st.sampled_from(sorted(ZONES))

#: Whole seconds of the years 1970 to 2099.
any_instants = st.integers(0, 4_102_444_799).map(lambda n: datetime.fromtimestamp(n, UTC))

_MONTHS = ("jan", "FEB", "Mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "MON", "Tue", "wed", "thu", "fri", "sat")


def _items(low: int, high: int, names: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    def name(number: int) -> str:
        return names[number - low] if names else str(number)

    numbers = st.integers(low, high)
    ranges = st.tuples(numbers, numbers).filter(lambda ends: ends[0] < ends[1])
    steps = st.integers(1, min(high - low + 1, 31))
    return st.one_of(
        numbers.map(str),
        numbers.map(name),
        ranges.map(lambda ends: f"{ends[0]}-{ends[1]}"),
        ranges.map(lambda ends: f"{name(ends[0])}-{name(ends[1])}"),
        st.tuples(ranges, steps).map(lambda each: f"{each[0][0]}-{each[0][1]}/{each[1]}"),
        st.tuples(numbers, steps).map(lambda each: f"{each[0]}/{each[1]}"),
        steps.map(lambda step: f"*/{step}"),
    )


def _lists(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just("*"), items, st.lists(items, min_size=1, max_size=4).map(",".join))


_minutes = _lists(st.one_of(st.sampled_from(("0", "30", "15")), _items(0, 59)))
_hours = _lists(st.one_of(st.sampled_from(("0", "1", "2", "3", "23")), _items(0, 23)))
_days = _lists(st.one_of(_items(1, 31), st.sampled_from(("L", "28-L"))))
_months = _lists(_items(1, 12, _MONTHS))
_counted = st.one_of(
    st.tuples(st.sampled_from((*_WEEKDAYS, "0", "7", "mon-fri")), st.integers(1, 5)).map(
        lambda each: f"{each[0]}#{each[1]}"
    ),
    st.integers(0, 7).map(lambda day: f"L{day}"),
)
_weekdays = _lists(st.one_of(_items(0, 6, _WEEKDAYS), st.just("7"), _counted))

#: Five fields that can be read; a few of them never come.
written = st.one_of(
    st.tuples(_minutes, _hours, _days, _months, _weekdays).map(" ".join),
    st.tuples(_minutes, _hours, st.just("*"), st.just("*"), st.just("*")).map(" ".join),
    st.sampled_from(sorted(debian_cron.ALIASES)),
)
