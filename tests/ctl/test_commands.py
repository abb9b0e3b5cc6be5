"""What commands send and what they show for it."""

from __future__ import annotations

import json

import msgspec
import pytest
import yaml

from dockschedd.wire import access, runs, schedules, stacks, system
from tests.ctl import samples, stub


def sent(daemon: stub.Stub, what: str) -> object:
    """The body of the newest request to a route."""
    return next(r.body for r in reversed(daemon.requests) if f"{r.method} {r.path}" == what)


# ---------------------------------------------------------------- stacks


@pytest.mark.parametrize(
    ("argv", "action", "options"),
    [
        (("start", "web"), "start", {}),
        (("start", "web", "--timeout", "2m"), "start", {"wait_timeout_seconds": 120.0}),
        (("unpause", "web", "--timeout", "2m"), "unpause", {"wait_timeout_seconds": 120.0}),
        (("stop", "web", "--timeout", "30s"), "stop", {"stop_timeout_seconds": 30.0}),
        (("stop", "web", "--timeout", "0s"), "stop", {"stop_timeout_seconds": 0.0}),
        (("pause", "web", "--timeout", "30s"), "pause", {"stop_timeout_seconds": 30.0}),
        (
            ("restart", "web", "--timeout", "1m30s", "--in-place", "--rerun-oneshots"),
            "restart",
            {"stop_timeout_seconds": 90.0, "in_place": True, "rerun_oneshots": True},
        ),
        (("stop", "web", "--on-error", "halt"), "stop", {"on_error": "halt"}),
    ],
)
def test_actions_send_what_was_asked_for(ctl, daemon, argv, action, options) -> None:
    """What was not said is left to the daemon's defaults."""
    daemon.on("POST /v1/runs", runs.Runs(items=()))
    assert ctl("stack", *argv).code == 0

    body = sent(daemon, "POST /v1/runs")
    defaults = msgspec.to_builtins(runs.Options())
    assert body == {"action": action, "selectors": ["web"], "options": defaults | options}


def test_several_selectors_go_in_one_request(ctl, daemon) -> None:
    """The daemon decides what they match, together."""
    daemon.on("POST /v1/runs", runs.Runs(items=()))
    ctl("stack", "stop", "web", "prod-*/db-*", "@edge/*")

    assert sent(daemon, "POST /v1/runs")["selectors"] == ["web", "prod-*/db-*", "@edge/*"]


def test_a_plan_is_shown_and_nothing_is_done(ctl, daemon) -> None:
    """--plan asks for the plan only."""
    daemon.on("POST /v1/plans", runs.Plans(items=(samples.PLAN,)))
    result = ctl("stack", "stop", "web", "--plan")

    assert result.code == 0
    assert "stop local/web: 2 steps, nothing has been done" in result.out
    assert daemon.asked["POST /v1/runs"] == 0
    (plan,) = json.loads(ctl("stack", "stop", "web", "--plan", "-o", "json").out)
    assert [step["position"] for step in plan["steps"]] == [1, 2]


@pytest.mark.parametrize(
    "argv",
    [
        ("stop", "web", "--timeout", "30"),
        ("stop",),
        ("stop", "web", "--on-error", "explode"),
        ("stop", "web", "--tiemout", "3s"),
        ("show", "a", "b"),
    ],
)
def test_mistakes_on_the_command_line_are_found_before_anything_is_sent(ctl, daemon, argv) -> None:
    """Exit code 2, `error: …` and a hint."""
    result = ctl("stack", *argv)

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert "\nhint: " in result.err
    assert daemon.requests == []


def test_a_stack_is_found_without_its_host(ctl, daemon) -> None:
    """STACK stands for HOST/STACK where one host has it; on several it is a question."""
    daemon.on("GET /v1/stacks/local/web", samples.whole_stack())
    daemon.on("GET /v1/stacks", stacks.StackPage(items=samples.STACKS))
    assert ctl("stack", "show", "web", "-o", "name").out == "local/web\n"

    far = samples.stack("edge/web")
    daemon.on("GET /v1/stacks", stacks.StackPage(items=(*samples.STACKS, far)))
    twice = ctl("stack", "show", "web")
    assert twice.code == 2
    assert "name one of `local/web`, `edge/web`" in twice.err


