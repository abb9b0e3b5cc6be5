"""Stacks under windows over the API: actions by hand, plans and explanations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dockschedd.core import memory, model
from tests.api.daemon import Daemon, Reply
from tests.api.test_windows import ALWAYS, PATH, add, edit

WEB = model.StackRef("local", "web")


async def act(daemon: Daemon, action: str, **options) -> Reply:
    body = {"action": action, "selectors": ["web"], "options": options}
    return await daemon.local("POST", "/v1/runs", json=body)


async def held(daemon: Daemon) -> list[dict]:
    return (await daemon.local("GET", "/v1/holds")).json["items"]


# ---------------------------------------------------------------- actions by hand


async def test_an_action_against_an_enforced_window_comes_with_a_hold(daemon) -> None:
    """Until the window's next edge; the answer, the run, the list and the audit log say so."""
    await add(daemon, **ALWAYS)
    reply = await act(daemon, "stop")
    (hold,) = await held(daemon)

    assert reply.status == 202
    assert (hold["stack"], hold["wants"], hold["owner"]) == ("local/web", "down", "local")
    assert datetime.fromisoformat(hold["until_at"]) == datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert hold["reason"] == (
        "stop by hand; schedule `office` wants it awake until 18:00 on 24 November 2026, "
        "Europe/Berlin (enforce: always)"
    )
    (note,) = reply.json["notes"]
    assert note.startswith("`local/web` is held down by local until 18:00 on 24 November 2026")
    assert "held down by local" in reply.json["items"][0]["cause"]
    assert [(e.actor, e.action, e.target) for e in (await daemon.audit())[-2:]] == [
        ("local", "hold.place", "local/web"),
        ("local", "stack.stop", "local/web"),
    ]


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        (ALWAYS, "start"),
        (ALWAYS, "restart"),
        ({"enforce": "boundary"}, "stop"),
        ({**ALWAYS, "action": "asleep"}, "stop"),
        ({**ALWAYS, "action": "asleep"}, "pause"),
        ({**ALWAYS, "enabled": False}, "stop"),
        ({**ALWAYS, "selector": "mail"}, "stop"),
    ],
    ids=str,
)
async def test_an_action_that_no_window_takes_back_comes_without(daemon, changes, action) -> None:
    """It agrees, or the window waits for its edge, is disabled, or is of another stack."""
    await add(daemon, **changes)
    reply = await act(daemon, action)

    assert (reply.status, reply.json["notes"]) == (202, [])
    assert await held(daemon) == []


@pytest.mark.parametrize(
    ("wish", "action", "wants"),
    [
        ("awake", "pause", "down"),
        ("asleep", "start", "up"),
        ("asleep", "unpause", "up"),
        ("asleep", "restart", "up"),
    ],
)
async def test_the_hold_wants_what_the_action_does(daemon, wish, action, wants) -> None:
    """Up where the stack is woken, down where it is put to sleep."""
    await add(daemon, action=wish, **ALWAYS)
    await act(daemon, action)

    assert [hold["wants"] for hold in await held(daemon)] == [wants]


async def test_a_hold_that_is_there_stays(daemon) -> None:
    """Whoever placed it keeps it, with its end."""
    await add(daemon, **ALWAYS)
    body = {"wants": "up", "duration": "30m", "act": False}
    await daemon.local("PUT", "/v1/stacks/local/web/hold", json=body)
    before = await held(daemon)
    await act(daemon, "stop")

    assert await held(daemon) == before
    assert [e.action for e in await daemon.audit()].count("hold.place") == 1


async def test_the_same_request_again_places_no_second_hold(daemon) -> None:
    """An idempotency key covers the hold as well."""
    await add(daemon, **ALWAYS)
    body = {"action": "stop", "selectors": ["web"]}
    for _ in range(2):
        reply = await daemon.local(
            "POST", "/v1/runs", json=body, headers={"Idempotency-Key": "once"}
        )
        assert reply.status == 202

    assert len(await held(daemon)) == 1
    assert [e.action for e in await daemon.audit()].count("hold.place") == 1


