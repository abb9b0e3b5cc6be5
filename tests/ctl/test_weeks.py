"""The picture of a week: which cell says what, in which zone, and how fine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockschedctl.failures import Failure
from dockschedctl.output import slots, weeks
from dockschedctl.output.tables import View
from dockschedd.wire import week as wire
from tests.ctl import samples
from tests.ctl.week_samples import BEGIN, WEEK, at, mark, span, stack

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def days_of(year: int, month: int, day: int, zone: str) -> tuple[datetime, ...]:
    first = datetime(year, month, day, tzinfo=ZoneInfo(zone))
    return tuple((first + n * timedelta(days=1)).astimezone(UTC) for n in range(8))


def row(week: wire.StackWeek, *, room: int | None = None, days=WEEK.days) -> list[str]:
    """The picture of a stack, day by day."""
    on = slots.scale(days, BERLIN, room=room)
    glyphs = "".join(each.symbol for each in slots.cells(week, on))
    return [glyphs[n : n + on.per_day] for n in range(0, len(glyphs), on.per_day)]


@pytest.mark.parametrize(
    ("room", "per_day"), [(None, 8), (20, 6), (48, 6), (61, 6), (62, 8), (90, 12), (174, 24)]
)
def test_slots_are_as_fine_as_the_room_allows(room, per_day) -> None:
    """Eight of three hours where nothing is cut off; never fewer than six."""
    on = slots.scale(WEEK.days, BERLIN, room=room)

    assert (on.per_day, on.days) == (per_day, 7)
    assert on.width <= max(room or 999, 48)


@settings(max_examples=40)
@given(
    st.sampled_from(ZONES),
    st.dates(datetime(2026, 1, 1).date(), datetime(2027, 12, 31).date()),  # noqa: DTZ001
    st.sampled_from((None, 50, 100, 200)),
)
def test_slots_begin_at_the_hours_that_clocks_show(zone, first, room) -> None:
    """They tile the days; only hours that there are not take no time."""
    days = days_of(first.year, first.month, first.day, zone)
    on = slots.scale(days, ZoneInfo(zone), room=room)

    assert all(one <= other for one, other in pairwise(on.starts))
    assert on.starts[:: on.per_day] == days
    for number, (begin, end) in enumerate(pairwise(on.starts)):
        day, slot = divmod(number, on.per_day)
        shown = on.date(day).replace(hour=slot * 24 // on.per_day, minute=0, tzinfo=None)
        local, before = (
            each.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            for each in (begin, begin - timedelta(minutes=1))
        )
        assert before < shown <= local
        assert begin == end or on.slot(begin) == number


def test_the_day_on_which_an_hour_is_left_out_says_so() -> None:
    """Its slot is crossed out where slots are hours; the day's length is told beside it."""
    days = days_of(2027, 3, 27, "Europe/Berlin")
    on = slots.scale(days, BERLIN, room=200)
    long = slots.scale(days_of(2026, 10, 24, "Europe/Berlin"), BERLIN, room=200)
    held = stack(
        "local/web",
        spans=(wire.Span(from_at=days[0], until_at=days[-1], state="awake", schedule=None),),
    )

    assert row(held, room=200, days=days)[1] == "██|" + "█" * 21
    assert slots.uneven(on) == ("Sun 28 Mar has 23 hours",)
    assert slots.uneven(long) == ("Sun 25 Oct has 25 hours",)


def test_a_cell_says_how_a_stack_is_for_most_of_its_time() -> None:
    """Awake from 04:00 on: the slot from three to six is awake."""
    found = stack("a/b", spans=(span(0, 4, "asleep"), span(4, 11, "awake"), span(11, 168, "any")))

    assert row(found)[0] == "░███····"


