"""When conflicts show on the days of a picture: the same conflicts, each day's once."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dockschedd.core import clashes, conflicts, parties
from dockschedd.core.findings import Kind
from tests.core.test_conflicts import DB, NOW, WEB, party, planned_parties, window

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
#: Midnights in Berlin.
DAYS = tuple(NOW.replace(hour=23) + n * DAY for n in range(8))


def find(*everyone, stacks=(WEB,), **rest):
    return clashes.find(
        everyone, stacks=stacks, days=DAYS, expected=lambda stack, action: MINUTE, **rest
    )


def shown(found, stack=WEB):
    """Which kind shows after how many hours of the picture."""
    hour = timedelta(hours=1)
    return [
        (each.finding.kind, [(at - DAYS[0]) / hour for at in each.at]) for each in found[stack]
    ]


@settings(max_examples=50)
@given(st.lists(planned_parties, max_size=4, unique_by=lambda each: each.name))
def test_they_are_the_conflicts_of_those_days(everyone):
    """None more and none less, and each shows at an instant of the picture."""
    tick = timedelta.resolution
    whole = conflicts.find(
        everyone,
        looking_at=(parties.Span(DAYS[0] - tick, DAYS[-1] - tick),),
        expected=lambda stack, action: MINUTE,
    )
    found = find(*everyone)

    assert {(each.finding.kind, each.finding.names()) for each in found.get(WEB, ())} == {
        (each.kind, each.names()) for each in whole if not each.is_notice
    }
    for each in found.get(WEB, ()):
        assert each.at
        assert all(DAYS[0] <= at < DAYS[-1] for at in each.at)
        assert list(each.at) == sorted({*each.at})


def test_what_happens_every_day_shows_every_day():
    """At what is done, not at the edges around it."""
    asleep = window("night", "asleep", "daily 22:00-06:00")
    restart = party("fresh", "restart", "0 3 * * *")

    assert shown(find(asleep, restart)) == [(Kind.ASLEEP, [3 + 24 * n for n in range(7)])]
    noon = party("noon", "stop", "0 12 * * sat")
    office = window("office", "awake", "daily 08:00-18:00")
    assert shown(find(office, noon)) == [(Kind.AGAINST, [84])]


def test_what_lasts_over_a_midnight_shows_on_both_days():
    """On the second one from its beginning on."""
    late = window("late", "awake", "wed 20:00-02:00")
    night = window("night", "asleep", "wed 23:00-05:00")

    # `late` wants it asleep at nearly all other times, `night` awake.
    assert shown(find(late, night))[0] == (Kind.DISAGREEMENT, [0, 24, 48, 72, 96, 120, 144])
    show = window("show", "awake", "daily 08:00-18:00, wed 20:00-24:00, thu 00:00-02:00")
    rest = window("rest", "awake", "daily 08:00-18:00")
    assert shown(find(show, rest)) == [(Kind.DISAGREEMENT, [20, 24])]


def test_what_begins_before_a_midnight_and_ends_after_it_shows_once():
    """Each day alone would see only half of it."""
    stop = party("stop", "stop", "59 23 * * thu")
    start = party("start", "start", "0 0 * * fri")
    found = clashes.find(
        (stop, start), stacks=(WEB,), days=DAYS, expected=lambda stack, action: 5 * MINUTE
    )

    assert shown(found) == [(Kind.OPPOSITE, [48])]


def test_other_stacks_are_left_out_and_what_a_stack_needs_is_looked_at():
    """The database sleeps while the site that requires it is awake."""
    site = window("site", "awake", "daily 06:00-22:00", WEB)
    base = window("base", "awake", "daily 08:00-18:00", DB)
    found = find(site, base, stacks=(DB,), requirements=[(WEB, DB)])

    assert {each.finding.kind for each in found[DB]} == {Kind.REQUIRED}
    assert len(found[DB][0].at) == 7
    assert WEB not in found
    assert not find(site, base, stacks=(WEB,))
