"""core.window_items: what can be written, what is refused and with which words; sentences."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import window_items, windows
from dockschedd.core.window_items import DAY, Absolute, Weekly
from dockschedd.errors import Invalid
from tests.core import cron_strategies, window_oracle

ALL = (0, 1, 2, 3, 4, 5, 6)
WORK = (0, 1, 2, 3, 4)
EIGHT, SIX = 8 * 60, 18 * 60


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001  what a clock on the wall shows


@pytest.mark.parametrize(
    ("text", "items", "again"),
    [
        ("mon-fri 08:00-18:00", [Weekly(WORK, EIGHT, SIX)], "mon-fri 08:00-18:00"),
        ("weekdays 8:00 - 18:00", [Weekly(WORK, EIGHT, SIX)], "mon-fri 08:00-18:00"),
        ("Monday-Friday 08:00-18:00", [Weekly(WORK, EIGHT, SIX)], "mon-fri 08:00-18:00"),
        ("sat,sun 10:00-14:00", [Weekly((5, 6), 600, 840)], "sat,sun 10:00-14:00"),
        ("weekends 10:00-14:00", [Weekly((5, 6), 600, 840)], "sat,sun 10:00-14:00"),
        ("daily 22:00-06:00", [Weekly(ALL, 1320, DAY + 360)], "daily 22:00-06:00"),
        ("22:00-06:00", [Weekly(ALL, 1320, DAY + 360)], "daily 22:00-06:00"),
        ("mon-sun 22:00-06:00", [Weekly(ALL, 1320, DAY + 360)], "daily 22:00-06:00"),
        ("fri 22:00-00:00", [Weekly((4,), 1320, DAY)], "fri 22:00-24:00"),
        ("fri 22:00-24:00", [Weekly((4,), 1320, DAY)], "fri 22:00-24:00"),
        ("fri 00:00-24:00", [Weekly((4,), 0, DAY)], "fri 00:00-24:00"),
        ("fri-mon 01:00-02:00", [Weekly((0, 4, 5, 6), 60, 120)], "fri-mon 01:00-02:00"),
        ("sun-mon 01:00-02:00", [Weekly((0, 6), 60, 120)], "sun,mon 01:00-02:00"),
        ("mon-wed,fri 01:00-02:00", [Weekly((0, 1, 2, 4), 60, 120)], "mon-wed,fri 01:00-02:00"),
        ("mon-fri 08:00-", [Weekly(WORK, EIGHT, None)], "mon-fri 08:00-"),
        ("mon-fri -18:00", [Weekly(WORK, None, SIX)], "mon-fri -18:00"),
        ("-24:00", [Weekly(ALL, None, DAY)], "daily -24:00"),
        (
            "mon-fri 08:00-, sat -18:00",
            [Weekly(WORK, EIGHT, None), Weekly((5,), None, SIX)],
            "mon-fri 08:00-, sat -18:00",
        ),
        (
            "2026-12-24 18:00/2026-12-27 06:00",
            [Absolute(wall(2026, 12, 24, 18), wall(2026, 12, 27, 6))],
            "2026-12-24 18:00/2026-12-27 06:00",
        ),
        (
            "2026-12-24T18:00 / 2026-12-27T6:00 , tue 8:00-18:00",
            [
                Absolute(wall(2026, 12, 24, 18), wall(2026, 12, 27, 6)),
                Weekly((1,), EIGHT, SIX),
            ],
            "2026-12-24 18:00/2026-12-27 06:00, tue 08:00-18:00",
        ),
        (
            "22:00-06:00,12:00-13:00",
            [Weekly(ALL, 1320, DAY + 360), Weekly(ALL, 720, 780)],
            "daily 22:00-06:00, daily 12:00-13:00",
        ),
    ],
)
def test_what_is_written_is_read_and_written_again(
    text: str, items: list[window_items.Item], again: str
) -> None:
    """Each form of the grammar gives its items, and one text that gives them again."""
    window = windows.parse(text)
    assert window.items == tuple(items)
    assert str(window) == again
    assert windows.parse(again) == window


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("", "window-syntax", "mon-fri 08:00-18:00"),
        ("   ", "window-syntax", "mon-fri 08:00-18:00"),
        ("whenever", "window-syntax", "the days are mon, tue"),
        ("mon 08:00-18:00,", "window-syntax", "take the comma away"),
        ("mon 08:00\u201318:00", "window-syntax", "dashes of another kind"),
        ("mon 08:00-18:00" * 100, "window-syntax", "several schedules"),
        ("-", "window-syntax", "for example `mon-fri 08:00-18:00`"),
        ("mon", "window-syntax", "`mon 08:00-18:00`"),
        ("mon 08:00-18:00, sat,sun", "window-syntax", "`sun 08:00-18:00`"),
        ("mon 08:00-12:00, 13:00-18:00", "window-syntax", "`mon 13:00-18:00`, or `daily 13:00"),
        ("mon 08:00-, -18:00", "window-syntax", "`mon -18:00`, or `daily -18:00`"),
        ("mon,2026-12-24 18:00/2026-12-27 06:00", "window-syntax", "take them away"),
        ("moin 08:00-18:00", "window-syntax", "did you mean `mon`?"),
        ("mondya 08:00-18:00", "window-syntax", "did you mean `monday`?"),
        ("mon-mon 08:00-18:00", "window-syntax", "write `mon`, or `daily`"),
        ("mon-weekends 08:00-18:00", "window-syntax", "`mon-fri`"),
        ("always", "window-syntax", "without a window"),
        ("mon 08:00:00-18:00:00", "window-syntax", "to the minute"),
        ("mon 8am-6pm", "window-syntax", "18:00 instead of 6pm"),
        ("mon 08.00-18.00", "window-syntax", "colon"),
        ("mon 8-18", "window-syntax", "`08:00-18:00`"),
        ("mon 0800-1800", "window-syntax", "`08:00-18:00`"),
        ("mon 08:00", "window-syntax", "an end is missing"),
        ("mon 08:00 to 18:00", "window-syntax", "a dash"),
        ("mon 08:00/18:00", "window-syntax", "a dash"),
        ("mon-fri-18:00", "window-syntax", "`mon-fri -18:00`"),
        ("08:00-18:00 mon-fri", "window-syntax", "for example"),
        ("08:00-18:00 mon", "window-syntax", "days stand before"),
        ("mon 08:00-18:00 Europe/Berlin", "window-syntax", "--tz"),
        (
            "mon 08:00-fri 18:00",
            "window-syntax",
            "`mon 08:00-24:00, tue-thu 00:00-24:00, fri 00:00-18:00`",
        ),
        ("sat 08:00-sun 18:00", "window-syntax", "`sat 08:00-24:00, sun 00:00-18:00`"),
        ("2026-12-24 18:00Z/2026-12-27 06:00Z", "window-syntax", "the zone stands beside"),
        ("2026-12-24/2026-12-27", "window-syntax", "2026-12-24 00:00/2026-12-27 00:00"),
        ("2026-12-24 18:00/", "window-syntax", "with both ends"),
        ("mon 25:00-26:00", "window-out-of-range", "from 00:00 to 23:59"),
        ("mon 08:60-18:00", "window-out-of-range", "from 00:00 to 23:59"),
        ("mon 24:01-06:00", "window-out-of-range", "24:00 is an end"),
        ("mon 24:00-06:00", "window-out-of-range", "00:00 of the next day"),
        ("mon 24:00-", "window-out-of-range", "00:00 of the next day"),
        ("2026-02-30 18:00/2026-12-27 06:00", "window-out-of-range", "for example"),
        ("2026-12-24 18:00/2026-12-26 24:00", "window-out-of-range", "of the next day"),
        ("1899-12-24 18:00/2026-12-27 06:00", "window-out-of-range", None),
        ("2026-12-24 18:00/9900-01-01 00:00", "window-out-of-range", None),
        ("mon 08:00-08:00", "window-empty", "`00:00-24:00`"),
        ("2026-12-24 18:00/2026-12-24 18:00", "window-empty", "a later one"),
        (
            "2026-12-27 06:00/2026-12-24 18:00",
            "window-reversed",
            "`2026-12-24 18:00/2026-12-27 06:00`",
        ),
        ("daily 00:00-24:00", "window-always", "leave a time out"),
        ("weekdays 00:00-24:00, fri-mon 00:00-24:00", "window-always", "leave a time out"),
        ("08:00-20:00, 20:00-08:00", "window-always", "leave a time out"),
        ("mon 08:00-, daily 18:00-20:00", "window-mixed", "two schedules"),
        ("mon 08:00-, 2026-12-24 18:00/2026-12-27 06:00", "window-mixed", "two schedules"),
        ("mon 08:00-, daily -08:00", "window-contradicts", "earlier or later"),
        ("sun -24:00, mon 00:00-", "window-contradicts", "earlier or later"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(
    text: str, code: str, hint: str | None
) -> None:
    """Each refusal has the path, a stable code, a sentence, and a hint that helps."""
    with pytest.raises(Invalid) as caught:
        windows.parse(text)
    fault = caught.value.faults[0]
    assert (fault.path, fault.code) == ("window", code)
    assert fault.message
    if hint is None:
        assert fault.hint is None
    else:
        assert hint in (fault.hint or "")


def test_every_fault_is_told_at_once() -> None:
    """Two wrong items give two faults."""
    with pytest.raises(Invalid) as caught:
        windows.parse("mon 08:00-08:00, xyz 10:00-12:00, tue 08:00-18:00")
    assert [fault.code for fault in caught.value.faults] == ["window-empty", "window-syntax"]


@given(st.text(alphabet="monfrisatdaily 0123456789:-/,.\tT\u2013", max_size=40))
@cron_strategies.effort(300)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else is ever raised, and what is read can be written again and told."""
    try:
        window = windows.parse(text)
    except Invalid as exc:
        assert {fault.path for fault in exc.faults} == {"window"}  # noqa: PT017
    else:
        assert windows.parse(str(window)) == window
        assert windows.sentence(window)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon-fri 08:00-18:00", "from 08:00 to 18:00 on weekdays"),
        ("sat,sun 10:00-14:00", "from 10:00 to 14:00 on weekends"),
        ("daily 08:00-24:00", "from 08:00 to 24:00 every day"),
        ("22:00-06:00", "from 22:00 to 06:00 the next day, every day"),
        ("fri 22:00-06:00", "from 22:00 on Friday to 06:00 on Saturday"),
        ("sun 22:00-06:00", "from 22:00 on Sunday to 06:00 on Monday"),
        (
            "fri,sat 22:00-06:00",
            "from 22:00 to 06:00 the next day, beginning on Fridays and Saturdays",
        ),
        ("fri-mon 08:00-09:00", "from 08:00 to 09:00 on Friday to Monday"),
        ("mon-wed,fri 08:00-09:00", "from 08:00 to 09:00 on Monday to Wednesday and Fridays"),
        ("sat 00:00-24:00", "all day on Saturdays"),
        ("mon 08:00-", "from 08:00 on Mondays"),
        ("mon -18:00", "until 18:00 on Mondays"),
        (
            "2026-12-24 18:00/2026-12-27 06:00",
            "from 18:00 on 24 December 2026 to 06:00 on 27 December 2026",
        ),
        (
            "mon 08:00-, fri -09:00, sun 08:00-",
            "from 08:00 on Mondays, until 09:00 on Fridays, and from 08:00 on Sundays",
        ),
    ],
)
def test_a_window_is_told_as_a_sentence(text: str, expected: str) -> None:
    """It reads after `awake`, `asleep` or an action."""
    assert windows.sentence(windows.parse(text)) == expected


_drawn = st.lists(
    st.one_of(
        window_oracle.recurring(),
        window_oracle.ranges(
            window_oracle.span("Europe/Berlin", window_oracle.utc(2026, 3, 29, 1))
        ),
    ),
    min_size=1,
    max_size=2,
)


@given(_drawn, _drawn)
@cron_strategies.effort(200)
def test_other_windows_read_differently(first: list, second: list) -> None:
    """Two windows with the same sentence have the same items."""
    read = [window_items.read(window_oracle.text(each)) for each in (first, second)]
    said = [windows.sentence(windows.Window(each)) for each in read]
    assert (read[0] == read[1]) == (said[0] == said[1])
