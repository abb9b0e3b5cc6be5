"""core.windows against a reading minute by minute, and laws of its edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dockschedd.core import cron, windows
from dockschedd.errors import Invalid
from tests.core import cron_strategies, window_oracle
from tests.core.window_oracle import utc

BERLIN = cron.zone("Europe/Berlin")
TICK = timedelta.resolution
MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)


def read_or_skip(text: str) -> windows.Window:
    """What is refused because it never ends, or contradicts itself, is another test's matter."""
    try:
        return windows.parse(text)
    except Invalid as exc:
        assume(exc.code not in ("window-always", "window-contradicts"))
        raise


def pairs(found: tuple[windows.Edge, ...]) -> list[tuple[datetime, bool]]:
    return [(edge.at, edge.opens) for edge in found]


@st.composite
def scenes(draw: st.DrawFn, *, one_sided: bool = False):
    """A zone, the minutes around one of its clock changes, items, and dates less and more."""
    zone = draw(cron_strategies.zones)
    near = window_oracle.span(zone, draw(st.sampled_from(cron_strategies.changes(zone))))
    drawn = (
        draw(st.lists(window_oracle.one_sided(), min_size=1, max_size=4))
        if one_sided
        else draw(window_oracle.items(near))
    )
    less, more = draw(window_oracle.dates(near)), draw(window_oracle.dates(near))
    return zone, near, drawn, less, more


# ---------------------------------------------------------------- against the second reading


@given(scenes())
@cron_strategies.effort(150)
def test_edges_are_where_the_state_of_the_minutes_changes(scene) -> None:
    """Around a clock change, the edges are those minutes whose state is not the one before."""
    zone, near, drawn, less, more = scene
    window = read_or_skip(window_oracle.text(drawn))
    found = windows.edges(
        window,
        after=near.begin,
        until=near.end - MINUTE,
        zone=cron.zone(zone),
        limit=10_000,
        less=less,
        more=more,
    )
    assert pairs(found) == near.edges(drawn, less, more)


@given(scenes(), st.data())
@cron_strategies.effort(100)
def test_an_instant_is_inside_when_its_minute_is(scene, data: st.DataObject) -> None:
    """Asked at any instant of a minute, also between two seconds, the answer is the minute's."""
    zone, near, drawn, less, more = scene
    window = read_or_skip(window_oracle.text(drawn))
    state = near.inside(drawn, less, more)
    middle = len(near.minutes) // 2
    close = range(middle - 200, middle + 200, 5)
    for place in (*close, *data.draw(st.lists(st.integers(0, len(state) - 1), max_size=20))):
        at = near.minutes[place] + timedelta(seconds=data.draw(st.integers(0, 59)))
        told = f"{window} in {zone} at {at}"
        held = windows.inside(window, at, cron.zone(zone), less=less, more=more)
        assert held == bool(state[place]), told


@given(scenes(one_sided=True))
@cron_strategies.effort(150)
def test_edges_of_one_sided_items_are_all_told(scene) -> None:
    """Each edge comes at the first minute that has reached it, but not on dates left out."""
    zone, near, drawn, less, more = scene
    window = read_or_skip(window_oracle.text(drawn))
    assert window.one_sided
    found = windows.edges(
        window,
        after=near.begin,
        until=near.end - MINUTE,
        zone=cron.zone(zone),
        limit=10_000,
        less=less,
        more=more,
    )
    assert pairs(found) == near.mere_edges(drawn, less)


# ---------------------------------------------------------------- laws


@given(st.one_of(scenes(), scenes(one_sided=True)), st.integers(0, 6))
@cron_strategies.effort(150)
def test_next_and_last_walk_the_same_edges(scene, shift: int) -> None:
    """From anywhere, the next edge is the first later one and the last edge the newest one."""
    zone, near, drawn, less, more = scene
    window, tz = read_or_skip(window_oracle.text(drawn)), cron.zone(zone)
    calendar = {"less": less, "more": more}
    found = windows.edges(
        window, after=near.begin, until=near.end, zone=tz, limit=10_000, **calendar
    )
    middle = len(near.minutes) // 2
    close = near.minutes[middle - 200 + shift : middle + 200 : 7]
    for at in (*close, *(edge.at + n * TICK for edge in found for n in (-1, 0, 1))):
        later = [edge for edge in found if edge.at > at]
        if later:
            assert windows.next_edge(window, after=at, zone=tz, **calendar) == later[0]
        earlier = [edge for edge in found if edge.at <= at]
        if earlier:
            assert windows.last_edge(window, until=at, zone=tz, **calendar) == earlier[-1]
        if not window.one_sided:
            held = windows.inside(window, at, tz, **calendar)
            assert all(edge.opens is not held for edge in later[:1])
            assert all(edge.opens is held for edge in earlier[-1:])
    assert all(first.at < second.at for first, second in pairwise(found))
    if not window.one_sided:
        assert all(first.opens is not second.opens for first, second in pairwise(found))


