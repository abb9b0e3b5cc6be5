"""Whole weeks of instants are those that come out one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from dockschedd.core import cron, occurrences, triggers
from dockschedd.errors import Invalid
from tests.core import cron_strategies as draw

ANY = 100_000


@given(data=st.data(), zone=draw.zones, expression=draw.written, days=st.integers(0, 20))
@draw.effort(150)
def test_all_at_once_and_one_by_one_are_the_same(data, zone, expression, days):
    """Also across clock changes, for every kind of expression."""
    try:
        cron.parse(expression)
    except Invalid:
        assume(False)
    after = data.draw(draw.instants(zone))
    until = after + timedelta(days=days, seconds=data.draw(st.integers(0, 7200)))
    trigger = triggers.CronTrigger(expression=expression, zone=zone)
    slowly = islice(cron.parse(expression).between(after, until, ZoneInfo(zone)), 3000)

    assert tuple(slowly) == occurrences.within(trigger, after=after, until=until, limit=3000)


@given(zone=draw.zones, cuts=st.lists(st.integers(-4000, 4000), max_size=4))
@draw.effort(60)
def test_an_interval_may_be_cut_anywhere(zone, cuts):
    """The parts together are the whole."""
    change = draw.changes(zone)[0]
    whole = change - timedelta(days=3), change + timedelta(days=3)
    marks = sorted({whole[0], *(change + timedelta(minutes=cut) for cut in cuts), whole[1]})
    trigger = triggers.CronTrigger(expression="*/20 * * * *", zone=zone)
    parts = [
        at
        for after, until in pairwise(marks)
        for at in occurrences.within(trigger, after=after, until=until, limit=ANY)
    ]

    assert tuple(parts) == occurrences.within(trigger, after=whole[0], until=whole[1], limit=ANY)


def test_a_one_off_is_in_the_interval_or_not():
    """Half open: not its beginning, but its end."""
    at = datetime(2026, 11, 24, 18, tzinfo=UTC)
    once = triggers.AtTrigger(at=at, zone="UTC")
    hour = timedelta(hours=1)

    assert occurrences.within(once, after=at - hour, until=at, limit=9) == (at,)
    assert occurrences.within(once, after=at, until=at + hour, limit=9) == ()
