"""`calendar` and what names one: what is sent, shown and refused."""

from __future__ import annotations

from datetime import date

import pytest

from dockschedd.wire import calendars, groups, holds, requirements, schedules
from tests.ctl import samples, stub
from tests.ctl.conftest import check_golden

HOLIDAYS = calendars.Calendar(
    name="holidays",
    dates=(date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)),
    owner="alice",
    updated_at=samples.at(days=2),
    schedules=2,
    used_by=("morning", "nightly"),
    hosts=("edge",),
)
EMPTY = calendars.CalendarSummary(
    name="closed", count=0, first=None, last=None, owner="bob",
    updated_at=samples.at(hours=1), schedules=0,
)  # fmt: skip
LISTED = calendars.CalendarSummary(
    name="holidays", count=3, first=date(2026, 12, 24), last=date(2027, 1, 1), owner="alice",
    updated_at=samples.at(days=2), schedules=2,
)  # fmt: skip
RECURS = "it recurs (RRULE), which is not understood; write its dates one by one"
PATH = "/v1/calendars/holidays"
ICS = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:2026\r\n"
ICS += " 1226\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def kept(daemon: stub.Stub) -> stub.Stub:
    daemon.on("GET /v1/calendars", calendars.Calendars(items=(EMPTY, LISTED)))
    daemon.on("GET /v1/groups", groups.Groups(items=()))
    daemon.on("GET /v1/requirements", requirements.Requirements(items=()))
    daemon.on("GET /v1/holds", holds.Holds(items=()))
    for what in ("POST /v1/calendars", f"GET {PATH}", f"PATCH {PATH}"):
        daemon.on(what, HOLIDAYS)
    return daemon


def sent(daemon: stub.Stub, what: str) -> dict:
    return [r.body for r in daemon.requests if f"{r.method} {r.path}" == what][-1]


@pytest.mark.parametrize("form", ["table", "wide", "json", "yaml", "name"])
@pytest.mark.parametrize("command", ["ls", "show"])
def test_calendars_are_shown_in_every_form(ctl, kept, command, form) -> None:
    """Dates in a row as a range for people, each by itself for programs."""
    words = ("calendar", command, *(["holidays"] if command == "show" else []))
    result = ctl(*words, "-o", form)

    assert (result.code, result.err) == (0, "")
    check_golden(f"calendar-{command}.{form}.txt", result.out)


def test_a_calendar_is_made_of_words_and_files(ctl, kept, tmp_path) -> None:
    """Together, sorted, each date once, and written short."""
    plain, written = tmp_path / "days.txt", tmp_path / "days.ics"
    plain.write_text("# new year\n2027-01-01\n2026-12-26  # again\n")
    written.write_bytes(ICS.encode())

    result = ctl("calendar", "add", "holidays", "2026-12-26", "-f", str(plain),
                 "-f", str(written))  # fmt: skip

    body = sent(kept, "POST /v1/calendars")
    assert body == {"name": "holidays", "dates": ["2026-12-24..2026-12-26", "2027-01-01"]}
    assert result.err == "added holidays: 3 dates\n2 schedules go by it now\n"


def test_standard_input_may_be_either(ctl, kept) -> None:
    """An iCalendar file is known by its first line."""
    ctl("calendar", "add", "holidays", "-f", "-", stdin=ICS)
    first = sent(kept, "POST /v1/calendars")["dates"]
    ctl("calendar", "add", "holidays", "-f", "-", stdin="2027-05-01\n")

    assert (first, sent(kept, "POST /v1/calendars")["dates"]) == (
        ["2026-12-24..2026-12-25"],
        ["2027-05-01"],
    )


