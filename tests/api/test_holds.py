"""Holds and the freeze over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

PATH = "/v1/stacks/local/web/hold"
UP = {"wants": "up", "duration": "2h"}


async def actions(daemon) -> list[tuple[str, str, str]]:
    return [(e.actor, e.action, e.target) for e in await daemon.audit() if e.action != "login"]


async def test_a_hold_is_placed_shown_and_released(daemon) -> None:
    """By an operator; lists, the stack itself and the status tell of it, and the log of both."""
    token = await daemon.token("alice", "operator")
    placed = await daemon.call("PUT", PATH, token=token, json={**UP, "reason": "a demo"})
    listed = await daemon.local("GET", "/v1/holds")
    shown = await daemon.local("GET", "/v1/stacks/local/web")
    rows = (await daemon.local("GET", "/v1/stacks?selector=web")).json["items"]
    status = (await daemon.local("GET", "/v1/status")).json
    released = await daemon.call("DELETE", PATH, token=token)
    again = await daemon.call("DELETE", PATH, token=token)
    after = (await daemon.local("GET", "/v1/stacks?selector=web")).json["items"]

    hold = placed.json["hold"]
    assert (placed.status, released.status) == (200, 204)
    assert (hold["stack"], hold["wants"], hold["owner"]) == ("local/web", "up", "alice")
    assert hold["reads"] == (
        "held up by alice until 15:00 on 24 November 2026, Europe/Berlin: a demo"
    )
    assert listed.json["items"] == status["holds"] == [hold]
    assert shown.json["hold"] == rows[0]["hold"] == hold
    assert (again.status, again.code) == (404, "hold-not-found")
    assert after[0]["hold"] is None
    assert await actions(daemon) == [
        ("alice", "hold.place", "local/web"),
        ("alice", "hold.release", "local/web"),
    ]


async def test_a_hold_brings_the_stack_into_its_state_where_it_is_not(daemon) -> None:
    """Down: a stop whose cause is the hold. Up: it is up already, and nothing is done."""
    up = await daemon.local("PUT", PATH, json=UP)
    quiet = await daemon.local("PUT", PATH, json={"wants": "down", "forever": True, "act": False})
    down = await daemon.local("PUT", PATH, json={"wants": "down", "forever": True})

    assert (up.json["run"], quiet.json["run"]) == (None, None)
    run = down.json["run"]
    assert (run["action"], run["status"], run["cause_kind"]) == ("stop", "planned", "manual")
    assert run["cause"] == "held down by local until it is released"
    assert daemon.executor.woken
    assert "in place of: held down by local" in (await daemon.audit())[-2].detail


async def test_a_stack_on_a_lost_host_is_held_and_brought_there_later(daemon) -> None:
    """The run waits for its host, as long as the hold lasts."""
    reply = await daemon.local("PUT", "/v1/stacks/away/far/hold", json={**UP, "duration": "10m"})

    run = reply.json["run"]
    assert run["action"] == "start"
    assert datetime.fromisoformat(run["deadline_at"]) == daemon.clock.now() + timedelta(minutes=10)


async def test_the_end_is_read_in_the_zone_that_was_given(daemon) -> None:
    """A weekday and a time, in the daemon's zone or another."""
    berlin = await daemon.local("PUT", PATH, json={"wants": "up", "until": "mon 08:00"})
    tokyo = await daemon.local(
        "PUT", PATH, json={"wants": "up", "until": "mon 08:00", "zone": "Asia/Tokyo"}
    )

    ends = [datetime.fromisoformat(r.json["hold"]["until_at"]) for r in (berlin, tokyo)]
    assert ends == [
        datetime(2026, 11, 30, 7, tzinfo=UTC),
        datetime(2026, 11, 29, 23, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"wants": "up"}, "until", "until-missing"),
        ({**UP, "forever": True}, "until", "until-missing"),
        ({"wants": "sideways", "forever": True}, "wants", "unknown-value"),
        ({"wants": "up", "until": "whenever"}, "until", "until-invalid"),
        ({"wants": "up", "until": "2020-01-01 00:00"}, "until", "until-past"),
        ({"wants": "up", "duration": "long"}, "duration", "duration-invalid"),
        ({**UP, "zone": "Moon/Base"}, "zone", "unknown-zone"),
        ({**UP, "reason": "a\nb"}, "reason", "reason-invalid"),
    ],
)
async def test_what_cannot_be_understood_is_refused(daemon, body, path, code) -> None:
    """With the field's path; nothing is held then."""
    reply = await daemon.local("PUT", PATH, json=body)

    assert reply.status == 422
    assert [(f["path"], f["code"]) for f in reply.json["faults"]] == [(path, code)]
    assert (await daemon.local("GET", "/v1/holds")).json["items"] == []


