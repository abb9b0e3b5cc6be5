"""`schedule export` and `schedule apply`: what they send, show, ask and end with."""

from __future__ import annotations

import json

import pytest
import yaml

from dockschedctl import documents
from dockschedd.wire import calendars, problems, schedules
from tests.ctl import samples, stub

LINE = schedules.ScheduleLine(
    name="nightly", action="stop", selector="web", reads="at 22:00 every day, Europe/Berlin"
)
CHANGE = schedules.ScheduleChange(
    name="morning",
    fields=(schedules.FieldChange(field="cron", old='"0 6 * * *"', new='"0 7 * * *"'),),
)
APPLIED = schedules.Applied(
    dry_run=False, added=(LINE,), changed=(CHANGE,), removed=(), unchanged=("weekly",)
)
NOTHING = schedules.Applied(dry_run=True, added=(), changed=(), removed=(), unchanged=("weekly",))
REMOVING = schedules.Applied(dry_run=True, added=(), changed=(), removed=(LINE,), unchanged=())
DOCUMENT = """
version: 1
schedules:
  - name: nightly
    action: stop
    selector: web
    cron: 0 22 * * *
"""
ROUTE = "POST /v1/documents"


def sent(daemon: stub.Stub) -> list[dict]:
    return [r.body for r in daemon.requests if f"{r.method} {r.path}" == ROUTE]


@pytest.fixture
def full(daemon):
    daemon.on("GET /v1/schedules", schedules.SchedulePage(items=samples.SCHEDULES))
    daemon.on("GET /v1/calendars", calendars.Calendars(items=()))
    return daemon


def test_an_export_reads_back_in_each_form(ctl, full) -> None:
    """YAML without being asked for; TOML and JSON say the same."""
    expected = tuple(documents.entry_of(each).fields for each in samples.SCHEDULES)
    for form, name in ((), "-"), (("-o", "yaml"), "a.yaml"), (("-o", "toml"), "a.toml"), (
        ("-o", "json"), "a.json",
    ):  # fmt: skip
        result = ctl("schedule", "export", *form)
        assert (result.code, result.err) == (0, "")
        assert documents.read(result.out, name=name) == expected
    assert "  # at 22:00 on Monday to Friday, Europe/Berlin\n" in ctl("schedule", "export").out


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (("nightly",), ["nightly"]),
        (("n*", "xmas"), ["nightly", "xmas"]),
        (("local/*",), ["morning", "nightly", "xmas", "once"]),
    ],
)
def test_an_export_can_be_of_some(ctl, full, wanted, expected) -> None:
    """By name, by selector, by pattern, in the order of the list."""
    out = yaml.safe_load(ctl("schedule", "export", *wanted).out)
    assert [each["name"] for each in out["schedules"]] == expected


def test_an_export_of_what_is_not_there_suggests(ctl, full) -> None:
    """Exit code 5, and nothing on stdout."""
    result = ctl("schedule", "export", "nihgtly")
    assert (result.code, result.out) == (5, "")
    assert "did you mean `nightly`?" in result.err


def test_toml_is_a_form_of_documents_only(ctl, full) -> None:
    """Found out before anything is sent."""
    for argv in (("schedule", "ls", "-o", "toml"), ("-o", "toml", "schedule", "rm", "nightly")):
        result = ctl(*argv)
        assert (result.code, result.out) == (2, "")
    assert full.requests == []


def test_a_document_is_applied_from_a_file_and_from_stdin(ctl, daemon, tmp_path) -> None:
    """The entries go as they are written; what was done is shown field by field."""
    daemon.on(ROUTE, APPLIED)
    file = tmp_path / "a.yaml"
    file.write_text(DOCUMENT)
    from_file = ctl("schedule", "apply", "-f", str(file))
    from_stdin = ctl("schedule", "apply", "-f", "-", stdin=DOCUMENT)

    entry = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}
    assert sent(daemon) == [{"schedules": [entry], "prune": False, "dry_run": False}] * 2
    assert from_file == from_stdin
    assert from_file.out == (
        "+ nightly: stop web at 22:00 every day, Europe/Berlin\n"
        "~ morning\n"
        '    cron: "0 6 * * *" → "0 7 * * *"\n'
        "1 added, 1 changed, 1 unchanged\n"
    )
    assert json.loads(ctl("schedule", "apply", "-f", str(file), "-o", "json").out)["added"]
    assert ctl("schedule", "apply", "-f", str(file), "-o", "name").out == "morning\nnightly\n"


def test_a_diff_ends_with_1_where_something_differs(ctl, daemon) -> None:
    """As `diff` and `kubectl diff` do; nothing is changed. A dry run ends with 0."""
    daemon.on(ROUTE, REMOVING)
    differs = ctl("schedule", "apply", "-f", "-", "--diff", "--prune", stdin=DOCUMENT)
    dry = ctl("schedule", "apply", "-f", "-", "--dry-run", "--prune", stdin=DOCUMENT)
    daemon.on(ROUTE, NOTHING)
    same = ctl("schedule", "apply", "-f", "-", "--diff", stdin=DOCUMENT)

    assert (differs.code, dry.code, same.code) == (1, 0, 0)
    assert all(body["dry_run"] for body in sent(daemon))
    assert "- nightly: stop web" in differs.out
    assert same.out == "would be: 1 unchanged; nothing has been changed\n"


def test_removing_is_asked_for(ctl, daemon, tmp_path) -> None:
    """At a terminal by name; without one --yes must be given; nothing to remove, no question."""
    file = tmp_path / "a.yaml"
    file.write_text(DOCUMENT)
    argv = ("schedule", "apply", "-f", str(file), "--prune")
    daemon.on(ROUTE, REMOVING)
    unasked = ctl(*argv)
    denied = ctl(*argv, tty=True, stdin="no\n")
    assert (unasked.code, denied.code) == (2, 1)
    assert "give --yes" in unasked.err
    assert all(body["dry_run"] for body in sent(daemon))
    assert ctl(*argv, tty=True, stdin="yes\n").code == 0
    assert ctl(*argv, "--yes").code == 0
    assert [body["dry_run"] for body in sent(daemon)][-2:] == [False, False]
    daemon.on(ROUTE, NOTHING)
    assert ctl(*argv).code == 0


def test_all_faults_of_a_document_are_shown_with_their_paths(ctl, daemon) -> None:
    """Exit code 2, one line each, with hints."""
    daemon.on(ROUTE, stub.Refuse("invalid", faults=(
        problems.FieldFault(path="schedules[0].cron", code="cron-fields", message="too few"),
        problems.FieldFault(path="schedules[3].acton", code="unknown-field",
                            message="there is no field `acton`", hint="did you mean `action`?"),
    )))  # fmt: skip
    result = ctl("schedule", "apply", "-f", "-", stdin=DOCUMENT)

    assert result.code == 2
    assert "  schedules[0].cron: too few\n" in result.err
    assert "  schedules[3].acton: there is no field `acton`\n" in result.err
    assert "    hint: did you mean `action`?\n" in result.err


def test_a_file_that_is_not_there_is_named(ctl, daemon) -> None:
    """Exit code 1, and nothing is sent."""
    result = ctl("schedule", "apply", "-f", "nowhere.yaml")
    assert (result.code, daemon.requests) == (1, [])
    assert "nowhere.yaml" in result.err