def test_a_stack_that_is_spelled_wrong_is_suggested(ctl, daemon) -> None:
    """Exit code 5 and what it might be."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=samples.STACKS))
    result = ctl("stack", "show", "wbe")

    assert result.code == 5
    assert result.err == "error: there is no stack `wbe`\n\nhint: did you mean `web`?\n"


def test_an_empty_list_is_one_line_of_talk(ctl, daemon) -> None:
    """stdout stays empty, or `[]`; exit code 0."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=()))

    table, data = ctl("stack", "ls"), ctl("stack", "ls", "-o", "json")
    assert (table.code, table.out, table.err) == (0, "", "there are no stacks\n")
    assert (data.code, data.out, data.err) == (0, "[]\n", "")
    assert yaml.safe_load(ctl("stack", "ls", "-o", "yaml").out) == []
    assert ctl("stack", "ls", "-o", "name").out == ""


def test_watching_in_a_pipe_is_one_line_per_change(ctl, daemon) -> None:
    """The head comes once; a stack that did not change is not repeated."""
    down = samples.stack("local/web", status="stopped", up=0)
    pages = [stacks.StackPage(items=samples.STACKS),
             stacks.StackPage(items=(samples.STACKS[0], down, samples.STACKS[2]))]  # fmt: skip
    daemon.on("GET /v1/stacks", pages)
    change = stub.event("stack", system.StackEvent(
        name="local/web", stack=down))  # fmt: skip
    daemon.on("GET /v1/events", stub.Stream([change]))
    result = ctl("stack", "ls", "--watch", interrupt=True)

    lines = result.out.splitlines()
    assert result.code == 0
    assert len(lines) == 5
    assert lines[0].startswith("STACK")
    assert lines[4].split()[:2] == ["local/web", "stopped"]


# ---------------------------------------------------------------- schedules


def test_adding_a_schedule_shows_when_it_fires(ctl, daemon) -> None:
    """The sentence and the next instants, as the daemon reads the trigger."""
    daemon.on("POST /v1/schedules", samples.schedule(warnings=("no stack matches `local/*` now",)))
    daemon.on("GET /v1/schedules/nightly/preview", samples.PREVIEW)
    result = ctl(
        "schedule", "add", "nightly", "stop", "local/*", "--cron", "0 22 * * mon-fri",
        "--tz", "Europe/Berlin", "--catch-up", "skip", "--deadline", "2h", "--timeout", "30s",
    )  # fmt: skip

    assert result.code == 0
    assert result.err == ("added nightly: stop local/*\nwarning: no stack matches `local/*` now\n")
    assert result.out.startswith("at 22:00 on Monday to Friday, Europe/Berlin\n")
    assert "in 60 min" in result.out or "in 0 s" in result.out or "now" in result.out
    body = sent(daemon, "POST /v1/schedules")
    assert {k: v for k, v in body.items() if v not in (None, []) and k != "options"} == {
        "name": "nightly",
        "action": "stop",
        "selector": "local/*",
        "cron": "0 22 * * mon-fri",
        "zone": "Europe/Berlin",
        "enabled": True,
        "catch_up": "skip",
        "deadline": "2h",
        "strict": False,
    }
    assert body["options"]["stop_timeout_seconds"] == 30.0
    assert daemon.requests[-1].query == {"count": "5"}


def test_the_timeout_of_a_starting_schedule_is_the_wait_for_a_dependency(ctl, daemon) -> None:
    """As it is for `stack start`."""
    daemon.on("POST /v1/schedules", samples.schedule(enabled=False))
    ctl("schedule", "add", "x", "start", "web", "--at", "2026-12-24 18:00", "--timeout", "2m",
        "--disabled")  # fmt: skip

    body = sent(daemon, "POST /v1/schedules")
    assert body["options"]["wait_timeout_seconds"] == 120.0
    assert body["options"]["stop_timeout_seconds"] is None
    assert (body["at"], body["enabled"]) == ("2026-12-24 18:00", False)


@pytest.mark.parametrize(
    "argv",
    [
        ("add", "x", "stop", "web"),
        ("add", "x", "stop", "web", "--cron", "@daily", "--at", "2026-12-24 18:00"),
        ("add", "x", "explode", "web", "--cron", "@daily"),
        ("edit", "x"),
        ("preview", "--tz", "UTC"),
        ("preview", "--except", "holidays"),
        ("preview", "x", "--stack", "web"),
        ("preview", "--cron", "@daily", "--until", "mon"),
        ("preview", "x", "--cron", "@daily"),
        ("preview", "x", "--tz", "UTC"),
        ("preview", "--cron", "@daily", "-n", "0"),
    ],
)
def test_a_schedule_that_says_too_little_or_too_much_is_not_sent(ctl, daemon, argv) -> None:
    """Exit code 2 and no request."""
    result = ctl("schedule", *argv)

    assert result.code == 2
    assert result.err.startswith("error: ")
    assert daemon.requests == []


