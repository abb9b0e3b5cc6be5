"""What schedules make of a stack over some days, one case after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dockschedd.core import holds, model, spread, triggers, week
from dockschedd.core.triggers import Enforce, Wish
from tests.core.test_days_off import off
from tests.core.test_wants import REF, window
from tests.store import nouns

HOUR, DAY, TICK = timedelta(hours=1), timedelta(days=1), timedelta.resolution
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
LONG_AGO = MONDAY - 400 * DAY
DAYS = tuple(MONDAY + n * DAY for n in range(8))
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
State, Action = week.State, model.Action


def at(hour: float) -> datetime:
    """That hour of the Monday."""
    return MONDAY + hour * HOUR


def cron(
    expression: str, action: Action = Action.STOP, name: str = "cron", **changes
) -> model.Schedule:
    """A schedule that has been there for long."""
    trigger = triggers.CronTrigger(expression=expression, zone=changes.pop("zone", "UTC"))
    fields = {"trigger": trigger, "action": action, "id": name, "updated_at": LONG_AGO}
    return nouns.schedule(name, **{**fields, **changes})


def office(text: str = "daily 08:00-18:00", wish: Wish = Wish.AWAKE, name: str = "office", **more):
    """A window that has been there for long."""
    return window(text, wish, name, **{"updated_at": LONG_AGO, **more})


def course(*schedules: model.Schedule, days=DAYS, **blocks) -> week.Course:
    return week.course(REF, schedules, holds.Blocks(**blocks), days=days)


def hold(wants_: holds.Wanted, since: datetime, until: datetime | None) -> dict[str, object]:
    placed = holds.Hold(
        stack=REF, wants=wants_, owner="alice", reason="", zone="UTC", since=since, until=until
    )
    return {"holds": MappingProxyType({REF: placed})}


def told(found: week.Course) -> list[tuple[float, str, str | None]]:
    """From which hour of the Monday on it is how, and by whom."""
    return [((each.begin - MONDAY) / HOUR, each.state.value, each.by) for each in found.spans]


def done(found: week.Course) -> list[tuple[float, str, str, bool]]:
    """At which hour what is done by whom, and whether it is."""
    return [
        ((each.at - MONDAY) / HOUR, each.action.value, each.schedule, each.acts)
        for each in found.marks
    ]


def test_a_stack_without_schedules_is_left_as_it_is():
    """One span, nobody decides, nothing is done."""
    found = course(office(enabled=False), cron("0 22 * * *", enabled=False))

    assert told(found) == [(0, "any", None)]
    assert found.marks == ()


def test_stop_and_start_put_a_stack_to_sleep_between_them():
    """The last action before the first day counts, and one that comes once a month as well."""
    nightly, morning = cron("0 22 * * *"), cron("0 7 * * *", Action.START, "morning")
    monthly = cron("0 3 1 * *", name="monthly")

    assert told(course(nightly, morning))[:3] == [
        (0, "asleep", "cron"),
        (7, "awake", "morning"),
        (22, "asleep", "cron"),
    ]
    assert told(course(monthly)) == [(0, "asleep", "monthly")]


def test_nothing_is_said_of_a_schedule_before_it_was_changed_last():
    """What it was before is not known; a window has its say from then on, between its edges."""
    found = course(office(updated_at=at(12)), cron("0 11 * * *", updated_at=at(12)))

    assert told(found)[:4] == [
        (0, "any", None),
        (12, "awake", "office"),
        (18, "asleep", "office"),
        (32, "awake", "office"),
    ]
    assert done(found)[:2] == [(18, "stop", "office", True), (32, "start", "office", True)]


def test_a_restart_decides_nothing_but_wakes_what_is_asleep():
    """Only where something put it to sleep before it."""
    restart = cron("0 4 * * *", Action.RESTART, "fresh")

    assert told(course(restart)) == [(0, "any", None)]
    assert told(course(restart, cron("0 22 * * *")))[:3] == [
        (0, "asleep", "cron"),
        (4, "awake", "fresh"),
        (22, "asleep", "cron"),
    ]


def test_an_action_lives_until_the_next_edge_unless_the_window_is_enforced_always():
    """A stop at noon keeps a stack asleep until the next morning, or not at all."""
    noon = cron("0 12 23 11 *", name="noon")

    assert told(course(office(), noon))[1:4] == [
        (8, "awake", "office"),
        (12, "asleep", "noon"),
        (18, "asleep", "office"),
    ]
    always = course(office(enforce=Enforce.ALWAYS), noon)
    assert told(always)[1:3] == [(8, "awake", "office"), (18, "asleep", "office")]
    assert (12, "stop", "noon", True) in done(always)


def test_an_edge_that_another_window_overrules_is_told_with_the_reason():
    """Awake wins: the office closes at six while the show goes on until eight."""
    found = course(office(), office("daily 12:00-20:00", name="show"))

    assert told(found)[1:4] == [
        (8, "awake", "office"),
        (12, "awake", "show"),
        (20, "asleep", "show"),
    ]
    closing = next(each for each in found.marks if each.at == at(18))
    assert not closing.acts
    assert closing.note == (
        "schedule `show` wants it awake until 20:00 on 23 November 2026, UTC: awake wins"
    )


def test_a_hold_keeps_its_state_and_then_the_windows_have_theirs():
    """Meanwhile nothing is done; at its end what differs is put right, and that is told."""
    found = course(office(), **hold(holds.Wanted.UP, at(17), at(21)))

    assert told(found)[1:4] == [
        (8, "awake", "office"),
        (17, "awake", None),
        (21, "asleep", "office"),
    ]
    assert done(found)[1:3] == [(18, "stop", "office", False), (21, "stop", "office", True)]
    assert found.marks[1].note.startswith("`local/web` is held up by alice until 21:00")
    assert found.marks[2].note == "what kept schedules from it has ended"
    assert [(each.kind.value, each.begin, each.end) for each in found.blocks] == [
        ("hold", at(17), at(21))
    ]


def test_a_hold_without_end_lasts_to_the_end_of_the_picture():
    """Also one that began long before it."""
    found = course(office(), **hold(holds.Wanted.DOWN, LONG_AGO, None))

    assert told(found) == [(0, "asleep", None)]
    assert not any(each.acts for each in found.marks)


def test_days_off_leave_a_stack_as_it_was_and_working_days_put_it_right():
    """On its host's Tuesday nothing is done; on Wednesday it is where the window wants it."""
    found = course(
        office("daily 12:00-24:00"), days_off={"local": off((MONDAY + DAY).date(), host="local")}
    )

    assert told(found)[1:4] == [
        (12, "awake", "office"),
        (48, "asleep", "office"),
        (60, "awake", "office"),
    ]
    assert done(found)[1:6] == [
        (12, "start", "office", True),
        (24, "stop", "office", False),
        (36, "start", "office", False),
        (48, "stop", "office", True),
        (60, "start", "office", True),
    ]