async def test_a_window_can_be_run_by_hand(daemon) -> None:
    """What it wants now, remembering what it puts to sleep; no hold, for it agrees."""
    await add(daemon, action="asleep", sleep_by="pause", **ALWAYS)
    reply = await daemon.local("POST", f"{PATH}/run")
    (run,) = reply.json["items"]

    assert (run["action"], run["schedule"], run["cause_kind"]) == ("pause", "office", "manual")
    async with daemon.store.reading() as unit:
        kept = await unit.runs.get(run["id"])
    assert kept.options.remember
    assert await held(daemon) == []
    await edit(daemon, action="awake")
    assert (await daemon.local("POST", f"{PATH}/run")).json["items"][0]["action"] == "start"


async def test_before_its_range_a_window_wants_the_opposite(daemon) -> None:
    """Run by hand in November, a range in December that is awake puts to sleep."""
    reply = await add(daemon, window="2026-12-24 18:00/2026-12-27 06:00")
    assert reply.status == 201
    assert (await daemon.local("POST", f"{PATH}/run")).json["items"][0]["action"] == "stop"


# ---------------------------------------------------------------- plans and explanations


async def sleeps(daemon: Daemon) -> None:
    """`local/web` was put to sleep while only `db` ran."""
    down = tuple(
        replace(each, state=model.ContainerState.EXITED, exit_code=137)
        for each in daemon.inventory.by_ref[WEB]
    )
    daemon.inventory.by_ref[WEB] = down
    kept = memory.Memory(
        stack=WEB, containers=frozenset({("db", 1)}), run_id="r", at=daemon.clock.now()
    )
    async with daemon.store.transaction() as unit:
        await unit.memories.keep(kept)


async def test_a_plan_wakes_what_ran_and_all_wakes_everything(daemon) -> None:
    """As the run does; what stays down is a warning."""
    await sleeps(daemon)

    async def planned(**options) -> dict:
        body = {"action": "start", "selectors": ["web"], "options": options}
        (found,) = (await daemon.local("POST", "/v1/plans", json=body)).json["items"]
        return found

    some, everything = await planned(), await planned(everything=True)
    assert [step["container"] for step in some["steps"]] == ["web-db-1"]
    assert some["warnings"] == [
        "web-app-1 did not run when the stack was put to sleep: it stays as it is"
    ]
    assert [step["container"] for step in everything["steps"]] == ["web-db-1", "web-app-1"]


async def test_a_stack_under_a_window_says_what_is_wanted_of_it(daemon) -> None:
    """By whom, until when, and what becomes of changes by hand; then the next edge."""
    await add(daemon, **ALWAYS)
    lines = (await daemon.local("GET", "/v1/stacks/local/web/why")).json["lines"]

    (wanted,) = [line for line in lines if line["kind"] == "wanted"]
    assert wanted["schedule"] == "office"
    assert wanted["text"] == (
        "schedule `office` wants it awake until 18:00 on 24 November 2026, Europe/Berlin; "
        "what differs is put right at once (enforce: always)"
    )
    assert (lines[-1]["kind"], lines[-1]["text"]) == ("next", "stop by schedule `office`")
    await edit(daemon, enforce="boundary")
    lines = (await daemon.local("GET", "/v1/stacks/local/web/why")).json["lines"]
    (wanted,) = [line for line in lines if line["kind"] == "wanted"]
    assert "a change by hand lives until its next edge" in wanted["text"]


async def test_why_tells_what_was_not_woken(daemon) -> None:
    """The warnings of the run that decided stand below it."""
    warning = "web-app-1 did not run when the stack was put to sleep: it stays as it is"
    began = daemon.clock.now() - timedelta(hours=1)
    run = model.Run(
        id=daemon.services.ids.new(),
        stack=WEB,
        action=model.Action.START,
        status=model.RunStatus.SUCCEEDED,
        cause_kind=model.CauseKind.WINDOW_EDGE,
        cause="schedule `office`, awake from 08:00",
        actor="local",
        schedule_name="office",
        planned_at=began,
        created_at=began,
        started_at=began,
        finished_at=began,
        warnings=(warning,),
    )
    async with daemon.store.transaction() as unit:
        await unit.runs.add(run)
    lines = (await daemon.local("GET", "/v1/stacks/local/web/why")).json["lines"]

    assert [(line["kind"], line["text"], line["run"]) for line in lines[:2]] == [
        ("decided", "start succeeded: schedule `office`, awake from 08:00", run.id),
        ("decided", warning, run.id),
    ]
