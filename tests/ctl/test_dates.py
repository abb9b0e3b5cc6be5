"""The dates of calendars, from plain text and from iCalendar files."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.dates import icalendar, reading
from dockschedctl.failures import Usage
from dockschedd.wire import dates

DAY = timedelta(days=1)
XMAS = date(2026, 12, 24)
DATES = st.sets(st.dates(date(1900, 1, 1), date(9899, 12, 31)), max_size=30)
NEAR = st.sets(st.integers(0, 40).map(lambda n: XMAS + n * DAY))


def ics(*lines: str, end: str = "\r\n") -> str:
    """An iCalendar file with these lines inside of one event."""
    event = ("BEGIN:VEVENT", *lines, "END:VEVENT")
    return end.join(("BEGIN:VCALENDAR", "VERSION:2.0", *event, "END:VCALENDAR", ""))


@given(DATES | NEAR)
def test_dates_that_are_written_read_back(found):
    """As words, and as a file with comments."""
    written = dates.written(found)

    assert reading.words(written) == found
    assert reading.text("# days\n\n" + "".join(f" {row} # x\r\n" for row in written)) == found
    assert list(written) == sorted(written)


@given(NEAR)
def test_rows_are_as_long_as_they_can_be(found):
    """Between two rows there is a date that is free."""
    rows = dates.rows(found)

    assert {first + n * DAY for first, last in rows for n in range((last - first).days + 1)} == (
        found
    )
    assert all(a[1] + DAY < b[0] for a, b in pairwise(rows))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("24.12.2026", "`24.12.2026` is neither a date nor a range of dates"),
        ("2026-02-30", "there is no such date as 2026-02-30"),
        ("2026-12-24..", "`2026-12-24..` is neither a date nor a range of dates"),
        ("2026-12-24..2026-12-23", "`2026-12-24..2026-12-23` ends before it begins"),
        ("2026-01-01..2040-01-01", "`2026-01-01..2040-01-01` has more than 5,000 dates"),
        ("0001-01-01", "the years of a calendar go from 1900 to 9899"),
        ("٢٠٢٦-01-01", "`٢٠٢٦-01-01` is neither a date nor a range of dates"),
    ],
)
def test_what_is_no_date_is_refused_with_a_sentence(word, said):
    """And with how one is written."""
    with pytest.raises(Usage) as caught:
        reading.words([word])

    assert caught.value.message == said
    assert "2026-12-24..2027-01-06" in caught.value.hint


def test_every_line_that_is_wrong_is_told():
    """With its number, from 1."""
    with pytest.raises(reading.Wrong) as caught:
        reading.text("2026-12-24\n\nxmas\n2026-13-01 # no\n")

    assert [line for line, _ in caught.value.faults] == [3, 4]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (["DTSTART;VALUE=DATE:20261224"], 1),
        (["DTSTART:20261224"], 1),
        (["dtstart;value=date:20261224", "DTEND;VALUE=DATE:20261227"], 3),
        (["DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261224"], 1),
        (["DTSTART;VALUE=DATE:20261224", "DURATION:P2D"], 2),
        (["DTSTART;VALUE=DATE:20261224", "DURATION:P1W"], 7),
        (['DTSTART;X-A="a:b;c=d";VALUE=DATE:20261224', "SUMMARY:a:b"], 1),
        (["SUMMARY:long", "  name", "DTSTART;VALUE=DA", " TE:2026", "\t1224"], 1),
        (["BEGIN:VALARM", "DTSTART:20200101", "RRULE:FREQ=DAILY", "END:VALARM",
          "DTSTART:20261224"], 1),
        (["STATUS:CANCELLED", "DTSTART:20261224"], 0),
    ],
)  # fmt: skip
def test_an_event_is_on_its_whole_days(lines, days, end):
    """Up to the day before its end; folded lines, parameters and alarms are understood."""
    assert icalendar.read(ics(*lines, end=end)) == {XMAS + n * DAY for n in range(days)}


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        (["SUMMARY:May\\, Day", "DTSTART:20270501", "RRULE:FREQ=YEARLY"], 6,
         "the event `May, Day`: it recurs (RRULE)"),
        (["DTSTART:20270501", "RDATE:20280501"], 5, "an event without a name: it recurs (RDATE)"),
        (["SUMMARY:x", "DTSTART:20270501T080000Z"], 5, "only events of whole days"),
        (["SUMMARY:x", "DTSTART:20270501", "DTEND:20270502T080000"], 6, "only events of whole"),
        (["SUMMARY:x"], 3, "the event `x`: it has no DTSTART"),
        (["DTSTART:20270230"], 4, "there is no such date as 20270230"),
        (["DTSTART:20270501", "DTEND:20270430"], 5, "it ends before it begins"),
        (["DTSTART:20270501", "DURATION:PT8H"], 5, "is not in days or weeks"),
        (["DTSTART:20270501", "DTEND:20990501"], 3, "has more than 5,000 dates"),
        (["nonsense", "DTSTART:20270501"], 4, "`nonsense` is no line of an iCalendar file"),
        (["END:VTODO"], 4, "ends what has not begun"),
    ],
)  # fmt: skip
def test_what_is_not_understood_in_an_event_is_refused(lines, line, said):
    """By the event's name and with its line: it is never passed over."""
    with pytest.raises(reading.Wrong) as caught:
        icalendar.read(ics(*lines))

    assert caught.value.faults[0][0] == line
    assert said in caught.value.faults[0][1]


def test_what_is_no_icalendar_file_is_refused():
    """Neither another text nor one that breaks off; recurring time zones are no events."""
    with pytest.raises(reading.Wrong, match="does not begin with"):
        icalendar.read("2026-12-24\n")
    with pytest.raises(reading.Wrong, match="END:VEVENT is missing"):
        icalendar.read("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\n")
    zone = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nRRULE:FREQ=YEARLY\nEND:VTIMEZONE\nEND:VCALENDAR\n"
    assert icalendar.read(zone) == set()


@given(st.text(max_size=200) | st.text('BEGIN:VCALENDAR\n\r \t;="DTSTART2026', max_size=200))
def test_any_text_is_read_or_refused(text):
    """Nothing else is raised, whatever somebody takes for a calendar."""
    for read in (reading.text, icalendar.read, lambda t: icalendar.read("BEGIN:VCALENDAR\n" + t)):
        with suppress(reading.Wrong):
            assert isinstance(read(text), set)
