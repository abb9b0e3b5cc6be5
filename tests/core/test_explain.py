"""core.explain: what a trigger is said to mean, and what a clock change is said to do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product

import pytest
from hypothesis import assume, given

from dockschedd.core import cron, explain, triggers
from dockschedd.errors import Invalid
from tests.core import cron_strategies, debian_cron


def said(expression: str) -> str:
    text = explain.trigger(triggers.CronTrigger(expression=expression, zone="Europe/Berlin"))
    return text.removesuffix(", Europe/Berlin")


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("0 * * * *", "every hour"),
        ("0 */2 * * *", "every 2 hours"),
        ("15 * * * *", "at minute 15 past every hour"),
        ("0 22 * * *", "at 22:00 every day"),
        ("@daily", "at 00:00 every day"),
        ("30 6,18 * * *", "at 06:30 and 18:30 every day"),
        ("0 22 * * mon-fri", "at 22:00 on Monday to Friday"),
        ("0 6 * * sat,sun", "at 06:00 on Saturdays and Sundays"),
        ("0 6 * * mon-wed,fri", "at 06:00 on Monday to Wednesday and Friday"),
        ("0 3 1 * *", "at 03:00 on day 1 of the month"),
        ("0 3 1,15,L * *", "at 03:00 on days 1 and 15 and the last day of the month"),
        ("0 3 * * 5#2", "at 03:00 on the second Friday of the month"),
        ("0 3 * * L5", "at 03:00 on the last Friday of the month"),
        ("0 3 1 jan *", "at 03:00 on day 1 of the month in January"),
        ("0 3 * 6-8 *", "at 03:00 every day in June to August"),
        ("5 1,3,5 1 * mon", "at 01:05, 03:05 and 05:05 on day 1 of the month or on Mondays"),
        (
            "0 0 1 jan,feb mon",
            "at 00:00 in January and February, on day 1 of the month or on Mondays",
        ),
        ("0 0 */15 * mon", "at 00:00 on days 1, 16 and 31 of the month, and only on Mondays"),
        ("5 1-7 * * *", "at minute 5 past hours 1 to 7"),
        ("* 2 * * *", "at every minute past hour 2"),
        ("0-10,30 2,4 * * *", "at minutes 0 to 10 and 30 past hours 2 and 4"),
        ("0 0 1-31 * fri", "at 00:00 every day"),
    ],
)
def test_a_cron_trigger_reads_as_a_sentence(expression: str, sentence: str) -> None:
    """Common shapes read as a person would say them, others by their fields."""
    assert said(expression) == sentence


@given(cron_strategies.written, cron_strategies.zones)
@cron_strategies.effort(100)
def test_every_expression_can_be_told(text: str, zone: str) -> None:
    """There is a sentence for whatever is accepted, and it ends with the zone."""
    try:
        sentence = explain.trigger(triggers.CronTrigger(expression=text, zone=zone))
    except Invalid as exc:
        assume(exc.code != "cron-never")
        raise
    assert sentence.endswith(f", {zone}")
    assert sentence.startswith(("at ", "every "))
    assert "  " not in sentence


def test_triggers_that_differ_never_read_the_same() -> None:
    """Of thousands of expressions, those with one sentence come on the same days and times."""
    minutes = ("*", "0", "*/15", "1-59/15", "0,30", "*/7", "1-59")
    hours = ("*", "0", "*/2", "1-23/2", "0,12", "9-17")
    days = ("*", "1", "L", "1,L", "*/2", "1-31", "29-31")
    months = ("*", "jan", "1-6")
    weekdays = ("*", "mon", "mon-fri", "sun,sat", "1#1", "1,1#1", "L5", "*/2", "0-6", "6,0,1")

    @cache
    def dates(day: str, month: str, weekday: str) -> tuple[bool, ...]:
        line = debian_cron.entry(f"0 0 {day} {month} {weekday}")
        begin = date(2027, 1, 1)
        every = (begin + timedelta(days=n) for n in range(731))
        return tuple(line.day_matches(d.year, d.month, d.day) for d in every)

    every = [*product(minutes, hours, days[:3], months[:2], weekdays[:3])]
    every += [*product(("0",), ("0",), days, months[:2], weekdays)]
    meanings: dict[str, tuple[object, ...]] = {}
    for minute, hour, day, month, weekday in every:
        fields = cron.parse(f"{minute} {hour} {day} {month} {weekday}").fields
        meaning = (fields.minutes, fields.hours, dates(day, month, weekday))
        sentence = explain._cron(fields)
        assert meanings.setdefault(sentence, meaning) == meaning, sentence


def test_a_one_off_reads_as_its_wall_time() -> None:
    """An instant is told in the zone it was written in, with which of two equal times it is."""
    once = triggers.AtTrigger(at=datetime(2026, 12, 24, 17, tzinfo=UTC), zone="Europe/Berlin")
    assert explain.trigger(once) == "once, at 18:00 on 24 December 2026, Europe/Berlin"
    assert explain.note(once, once.at) == ""
    twice = triggers.AtTrigger(
        at=datetime(2026, 10, 25, 1, 30, 5, tzinfo=UTC), zone="Europe/Berlin"
    )
    assert explain.trigger(twice) == (
        "once, at 02:30:05 on 25 October 2026, the second time, Europe/Berlin"
    )
    assert explain.note(twice, twice.at) == (
        "02:30:05 happens twice on 25 October 2026; runs the second time"
    )


@pytest.mark.parametrize(
    ("expression", "zone", "at", "note"),
    [
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-29T01:00Z",
            "02:30 does not exist on 29 March 2026; runs at 03:00",
        ),
        (
            "0,30 2 * * *",
            "Europe/Berlin",
            "2026-03-29T01:00Z",
            "02:00 to 02:30 do not exist on 29 March 2026; runs once, at 03:00",
        ),
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-25T00:30Z",
            "02:30 happens twice on 25 October 2026; runs the first time",
        ),
        ("30 * * * *", "Europe/Berlin", "2026-10-25T00:30Z", ""),
        (
            "30 * * * *",
            "Europe/Berlin",
            "2026-10-25T01:30Z",
            "second pass of the repeated hour",
        ),
        (
            "45 * * * *",
            "Australia/Lord_Howe",
            "2026-04-04T15:15Z",
            "second pass of the repeated half hour",
        ),
        (
            "0 1 * * *",
            "Antarctica/Troll",
            "2026-03-29T01:00Z",
            "01:00 does not exist on 29 March 2026; runs at 03:00",
        ),
        (
            "15 9 30 12 *",
            "Pacific/Apia",
            "2011-12-30T10:00Z",
            "09:15 does not exist on 30 December 2011; runs at 00:00 on 31 December 2011",
        ),
        ("30 2 * * *", "Europe/Berlin", "2026-03-30T00:30Z", ""),
        ("0 3 * * *", "Europe/Berlin", "2026-03-29T01:00Z", ""),
    ],
)
def test_a_note_says_what_a_clock_change_does(
    expression: str, zone: str, at: str, note: str
) -> None:
    """An instant that a clock change moved or chose says so; all others say nothing."""
    trigger = triggers.CronTrigger(expression=expression, zone=zone)
    instant = datetime.fromisoformat(at)
    asked = cron.parse(expression)
    assert asked.next_after(instant - timedelta.resolution, cron.zone(zone)) == instant
    assert explain.note(trigger, instant) == note