def test_all_that_is_wrong_in_files_is_told_with_its_line(ctl, kept, tmp_path) -> None:
    """Nothing is sent."""
    plain, written = tmp_path / "days.txt", tmp_path / "days.ics"
    plain.write_text("xmas\n2026-12-26\n2026-02-30\n")
    written.write_text(ICS.replace("END:VEVENT", "SUMMARY:May Day\nRRULE:FREQ=YEARLY\nEND:VEVENT"))

    result = ctl("calendar", "add", "holidays", "-f", str(plain), "-f", str(written))

    assert result.code == 2
    assert [line.strip() for line in result.err.splitlines() if "days." in line] == [
        f"{plain}:1: `xmas` is neither a date nor a range of dates",
        f"{plain}:3: there is no such date as 2026-02-30",
        f"{written}:7: the event `May Day`: {RECURS}",
    ]
    assert kept.requests == []


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("add", "holidays"), "which dates?"),
        (("add", "holidays", "tomorrow"), "neither a date nor a range"),
        (("add", "holidays", "-f", "/nowhere/x.ics"), "/nowhere/x.ics"),
        (("edit", "holidays", "2026-12-24"), "what is to be done with the dates?"),
        (("edit", "holidays", "2026-12-24", "--add", "--remove"), "what is to be done"),
        (("edit", "holidays", "--add"), "which dates?"),
    ],
)
def test_what_cannot_be_meant_is_refused(ctl, kept, argv, said) -> None:
    """Before anything is sent."""
    result = ctl("calendar", *argv)

    assert result.code in (1, 2)
    assert said in result.err
    assert kept.requests == []


@pytest.mark.parametrize(
    ("how", "field"), [("--add", "add"), ("--remove", "remove"), ("--replace", "dates")]
)
def test_dates_come_go_or_replace_all_others(ctl, kept, how, field) -> None:
    """What is to be done with them is always said."""
    assert ctl("calendar", "edit", "holidays", "2026-12-31", how).code == 0

    assert sent(kept, f"PATCH {PATH}") == {field: ["2026-12-31"]}


def test_removing_says_what_it_was_taken_out_of(ctl, kept) -> None:
    """By force; without it the daemon refuses what is in use."""
    gone = calendars.CalendarRemoved(
        name="holidays", taken_out_of=("morning", "nightly"), taken_off_hosts=("edge",)
    )
    kept.on(f"DELETE {PATH}", lambda request: gone if request.query.get("force") == "true"
            else stub.Refuse("calendar-in-use", "the calendar `holidays` is named by `nightly`",
                             hint="`--force` takes it out of them"))  # fmt: skip
    refused = ctl("calendar", "rm", "holidays")
    forced = ctl("calendar", "rm", "holidays", "--force")

    assert (refused.code, forced.code) == (1, 0)
    assert "hint: `--force` takes it out of them" in refused.err
    assert forced.err == (
        "removed holidays\ntaken out of morning, nightly\ntaken away from hosts: edge\n"
    )


def test_schedules_name_calendars(ctl, kept) -> None:
    """On add, edit and preview; an empty name takes them all away."""
    kept.on("POST /v1/schedules", samples.SCHEDULES[1])
    kept.on("PATCH /v1/schedules/nightly", samples.SCHEDULES[1])
    kept.on("GET /v1/schedules/nightly/preview", samples.PREVIEW)
    kept.on("POST /v1/previews", samples.PREVIEW)
    add = ("schedule", "add", "nightly", "stop", "web", "--cron", "0 22 * * *")

    assert ctl(*add, "--except", "holidays", "--except", "closed").code == 0
    assert sent(kept, "POST /v1/schedules")["except_on"] == ["holidays", "closed"]
    assert ctl("schedule", "edit", "nightly", "--also-asleep", "holidays").code == 0
    assert sent(kept, "PATCH /v1/schedules/nightly") == {"also_asleep": ["holidays"]}
    assert ctl("schedule", "edit", "nightly", "--except", "").code == 0
    assert sent(kept, "PATCH /v1/schedules/nightly") == {"except_on": []}
    preview = ("schedule", "preview", "--cron", "@daily", "--except", "holidays")
    assert ctl(*preview).code == 0
    assert sent(kept, "POST /v1/previews")["except_on"] == ["holidays"]
    assert "own calendars" in ctl("schedule", "preview", "nightly", "--except", "x").err