def test_editing_sends_only_what_changes(ctl, daemon) -> None:
    """What is left out stays as it is."""
    daemon.on("PATCH /v1/schedules/nightly", samples.schedule("late", enabled=False))
    ctl("schedule", "edit", "nightly", "--name", "late", "--cron", "0 23 * * *")

    assert sent(daemon, "PATCH /v1/schedules/nightly") == {"name": "late", "cron": "0 23 * * *"}


def test_editing_one_option_keeps_the_others(ctl, daemon) -> None:
    """Options are one value on the wire: the client begins with those that hold now."""
    now = runs.Options(stop_timeout_seconds=5.0, rerun_oneshots=True)
    daemon.on("GET /v1/schedules/nightly", samples.schedule(options=now))
    daemon.on("PATCH /v1/schedules/nightly", samples.schedule(enabled=False))
    ctl("schedule", "edit", "nightly", "--on-error", "halt")

    options = sent(daemon, "PATCH /v1/schedules/nightly")["options"]
    assert options["on_error"] == "halt"
    assert options["stop_timeout_seconds"] == 5.0
    assert options["rerun_oneshots"] is True


def test_a_preview_needs_no_schedule(ctl, daemon) -> None:
    """--cron and --at are asked for as they are."""
    daemon.on("POST /v1/previews", samples.PREVIEW)
    ctl("schedule", "preview", "--cron", "30 2 * * *", "--tz", "Europe/Berlin", "--from",
        "2026-10-24", "-n", "3")  # fmt: skip

    body = {k: v for k, v in sent(daemon, "POST /v1/previews").items() if v not in (None, [])}
    assert body == {
        "cron": "30 2 * * *",
        "zone": "Europe/Berlin",
        "start": "2026-10-24",
        "count": 3,
    }


# ---------------------------------------------------------------- runs, users, audit


def test_runs_are_named_by_the_end_of_their_id(ctl, daemon) -> None:
    """Whole ids go straight to the daemon; endings are looked up, and must be of one run."""
    daemon.on(f"GET /v1/runs/{samples.RUN_ID}", samples.FAILED)
    twin = samples.run(id="01936000-0000-7000-8000-1000000000a1")
    daemon.on("GET /v1/runs", runs.RunPage(items=(samples.FAILED, twin)))

    assert ctl("run", "show", samples.RUN_ID, "-o", "name").code == 0
    assert daemon.asked["GET /v1/runs"] == 0
    assert ctl("run", "show", "0000000000A1", "-o", "name").out == f"{samples.RUN_ID}\n"
    assert ctl("run", "show", "a1").code == 2
    assert ctl("run", "show", "ffff").code == 5


def test_runs_are_filtered_by_the_daemon(ctl, daemon) -> None:
    """A status that does not exist is found here, with a suggestion."""
    daemon.on("GET /v1/runs", runs.RunPage(items=()))
    ctl("run", "ls", "--stack", "web", "--schedule", "nightly", "--status", "failed", "-n", "7")
    ctl("run", "ls", "--failed")
    assert daemon.requests[1].query == {"troubled": "true", "limit": "20"}
    assert daemon.requests[0].query == {
        "stack": "web", "schedule": "nightly", "status": "failed", "limit": "7"
    }  # fmt: skip
    wrong = ctl("run", "ls", "--status", "faild")
    assert wrong.code == 2
    assert "did you mean `failed`?" in wrong.err


def test_no_more_runs_are_read_than_asked_for(ctl, daemon) -> None:
    """-n holds across pages."""
    daemon.on(
        "GET /v1/runs",
        lambda r: runs.RunPage(items=(samples.RUNNING,) * min(int(r.query["limit"]), 2), next="x"),
    )

    assert len(ctl("run", "ls", "-n", "5", "-o", "name").out.split()) == 5
    assert [r.query["limit"] for r in daemon.requests] == ["5", "3", "1"]


def test_cancelling_says_what_becomes_of_the_run(ctl, daemon) -> None:
    """Steps that have begun are finished first."""
    daemon.on(f"POST /v1/runs/{samples.RUN_ID}/cancel", samples.RUNNING)

    result = ctl("run", "cancel", samples.RUN_ID)
    assert (result.code, result.err) == (0, "stop of local/web is being cancelled\n")


