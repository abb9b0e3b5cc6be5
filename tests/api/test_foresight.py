"""Statistics, resuming, plans, conflicts and explanations, over the real API and database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dockschedd.core import model

Status = model.RunStatus
WEB = model.StackRef("local", "web")
HOUR = timedelta(hours=1)
NIGHTLY = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}
MORNING = {"name": "morning", "action": "start", "selector": "web", "cron": "0 7 * * *"}


async def put(daemon, *runs: model.Run) -> None:
    async with daemon.store.transaction() as unit:
        for run in runs:
            assert await unit.runs.add(run)


def past(daemon, status=Status.SUCCEEDED, *, ago=HOUR, took=5.0, stack=WEB, **fields):
    """A run that began so long ago and is over."""
    began = daemon.clock.now() - ago
    return model.Run(
        **{
            "id": daemon.services.ids.new(),
            "stack": stack,
            "action": model.Action.STOP,
            "status": status,
            "cause_kind": model.CauseKind.MANUAL,
            "cause": "asked for by alice",
            "actor": "alice",
            "planned_at": began,
            "created_at": began,
            "started_at": began,
            "first_started_at": began,
            "finished_at": began + timedelta(seconds=took),
            **fields,
        }
    )


async def acted(daemon, run: model.Run) -> model.Run:
    """The run, with a step."""
    step = model.Step(
        position=1,
        verb=model.Verb.STOP,
        container_id="id-db",
        container="web-db-1",
        service="db",
        after=(),
        cause="it is running",
        status=model.StepStatus.SUCCEEDED,
    )
    async with daemon.store.transaction() as unit:
        await unit.runs.add(run)
        await unit.runs.plan_steps(run.id, [step])
    return run


# ---------------------------------------------------------------- statistics


async def test_statistics_count_by_stack_and_action(daemon) -> None:
    """With percentiles of the runs that had something to do."""
    for took in (1.0, 2.0, 9.0):
        await acted(daemon, past(daemon, took=took, ago=took * HOUR))
    await put(daemon, past(daemon, Status.FAILED, ago=4 * HOUR, took=60.0))
    await put(daemon, past(daemon, ago=timedelta(days=40)))
    reply = await daemon.local("GET", "/v1/runs/stats?since=30d&stack=web")

    assert reply.status == 200
    assert reply.json["complete"] is True
    assert reply.json["items"] == [
        {
            "stack": "local/web",
            "action": "stop",
            "runs": 4,
            "failures": 1,
            "measured": 3,
            "p50_seconds": 2.0,
            "p95_seconds": 9.0,
        }
    ]


@pytest.mark.parametrize(
    ("query", "status", "path"),
    [
        ("/v1/runs/stats?since=soon", 422, "since"),
        ("/v1/runs/stats?stack=*/web", 422, "stack"),
        ("/v1/conflicts?horizon=91d", 422, "horizon"),
        ("/v1/conflicts?horizon=x", 422, "horizon"),
        ("/v1/stacks/local/web/why?at=recently", 422, "at"),
        ("/v1/stacks/local/web/why?at=2999-01-01T00:00:00Z", 422, "at"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_its_path(daemon, query, status, path) -> None:
    """One fault, with the name of the parameter."""
    reply = await daemon.local("GET", query)

    assert reply.status == status
    assert [fault["path"] for fault in reply.json["faults"]] == [path]


# ---------------------------------------------------------------- resuming


async def test_a_run_that_failed_is_resumed_by_another_one(daemon) -> None:
    """The same action and options; its cause names the run; it is audited and carried out."""
    options = model.RunOptions(stop_timeout=timedelta(seconds=3))
    old = past(daemon, Status.PARTIAL, options=options, action=model.Action.RESTART)
    await put(daemon, old)
    reply = await daemon.local("POST", f"/v1/runs/{old.id}/resume")

    assert reply.status == 202
    assert reply.json["cause"] == f"local resumed run {old.id}"
    async with daemon.store.reading() as unit:
        new = await unit.runs.get(reply.json["id"])
    assert (new.stack, new.action, new.options) == (old.stack, old.action, old.options)
    assert (new.status, new.cause_kind) == (Status.PLANNED, model.CauseKind.MANUAL)
    assert new.first_started_at == old.first_started_at
    assert daemon.executor.woken == 1
    last = (await daemon.audit())[-1]
    assert (last.action, last.target) == ("stack.restart", "local/web")
    assert old.id in last.detail


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.SKIPPED, Status.RUNNING])
async def test_what_cannot_be_resumed_is_refused_with_a_hint(daemon, status) -> None:
    """409, and nothing is planned."""
    old = past(daemon, status)
    await put(daemon, old)
    reply = await daemon.local("POST", f"/v1/runs/{old.id}/resume")

    assert (reply.status, reply.code) == (409, "run-not-resumable")
    assert reply.json["hint"]
    assert daemon.executor.woken == 0


async def test_a_run_is_resumed_once(daemon) -> None:
    """The run that resumes it has overtaken it; the answer names it."""
    old = past(daemon, Status.FAILED)
    await put(daemon, old)
    first = await daemon.local("POST", f"/v1/runs/{old.id}/resume")
    again = await daemon.local("POST", f"/v1/runs/{old.id}/resume")

    assert again.code == "run-not-resumable"
    assert first.json["id"] in again.json["detail"]


async def test_the_same_request_to_resume_answers_with_the_same_run(daemon) -> None:
    """A key is carried out once, and is of no use for something else."""
    old, other = past(daemon, Status.FAILED), past(daemon, Status.FAILED, ago=2 * HOUR)
    await put(daemon, other, old)
    key = {"Idempotency-Key": "k1"}
    first = await daemon.local("POST", f"/v1/runs/{old.id}/resume", headers=key)
    again = await daemon.local("POST", f"/v1/runs/{old.id}/resume", headers=key)
    wrong = await daemon.local("POST", f"/v1/runs/{other.id}/resume", headers=key)

    assert (first.status, again.status, first.json) == (202, 202, again.json)
    assert wrong.code == "key-reused"


async def test_there_must_be_such_a_run(daemon) -> None:
    """404, with where to look."""
    reply = await daemon.local("POST", "/v1/runs/nothing/resume")

    assert reply.code == "run-not-found"


# ---------------------------------------------------------------- plans


async def test_a_plan_tells_how_long_it_takes_and_what_else_is_due(daemon) -> None:
    """From the history; schedules of the same stack about that time are named."""
    await acted(daemon, past(daemon, took=120.0))
    await daemon.local("POST", "/v1/schedules", json=MORNING | {"cron": "1 22 * * *"})
    await daemon.local(
        "POST", "/v1/schedules", json=MORNING | {"name": "far", "cron": "0 9 * * *"}
    )
    day = (daemon.clock.now() + timedelta(days=2)).date().isoformat()
    body = {"action": "stop", "selectors": ["web"], "at": f"{day} 22:00"}
    (plan,) = (await daemon.local("POST", "/v1/plans", json=body)).json["items"]

    assert [step["container"] for step in plan["steps"]] == ["web-app-1", "web-db-1"]
    assert (plan["expected"]["p95_seconds"], plan["expected"]["measured"]) == (120.0, 1)
    assert [(each["schedule"], each["action"]) for each in plan["also_due"]] == [
        ("morning", "start")
    ]
    assert plan["at"] is not None
    assert any("before then" in warning for warning in plan["warnings"])


async def test_a_plan_without_a_history_says_so(daemon) -> None:
    """And nothing is said about another time."""
    body = {"action": "stop", "selectors": ["web"]}
    (plan,) = (await daemon.local("POST", "/v1/plans", json=body)).json["items"]

    assert plan["expected"]["text"].startswith("unknown: there is no history")
    assert (plan["at"], plan["also_due"], plan["warnings"]) == (None, [], [])


async def test_a_plan_for_the_past_is_refused(daemon) -> None:
    """With the command that tells what was."""
    body = {"action": "stop", "selectors": ["web"], "at": "2020-01-01 00:00"}
    (fault,) = (await daemon.local("POST", "/v1/plans", json=body)).json["faults"]

    assert (fault["path"], fault["code"]) == ("at", "at-past")
    assert "dockschedctl why" in fault["message"]


async def test_times_of_day_are_understood(daemon) -> None:
    """Those of a plan as the next ones, those of why as the last ones."""
    body = {"action": "stop", "selectors": ["web"], "at": "07:00"}
    (plan,) = (await daemon.local("POST", "/v1/plans", json=body)).json["items"]
    why = (await daemon.local("GET", "/v1/stacks/local/web/why?at=07:00")).json
    at, was = (datetime.fromisoformat(each["at"]) for each in (plan, why))

    assert at - was == timedelta(days=1)
    assert was <= daemon.clock.now() < at


# ---------------------------------------------------------------- conflicts


async def test_a_contradiction_is_a_warning_when_it_is_saved(daemon) -> None:
    """The schedule is kept; the answer names both and the instant."""
    await daemon.local("POST", "/v1/schedules", json=NIGHTLY)
    reply = await daemon.local("POST", "/v1/schedules", json=MORNING | {"cron": "0 22 * * *"})

    assert reply.status == 201
    (warning,) = reply.json["warnings"]
    assert warning.startswith("conflict: both act on `local/web` at 22:00 on")
    assert "`morning` (start) and `nightly` (stop)" in warning
    reply = await daemon.local("GET", "/v1/conflicts")
    (conflict,) = reply.json["conflicts"]
    assert (conflict["kind"], conflict["stack"]) == ("opposite", "local/web")
    assert {point["schedule"] for point in conflict["witness"]} == {"morning", "nightly"}
    assert conflict["count"] > 10


async def test_who_is_strict_is_refused(daemon) -> None:
    """409 with one fault for each conflict; nothing is saved, when adding and when editing."""
    await daemon.local("POST", "/v1/schedules", json=NIGHTLY)
    clash = MORNING | {"cron": "0 22 * * *", "strict": True}
    added = await daemon.local("POST", "/v1/schedules", json=clash)
    await daemon.local("POST", "/v1/schedules", json=MORNING | {"strict": True})
    body = {"cron": "0 22 * * *", "strict": True}
    edited = await daemon.local("PATCH", "/v1/schedules/morning", json=body)

    for reply in (added, edited):
        assert (reply.status, reply.code) == (409, "schedule-conflicts")
        (fault,) = reply.json["faults"]
        assert fault["code"] == "conflict-opposite"
        assert "`morning` (start) and `nightly` (stop)" in fault["message"]
    shown = await daemon.local("GET", "/v1/schedules/morning")
    assert shown.json["cron"] == "0 7 * * *"


async def test_what_cannot_meet_is_not_compared(daemon) -> None:
    """Another stack, a disabled schedule, a schedule with itself."""
    await daemon.local("POST", "/v1/schedules", json=NIGHTLY)
    other = {"cron": "0 22 * * *"}
    for body in (
        MORNING | other | {"name": "a", "selector": "mail"},
        MORNING | other | {"name": "b", "enabled": False},
    ):
        reply = await daemon.local("POST", "/v1/schedules", json=body | {"strict": True})
        assert (reply.status, reply.json["warnings"]) == (201, [])
    same = {"cron": "1 22 * * *", "strict": True}
    assert (await daemon.local("PATCH", "/v1/schedules/nightly", json=same)).status == 200
    assert (await daemon.local("GET", "/v1/conflicts")).json["conflicts"] == []


async def test_patterns_meet_the_stacks_that_they_match(daemon) -> None:
    """`local/*` contradicts a schedule of `web`; only that schedule's conflicts can be asked."""
    everything = NIGHTLY | {"name": "all", "selector": "local/*", "cron": "0 7 * * *"}
    mail = MORNING | {"name": "mail", "selector": "mail"}
    for body in (MORNING, everything, mail):
        await daemon.local("POST", "/v1/schedules", json=body)
    found = (await daemon.local("GET", "/v1/conflicts")).json["conflicts"]
    of_mail = (await daemon.local("GET", "/v1/conflicts?schedule=mail")).json["conflicts"]
    unknown = await daemon.local("GET", "/v1/conflicts?schedule=mial")

    assert [each["stack"] for each in found] == ["local/mail", "local/web"]
    assert [each["stack"] for each in of_mail] == ["local/mail"]
    assert unknown.json["hint"] == "did you mean `mail`?"


