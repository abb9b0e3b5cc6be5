"""The options that `schedule add` and `schedule edit` share."""

from __future__ import annotations

from dockschedd.wire import runs
from tests.ctl import reference, samples
from tests.ctl.test_commands import sent


def test_schedules_are_told_what_their_runs_remember(ctl, daemon) -> None:
    """--remember and --all are options of added schedules; --no-… takes them back."""
    now = runs.Options(remember=True, everything=True)
    daemon.on("POST /v1/schedules", samples.schedule(enabled=False))
    daemon.on("GET /v1/schedules/nightly", samples.schedule(options=now))
    daemon.on("PATCH /v1/schedules/nightly", samples.schedule(enabled=False))
    ctl("schedule", "add", "lunch", "stop", "web", "--cron", "0 12 * * *", "--remember")
    ctl("schedule", "edit", "nightly", "--no-remember")

    assert sent(daemon, "POST /v1/schedules")["options"]["remember"] is True
    kept = sent(daemon, "PATCH /v1/schedules/nightly")["options"]
    assert (kept["remember"], kept["everything"]) == (False, True)


def test_adding_and_editing_take_the_same_options() -> None:
    """What can be said when a schedule is made can be changed afterwards."""
    taken = {}
    for word in ("add", "edit"):
        command, _ = reference.command(("schedule", word))
        taken[word] = {each.name for each in command.params} - {"name", "action", "selector"}

    assert taken["add"] - {"disabled"} == taken["edit"] - {"new_name"}
    assert {"cron", "remember", "everything", "dependents"} <= taken["add"]