def test_users_are_added_and_changed(ctl, daemon) -> None:
    """Only what is said is sent."""
    daemon.on("POST /v1/users", samples.user("bob", role="viewer"))
    daemon.on("PATCH /v1/users/bob", samples.user("bob", role="viewer", disabled=True))
    added = ctl("user", "add", "bob", "--role", "viewer", tty=True, typed=("a b c", "a b c"))
    changed = ctl("user", "edit", "bob", "--disable")

    assert added.err == "added bob (viewer)\n"
    assert changed.err == "changed bob (viewer, disabled); their sessions have ended\n"
    assert sent(daemon, "POST /v1/users") == {"name": "bob", "role": "viewer", "password": "a b c"}
    assert sent(daemon, "PATCH /v1/users/bob") == {"disabled": True}
    assert ctl("user", "edit", "bob").code == 2


def test_an_audit_log_that_is_not_whole_is_an_error(ctl, daemon) -> None:
    """Exit code 1, with the first entry that is wrong; also with -o json."""
    bad = access.AuditVerdict(
        ok=False,
        checked=41,
        head_seq=99,
        head_digest="ab" * 32,
        bad_seq=42,
        reason="digest differs",
    )
    daemon.on("POST /v1/audit/verify", bad)
    text, data = ctl("audit", "verify"), ctl("audit", "verify", "-o", "json")

    assert (text.code, data.code) == (1, 1)
    assert text.err.startswith("error: the audit log is not whole: entry 42 is wrong\n")
    assert json.loads(data.out)["bad_seq"] == 42


def test_an_audit_log_that_is_whole_is_said_to_be(ctl, daemon) -> None:
    """With the digest, so that it can be written down elsewhere."""
    good = access.AuditVerdict(
        ok=True, checked=1, head_seq=1, head_digest="ab" * 32, bad_seq=None, reason=None
    )
    daemon.on("POST /v1/audit/verify", good)
    result = ctl("audit", "verify")

    assert result.code == 0
    assert result.out.startswith("the audit log is whole: 1 entry\n")
    assert "ab" * 32 in result.out


# ---------------------------------------------------------------- the command line itself


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (("stak",), "did you mean `stack` or `status`?"),
        (("stack", "strat"), "did you mean `start` or `restart`?"),
        (("stack", "ls", "--wacth"), "did you mean `--watch`?"),
        (("stack", "ls", "-o", "jsno"), "did you mean `json`?"),
        (("frobnicate",), "see `dockschedctl --help`"),
    ],
)
def test_what_is_nearly_right_is_suggested(ctl, argv, hint) -> None:
    """Commands, options and forms of output."""
    result = ctl(*argv)

    assert result.code == 2
    assert result.err.endswith(f"hint: {hint}\n")


def test_without_a_command_the_help_is_shown_on_stderr(ctl) -> None:
    """Nobody asked for data: exit code 2 and nothing on stdout."""
    result = ctl()

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Usage: dockschedctl")


def test_version_needs_no_daemon(ctl, daemon) -> None:
    """--version is the client's; `version` tells both, as far as they are known."""
    assert ctl("--version").out.startswith("dockschedctl ")
    daemon.on("GET /healthz", {"ok": True})
    assert json.loads(ctl("version", "-o", "json").out)["daemon"] == "0.1.0"
    ctl.environ["DOCKSCHEDCTL_SERVER"] += ".none"
    away = ctl("version", "-o", "json")
    assert (away.code, json.loads(away.out)["daemon"]) == (0, None)


def test_every_promise_of_json_is_a_wire_struct(ctl, daemon) -> None:
    """Lists are arrays of the page's items; single things are the struct."""
    daemon.on("GET /v1/schedules", schedules.SchedulePage(items=samples.SCHEDULES))
    daemon.on("GET /v1/status", samples.STATUS)
    items = msgspec.json.decode(
        ctl("schedule", "ls", "-o", "json").out, type=tuple[schedules.Schedule, ...], strict=True
    )
    assert items == samples.SCHEDULES
    text = ctl("status", "-o", "json").out
    assert msgspec.json.decode(text, type=type(samples.STATUS)) == samples.STATUS
    assert yaml.safe_load(ctl("status", "-o", "yaml").out) == json.loads(text)
