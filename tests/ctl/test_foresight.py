"""Looking ahead and back from the command line: what is sent, shown, and the exit codes."""

from __future__ import annotations

import json

import msgspec
import pytest

from dockschedd.wire import runs
from tests.ctl import foresight_samples as found
from tests.ctl import samples
from tests.ctl.conftest import check_golden
from tests.ctl.stub import Refuse

SCREENS = {
    "why": (("why", "local/web"), "GET /v1/stacks/local/web/why", found.WHY),
    "plan": (
        ("plan", "stop", "local/web", "--at", "2026-11-25 08:00"),
        "POST /v1/plans",
        runs.Plans(items=(found.PROSPECT,)),
    ),
    "schedule-conflicts": (("schedule", "conflicts"), "GET /v1/conflicts", found.CONFLICTS),
    "run-stats": (("run", "stats"), "GET /v1/runs/stats", found.STATS),
}


@pytest.mark.parametrize("form", ["txt", "wide.txt", "json"])
@pytest.mark.parametrize("name", SCREENS)
def test_screens_are_what_they_were(ctl, daemon, name, form) -> None:
    """Word for word, for people and for programs."""
    argv, route, answer = SCREENS[name]
    daemon.on(route, answer)
    output = {"txt": "table", "wide.txt": "wide", "json": "json"}[form]

    check_golden(f"{name}.{form}", ctl(*argv, "-o", output).out)


def test_a_plan_is_asked_for_a_time_and_its_options(ctl, daemon) -> None:
    """The timeout of a start is its wait, as it is for `stack start`."""
    daemon.on("POST /v1/plans", runs.Plans(items=()))
    ctl("plan", "start", "web", "db", "--at", "2026-12-24 18:00", "--timeout", "2m")
    body = daemon.requests[-1].body

    assert (body["action"], body["selectors"]) == ("start", ["web", "db"])
    assert (body["at"], body["options"]["wait_timeout_seconds"]) == ("2026-12-24 18:00", 120.0)


def test_why_asks_for_a_time_of_the_daemons_zone(ctl, daemon) -> None:
    """The text is sent as it was typed; of the past no state is shown."""
    daemon.on("GET /v1/stacks/local/web/why", msgspec.structs.replace(found.WHY, status=None))
    result = ctl("why", "local/web", "--at", "2026-11-24 07:00")

    assert daemon.requests[-1].query == {"at": "2026-11-24 07:00"}
    assert result.out.startswith("local/web at 22:00 (now)\n")


@pytest.mark.parametrize(
    ("answer", "argv", "code"),
    [
        (found.CONFLICTS, (), 1),
        (found.NO_CONFLICTS, (), 0),
        (msgspec.structs.replace(found.CONFLICTS, conflicts=()), (), 0),
        (msgspec.structs.replace(found.CONFLICTS, conflicts=()), ("--strict",), 1),
        (found.NO_CONFLICTS, ("--strict",), 0),
    ],
)
def test_the_exit_code_tells_whether_there_are_conflicts(ctl, daemon, answer, argv, code) -> None:
    """1 for conflicts, with --strict for notices as well, in every form of output."""
    daemon.on("GET /v1/conflicts", answer)

    assert ctl("schedule", "conflicts", *argv).code == code
    assert ctl("schedule", "conflicts", *argv, "-o", "json").code == code


def test_conflicts_can_be_asked_for_one_schedule_and_further_ahead(ctl, daemon) -> None:
    """Both go to the daemon; `-o name` prints who is part of them."""
    daemon.on("GET /v1/conflicts", found.CONFLICTS)
    result = ctl("schedule", "conflicts", "nightly", "--horizon", "30d", "-o", "name")

    assert daemon.requests[-1].query == {"schedule": "nightly", "horizon": "30d"}
    assert result.out == "nightly\nwake\n"


def test_conflicts_are_warned_of_when_a_schedule_is_saved(ctl, daemon) -> None:
    """On stderr; the schedule is added all the same."""
    warning = found.CONFLICTS.conflicts[0].text
    daemon.on("POST /v1/schedules", samples.schedule(warnings=(f"conflict: {warning}",)))
    daemon.on("GET /v1/schedules/nightly/preview", samples.PREVIEW)
    result = ctl("schedule", "add", "nightly", "stop", "web", "--cron", "0 22 * * *")

    assert result.code == 0
    assert f"warning: conflict: {warning}\n" in result.err


def test_who_is_strict_is_told_each_conflict(ctl, daemon) -> None:
    """Nothing is saved, the exit code is 1."""
    daemon.on("POST /v1/schedules", Refuse("schedule-conflicts", "the schedule contradicts"))
    argv = ("schedule", "add", "nightly", "stop", "web", "--cron", "0 22 * * *", "--strict")
    result = ctl(*argv)

    assert daemon.requests[-1].body["strict"] is True
    assert (result.code, result.err) == (1, "error: the schedule contradicts\n")


def test_a_run_is_resumed_and_waited_for(ctl, daemon) -> None:
    """By the end of its id; with a key, so that a lost answer resumes it once."""
    daemon.on("GET /v1/runs", runs.RunPage(items=(samples.FAILED,)))
    again = samples.run(id=samples.NEXT_ID)
    daemon.on(f"POST /v1/runs/{samples.RUN_ID}/resume", again)
    result = ctl("run", "resume", samples.RUN_ID[-8:], "--no-wait", "-o", "json")

    assert result.code == 0
    assert [each["id"] for each in json.loads(result.out)] == [samples.NEXT_ID]
    assert daemon.requests[-1].headers["Idempotency-Key"]


def test_statistics_say_when_they_are_not_of_all_runs(ctl, daemon) -> None:
    """On stderr, for people."""
    daemon.on("GET /v1/runs/stats", msgspec.structs.replace(found.STATS, complete=False))
    result = ctl("run", "stats", "--stack", "web", "--since", "7d")

    assert daemon.requests[-1].query == {"stack": "web", "since": "7d"}
    assert result.err == "there are more runs: only the newest were counted\n"
