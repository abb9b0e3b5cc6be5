"""Windows on the command line: what is sent, and what is said of it."""

from __future__ import annotations

import pytest

from dockschedctl import documents, naming
from dockschedd.wire import runs, schedules
from tests.ctl import samples, stub

ROUTE = "POST /v1/schedules"


def sent(daemon: stub.Stub, what: str) -> dict:
    """The body of the last such request, without what was left out."""
    body = [r.body for r in daemon.requests if f"{r.method} {r.path}" == what][-1]
    return {name: value for name, value in body.items() if value not in (None, [])}


def test_a_schedule_can_have_a_window(ctl, daemon) -> None:
    """What it wants, when, how stacks are put to sleep and how it is enforced."""
    daemon.on(ROUTE, samples.SCHEDULES[4])
    daemon.on("GET /v1/schedules/office/preview", samples.EDGES)
    result = ctl(
        "schedule", "add", "office", "awake", "dev/*", "--window", "mon-fri 08:00-18:00",
        "--sleep-by", "pause", "--enforce", "always", "--tz", "Europe/Berlin", "--timeout", "30s",
    )  # fmt: skip

    body = sent(daemon, ROUTE)
    options = body.pop("options")
    assert body == {
        "name": "office",
        "action": "awake",
        "selector": "dev/*",
        "window": "mon-fri 08:00-18:00",
        "sleep_by": "pause",
        "enforce": "always",
        "zone": "Europe/Berlin",
        "enabled": True,
        "strict": False,
    }
    assert options["stop_timeout_seconds"] == 30.0
    assert result.err == "added office: awake dev/*\n"
    assert [line.split()[4] for line in result.out.splitlines()[3:]] == ["start", "pause"]


def test_editing_a_window_sends_only_what_changes(ctl, daemon) -> None:
    """A window can become another one, and a schedule can become a window."""
    daemon.on("PATCH /v1/schedules/office", samples.schedule("office", enabled=False))
    ctl("schedule", "edit", "office", "--sleep-by", "stop", "--enforce", "boundary")
    assert sent(daemon, "PATCH /v1/schedules/office") == {
        "sleep_by": "stop",
        "enforce": "boundary",
    }
    ctl("schedule", "edit", "office", "--action", "asleep", "--window", "daily 23:00-07:00")
    assert sent(daemon, "PATCH /v1/schedules/office") == {
        "action": "asleep",
        "window": "daily 23:00-07:00",
    }


def test_a_window_is_previewed_before_there_is_one(ctl, daemon) -> None:
    """Awake unless told otherwise; each instant with what is done then."""
    daemon.on("POST /v1/previews", samples.EDGES)
    awake = ctl("schedule", "preview", "--window", "mon-fri 08:00-18:00")
    assert sent(daemon, "POST /v1/previews") == {
        "window": "mon-fri 08:00-18:00",
        "count": 5,
    }
    ctl("schedule", "preview", "--window", "daily 23:00-07:00", "--asleep", "-n", "2",
        "--also-asleep", "holidays")  # fmt: skip

    assert sent(daemon, "POST /v1/previews") == {
        "window": "daily 23:00-07:00",
        "wish": "asleep",
        "also_asleep": ["holidays"],
        "count": 2,
    }
    assert awake.out.splitlines()[2].split() == ["LOCAL", "ACTION", "FROM", "NOW", "NOTE"]


@pytest.mark.parametrize(
    "argv",
    [
        ("schedule", "add", "x", "awake", "web"),
        ("schedule", "add", "x", "awake", "web", "--window", "mon 8:00-9:00", "--cron", "@daily"),
        ("schedule", "add", "x", "awake", "web", "--window", "mon 8:00-9:00", "--sleep-by", "nap"),
        ("schedule", "edit", "x", "--window", "mon 8:00-9:00", "--when", "every day at 9:00"),
        ("schedule", "preview", "x", "--window", "mon 8:00-9:00"),
        ("schedule", "preview", "x", "--also-asleep", "holidays"),
        ("schedule", "preview", "--cron", "@daily", "--asleep"),
        ("sleep", "web"),
        ("sleep", "web", "mon-fri 23:00-07:00", "--days", "mon-fri"),
    ],
    ids=" ".join,
)
def test_what_says_too_little_or_too_much_is_not_sent(ctl, daemon, argv) -> None:
    """Exit code 2 and no request."""
    result = ctl(*argv)

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert daemon.requests == []


def test_the_hint_where_there_is_no_trigger_names_windows(ctl) -> None:
    """With awake and asleep nothing else will do."""
    assert "--window 'mon-fri 08:00-18:00'" in ctl("schedule", "add", "x", "awake", "web").err


# ---------------------------------------------------------------- sleep


def test_sleep_is_a_schedule_with_a_window(ctl, daemon) -> None:
    """Its name comes from the selector; one sentence says what it is, one what comes next."""
    daemon.on(ROUTE, samples.NIGHTS)
    result = ctl("sleep", "local/web", "23:00-07:00")

    body = sent(daemon, ROUTE)
    assert {name: body[name] for name in ("name", "action", "selector", "window")} == {
        "name": "sleep-local-web",
        "action": "asleep",
        "selector": "local/web",
        "window": "23:00-07:00",
    }
    assert {"sleep_by", "enforce", "zone"}.isdisjoint(body)
    assert result.err == ""
    assert result.out == (
        "local/web is asleep from 23:00 to 07:00 the next day, every day, Europe/Berlin "
        "(schedule sleep-local-web)\n"
        "next: stop 23:00 (in 60 min)\n"
    )


