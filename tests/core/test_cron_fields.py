"""core.cron_fields: what is read as what, and what is refused with which words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockschedd.core import cron, cron_fields
from dockschedd.errors import Fault, Invalid
from tests.core import cron_strategies

FIVE = (
    cron_fields.MINUTE,
    cron_fields.HOUR,
    cron_fields.DAY,
    cron_fields.MONTH,
    cron_fields.WEEKDAY,
)


def faults(text: str) -> tuple[Fault, ...]:
    """What is wrong with it; empty when nothing is."""
    try:
        cron.parse(text)
    except Invalid as exc:
        return exc.faults
    return ()


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("@hourly", "0 * * * *"),
        ("@DAILY", "0 0 * * *"),
        (" @midnight\t", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("0  9\t* JAN,mar-May Mon-FRI", "00 09 * 1,3-5 1-5"),
        ("5/15 * * * *", "5-59/15 * * * *"),
        ("59/15 * * * *", "59 * * * *"),
        ("0 0 * * sun-7", "0 0 * * 0-6"),
        ("0 0 * * 0-7/7", "0 0 * * 0"),
        ("0 0 * * 7/3", "0 0 * * 0,3,6"),
    ],
)
def test_spellings_of_one_thing_are_one(text: str, same: str) -> None:
    """Aliases, names in any case and steps are read as the numbers they stand for."""
    assert cron.parse(text).fields == cron.parse(same).fields
    assert cron.parse(text).text == text


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "cron-syntax", "empty"),
        (" \t ", "cron-syntax", "empty"),
        ("* " * 200, "cron-syntax", "256"),
        ("0 2 * * \u00a0", "cron-syntax", "ASCII"),
        ("0 2 * * ٣", "cron-syntax", "ASCII"),
        ("0 2 * *\n*", "cron-syntax", "ASCII"),
        ("0 2 * *", "cron-fields", "4 fields"),
        ("nightly", "cron-fields", "one field"),
        ("0 2 * * * docker compose stop", "cron-fields", "`0 2 * * *`"),
        ("61 * * * *", "cron-out-of-range", "minute field, which goes from 0 to 59"),
        ("0 24 * * *", "cron-out-of-range", "hour field, which goes from 0 to 23"),
        ("0 0 0 * *", "cron-out-of-range", "day of month field, which goes from 1 to 31"),
        ("0 0 1-32 * *", "cron-out-of-range", "`32`"),
        ("0 0 * 13 *", "cron-out-of-range", "month field, which goes from 1 to 12"),
        ("0 0 * * 8", "cron-out-of-range", "weekday field, which goes from 0 to 7"),
        ("0 0 * * 5#6", "cron-out-of-range", "from 1 to 5"),
        ("0 0 * * 5#0", "cron-out-of-range", "from 1 to 5"),
        ("5-5 * * * *", "cron-range", "write `5`"),
        ("0 0 * jan-jan *", "cron-range", "write `jan`"),
        ("0 0 * * sun-sun", "cron-range", "write `sun`"),
        ("*/61 * * * *", "cron-step", "from 1 to 60"),
        ("0 */25 * * *", "cron-step", "from 1 to 24"),
        ("*/0 * * * *", "cron-step", "from 1 to 60"),
        ("*/x * * * *", "cron-syntax", "`/x`"),
        ("1,,2 * * * *", "cron-syntax", "two commas"),
        ("-5 * * * *", "cron-syntax", "missing"),
        ("0 0 * * monday", "cron-syntax", "write `mon`"),
        ("0 0 * * mn", "cron-syntax", "sun, mon, tue"),
        ("0 0 l/2 * *", "cron-syntax", "`l`"),
        ("0 0 * * 5#2/2", "cron-out-of-range", "#"),
        ("R * * * *", "cron-unsupported", "chance"),
        ("H/15 * * * *", "cron-unsupported", "chance"),
        ("0~30 * * * *", "cron-unsupported", "chance"),
        ("0 0 ? * *", "cron-unsupported", "write `*`"),
        ("0 0 15W * *", "cron-unsupported", "nearest weekday"),
        ("0 0 LW * *", "cron-unsupported", "nearest weekday"),
        ("0 0 L-3 * *", "cron-unsupported", "last day"),
        ("0 0 * * 5L", "cron-unsupported", "`L5`"),
        ("0 0 * * L", "cron-unsupported", "`L5`"),
        ("@reboot", "cron-unsupported", "restart policy"),
        ("@every 5m", "cron-unsupported", "`*/5 * * * *`"),
        ("@every 2h", "cron-unsupported", "`0 */2 * * *`"),
        ("@every 7m", "cron-unsupported", "@hourly"),
        ("@fortnightly", "cron-unsupported", "@hourly"),
        ("CRON_TZ=Asia/Tokyo 0 2 * * *", "cron-unsupported", "--tz Asia/Tokyo"),
        ("TZ=Asia/Tokyo 0 2 * * *", "cron-unsupported", "`0 2 * * *`"),
        ("0 0 31 2 *", "cron-never", "never comes"),
        ("0 0 30 2 *", "cron-never", "never comes"),
        ("0 0 31 4,6,9,11 *", "cron-never", "never comes"),
        ("0 0 */30 * 1#2", "cron-never", "never comes"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(text: str, code: str, said: str) -> None:
    """A refusal has the path `cron`, a stable code, and names the place or the cure."""
    (fault,) = faults(text)
    assert (fault.path, fault.code) == ("cron", code)
    assert said in f"{fault.message} {fault.hint}"


def test_every_fault_is_told_at_once() -> None:
    """Each wrong item of each field has a fault of its own, in the order of the fields."""
    found = faults("61,5-5 25 0 13 8")
    assert [fault.code for fault in found] == [
        "cron-out-of-range",
        "cron-range",
        *(["cron-out-of-range"] * 4),
    ]
    for fault, place in zip(
        found, ("minute", "minute", "hour", "day", "month", "week"), strict=True
    ):
        assert place in fault.message


@pytest.mark.parametrize(
    ("text", "cures"),
    [
        ("0 0 22 * * *", ["0 22 * * *", "0 0 22 * *"]),
        ("22 0 0 * * mon-fri", ["0 0 * * mon-fri"]),
        ("0 22 * * mon-fri 0", ["0 22 * * mon-fri"]),
        ("0 0 22 * * ?", ["0 22 * * *"]),
        ("0 0 22 ? * mon-fri 2026", ["0 22 * * mon-fri"]),
        ("*/10 * * * * *", ["* * * * *", "*/10 * * * *"]),
    ],
)
def test_six_fields_are_refused_with_the_five(text: str, cures: list[str]) -> None:
    """The hint is what is left without the seconds, for each end at which they may stand."""
    (fault,) = faults(text)
    assert fault.code == "cron-six-fields"
    assert re.findall("write `(.+?)`", fault.hint or "") == cures


def test_another_count_of_weekdays_is_pointed_out() -> None:
    """Where `?` is written weekdays are counted from 1 for Sunday, and the hint says so."""
    (fault,) = faults("0 0 22 ? * 2-6")
    assert "Sunday" in (fault.hint or "")


@given(st.sampled_from(range(len(FIVE))), st.data())
@cron_strategies.effort(60)
def test_a_backward_range_is_refused_with_two_forward_ones(
    place: int, data: st.DataObject
) -> None:
    """The hint holds the same numbers, and is itself accepted."""
    which = FIVE[place]
    low, high = sorted(data.draw(st.sets(st.sampled_from(which.every), min_size=2, max_size=2)))
    spell = dict(zip(which.every, which.names or map(str, which.every), strict=True))
    parts = ["*"] * 5
    parts[place] = f"{spell[high]}-{spell[low]}"
    (fault,) = faults(" ".join(parts))
    assert fault.code == "cron-range"
    cure = re.findall("`(.+?)`", fault.hint or "")[0]
    parts[place] = cure
    fields = cron.parse(" ".join(parts)).fields
    numbers = (fields.minutes, fields.hours, fields.days, fields.months, fields.weekdays)[place]
    assert set(numbers) == {n for n in which.every if n >= high or n <= low}


@given(cron_strategies.written)
@cron_strategies.effort(120)
def test_what_the_grammar_names_is_read(text: str) -> None:
    """Whatever is built from the grammar is accepted, or can be shown never to come."""
    assert [fault.code for fault in faults(text)] in ([], ["cron-never"])


@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(st.text("0123456789*/,-#LWRH?~@=lmonfrisatju ", max_size=6), max_size=8).map(
            " ".join
        ),
    )
)
@cron_strategies.effort(200)
@example("0 0 * * " + "9" * 240)
@example("9" * 5000)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever a person writes gives an expression that can be asked, or Invalid with faults."""
    found = faults(text)
    assert all(fault.path == "cron" and fault.code and fault.message for fault in found)
    if not found:
        assert (
            cron.parse(text).next_after(
                datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("Europe/Berlin")
            )
            is not None
        )
