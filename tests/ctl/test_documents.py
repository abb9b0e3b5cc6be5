"""Documents of schedules: what is written reads back as the same, in each form."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dockschedctl import documents
from dockschedctl.failures import Usage
from dockschedd.wire import runs, schedules
from tests.ctl import samples

#: Whatever a field may hold; surrogates cannot be written in any file.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    TEXT | st.booleans() | st.integers(-(2**53), 2**53),
    lambda inner: st.dictionaries(TEXT, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=5,
)
ENTRIES = st.lists(
    st.tuples(
        st.dictionaries(TEXT, VALUES, min_size=1, max_size=5),
        st.lists(TEXT, max_size=2).map(tuple),
    ).map(lambda pair: documents.Entry(fields=pair[0], comments=pair[1])),
    max_size=3,
)
SCHEDULES = st.builds(
    samples.schedule,
    name=st.sampled_from(["on", "123", "no", "nightly", "1e3", "0x1f"]),
    cron=st.sampled_from(["0 22 * * mon-fri", "*/5 * * * *", "@daily"]),
    zone=st.sampled_from(["Europe/Berlin", "UTC"]),
    action=st.sampled_from(["stop", "restart"]),
    catch_up=st.sampled_from(["skip", "latest", "all"]),
    deadline_seconds=st.sampled_from([3600.0, 90.0, 0.25, 86400.0]),
    enabled=st.booleans(),
    selector=st.sampled_from(["*/*", "local/web", "1/2", "yes"]),
    options=st.builds(
        runs.Options,
        stop_timeout_seconds=st.sampled_from([None, 0.0, 12.5]),
        in_place=st.booleans(),
        on_error=st.sampled_from(["continue", "halt"]),
    ),
)


@given(ENTRIES, st.lists(TEXT, max_size=2))
def test_what_is_written_reads_back_as_the_same(entries, trailer) -> None:
    """In YAML, TOML and JSON, whatever the fields and the comments hold."""
    expected = tuple(dict(entry.fields) for entry in entries)

    assert documents.read(documents.as_yaml(entries, trailer=trailer), name="a.yaml") == expected
    assert documents.read(documents.as_toml(entries, trailer=trailer), name="a.toml") == expected
    assert documents.read(documents.as_json(entries), name="a.json") == expected


@given(ENTRIES)
def test_other_readers_read_the_same(entries) -> None:
    """The forms are those of the standards: PyYAML and tomllib agree about them."""
    expected = [dict(entry.fields) for entry in entries]

    assert tomllib.loads(documents.as_toml(entries))["schedules"] == expected
    assert yaml.safe_load(documents.as_yaml(entries))["schedules"] == expected
    assert json.loads(documents.as_json(entries))["schedules"] == expected


@given(st.lists(SCHEDULES, max_size=3))
def test_the_form_is_found_without_a_file_name(found) -> None:
    """On standard input the text itself tells which of the three it is."""
    entries = [documents.entry_of(each) for each in found]
    for written in (documents.as_yaml, documents.as_toml, documents.as_json):
        assert documents.read(written(entries), name="-") == tuple(e.fields for e in entries)


def test_an_entry_says_what_is_not_usual_and_nothing_else() -> None:
    """Defaults are left out; the zone is always there, as the daemon's own may change."""
    plain = documents.entry_of(samples.schedule())
    full = documents.entry_of(
        samples.schedule(
            "once",
            cron=None,
            at=datetime(2026, 12, 24, 17, tzinfo=UTC),
            enabled=False,
            catch_up="skip",
            deadline_seconds=90.0,
            options=runs.Options(on_error="halt"),
        )
    )

    assert plain.fields == {"name": "nightly", "action": "stop", "selector": "local/*",
                            "cron": "0 22 * * mon-fri", "zone": "Europe/Berlin"}  # fmt: skip
    assert plain.comments == ("at 22:00 on Monday to Friday, Europe/Berlin",)
    assert full.fields == {
        "name": "once", "action": "stop", "selector": "local/*",
        "at": "2026-12-24T18:00:00+01:00", "zone": "Europe/Berlin", "enabled": False,
        "catch_up": "skip", "deadline": "1m30s", "options": {"on_error": "halt"},
    }  # fmt: skip
    assert set(full.fields) <= set(schedules.ScheduleNew.__struct_fields__)


def test_text_stays_text_in_yaml() -> None:
    """What YAML 1.1 takes for truth, minutes, dates or octal numbers is what is written."""
    text = """
version: 1
schedules:
  - {name: on, at: 2026-12-24 18:00:00, deadline: 1:30, selector: no, zone: 010}
"""
    assert documents.read(text, name="-") == (
        {"name": "on", "at": "2026-12-24 18:00:00", "deadline": "1:30", "selector": "no",
         "zone": 10},
    )  # fmt: skip


def test_dates_of_toml_are_taken_as_their_text() -> None:
    """The daemon reads wall times and instants from text."""
    text = "version = 1\n[[schedules]]\nat = 2026-12-24 18:00:00\n"
    assert documents.read(text, name="a.toml") == ({"at": "2026-12-24 18:00:00"},)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("- a", "no table of keys"),
        ("version: 1", "schedules: it is missing"),
        ("version: 2\nschedules: []", "version: this program knows version 1"),
        ("version: true\nschedules: []", "version: this program knows version 1"),
        ("version: 1\nschedule: []", "schedule: there is no such key"),
        ("version: 1\nschedules: [1]", "schedules[0]: it is no table of fields"),
        ("version: 1\nversion: 1\nschedules: []", "line 2, column 1: `version` is there twice"),
        ("version: 1\nschedules: [&a {}, *a]", "aliases"),
        ("version: 1\nschedules: [!!python/object:os.system {}]", "could not determine"),
        ("version: 1\n\tschedules: []", "line 2"),
        ('{"version": 1, "version": 1}', "`version` is there twice"),
        ("version = ", "Invalid value"),
        ("[" * 5000, "Invalid"),
        ("{" * 90000, "Expecting"),
    ],
    ids=range(15),
)
def test_what_is_no_document_is_refused_with_the_place(text: str, said: str) -> None:
    """Exit code 2; several faults around the entries come at once."""
    with pytest.raises(Usage) as caught:
        documents.read(text, name="-")
    assert said in "\n".join(caught.value.lines())


@given(st.text())
def test_any_text_is_a_document_or_refused(text: str) -> None:
    """Nothing else is raised."""
    for name in ("a.yaml", "a.toml", "a.json", "-"):
        try:
            documents.read(text, name=name)
        except Usage as exc:
            exc.lines()
