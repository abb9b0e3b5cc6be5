"""`schedule export` and `schedule apply`: what they send, show, ask and end with."""

from __future__ import annotations

import json

import msgspec
import pytest
import yaml

from dockschedctl import documents
from dockschedd.wire import calendars, groups, holds, problems, requirements, schedules
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
AROUND = schedules.Applied(
    dry_run=True, added=(), changed=(), removed=(), unchanged=(),
    requirements=schedules.RequirementsApplied(
        added=(schedules.RequirementPair(stack="local/app", needs="local/db"),),
        removed=(schedules.RequirementPair(stack="local/app", needs="local/mq"),),
        unchanged=(),
    ),
    holds=schedules.HoldsApplied(
        added=(schedules.HoldLine(stack="local/app", reads="held up by alice until …"),),
        changed=(schedules.HoldChange(stack="local/mq", fields=(
            schedules.FieldChange(field="until", old="null", new='"2026-12-24T17:00:00Z"'),)),),
        removed=(schedules.HoldLine(stack="local/db", reads="held down by bob until …"),),
        unchanged=("local/x",),
    ),
)  # fmt: skip
SAID = tuple(
    requirements.Requirement(
        stack=stack, needs=needs, origin=origin, owner="alice", created_at=samples.NOW
    )
    for stack, needs, origin in (
        ("local/app", "local/mq", "command"),
        ("local/app", "local/db", "command"),
        ("local/db", "local/cache", "label"),
    )
)
FOR_GOOD = msgspec.structs.replace(
    samples.HOLD, stack="local/mail", wants="down", until_at=None, reason=""
)
ROUTE = "POST /v1/documents"


def sent(daemon: stub.Stub) -> list[dict]:
    return [r.body for r in daemon.requests if f"{r.method} {r.path}" == ROUTE]


@pytest.fixture
def full(daemon):
    daemon.on("GET /v1/schedules", schedules.SchedulePage(items=samples.SCHEDULES))
    daemon.on("GET /v1/groups", groups.Groups(items=()))
    daemon.on("GET /v1/calendars", calendars.Calendars(items=()))
    daemon.on("GET /v1/requirements", requirements.Requirements(items=()))
    daemon.on("GET /v1/holds", holds.Holds(items=()))
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
    usual = {"prune": False, "dry_run": False, "strict": False}
    assert sent(daemon) == [{"schedules": [entry], **usual}] * 2
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


def test_an_export_has_what_stacks_need_and_what_is_held(ctl, full) -> None:
    """Not what labels say; keys are there only where there is something to write."""
    assert "requirements" not in yaml.safe_load(ctl("schedule", "export").out)
    full.on("GET /v1/requirements", requirements.Requirements(items=SAID))
    full.on("GET /v1/holds", holds.Holds(items=(samples.HOLD, FOR_GOOD)))
    for form, name in (("yaml", "a.yaml"), ("toml", "a.toml"), ("json", "a.json")):
        result = ctl("schedule", "export", "-o", form)
        found = documents.read_whole(result.out, name=name)
        assert found.requirements == ({"stack": "local/app", "needs": ["local/db", "local/mq"]},)
        assert found.holds == (
            {"stack": "local/db", "wants": "up", "until": "2026-11-24T23:00:00+00:00",
             "reason": "migration"},
            {"stack": "local/mail", "wants": "down"},
        )  # fmt: skip
        assert len(found.schedules) == len(samples.SCHEDULES)
    assert list(json.loads(result.out)) == ["version", "schedules", "requirements", "holds"]
    assert f"  # {samples.HOLD.reads}\n" in ctl("schedule", "export").out
    some = yaml.safe_load(ctl("schedule", "export", "nightly").out)
    assert list(some) == ["version", "schedules"]


def test_requirements_and_holds_are_sent_and_what_becomes_of_them_is_shown(ctl, daemon) -> None:
    """Removals are asked for by name; a difference is one in them as well."""
    daemon.on(ROUTE, AROUND)
    document = (
        DOCUMENT
        + """
requirements:
  - {stack: local/app, needs: [local/db]}
holds:
  - {stack: local/app, wants: up, until: 2026-12-24T18:00:00+01:00, reason: a demo}
  - {stack: local/db, wants: down, until: null}
"""
    )
    result = ctl("schedule", "apply", "-f", "-", "--diff", "--strict", stdin=document)
    asked = ctl("schedule", "apply", "-f", "-", "--prune", stdin=document)

    body = sent(daemon)[0]
    assert (body["strict"], body["dry_run"]) == (True, True)
    assert body["requirements"] == [{"stack": "local/app", "needs": ["local/db"]}]
    assert body["holds"] == [
        {"stack": "local/app", "wants": "up", "until": "2026-12-24T18:00:00+01:00",
         "reason": "a demo"},
        {"stack": "local/db", "wants": "down", "until": None, "reason": ""},
    ]  # fmt: skip
    assert result.code == 1
    assert result.out == (
        "+ requirement: local/app needs local/db\n"
        "- requirement: local/app needs local/mq\n"
        "+ hold of local/app: held up by alice until …\n"
        "- hold of local/db: held down by bob until …\n"
        "~ hold of local/mq\n"
        '    until: null → "2026-12-24T17:00:00Z"\n'
        "would be: 0 unchanged; requirements: 1 added, 1 removed, 0 unchanged; "
        "holds: 1 added, 1 changed, 1 removed, 1 unchanged; nothing has been changed\n"
    )
    assert asked.code == 2
    assert "remove requirement local/app → local/mq, hold of local/db?" in asked.err


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ("requirements: [{stack: a}]", "requirements[0]: object missing required field `needs`"),
        ("requirements: [{stack: a, needs: [b, 1]}]", "requirements[0].needs[1]: expected `str`"),
        ("holds: [{stack: a, wants: up}, {stack: 5}]", "holds[1].stack: expected `str`"),
        ("holds: [{stack: a, wants: up, untli: x}]", "holds[0]: object contains unknown field"),
        ("holds: up", "holds: it is no list"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_its_place(ctl, daemon, lists, said) -> None:
    """Before anything is sent."""
    result = ctl("schedule", "apply", "-f", "-", stdin=f"{DOCUMENT}{lists}\n")

    assert (result.code, daemon.requests) == (2, [])
    assert f"-: {said}" in result.err