@given(scenes(), st.data())
@cron_strategies.effort(50)
def test_cutting_an_interval_loses_and_doubles_nothing(scene, data: st.DataObject) -> None:
    """Both halves of an interval, cut anywhere, hold together what the whole holds."""
    zone, near, drawn, less, more = scene
    window, tz = read_or_skip(window_oracle.text(drawn)), cron.zone(zone)

    def among(after: datetime, until: datetime) -> tuple[windows.Edge, ...]:
        return windows.edges(
            window, after=after, until=until, zone=tz, limit=10_000, less=less, more=more
        )

    whole = among(near.begin, near.end)
    cuts = [near.begin, near.end, *(edge.at + n * TICK for edge in whole for n in (-1, 0, 1))]
    cut = data.draw(st.sampled_from(cuts))
    assert among(near.begin, cut) + among(cut, near.end) == whole
    for limit in (0, 1, 3):
        cut_off = windows.edges(
            window, after=near.begin, until=near.end, zone=tz, limit=limit, less=less, more=more
        )
        assert cut_off == whole[:limit]


@given(scenes())
@cron_strategies.effort(50)
def test_what_is_written_again_is_the_same_window(scene) -> None:
    """The canonical text is read back as an equal window, whatever day parts were written."""
    window = read_or_skip(window_oracle.text(scene[2]))
    assert windows.parse(str(window)) == window
    assert str(windows.parse(str(window))) == str(window)


# ---------------------------------------------------------------- by example