async def test_the_history_decides_how_close_is_too_close(daemon) -> None:
    """A stop that takes two hours contradicts a start one hour later."""
    await daemon.local("POST", "/v1/schedules", json=NIGHTLY)
    late = MORNING | {"cron": "0 23 * * *"}
    assert (await daemon.local("POST", "/v1/schedules", json=late)).json["warnings"] == []
    await acted(daemon, past(daemon, took=7200.0, ago=3 * HOUR))

    (found,) = (await daemon.local("GET", "/v1/conflicts")).json["conflicts"]
    assert "1h after `nightly` (stop)" in found["text"]


# ---------------------------------------------------------------- why


async def test_a_stack_explains_itself(daemon) -> None:
    """What decided, who disabled what, what somebody else did, and what is next."""
    start = past(daemon, action=model.Action.START, ago=2 * HOUR)
    await put(daemon, start)
    await daemon.local("POST", "/v1/schedules", json=NIGHTLY)
    await daemon.local("POST", "/v1/schedules", json=MORNING)
    token = await daemon.token("alice", "viewer")
    await daemon.local("POST", "/v1/schedules/nightly/disable")
    down = tuple(
        replace(each, state=model.ContainerState.EXITED, exit_code=0)
        for each in daemon.inventory.by_ref[WEB]
    )
    daemon.inventory.by_ref[WEB] = down
    reply = await daemon.call("GET", "/v1/stacks/local/web/why", token=token)

    assert (reply.status, reply.json["status"]) == (200, "stopped")
    lines = reply.json["lines"]
    assert lines[0]["kind"] == "decided"
    assert lines[0]["run"] == start.id
    text = "\n".join(line["text"] for line in lines)
    assert "schedule `nightly` was disabled by local" in text
    assert "somebody or the engine did that; dockschedd did not" in text
    assert lines[-1]["text"] == "start by schedule `morning`"
    assert "uid=" not in reply.body.decode()


