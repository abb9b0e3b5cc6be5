"""Which stacks need which, as people say and read it."""

from __future__ import annotations

import json

from dockschedd.wire import requirements, runs
from tests.ctl import samples
from tests.ctl.stub import Refuse

WEB = "/v1/stacks/local/web/requirements"


def test_a_requirement_is_said_with_everything_that_is_needed(ctl, daemon) -> None:
    """One request, and what the stack needs from then on is shown."""
    daemon.on(f"POST {WEB}", requirements.Requirements(items=samples.REQUIREMENTS[2:]))
    result = ctl("stack", "require", "local/web", "--on", "db", "--on", "edge/queue")
    names = ctl("stack", "require", "local/web", "--on", "db", "-o", "name")

    assert daemon.requests[0].body == {"on": ["db", "edge/queue"]}
    assert result.code == 0
    assert result.out.splitlines()[1].split() == ["local/web", "local/db", "alice"]
    assert names.out == "local/db\n"


def test_a_cycle_is_told_with_its_path(ctl, daemon) -> None:
    """The daemon's words, and exit code 1."""
    told = "stacks would need each other: local/web → local/db → local/web"
    daemon.on(f"POST {WEB}", Refuse("requirement-cycle", told))
    result = ctl("stack", "require", "local/web", "--on", "db")

    assert (result.code, result.out) == (1, "")
    assert told in result.err


def test_a_requirement_is_taken_back_also_when_the_stack_is_gone(ctl, daemon) -> None:
    """A bare name is looked for among what the stack needs, not among the stacks."""
    daemon.on("GET /v1/requirements", requirements.Requirements(items=samples.REQUIREMENTS))
    daemon.on(f"DELETE {WEB}/local/db", None)
    result = ctl("stack", "unrequire", "local/web", "--on", "db")
    full = ctl("stack", "unrequire", "local/web", "--on", "local/db")

    assert (result.code, full.code) == (0, 0)
    assert result.err == full.err == "local/web does not need local/db any more\n"


def test_requirements_of_one_stack_are_asked_for(ctl, daemon) -> None:
    """All without a name; JSON is the wire."""
    daemon.on("GET /v1/requirements", requirements.Requirements(items=samples.REQUIREMENTS))
    ctl("stack", "requirements")
    result = ctl("stack", "requirements", "db", "-o", "json")

    assert [r.query for r in daemon.requests] == [{}, {"stack": "db"}]
    assert json.loads(result.out)[2]["owner"] == "alice"


def test_nothing_needed_is_said_on_stderr(ctl, daemon) -> None:
    """Stdout stays empty."""
    daemon.on("GET /v1/requirements", requirements.Requirements(items=()))
    result = ctl("stack", "requirements")

    assert (result.out, result.err) == ("", "no stack needs another one\n")


def test_a_stop_says_what_becomes_of_dependents(ctl, daemon) -> None:
    """As a plan and a schedule do."""
    daemon.on("POST /v1/plans", runs.Plans(items=()))
    daemon.on("POST /v1/schedules", samples.schedule())
    ctl("stack", "stop", "db", "--plan", "--dependents", "stop")
    ctl("plan", "pause", "db", "--dependents", "ignore")
    ctl(
        *("schedule", "add", "nightly", "stop", "db", "--cron", "0 22 * * *"),
        *("--dependents", "stop", "-o", "name"),
    )
    wrong = ctl("stack", "stop", "db", "--dependents", "panic")

    sent = [request.body["options"]["dependents"] for request in daemon.requests]
    assert sent == ["stop", "ignore", "stop"]
    assert wrong.code == 2


def test_an_edit_changes_dependents_and_nothing_else(ctl, daemon) -> None:
    """The other options stay."""
    before = samples.schedule(options=runs.Options(stop_timeout_seconds=5))
    daemon.on("GET /v1/schedules/nightly", before)
    daemon.on("PATCH /v1/schedules/nightly", before)
    ctl("schedule", "edit", "nightly", "--dependents", "ignore", "-o", "name")

    sent = daemon.requests[-1].body["options"]
    assert (sent["dependents"], sent["stop_timeout_seconds"]) == ("ignore", 5)


def test_a_plan_shows_the_runs_in_order_with_their_causes(ctl, daemon) -> None:
    """Why a stack is concerned that was not named, and what each comes after."""
    daemon.on("POST /v1/plans", runs.Plans(items=(samples.NEEDED, samples.NEEDS)))
    lines = ctl("stack", "start", "web", "--plan").out.splitlines()

    assert lines[0] == "start local/db: 1 step, nothing has been done"
    assert lines[1] == "  cause: required by `local/web`: asked for by alice"
    assert "start local/web: 1 step, nothing has been done" in lines
    assert "  after: local/db" in lines


def test_a_run_shows_what_it_comes_after(ctl, daemon) -> None:
    """By the end of the id, as everywhere."""
    run = samples.run(after=(samples.NEXT_ID,))
    daemon.on(f"GET /v1/runs/{samples.RUN_ID}", run)
    result = ctl("run", "show", samples.RUN_ID)

    assert "  after: 000000b2\n" in result.out
