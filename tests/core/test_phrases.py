"""Times in words: what they mean, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from dockschedd.core import cron, explain, instants, phrases, triggers
from dockschedd.errors import Invalid
from tests.core import phrase_strategies
from tests.core.cron_strategies import ZONES, effort

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")


def parse(text: str, now: datetime = NOW) -> phrases.Meaning:
    return phrases.parse(text, now=now, zone=BERLIN)


def refused(text: str) -> tuple[str, str, str]:
    with pytest.raises(Invalid) as caught:
        parse(text)
    (fault,) = caught.value.faults
    assert fault.path == "when"
    assert fault.hint
    return fault.code, fault.message, fault.hint


@given(phrase=phrase_strategies.phrases(), year=st.integers(2020, 2032))
@effort(60)
def test_a_phrase_comes_when_its_words_say(phrase, year) -> None:
    """On each day of a year it comes first at its first time, or not at all that day.

    On the first day that it names it comes at all its times and at no others.
    """
    meaning = parse(phrase.text)
    assert meaning.cron is not None
    expression, utc = cron.parse(meaning.cron), ZoneInfo("UTC")
    named = []
    midnight = datetime(year, 1, 1, tzinfo=UTC)
    while midnight.year == year:
        before, midnight = midnight, midnight + timedelta(days=1)
        if phrase.on(before.date()):
            named.append(before)
        at = expression.next_after(before - MINUTE, utc)
        assert at is not None
        expected = before + MINUTE * min(phrase.times) if phrase.on(before.date()) else None
        assert (at if at < midnight else None) == expected
    first = next(iter(named), None)
    if first is not None:
        found = expression.between(first - MINUTE, first + timedelta(days=1) - MINUTE, utc)
        assert list(found) == [first + MINUTE * each for each in sorted(phrase.times)]


@given(phrase_strategies.phrases())
@effort(200)
def test_what_is_read_back_means_the_same(phrase: phrase_strategies.Phrase) -> None:
    """The sentence that a person is shown is understood, as the phrase that was written."""
    meaning = parse(phrase.text)
    assert meaning.cron is not None
    trigger = triggers.CronTrigger(expression=meaning.cron, zone="UTC")
    sentence = explain.trigger(trigger).removesuffix(", UTC")
    if "past" in sentence:
        return  # A table of minutes and hours is no phrase.
    note(sentence)
    again = parse(sentence)
    assert again.cron is not None

    assert (
        explain.trigger(triggers.CronTrigger(expression=again.cron, zone="UTC"))
        == f"{sentence}, UTC"
    )


@given(st.text() | st.lists(st.sampled_from(sorted({
    *("every", "weekday", "monday", "mondays", "first", "last", "day", "of", "the", "month", "at"),
    *("6", "18", "22:00", "6am", "noon", "between", "and", "in", "january", "24", "2", "hours"),
    *("1st", ",", "-", "to", "tomorrow", "daily", "2026-12-24", ":20", "minutes", "on", "from"),
    *("weekly", "year", "hour", "31st", "february", "next", "other", "0", "days", "9999"),
})), max_size=9).map(" ".join))  # fmt: skip
@effort(800)
def test_any_text_is_understood_or_refused(text: str) -> None:
    """It is one cron expression, or one later instant, or one fault with a hint."""
    try:
        meaning = parse(text)
    except Invalid as exc:
        (fault,) = exc.faults
        assert (fault.path, bool(fault.hint)) == ("when", True)
        return
    assert (meaning.cron is None) != (meaning.at is None)
    if meaning.cron is not None:
        fields = cron.parse(meaning.cron).fields
        some_days = len(fields.days) < 31 or fields.last_day
        some_weekdays = len(fields.weekdays) < 7 or bool(fields.nth)
        assert not (some_days and some_weekdays), "cron would take them for an OR"
    else:
        assert meaning.at is not None
        assert meaning.at > NOW


@given(
    zone=st.sampled_from(sorted(ZONES)),
    now=st.integers(946_684_800, 2_051_222_400),
    month=st.integers(1, 12),
    day=st.integers(1, 31),
    minutes=st.integers(0, 1439),
)
@effort(150)
def test_a_date_without_a_year_is_the_next_one(zone, now, month, day, minutes) -> None:
    """The first year in which that wall time is still to come, looked for day by day."""
    at, where = datetime.fromtimestamp(now, UTC), ZoneInfo(zone)
    text = f"on {day} {phrase_strategies.MONTHS[month - 1]} at {phrase_strategies.clock(minutes)}"
    expected = None
    today = instants.wall(at, where).replace(hour=0, minute=0, second=0, microsecond=0)
    for ahead in range(366 * 8 + 3):
        each = today + timedelta(days=ahead)
        if (each.month, each.day) == (month, day):
            found = instants.first_instant(each + timedelta(minutes=minutes), where)
            if found > at:
                expected = found
                break
    if expected is None:
        with pytest.raises(Invalid):
            phrases.parse(text, now=at, zone=where)
    else:
        assert phrases.parse(text, now=at, zone=where) == phrases.Meaning(
            at=expected, passing=True
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("every weekday at 22:00", "0 22 * * mon-fri"),
        ("every 2 hours between 8 and 18", "0 8-18/2 * * *"),
        ("first monday of the month at 06:30", "30 6 * * mon#1"),
        ("daily at 7:15", "15 7 * * *"),
        ("every 15 minutes", "*/15 * * * *"),
        ("mondays and thursdays at 6am", "0 6 * * mon,thu"),
        ("on the 1st and 15th at 03:00", "0 3 1,15 * *"),
        ("last day of the month at 23:00", "0 23 L * *"),
        ("every hour at :20", "20 * * * *"),
        ("weekends at noon", "0 12 * * sat,sun"),
        ("the last friday of every month at 10 pm", "0 22 * * L5"),
        ("every year on 24 december at 18:00", "0 18 24 dec *"),
        ("weekly on sunday at 4am", "0 4 * * sun"),
        ("every 15 minutes between 8:00 and 17:45 on weekdays", "*/15 8-17 * * mon-fri"),
        ("every 2 hours between 22:00 and 6:00", "0 0,2,4,6,22 * * *"),
        ("sat-mon at 12am", "0 0 * * mon,sat,sun"),
        ("every day at 18", "0 18 * * *"),
        ("half past", None),
    ],
)
def test_examples(text: str, expected: str | None) -> None:
    """What the manual shows, word for word."""
    if expected is None:
        assert refused(text)[0] == "when-not-understood"
    else:
        assert parse(text) == phrases.Meaning(cron=expected)


@pytest.mark.parametrize(
    ("text", "expected", "passing"),
    [
        ("today at 18:00", "2026-11-24 17:00", True),
        ("tomorrow at 18:00", "2026-11-25 17:00", True),
        ("on 24 december at 18:00", "2026-12-24 17:00", True),
        ("december 24th, 2027 at 6pm", "2027-12-24 17:00", False),
        ("on 2027-12-24 at 18:00", "2027-12-24 17:00", False),
        ("at noon on the 1st of march", "2027-03-01 11:00", True),
        ("in 90 minutes", "2026-11-24 10:30", True),
        ("in 2 days at 00:00", "2026-11-25 23:00", True),
        ("on 2027-03-28 at 02:30", "2027-03-28 01:00", False),
    ],
)
def test_a_phrase_can_name_one_instant(text: str, expected: str, passing: bool) -> None:
    """In the zone it is read in; one that a clock change leaves out is the next that exists."""
    at = datetime.fromisoformat(f"{expected}+00:00")
    assert parse(text) == phrases.Meaning(at=at, passing=passing)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("mondays at 6", "morning or of the evening", "`06:00` or `18:00`"),
        ("every hour between 1 and 5", "morning or of the evening", "`01:00` and `05:00`"),
        ("monday at 22:00", "once, or every week?", "every monday"),
        ("at 22:00", "once, or every day?", "every day at"),
        ("daily", "at what time of day?", "at 22:00"),
        ("next friday at 8:00", "of the one after?", "24 december"),
        ("every 7 minutes", "do not come out even", "every 6 minutes"),
        ("every 5 hours", "do not come out even", "every 4 hours"),
        ("every 120 minutes", "up to 59", "every 2 hours"),
        ("every other week on monday", "cannot count weeks", "name the days"),
        ("every second monday at 6:00", "counted from the beginning of what?", "of the month"),
        ("first weekday of the month at 8:00", "working days", "name the weekday"),
        ("mondays on the 1st at 6:00", "twice on which days", "two schedules"),
        ("every day at 6:00 and 18:30", "no others", "one schedule for each"),
        ("every 15 minutes between 8 and 18", "no others", "`17:45`"),
        ("every weekdy at 22:00", "not understood", "did you mean `weekday`?"),
        ("0 22 * * mon-fri", "is a cron expression", "--cron"),
        ("@daily", "is a cron expression", "--cron"),
        ("24/12 at 18:00", "not understood", "day or month first?"),
        ("monthly at 3:00", "on which day of the month?", "on the 1st"),
        ("every hour between 22:00 and 6:00 on mondays", "over midnight", "before midnight"),
        ("every day at 24:00", "no time of day", "`00:00`"),
        ("every day at 13pm", "no time of day", "am and pm"),
        ("last day of february at 6:00", "once, or every year?", "in february"),
        ("", "is empty", "every weekday at 22:00"),
    ],
)
def test_what_could_mean_two_things_is_refused(text: str, said: str, hint: str) -> None:
    """With the sentence that tells why, and what to write instead."""
    code, message, shown = refused(text)

    assert code == "when-not-understood"
    assert said.replace("of the one", "of this week or of the one") in message
    assert hint in shown


def test_what_is_over_or_never_comes_has_a_code_of_its_own() -> None:
    """Scripts can tell it from what is not understood."""
    assert refused("today at 6:00")[0] == "at-past"
    assert refused("on 2026-01-01 at 6:00")[0] == "at-past"
    assert refused("on 31 february at 6:00")[0] == "cron-never"
    assert refused("on the 31st in february at 6:00")[0] == "cron-never"
