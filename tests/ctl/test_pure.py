"""What needs no daemon: durations, times, tables, JSON and YAML."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import example, given

from dockschedctl import durations, wording
from dockschedctl.output import data, tables, times
from dockschedctl.output import schedules as shown
from tests.ctl import samples

NOW = samples.NOW


@given(st.integers(min_value=0, max_value=int(durations.LONGEST * 1000)))
def test_a_duration_that_is_written_is_read_back(milliseconds: int) -> None:
    """`written` and `seconds` are inverse to the millisecond."""
    assert durations.seconds(durations.written(milliseconds / 1000)) == milliseconds / 1000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), ("2d", 172800), ("250ms", 0.25), ("1.5h", 5400)],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    """Each unit, and combinations of units, are understood."""
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "1x", "h", "-3s", "1h 30", "9999d", "٣s"])
def test_what_is_no_duration_is_refused_in_a_sentence(text: str) -> None:
    """Nothing is guessed; a bare number gets the unit suggested."""
    with pytest.raises(ValueError, match=r"duration|longer") as caught:
        durations.seconds(text)
    assert ("did you mean `5s`" in str(caught.value)) == (text == "5")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0s"), (1.26, "1.3s"), (59.96, "1m00s"), (125, "2m05s"), (11040, "3h04m"),
     (183600, "2d03h")],
)  # fmt: skip
def test_elapsed_times_are_short(seconds: float, text: str) -> None:
    """Tenths below a minute, two units above; nothing ever reads 60.0s."""
    assert durations.text(seconds) == text


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=5), "in 5 s"),
        (timedelta(minutes=5), "in 5 min"),
        (timedelta(minutes=90), "in 90 min"),
        (timedelta(hours=5), "in 5 h"),
        (timedelta(hours=47), "in 47 h"),
        (timedelta(days=12), "in 12 d"),
        (-timedelta(minutes=3), "3 min ago"),
    ],
)
def test_relative_times_have_one_unit(ahead: timedelta, text: str) -> None:
    """Future and past are said in the largest unit of which there are enough."""
    assert times.relative(NOW + ahead, NOW) == text


def test_absolute_times_are_local_and_name_the_day_only_when_it_is_another() -> None:
    """22:30 UTC on the 24th is tomorrow in Berlin; a weekday is one of the six days around."""
    berlin = timezone(timedelta(hours=1))

    assert times.absolute(datetime(2026, 11, 24, 21, 30, tzinfo=UTC), NOW, berlin) == "22:30"
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert times.absolute(late, NOW, berlin) == "Wed 00:30"
    six, week = timedelta(days=6), timedelta(days=7)
    assert times.absolute(NOW + six, NOW, berlin) == "Mon 22:00"
    assert times.absolute(NOW - six, NOW, berlin) == "Wed 22:00"
    assert times.absolute(NOW + week, NOW, berlin) == "2026-12-01 22:00"
    assert times.absolute(NOW - week, NOW, berlin) == "2026-11-17 22:00"
    assert times.rfc3339(late.astimezone(berlin)) == "2026-11-24T23:30:00Z"


TABLE: tables.Table[tuple[str, str]] = tables.Table(
    columns=(
        tables.Column(head="NAME", cell=lambda x, _: x[0], elastic=True),
        tables.Column(head="N", cell=lambda x, _: x[1], right=True),
        tables.Column(head="MORE", cell=lambda _, __: "more", wide=True),
    ),
    name=lambda x: x[0],
    empty="none",
)


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=8)), max_size=5))
def test_tables_on_a_terminal_fit_and_hold_no_control_characters(rows) -> None:
    """Whatever names contain, each item is one line, and no line is wider than the terminal."""
    view = tables.View(now=NOW, width=30)
    lines = tables.render(TABLE, rows, view)

    assert len(lines) == len(rows) + 1
    assert all(tables.width(line) <= 30 for line in lines)
    assert all(line.isprintable() for line in lines)


def test_in_a_pipe_nothing_is_cut_off() -> None:
    """Without a width every cell is whole, and there is no trailing blank."""
    rows = [("x" * 200, "1"), ("y", "22")]
    lines = tables.render(TABLE, rows, tables.View(now=NOW))

    assert lines[1].split() == ["x" * 200, "1"]
    assert lines[2].split() == ["y", "22"]
    assert lines[1].endswith(" 1")
    assert all(line == line.rstrip() for line in lines)


def test_colour_never_carries_meaning() -> None:
    """Without its escape sequences a coloured table is the plain one."""
    from dockschedctl.output.stacks import STACKS

    plain = tables.render(STACKS, samples.STACKS, tables.View(now=NOW))
    coloured = tables.render(STACKS, samples.STACKS, tables.View(now=NOW, colour=True))

    assert coloured != plain
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in coloured] == plain


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("There is no such stack.", "there is no such stack"),
        ("TLS is needed", "TLS is needed"),
        ("`web` is gone.", "`web` is gone"),
        ("One thing. Another thing.", "one thing. Another thing."),
    ],
)
def test_sentences_are_lower_case_after_a_colon(text: str, read: str) -> None:
    """One sentence loses capital and full stop; several keep their full stops."""
    assert wording.sentence(text) == read


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63)
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(
        ["null", "~", "yes", "NO", "on", "1e3", "0x10", "012", "1_000", "2026-11-24", "=", "<<",
         "- a", "a: b", "a #b", "@x", "%", "!t", "&a", "*a", "'", '"', "", " ", "a ", ".inf",
         "1:20", "-", "?", "\ufeff", "\u2028", "\x85", "\x00", "a\nb", "22:00"]
    )
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=10) | SCALARS.filter(lambda x: isinstance(x, str)),
                          inner, max_size=3)
    ),
    max_leaves=10,
)  # fmt: skip


@given(VALUES)
@example([[], {}, [[1], [2, [3]]], {"a": [{"b": {}}]}])
@example({"a": {"b": [{"c": 1, "d": [2]}, {}]}})
@example(1e16)
def test_yaml_says_what_json_says(value: object) -> None:
    """PyYAML reads back exactly the value that was written."""
    assert yaml.safe_load(data.as_yaml(value)) == value


@given(st.floats(allow_nan=False))
def test_floats_stay_floats_in_yaml(value: float) -> None:
    """No float is read back as text or as a whole number."""
    assert isinstance(yaml.safe_load(data.as_yaml({"x": value}))["x"], float)


def test_json_is_the_wire() -> None:
    """What is printed decodes to what the daemon sent."""
    import msgspec

    from dockschedd.wire import stacks

    text = data.as_json(list(samples.STACKS))

    assert text.endswith("]\n")
    assert msgspec.json.decode(text, type=tuple[stacks.StackSummary, ...]) == samples.STACKS
    assert json.loads(text)[0]["name"] == "local/db"


_PAGES = st.lists(st.lists(st.sampled_from(samples.SCHEDULES), max_size=3), max_size=4)


@given(_PAGES)
def test_pages_of_data_are_together_what_a_list_is(pages) -> None:
    """JSON and YAML of pages, empty ones too, are byte for byte those of one list."""
    every = [item for page in pages for item in page]
    assert "".join(data.pages_as_json(pages)) == data.as_json(every)
    assert "".join(data.pages_as_yaml(pages)) == data.as_yaml(every)


def test_one_page_of_a_table_is_the_table() -> None:
    """A list that fits on one page looks as if there were no pages."""
    view = tables.View(now=NOW)
    whole = tables.render(shown.SCHEDULES, samples.SCHEDULES, view)
    assert list(tables.render_pages(shown.SCHEDULES, [samples.SCHEDULES], view)) == [whole]


@given(_PAGES)
def test_pages_of_a_table_have_one_head_and_do_not_become_narrower(pages) -> None:
    """Each item has its line in its page; a later page's columns begin no further left."""
    view = tables.View(now=NOW)
    rendered = list(tables.render_pages(shown.SCHEDULES, pages, view))
    full = [page for page in pages if page]
    assert [len(lines) for lines in rendered] == [
        len(page) + (number == 0) for number, page in enumerate(full)
    ]
    starts = [
        lines[-1].index(page[-1].selector, len(page[-1].name))
        for lines, page in zip(rendered, full, strict=True)
    ]
    assert starts == sorted(starts)