async def test_a_hold_is_part_of_the_explanation(daemon) -> None:
    """With its owner, for as long as it holds."""
    body = {"wants": "up", "duration": "2h"}
    held = await daemon.local("PUT", "/v1/stacks/local/web/hold", json=body)
    during = (await daemon.local("GET", "/v1/stacks/local/web/why")).json["lines"]
    await daemon.local("DELETE", "/v1/stacks/local/web/hold")
    after = (await daemon.local("GET", "/v1/stacks/local/web/why")).json["lines"]

    assert held.status == 200
    (line,) = [line for line in during if line["kind"] == "held"]
    assert "held up by local until" in line["text"]
    assert [line for line in after if line["kind"] == "held"] == []


async def test_a_time_in_the_past_is_explained_from_the_records(daemon) -> None:
    """What was missed then, although it was recorded later; not the state, which is not kept."""
    stop = past(daemon, ago=20 * HOUR)
    missed = past(
        daemon,
        Status.MISSED,
        ago=10 * HOUR,
        action=model.Action.START,
        started_at=None,
        created_at=daemon.clock.now(),
        cause="missed while dockschedd was not running",
    )
    later = past(daemon, action=model.Action.START, ago=HOUR)
    await put(daemon, stop, missed, later)
    at = (daemon.clock.now() - 5 * HOUR).astimezone(UTC).isoformat().replace("+00:00", "Z")
    found = (await daemon.local("GET", f"/v1/stacks/local/web/why?at={at}")).json

    assert found["status"] is None
    assert [line["run"] for line in found["lines"][:2]] == [stop.id, missed.id]
    assert datetime.fromisoformat(found["at"]) == daemon.clock.now() - 5 * HOUR


async def test_a_stack_that_is_not_there_is_said_to_be_missing(daemon) -> None:
    """404, with what may have been meant; one that is gone and has a history is explained."""
    gone = model.StackRef("local", "old")
    await put(daemon, past(daemon, stack=gone))
    unknown = await daemon.local("GET", "/v1/stacks/local/wbe/why")
    known = await daemon.local("GET", "/v1/stacks/local/old/why")

    assert (unknown.code, unknown.json["hint"]) == ("stack-not-found", "did you mean `local/web`?")
    assert known.status == 200
    assert "there is no stack `local/old` any more" in known.body.decode()