def test_what_is_done_is_seen_before_how_it_is_and_a_contradiction_before_both() -> None:
    """Several actions in one slot have a symbol of their own; what is not done is told as well."""
    found = stack(
        "a/b",
        marks=(
            mark(1, "start", "x"),
            mark(4, "stop", "x"),
            mark(5, "stop", "y"),
            mark(7, "stop", "x"),
            mark(8, "start", "x"),
            mark(9, "restart", "x", acts=False),
            mark(12, "pause", "x"),
            mark(13, "pause", "x", acts=False),
            mark(15, "restart", "x", times=30, until_at=at(20)),
        ),
    )

    assert row(found)[0] == "▲▼↕-‖↻↻·"
    clash = wire.Clash(kind="opposite", schedules=("x",), at=(at(8), at(500)), count=2, text="t")
    assert row(msgspec.structs.replace(found, conflicts=(clash,)))[0] == "▲▼!-‖↻↻·"


def test_what_is_not_told_is_no_state() -> None:
    """From then on every cell says that there is more."""
    found = stack("a/b", spans=(span(0, 6, "awake"),), told_until=at(6))

    assert row(found)[0] == "██??????"
    assert row(found)[6] == "????????"


def test_now_is_marked_on_its_day_and_nowhere_else() -> None:
    """In the line of the hours, in the middle of a figure as well."""
    on = slots.scale(WEEK.days, BERLIN, room=None)
    wide = slots.scale(WEEK.days, BERLIN, room=200)

    assert slots.hours(on, at(13))[0] == "0   ▾   "
    assert slots.hours(on, at(10))[0] == "0  ▾12  "
    assert slots.hours(on, at(13))[1] == "0   12  "
    assert slots.hours(wide, at(25.5))[1] == "0▾ 3  6  9  12 15 18 21 "
    assert "▾" not in "".join(slots.hours(on, at(-1)))
    assert slots.heads(on)[0] == "Tue 24"
    assert slots.heads(wide)[0] == "Tue 24 Nov"


def test_the_lines_of_a_day_are_what_happens_on_it() -> None:
    """How it begins, what is done and what is not, what keeps schedules away, what contradicts."""
    web, db = WEEK.items[2], WEEK.items[1]
    lines = [(each.at, each.symbol, each.text) for each in weeks.events(web, at(24), at(48))]

    assert lines == [
        (at(24), "░", "asleep, by office"),
        (at(27), "↻", "restart by fresh"),
        (at(27), "!", web.conflicts[0].text),
        (at(32), "▲", "start by office"),
        (at(36), "↻", "restart by noon, 12 times on this day"),
        (at(42), "▼", "stop by office"),
    ]
    held = [each.text for each in weeks.events(db, at(24), at(48))]
    assert held == [
        "awake, by office",
        "`local/db` is held up by alice until it is released: migration",
        "no stop by office: `local/db` is held up by alice",
    ]
    assert weeks.events(WEEK.items[0], at(0), at(24))[0].text == "any: no schedule has decided"
    assert weeks.events(WEEK.items[3], at(96), at(120))[-1].text == "more happens than is told"


def test_every_line_fits_its_terminal() -> None:
    """Names give way, in their middle."""
    long = msgspec.structs.replace(WEEK.items[2], stack="production-eu-west/customer-portal-1")
    week = msgspec.structs.replace(WEEK, items=(long, *WEEK.items))
    labels = {
        60: "produ…rtal-1  ",
        80: "product…portal-1  ",
        120: "production-eu…tomer-portal-1  ",
    }
    for width, label in labels.items():
        lines = list(weeks.text(week, View(now=samples.NOW, zone=BERLIN, width=width)))
        assert all(len(line) <= max(width, 62) for line in lines), width
        assert lines[2].startswith(label)


def test_a_zone_that_this_machine_does_not_know_is_told() -> None:
    """It is the daemon that knows it."""
    with pytest.raises(Failure, match="does not know the time zone Mars/Olympus"):
        slots.zone_of("Mars/Olympus")


def test_pages_are_put_together() -> None:
    """All stacks in order; complete only where each page is."""
    first = msgspec.structs.replace(WEEK, items=WEEK.items[:2], next="local/db")
    second = msgspec.structs.replace(WEEK, items=WEEK.items[2:], complete=False)
    found = weeks.together([first, second])

    assert (found.items, found.complete, found.next) == (WEEK.items, False, None)
    assert found.days[0] == BEGIN