def edges_on(text: str, day: date, zone: str = "Europe/Berlin", **calendar) -> list[str]:
    """The edges of a local day in the zone, as `+HH:MM` or `-HH:MM` in UTC."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=cron.zone(zone))
    begin = noon.replace(hour=0).astimezone(UTC) - TICK
    end = noon.replace(hour=23, minute=59).astimezone(UTC)
    found = windows.edges(
        windows.parse(text), after=begin, until=end, zone=cron.zone(zone), limit=99, **calendar
    )
    return [f"{'+' if edge.opens else '-'}{edge.at:%H:%M}" for edge in found]


def test_a_range_over_midnight_belongs_to_the_day_on_which_it_starts() -> None:
    """`fri 22:00-06:00` ends on Saturday, and nothing begins on Saturday night."""
    assert edges_on("fri 22:00-06:00", date(2026, 7, 3)) == ["+20:00"]
    assert edges_on("fri 22:00-06:00", date(2026, 7, 4)) == ["-04:00"]
    assert edges_on("sun 22:00-06:00", date(2026, 7, 6)) == ["-04:00"]


def test_items_that_touch_have_no_edge_between_them() -> None:
    """The window is the union: midnight between two days, and a shared end, are no edges."""
    assert edges_on("fri 18:00-24:00, sat 00:00-10:00", date(2026, 7, 4)) == ["-08:00"]
    assert edges_on("daily 08:00-12:00, daily 12:00-18:00", date(2026, 7, 4)) == [
        "+06:00",
        "-16:00",
    ]
    assert edges_on("sat,sun 00:00-24:00", date(2026, 7, 5)) == []


def test_a_range_that_a_clock_change_leaves_out_has_no_edges() -> None:
    """On the spring day nothing happens between 02:15 and 02:45; the day before, it does."""
    assert edges_on("daily 02:15-02:45", date(2026, 3, 28)) == ["+01:15", "-01:45"]
    assert edges_on("daily 02:15-02:45", date(2026, 3, 29)) == []
    assert edges_on("daily 02:15-04:00", date(2026, 3, 29)) == ["+01:00", "-02:00"]
    lunch = "daily 01:00-02:15, daily 02:30-06:00"
    assert edges_on(lunch, date(2026, 3, 29)) == ["+00:00", "-04:00"]
    last = windows.last_edge(windows.parse(lunch), until=utc(2026, 3, 29, 2), zone=BERLIN)
    assert last == windows.Edge(utc(2026, 3, 29), opens=True)


def test_a_repeated_hour_is_entered_once() -> None:
    """In autumn an edge is the first of both passes, so a window lasts through the second."""
    assert edges_on("daily 02:30-05:00", date(2026, 10, 25)) == ["+00:30", "-04:00"]
    assert edges_on("daily 01:00-02:30", date(2026, 10, 25)) == ["+23:00", "-00:30"]
    second = utc(2026, 10, 25, 1, 15)
    assert windows.inside(windows.parse("daily 02:30-05:00"), second, BERLIN)
    assert not windows.inside(windows.parse("daily 01:00-02:30"), second, BERLIN)


def test_dates_are_taken_out_and_added_as_whole_days() -> None:
    """A date of `less` cuts a night short at midnight; one of `more` fills the day; less wins."""
    night, day = "daily 22:00-06:00", date(2026, 7, 4)
    assert edges_on(night, day, less=frozenset({day})) == ["-22:00"]
    assert edges_on(night, date(2026, 7, 5), less=frozenset({day}))[0] == "+22:00"
    assert edges_on(night, date(2026, 7, 3), less=frozenset({day})) == ["-04:00", "+20:00"]
    assert edges_on("mon 08:00-18:00", day, more=frozenset({day})) == ["+22:00"]
    both = frozenset({day})
    assert edges_on("mon 08:00-18:00", day, less=both, more=both) == []


@pytest.mark.parametrize("text", ["daily 08:00-18:00", "daily 08:00-", "fri 22:00-06:00"])
def test_an_edge_is_found_behind_years_of_dates_left_out(text: str) -> None:
    """However many days in a row are left out, the edges before and after them are found."""
    begin = date(2026, 1, 1)
    less = frozenset(begin + timedelta(days=n) for n in range(3000))
    first_free = begin + timedelta(days=3000)
    window, after = windows.parse(text), utc(2026, 1, 1)
    found = windows.next_edge(window, after=after, zone=BERLIN, less=less)
    assert found is not None
    assert found.opens
    assert timedelta() < found.at - utc(first_free.year, first_free.month, first_free.day) < WEEK
    before = windows.last_edge(window, until=found.at - TICK, zone=BERLIN, less=less)
    assert before is not None
    assert before.at <= utc(2025, 12, 31, 23)


def test_absolute_ranges_are_found_from_years_away() -> None:
    """From centuries before and after, the edges of the range are found; beyond there are none."""
    window = windows.parse("2026-12-24 18:00/2026-12-27 06:00")
    opens = windows.Edge(utc(2026, 12, 24, 17), opens=True)
    closes = windows.Edge(utc(2026, 12, 27, 5), opens=False)
    assert windows.next_edge(window, after=utc(1700, 1, 1), zone=BERLIN) == opens
    assert windows.next_edge(window, after=opens.at, zone=BERLIN) == closes
    assert windows.next_edge(window, after=closes.at, zone=BERLIN) is None
    assert windows.last_edge(window, until=utc(9999, 12, 31), zone=BERLIN) == closes
    assert windows.last_edge(window, until=closes.at - TICK, zone=BERLIN) == opens
    assert windows.last_edge(window, until=opens.at - TICK, zone=BERLIN) is None


@given(
    st.sampled_from(
        ("daily 22:00-06:00", "mon 00:00-24:00", "fri -24:00", "1900-01-01 00:00/9899-12-31 23:59")
    ),
    cron_strategies.zones,
    st.datetimes(datetime.min, datetime.max, timezones=st.just(UTC)),  # noqa: DTZ901  any at all
    st.frozensets(st.sampled_from((date.min, date.max, date(1900, 1, 1), date(9899, 12, 31)))),
)
@example("daily 22:00-06:00", "Pacific/Apia", datetime.min.replace(tzinfo=UTC), frozenset())
@example("daily 22:00-06:00", "Pacific/Apia", datetime.max.replace(tzinfo=UTC), frozenset())
@example("mon 00:00-24:00", "Asia/Kolkata", utc(9900, 1, 1) - TICK, frozenset({date.max}))
@example("mon 00:00-24:00", "Asia/Kolkata", utc(1900, 1, 1), frozenset({date.min}))
@cron_strategies.effort(100)
def test_no_year_is_too_far(text: str, zone: str, at: datetime, dates: frozenset[date]) -> None:
    """Any instant can be asked about; edges lie in the years 1900 to 9899."""
    window, tz = windows.parse(text), cron.zone(zone)
    for less, more in ((dates, frozenset()), (frozenset(), dates)):
        following = windows.next_edge(window, after=at, zone=tz, less=less, more=more)
        before = windows.last_edge(window, until=at, zone=tz, less=less, more=more)
        assert following is None or at < following.at < utc(9900, 1, 1)
        assert following is None or following.at > utc(1900, 1, 1)
        assert before is None or utc(1900, 1, 1) < before.at <= at
        if not window.one_sided:
            windows.inside(window, at, tz, less=less, more=more)


def test_what_has_no_zone_is_refused() -> None:
    """A naive instant means nothing, and a window of mere edges has no state."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    window = windows.parse("daily 08:00-18:00")
    with pytest.raises(ValueError, match="has no zone"):
        windows.next_edge(window, after=naive, zone=BERLIN)
    with pytest.raises(ValueError, match="has no zone"):
        windows.last_edge(window, until=naive, zone=BERLIN)
    with pytest.raises(ValueError, match="has no zone"):
        windows.inside(window, naive, BERLIN)
    with pytest.raises(ValueError, match="edges and no state"):
        windows.inside(windows.parse("daily 08:00-"), utc(2026, 1, 1), BERLIN)