async def test_what_is_done_by_hand_on_a_held_stack_says_so(daemon) -> None:
    """In the answer, and in the cause of the run."""
    await daemon.local("PUT", PATH, json=UP)
    reply = await daemon.local("POST", "/v1/runs", json={"action": "stop", "selectors": ["web"]})

    (run,) = reply.json["items"]
    assert "held up by local until" in run["cause"]
    (note,) = reply.json["notes"]
    assert note == (
        "`local/web` is held up by local until 15:00 on 24 November 2026, Europe/Berlin; "
        "schedules leave it as it is"
    )


async def test_an_administrator_freezes_and_thaws_all_schedules(daemon) -> None:
    """Shown by the status and with the list of schedules; both are in the log."""
    token = await daemon.token("root", "admin")
    frozen = await daemon.call(
        "PUT", "/v1/freeze", token=token, json={"reason": "rack", "until": "18:00"}
    )
    status = (await daemon.local("GET", "/v1/status")).json
    listed = (await daemon.local("GET", "/v1/schedules")).json
    thawed = await daemon.call("DELETE", "/v1/freeze", token=token)
    again = await daemon.call("DELETE", "/v1/freeze", token=token)
    after = (await daemon.local("GET", "/v1/status")).json

    assert frozen.json["reads"] == (
        "all schedules are frozen by root since 13:00 on 24 November 2026, Europe/Berlin "
        "until 18:00 on 24 November 2026, Europe/Berlin: rack"
    )
    assert status["frozen"] == listed["frozen"] == frozen.json
    assert (thawed.status, again.code, after["frozen"]) == (204, "freeze-not-found", None)
    assert await actions(daemon) == [
        ("root", "freeze", "schedules"),
        ("root", "thaw", "schedules"),
    ]
    assert daemon.ticker.woken == 2


async def test_a_hold_that_has_ended_is_not_shown(daemon) -> None:
    """From its end on, also before the ticker has taken it away."""
    await daemon.local("PUT", PATH, json={"wants": "up", "duration": "1m"})
    await daemon.clock.advance(timedelta(minutes=1))

    assert (await daemon.local("GET", "/v1/holds")).json["items"] == []
    assert (await daemon.local("GET", "/v1/stacks/local/web")).json["hold"] is None


async def test_policies_of_a_schedule_are_kept_and_edited(daemon) -> None:
    """if_busy and spread, with their faults; 0 takes the spread away."""
    body = {"name": "n", "action": "stop", "selector": "local/*", "cron": "0 22 * * *"}
    made = await daemon.local(
        "POST", "/v1/schedules", json={**body, "if_busy": "replace", "spread": "10m"}
    )
    preview = (await daemon.local("GET", "/v1/schedules/n/preview?count=1")).json
    edited = await daemon.local("PATCH", "/v1/schedules/n", json={"spread": "0"})
    wrong = await daemon.local(
        "PATCH", "/v1/schedules/n", json={"spread": "2d", "if_busy": "panic"}
    )

    assert (made.json["if_busy"], made.json["spread_seconds"]) == ("replace", 600.0)
    (moment,) = preview["moments"]
    assert sorted(each["stack"] for each in moment["starts"]) == ["local/mail", "local/web"]
    planned = datetime.fromisoformat(moment["at"])
    for each in moment["starts"]:
        assert timedelta() <= datetime.fromisoformat(each["at"]) - planned < timedelta(minutes=10)
    assert (edited.json["if_busy"], edited.json["spread_seconds"]) == ("replace", 0.0)
    assert sorted(f["code"] for f in wrong.json["faults"]) == ["spread-invalid", "unknown-value"]


async def test_the_next_occurrence_of_a_stack_is_the_true_one(daemon) -> None:
    """stack ls shows when the spread schedule begins on that stack."""
    body = {"name": "n", "action": "stop", "selector": "local/*", "cron": "0 22 * * *"}
    await daemon.local("POST", "/v1/schedules", json={**body, "spread": "10m"})
    preview = (await daemon.local("GET", "/v1/schedules/n/preview?count=1")).json
    rows = (await daemon.local("GET", "/v1/stacks?selector=local/*")).json["items"]

    starts = {each["stack"]: each["at"] for each in preview["moments"][0]["starts"]}
    assert {row["name"]: row["next_at"] for row in rows} == starts