def test_a_schedule_and_a_preview_show_what_calendars_do(ctl, kept) -> None:
    """Their names, and below the instants the dates that are left out."""
    schedule = samples.schedule(except_on=("holidays", "closed"))
    kept.on("GET /v1/schedules/nightly", schedule)
    told = "24 December 2026 is in calendar holidays: no occurrence"
    some = schedules.Preview(
        reads=samples.PREVIEW.reads, zone="UTC", moments=samples.PREVIEW.moments, left_out=(told,)
    )
    none = schedules.Preview(reads="x", zone="UTC", moments=(), left_out=(told,))
    kept.on("GET /v1/schedules/nightly/preview", [some, none])

    assert "  except on: holidays, closed\n" in ctl("schedule", "show", "nightly").out
    assert ctl("schedule", "preview", "nightly").out.endswith(f"\n\n{told}\n")
    assert ctl("schedule", "preview", "nightly").out == f"x\nit never fires\n\n{told}\n"


def test_an_export_has_the_calendars_and_an_apply_sends_them(ctl, kept) -> None:
    """All of them with all schedules, or those of the ones that were asked for."""
    with_it = samples.schedule(name="nightly", except_on=("holidays",))
    without = samples.schedule(name="morning")
    kept.on("GET /v1/schedules", schedules.SchedulePage(items=(without, with_it)))
    kept.on("GET /v1/calendars/closed", calendars.Calendar(
        name="closed", dates=(), owner="bob", updated_at=samples.NOW, schedules=0, used_by=()
    ))  # fmt: skip
    kept.on("POST /v1/documents", schedules.Applied(
        dry_run=False, added=(), changed=(), removed=(), unchanged=("morning", "nightly"),
        calendars=schedules.CalendarsApplied(
            added=("closed",), removed=("old",), unchanged=(),
            changed=(schedules.CalendarChange(name="holidays", text="added 2027-05-01"),),
        ),
    ))  # fmt: skip
    holidays = {"name": "holidays", "dates": ["2026-12-24..2026-12-25", "2027-01-01"]}

    for form in ("yaml", "toml", "json"):
        whole = ctl("schedule", "export", "-o", form).out
        result = ctl("schedule", "apply", "-f", "-", stdin=whole)
        body = sent(kept, "POST /v1/documents")
        assert body["calendars"] == [{"name": "closed", "dates": []}, holidays]
        assert [entry.get("except_on") for entry in body["schedules"]] == [None, ["holidays"]]
    assert result.out == (
        "+ calendar closed\n- calendar old\n~ calendar holidays: added 2027-05-01\n"
        "2 unchanged; calendars: 1 added, 1 changed, 1 removed, 0 unchanged\n"
    )
    assert "closed" not in ctl("schedule", "export", "nightly").out
    assert "calendars" not in ctl("schedule", "export", "morning").out


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("version: 1\ncalendars: {}\nschedules: []\n", "calendars: it is no list"),
        ("version: 1\ncalendars: [x]\nschedules: []\n", "calendars[0]: it is no table of fields"),
        ("version: 1\ncalendars: [{nam: x}]\nschedules: []\n", "calendars[0]: object"),
        ("version: 1\ncalendars: [{name: x, dates: [1]}]\nschedules: []\n", "calendars[0].dates"),
    ],
)
def test_calendars_of_a_document_that_are_none_are_refused(ctl, kept, document, said) -> None:
    """With their place; nothing is sent."""
    result = ctl("schedule", "apply", "-f", "-", stdin=document)

    assert result.code == 2
    assert said in result.err
    assert kept.requests == []


def test_a_calendar_that_would_go_is_asked_for(ctl, kept) -> None:
    """As schedules are."""
    gone = schedules.CalendarsApplied(added=(), changed=(), removed=("old",), unchanged=())
    kept.on("POST /v1/documents", schedules.Applied(
        dry_run=True, added=(), changed=(), removed=(), unchanged=(), calendars=gone
    ))  # fmt: skip
    text = "version: 1\ncalendars: []\nschedules: []\n"

    refused = ctl("schedule", "apply", "-f", "-", "--prune", stdin=text)
    differs = ctl("schedule", "apply", "-f", "-", "--prune", "--diff", stdin=text)

    assert "remove calendar old?" in refused.err
    assert differs.code == 1
