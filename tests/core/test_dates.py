"""Calendars: what they leave out does not exist, whoever asks, in whatever zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dockschedd.core import cron, dates, due, explain, model, occurrences, triggers
from dockschedd.errors import Invalid
from tests.core import cron_strategies as draw

DAY = timedelta(days=1)
MANY = 1500
#: Where clocks were put back over midnight, and where a date never came, besides the usual.
ZONES = st.one_of(draw.zones, st.just("America/St_Johns"))
NEAR_MIDNIGHT = {
    "America/St_Johns": datetime(2010, 11, 7, 2, 31, tzinfo=UTC),
    "Pacific/Apia": datetime(2011, 12, 30, 10, tzinfo=UTC),
    "America/Havana": datetime(2025, 11, 2, 5, tzinfo=UTC),
}


def calendar(*days: date, name: str = "holidays") -> triggers.Calendar:
    return triggers.Calendar(name=name, dates=frozenset(days))


def nightly(*days: date, expression: str = "0 22 * * *") -> triggers.CronTrigger:
    return triggers.CronTrigger(
        expression=expression, zone="Europe/Berlin", except_on=(calendar(*days),)
    )


@st.composite
def cases(draw_one: st.DrawFn) -> tuple[triggers.CronTrigger, datetime]:
    """A trigger with calendars around an instant that is often near a clock change."""
    zone = draw_one(ZONES)
    near = NEAR_MIDNIGHT.get(zone)
    if near is not None and draw_one(st.booleans()):
        after = near + timedelta(minutes=draw_one(st.integers(-3000, 1500)))
    else:
        assume(zone in draw.ZONES)
        after = draw_one(draw.instants(zone))
    expression = draw_one(
        st.sampled_from(("0 0 * * *", "30 * * * *", "*/20 0,23 * * *", "30 0 * * *", "0 22 1 * *"))
        | draw.written
    )
    day = after.astimezone(ZoneInfo(zone)).date()
    distances = st.sets(st.integers(-2, 12), max_size=12)
    made = tuple(
        calendar(*(day + n * DAY for n in draw_one(distances)), name=name)
        for name in draw_one(st.sampled_from(((), ("a",), ("a", "b"))))
    )
    return triggers.CronTrigger(expression=expression, zone=zone, except_on=made), after


def told_apart(trigger: triggers.CronTrigger, after: datetime, until: datetime) -> list[datetime]:
    """The unfiltered instants, each asked for its local date."""
    zone = ZoneInfo(trigger.zone)
    away = {day for each in trigger.except_on for day in each.dates}
    return [at for at in plain(trigger, after, until) if at.astimezone(zone).date() not in away]


def plain(trigger: triggers.CronTrigger, after: datetime, until: datetime) -> list[datetime]:
    every = cron.parse(trigger.expression).between(after, until, ZoneInfo(trigger.zone))
    found = list(islice(every, MANY))
    assume(len(found) < MANY)
    return found


def valid(trigger: triggers.CronTrigger) -> bool:
    try:
        cron.parse(trigger.expression)
    except Invalid:
        return False
    return True


@given(case=cases(), hours=st.integers(1, 300))
@draw.effort(150)
def test_what_a_calendar_leaves_out_never_comes(case, hours):
    """One by one and all at once it is the unfiltered instants, without those on its dates."""
    trigger, after = case
    assume(valid(trigger))
    until = after + timedelta(hours=hours)
    expected = told_apart(trigger, after, until)

    one_by_one = []
    at = due.first_at(trigger, after=after)
    while at is not None and at <= until:
        one_by_one.append(at)
        at = due.first_at(trigger, after=at)

    assert one_by_one == expected
    assert list(occurrences.within(trigger, after=after, until=until, limit=9999)) == expected
    if expected:
        assert due.newest_at(trigger, first=expected[0], until=until) == expected[-1]
        assert [m.at for m in due.preview(trigger, after=after, count=3)][: len(expected)] == (
            expected[:3]
        )


@given(case=cases(), hours=st.integers(1, 300))
@draw.effort(80)
def test_the_dates_that_are_told_are_those_that_make_a_difference(case, hours):
    """Each is a date on which an instant is missing, and none that misses one is left out."""
    trigger, after = case
    assume(valid(trigger))
    until = after + timedelta(hours=hours)
    zone = ZoneInfo(trigger.zone)
    # Where a date comes twice its first midnight opens it: the second pass is not told.
    assume(trigger.zone not in ("America/St_Johns", "America/Havana"))
    kept = set(told_apart(trigger, after, until))
    every = plain(trigger, after, until)
    missing = {at.astimezone(zone).date() for at in every if at not in kept}

    told = dates.left_out(trigger, after=after, until=until, limit=999)

    days = [row.first + n * DAY for row in told for n in range((row.last - row.first).days + 1)]
    assert days == sorted(missing)


def test_years_without_a_day_take_no_longer_than_a_day():
    """Dates in a row are one step, in each time between two clock changes."""
    first = date(2026, 1, 1)
    trigger = nightly(*(first + n * DAY for n in range(5000)), expression="* * * * *")

    at = due.first_at(trigger, after=datetime(2026, 1, 1, tzinfo=UTC))

    assert at == datetime(2039, 9, 9, 22, tzinfo=UTC)


def test_fifty_years_without_a_day_are_for_ever():
    """It is not searched any further: nothing comes, whoever asks."""
    first = date(2026, 1, 1)
    away = nightly(*(first + n * DAY for n in range(60 * 366)))
    after = datetime(2026, 1, 1, tzinfo=UTC)

    assert due.first_at(away, after=after) is None
    assert due.preview(away, after=after, count=5) == ()
    assert occurrences.within(away, after=after, until=after + 400 * DAY, limit=9) == ()
    told = dates.left_out(away, after=after, until=after + 9 * DAY, limit=9)
    assert [(row.first, row.last) for row in told] == [(first, first + 8 * DAY)]


@pytest.mark.parametrize(
    ("trigger", "reads"),
    [
        (nightly(), "at 22:00 every day, except on holidays, Europe/Berlin"),
        (
            triggers.CronTrigger(
                expression="@hourly", zone="UTC", except_on=(calendar(), calendar(name="fair"))
            ),
            "every hour, except on holidays and fair, UTC",
        ),
        (
            triggers.WindowTrigger(
                expression="mon-fri 08:00-18:00",
                zone="UTC",
                wants=triggers.Wish.AWAKE,
                also_asleep=(calendar(),),
            ),
            "awake from 08:00 to 18:00 on weekdays, also asleep on holidays, UTC",
        ),
    ],
)
def test_a_sentence_names_the_calendars(trigger, reads):
    """Whoever reads it knows that there are dates on which it is otherwise."""
    assert explain.trigger(trigger) == reads


def test_dates_in_a_row_are_told_together():
    """One sentence for each row of dates that one calendar makes otherwise."""
    trigger = nightly(date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1))
    after = datetime(2026, 12, 20, tzinfo=UTC)

    told = dates.left_out(trigger, after=after, until=after + 30 * DAY, limit=9)

    assert [explain.left_out(trigger, each) for each in told] == [
        "24 December 2026 to 26 December 2026 are in calendar holidays: no occurrence",
        "1 January 2027 is in calendar holidays: no occurrence",
    ]
    assert len(dates.left_out(trigger, after=after, until=after + 30 * DAY, limit=1)) == 1


def test_a_window_tells_the_dates_on_which_it_would_have_been_awake():
    """A Sunday of a window for weekdays makes no difference."""
    window = triggers.WindowTrigger(
        expression="mon-fri 08:00-18:00",
        zone="Europe/Berlin",
        wants=triggers.Wish.AWAKE,
        also_asleep=(calendar(date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 27)),),
    )
    after = datetime(2026, 12, 20, tzinfo=UTC)

    told = dates.left_out(window, after=after, until=after + 30 * DAY, limit=9)

    assert [explain.left_out(window, each) for each in told] == [
        "25 December 2026 is in calendar holidays: asleep all day"
    ]


def test_calendars_that_leave_nothing_are_refused():
    """What would never come is not a schedule; where something is left it is one."""
    first = date(2026, 1, 1)
    known = {"ever": calendar(*(first + n * DAY for n in range(60 * 366)), name="ever")}
    after = datetime(2026, 1, 1, tzinfo=UTC)

    def chosen(expression: str, now: datetime = after) -> triggers.Trigger | None:
        trigger = triggers.CronTrigger(expression=expression, zone="UTC")
        return dates.chosen(
            trigger, except_on=("ever", "ever"), also_asleep=(), known=known, now=now
        )

    with pytest.raises(Invalid) as caught:
        chosen("@daily")
    later = chosen("@daily", after + 20 * 366 * DAY)

    assert [fault.code for fault in caught.value.faults] == ["except-always"]
    assert later is not None
    assert dates.of(later) == (known["ever"],)


def test_what_is_caught_up_is_the_newest_that_exists():
    """After a downtime over a holiday: its instants are neither missed nor caught up."""
    trigger = nightly(date(2026, 12, 25), date(2026, 12, 26))
    first = datetime(2026, 12, 23, 21, tzinfo=UTC)
    now = datetime(2026, 12, 26, 23, tzinfo=UTC)
    schedule = model.Schedule(
        id="1",
        name="nightly",
        enabled=True,
        trigger=trigger,
        action=model.Action.STOP,
        selector="local/web",
        catch_up=model.CatchUp.LATEST,
        deadline=timedelta(days=7),
        owner="alice",
        created_at=first,
        updated_at=first,
        next_at=first,
    )

    dues = due.due(schedule, now=now, live_since=now)

    assert [(each.planned_at, each.verdict) for each in dues.items] == [
        (first, due.Verdict.SUPERSEDED),
        (first + DAY, due.Verdict.RUN),
    ]
    assert dues.next_at == datetime(2026, 12, 27, 21, tzinfo=UTC)