def test_long_days_off_leave_a_stack_as_it_was_before_them():
    """Also where they began long before the first day, and a window that is added meanwhile."""
    dates = [(MONDAY + n * DAY).date() for n in range(-10, 2)]
    free = {"local": off(*dates, host="local")}
    added = office("daily 12:00-20:00", name="added", updated_at=at(13))

    assert told(course(office("daily 12:00-24:00"), days_off=free))[:2] == [
        (0, "awake", "office"),
        (48, "asleep", "office"),
    ]
    assert told(course(added, days_off=free))[:3] == [
        (0, "any", None),
        (48, "asleep", "added"),
        (60, "awake", "added"),
    ]


def test_a_freeze_leaves_everything_as_it_was_when_it_began():
    """What was done before it counts, however long ago that was; what comes in it does not."""
    freeze = holds.Freeze(owner="bob", reason="", zone="UTC", since=at(-40), until=None)
    found = course(cron("0 12 * * *"), cron("0 7 * * *", Action.START, "up"), freeze=freeze)

    assert told(found) == [(0, "awake", "up")]
    assert {each.acts for each in found.marks} == {False}
    long = replace(freeze, since=at(-40) - 28 * DAY)
    assert told(
        course(cron("0 12 * * *"), cron("0 7 * * *", Action.START, "up"), freeze=long)
    ) == [(0, "awake", "up")]


def test_spread_moves_what_is_done_and_how_it_is():
    """On this stack by its own offset."""
    moved = cron("0 22 * * *", name="moved", spread=HOUR)
    offset = spread.offset(moved.id, REF, moved.spread)
    found = course(moved)

    assert offset
    assert found.marks[0].at == at(22) + offset


def test_what_comes_very_often_is_told_once_a_day():
    """With how often, and until when."""
    found = course(cron("*/5 * * * *", Action.START), cron("0 22 * * *", name="night"))

    often = [each for each in found.marks if each.schedule == "cron"]
    assert [(each.at, each.times, each.until) for each in often] == [
        (day, 288, day + DAY - timedelta(minutes=5)) for day in DAYS[:-1]
    ]
    assert (22, "stop", "night", True) in done(found)


def test_no_more_is_told_than_can_be_read():
    """And from when on there is more; what is told before is whole."""
    found = course(cron("*/2 * * * *", Action.START, "up"), cron("1-59/2 * * * *", name="down"))

    assert len(found.spans) == week.MOST_TOLD
    assert found.told_until == found.spans[-1].end == at(400 / 60)
    assert all(each.at < found.told_until for each in found.marks)
    assert course(office()).told_until is None


def test_a_clock_change_is_told_where_it_moves_something():
    """Beside the action that it moves, and beside no other."""
    nightly = cron("30 2 * * *", zone="Europe/Berlin")
    berlin = ZoneInfo("Europe/Berlin")
    days = [datetime(2027, 3, day, tzinfo=berlin).astimezone(UTC) for day in (27, 28, 29, 30)]
    found = course(nightly, days=days)

    assert [each.note for each in found.marks] == [
        "",
        "02:30 does not exist on 28 March 2027; runs at 03:00",
        "",
    ]


def test_a_schedule_that_cannot_be_understood_any_more_does_nothing():
    """Its zone has gone from this machine: the others are told all the same."""
    lost = office(name="lost")
    lost = replace(lost, trigger=replace(lost.trigger, zone="Mars/Olympus"))

    assert course(lost, office()).spans == course(office()).spans