def test_sleep_passes_on_all_that_it_is_told(ctl, daemon) -> None:
    """Days stand before the times; warnings are told."""
    daemon.on(ROUTE, samples.schedule(warnings=("no stack matches `dev/*` now",)))
    result = ctl(
        "sleep", "dev/*", "19:00-07:00", "--days", "mon-fri", "--by", "pause", "--enforce",
        "always", "--tz", "UTC", "--name", "nights", "--strict",
    )  # fmt: skip

    body = sent(daemon, ROUTE)
    assert {k: v for k, v in body.items() if k not in ("options", "enabled")} == {
        "name": "nights",
        "action": "asleep",
        "selector": "dev/*",
        "window": "mon-fri 19:00-07:00",
        "sleep_by": "pause",
        "enforce": "always",
        "zone": "UTC",
        "strict": True,
    }
    assert result.err == "warning: no stack matches `dev/*` now\n"


def test_sleep_in_the_middle_of_the_night_says_that_nothing_happens_yet(ctl, daemon) -> None:
    """The next edge wakes: whoever wants it asleep now is told how."""
    night = {"window": "daily 20:00-07:00", "enforce": "boundary", "next_action": "start"}
    daemon.on(ROUTE, samples.schedule("nights", next_at=samples.at(hours=-9), **night))
    result = ctl("sleep", "local/web", "20:00-07:00")

    assert "`dockschedctl schedule run nights` puts it to sleep now" in result.out


def test_sleep_twice_says_how_to_change_the_first(ctl, daemon) -> None:
    """Exit code 1; nothing is overwritten."""
    daemon.on(ROUTE, stub.Refuse("schedule-exists", detail="there is one"))
    result = ctl("sleep", "local/web", "22:00-06:00")

    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "error: there is a schedule `sleep-local-web` already\n\n"
        "hint: change it with `dockschedctl schedule edit sleep-local-web "
        "--window '22:00-06:00'`, or give another --name\n"
    )


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("local/web", "sleep-local-web"),
        ("web", "sleep-web"),
        ("*/web", "sleep-web"),
        ("prod-*/db-*", "sleep-prod-db"),
        ("@edge/*", "sleep-edge"),
        ("*/*", "sleep-all"),
        ("a" * 100, "sleep-" + "a" * 58),
    ],
)
def test_a_selector_gives_a_name(selector: str, name: str) -> None:
    """Always one that a schedule can have."""
    assert naming.named("sleep", selector) == name


# ---------------------------------------------------------------- what ran, notes and warnings


@pytest.mark.parametrize(
    ("argv", "option"),
    [
        (("stop", "web", "--remember"), "remember"),
        (("pause", "web", "--remember"), "remember"),
        (("start", "web", "--all"), "everything"),
    ],
    ids=str,
)
def test_actions_remember_and_start_everything(ctl, daemon, argv, option: str) -> None:
    """Only when it is asked for."""
    daemon.on("POST /v1/runs", runs.Runs(items=(samples.SUCCEEDED,)))
    for given, expected in ((argv, True), (argv[:-1], False)):
        ctl("stack", *given, "--no-wait")
        assert sent(daemon, "POST /v1/runs").get("options", {}).get(option, False) is expected


@pytest.mark.parametrize(
    "argv", [("stack", "stop", "web"), ("schedule", "run", "office")], ids=str
)
def test_what_comes_with_an_action_by_hand_is_told(ctl, daemon, argv) -> None:
    """That somebody holds the stack from now on, and what the run had to warn of."""
    note = "`local/web` is held up by alice until 18:00; schedules leave it as it is"
    for what in ("POST /v1/runs", "POST /v1/schedules/office/run"):
        daemon.on(what, runs.Runs(items=(samples.WOKEN,), notes=(note,)))
    result = ctl(*argv)

    assert result.code == 0
    assert result.err.splitlines()[0] == f"note: {note}"
    warning = "service `cache` is new and was not started: it did not run before"
    assert result.err.splitlines()[-1] == f"warning: local/web: {warning}"
    assert result.out == "started local/web in 1.3s (1 container)\n"


def test_a_failed_run_keeps_its_warnings(ctl, daemon) -> None:
    """They stand before the error."""
    failed = samples.run(
        status="failed", error="it went wrong", warnings=("be careful",), steps=()
    )
    daemon.on("POST /v1/runs", runs.Runs(items=(failed,)))
    result = ctl("stack", "stop", "web")

    assert result.code == 1
    assert result.err.startswith("warning: local/web: be careful\nerror: ")


def test_an_export_of_windows_says_what_is_not_usual() -> None:
    """The window itself always; how it sleeps and is enforced only where it is not the usual."""
    office = documents.entry_of(samples.SCHEDULES[4]).fields
    nights = documents.entry_of(samples.NIGHTS).fields
    assert office == {
        "name": "office",
        "action": "awake",
        "selector": "dev/*",
        "window": "mon-fri 08:00-18:00",
        "sleep_by": "pause",
        "enforce": "always",
        "zone": "Europe/Berlin",
    }
    assert nights == {
        "name": "sleep-local-web",
        "action": "asleep",
        "selector": "local/web",
        "window": "daily 23:00-07:00",
        "zone": "Europe/Berlin",
    }
    assert set(office) <= set(schedules.ScheduleNew.__struct_fields__)
