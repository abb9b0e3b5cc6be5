"""core.cron against a second reading of Debian's rules, and against cronsim as a third."""

from __future__ import annotations

import bisect
import random
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise, product

import cronsim
import pytest

from dockschedd.core import cron
from dockschedd.errors import Invalid
from tests.core import cron_strategies, debian_cron

EXPRESSIONS = (
    "* * * * *",
    "*/15 * * * *",
    "*/7 * * * *",
    "0 * * * *",
    "@hourly",
    "30 2 * * *",
    "0 2 * * *",
    "0 3 * * *",
    "0,30 2 * * *",
    "0,30 2,3 * * *",
    "0-59 2 * * *",
    "59 1 * * *",
    "0 0 * * *",
    "@daily",
    "30 0 * * *",
    "30 23 * * *",
    "15,45 0-2 * * *",
    "30 0-23 * * *",
    "* 2 * * *",
    "*/15 2 * * *",
    "0 */2 * * *",
    "30 */3 * * *",
    "*,5 1 * * *",
    "5/15 1,2 * * *",
    "7/20 1 * * *",
    "13-39 * * * *",
    "0 9 * * mon-fri",
    "30 2 * * sun",
    "30 2 * * 7",
    "30 2 L * *",
    "0 0 28-L 2,3 *",
    "30 2 * * L0",
    "30 2 * * sun#5",
    "0 1 13 * 5#2",
    "30 1 1-7 * sun",
    "15 10 */2 * mon",
    "0 0 1 * */2",
    "*/20 * 25-31 mar,oct,apr sun",
    "30 2 * 10 sun",
    "30 2 29,30 3,12 *",
    "59 23 31 12 *",
    "10 1 * 1-3 mon-fri#1,0,L6",
)
#: cronsim ticks by hours and so gets lost after half an hour, and where midnight is left out.
CRONSIM_IS_RIGHT = ("Europe/Berlin", "America/New_York", "Africa/Casablanca", "Europe/Dublin")


@cache
def spans(zone: str) -> tuple[debian_cron.Span, ...]:
    """Two days on both sides of each of the last two clock changes."""
    days = timedelta(days=2)
    near = cron_strategies.changes(zone)[-2:]
    return tuple(debian_cron.Span(zone, at - days, at + days) for at in near)


@cache
def fires(zone: str, place: int, expression: str) -> tuple[datetime, ...]:
    """What Debian runs in that span."""
    return tuple(spans(zone)[place].fires(debian_cron.entry(expression)))


@pytest.mark.parametrize("zone", cron_strategies.ZONES)
def test_agrees_with_debian_around_every_clock_change(zone: str) -> None:
    """From any start, also between two seconds, the next instant is the one Debian runs at."""
    tz, dice = cron.zone(zone), random.Random(zone)
    compared = 0
    for expression in EXPRESSIONS:
        asked = cron.parse(expression)
        for n, span in enumerate(spans(zone)):
            run = fires(zone, n, expression)
            middle = span.begin + (span.end - span.begin) / 2
            near = (timedelta(minutes=dice.randint(-150, 150)) for _ in range(2))
            anywhere = (timedelta(seconds=dice.uniform(-172_000, 172_000)) for _ in range(2))
            edges = (timedelta(), -timedelta.resolution)
            for distance in (*near, *anywhere, *edges):
                start = middle + distance
                found = asked.next_after(start, tz)
                place = bisect.bisect_right(run, start)
                told = f"{expression} in {zone} after {start}"
                if place < len(run):
                    assert found == run[place], told
                else:
                    assert found is not None, told
                    assert found > span.end, told
                compared += 1
    assert compared >= 6 * len(EXPRESSIONS)


@pytest.mark.parametrize("zone", cron_strategies.ZONES)
def test_walking_gives_what_debian_runs(zone: str) -> None:
    """Walked through from one end to the other, a change yields every instant once, in order."""
    tz = cron.zone(zone)
    span = spans(zone)[0]
    for expression in EXPRESSIONS[1:]:
        asked = cron.parse(expression)
        middle = span.begin + (span.end - span.begin) / 2
        begin, end = middle - timedelta(hours=5), middle + timedelta(hours=5)
        told = f"{expression} in {zone}"
        expected = [at for at in fires(zone, 0, expression) if begin < at <= end]
        assert list(asked.between(begin, end, tz)) == expected, told
        assert all(a < b for a, b in pairwise(expected)), told


@pytest.mark.parametrize("zone", CRONSIM_IS_RIGHT)
def test_agrees_with_cronsim_where_cronsim_is_right(zone: str) -> None:
    """A third implementation, asked in zones with whole hours, gives the same instants."""
    tz = cron.zone(zone)
    for expression in EXPRESSIONS:
        if expression.startswith("@") or any(mark in expression for mark in ("L0", "L6", "28-L")):
            continue
        begin = cron_strategies.changes(zone)[-1] - timedelta(hours=30)
        third = cronsim.CronSim(expression, begin.astimezone(tz))
        asked, at = cron.parse(expression), begin
        for _ in range(40):
            expected = next(third).astimezone(begin.tzinfo)
            found = asked.next_after(at, tz)
            assert found == expected, f"{expression} in {zone} after {at}"
            at = expected


def test_what_never_comes_is_refused_and_nothing_else() -> None:
    """In 28 years every date meets every weekday: what has no day by then is refused."""
    begin = date(2000, 1, 1)
    calendar = [begin + timedelta(days=n) for n in range(28 * 365 + 7)]
    days, months = ("29", "30,31", "*/30", "31,L"), ("2", "2,4", "4,6")
    seen = set()
    for day, month, weekday in product(days, months, ("*", "1", "*/7", "0#2", "1#5")):
        expression = f"0 0 {day} {month} {weekday}"
        line = debian_cron.entry(expression)
        comes = any(line.day_matches(d.year, d.month, d.day) for d in calendar)
        seen.add(comes)
        try:
            cron.parse(expression)
        except Invalid as exc:
            assert (exc.code, comes) == ("cron-never", False), expression  # noqa: PT017
        else:
            assert comes, expression
    assert seen == {True, False}