# ---------------------------------------------------------------- notes


@pytest.mark.parametrize(
    ("text", "at", "zone", "expected"),
    [
        ("daily 08:00-18:00", utc(2026, 3, 29, 6), "Europe/Berlin", ""),
        (
            "daily 02:30-06:00",
            utc(2026, 3, 29, 1),
            "Europe/Berlin",
            "02:30 does not exist on 29 March 2026; opens at 03:00",
        ),
        (
            "daily 01:00-02:30",
            utc(2026, 3, 29, 1),
            "Europe/Berlin",
            "02:30 does not exist on 29 March 2026; closes at 03:00",
        ),
        (
            "daily 02:10-02:20, daily 02:30-06:00",
            utc(2026, 3, 29, 1),
            "Europe/Berlin",
            "02:10 to 02:30 do not exist on 29 March 2026; opens once, at 03:00",
        ),
        (
            "daily 01:00-02:30",
            utc(2026, 10, 25, 0, 30),
            "Europe/Berlin",
            "02:30 happens twice on 25 October 2026; closes the first time",
        ),
        (
            "daily 02:30-",
            utc(2026, 10, 25, 0, 30),
            "Europe/Berlin",
            "02:30 happens twice on 25 October 2026; opens the first time",
        ),
        (
            "fri 10:00-",
            utc(2011, 12, 30, 10),
            "Pacific/Apia",
            "10:00 does not exist on 30 December 2011; opens at 00:00 on 31 December 2011",
        ),
    ],
)
def test_a_note_says_what_a_clock_change_does(
    text: str, at: datetime, zone: str, expected: str
) -> None:
    """Nearly always nothing; else the wall time, the date, and what happens instead."""
    window, tz = windows.parse(text), cron.zone(zone)
    edge = windows.last_edge(window, until=at, zone=tz)
    assert edge is not None
    assert edge.at == at
    assert windows.note(window, edge, tz) == expected


@given(scenes())
@cron_strategies.effort(50)
def test_a_note_stands_at_an_edge_that_a_change_moves_or_doubles_and_nowhere_else(scene) -> None:
    """There is a note only where the clock jumps onto the edge, or shows its time twice."""
    zone, near, drawn, less, more = scene
    window, tz = read_or_skip(window_oracle.text(drawn)), cron.zone(zone)
    found = windows.edges(
        window, after=near.begin, until=near.end, zone=tz, limit=999, less=less, more=more
    )
    for edge in found:
        place = near.minutes.index(edge.at) if edge.at < near.end else 0
        if not place:
            continue
        said = windows.note(window, edge, tz, less=less, more=more)
        shown = near.walls[place]
        twice = near.walls.count(shown) > 1
        assert ("happens twice" in said) == twice
        if "not exist" in said:
            assert shown - near.walls[place - 1] > MINUTE
        elif not twice:
            assert said == ""
