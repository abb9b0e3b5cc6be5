"""Schedules that are being written: all that can be told of them, and nothing kept."""

from __future__ import annotations

import pytest

from tests.api.daemon import Daemon, Reply

NIGHTLY = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}


async def draft(daemon: Daemon, **changes) -> Reply:
    body = {k: v for k, v in {**NIGHTLY, **changes}.items() if v is not None}
    return await daemon.local("POST", "/v1/drafts", json=body)


async def add(daemon: Daemon, **changes) -> None:
    body = {k: v for k, v in {**NIGHTLY, **changes}.items() if v is not None}
    reply = await daemon.local("POST", "/v1/schedules", json=body)
    assert reply.status == 201, reply.json


async def edit(daemon: Daemon, **changes) -> Reply:
    return await daemon.local("POST", "/v1/schedules/nightly/draft", json=changes)


def places(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]


async def test_a_draft_is_told_as_it_would_be_and_is_not_kept(daemon) -> None:
    """Sentence, five instants, zone; neither the list nor the audit log knows of it."""
    entries = len(await daemon.audit())
    reply = await draft(daemon)

    assert (reply.status, reply.json["faults"]) == (200, [])
    assert reply.json["schedule"]["reads"] == "at 22:00 every day, Europe/Berlin"
    assert reply.json["preview"]["reads"] == "at 22:00 every day, Europe/Berlin"
    moments = reply.json["preview"]["moments"]
    assert [(each["action"], each["local"][11:16]) for each in moments] == [("stop", "22:00")] * 5
    assert (await daemon.local("GET", "/v1/schedules")).json["items"] == []
    assert len(await daemon.audit()) == entries
    assert daemon.ticker.woken == 0


async def test_all_faults_come_at_once_and_the_trigger_is_told_all_the_same(daemon) -> None:
    """Also that the name is taken and that the stack is not there."""
    await add(daemon)
    reply = await draft(daemon, selector="local/nothing", deadline="soon")

    assert sorted(places(reply)) == [
        ("deadline", "deadline-invalid"),
        ("name", "schedule-exists"),
        ("selector", "stack-not-found"),
    ]
    assert reply.json["schedule"] is None
    assert reply.json["preview"]["reads"] == "at 22:00 every day, Europe/Berlin"
    assert len(reply.json["preview"]["moments"]) == 5


async def test_a_form_with_nothing_but_a_window_is_told_its_edges(daemon) -> None:
    """Name and selector are faults; the edges say what is done at each."""
    reply = await draft(
        daemon, name="", selector="", action="asleep", cron=None, window="daily 23:00-07:00"
    )

    assert {path for path, _ in places(reply)} == {"name", "selector"}
    assert [each["action"] for each in reply.json["preview"]["moments"]][:2] == ["stop", "start"]


async def test_a_trigger_that_cannot_be_read_has_no_instants(daemon) -> None:
    """Its fault is at its field."""
    reply = await draft(daemon, cron="0 22 * *")

    assert [path for path, _ in places(reply)] == ["cron"]
    assert (reply.json["schedule"], reply.json["preview"]) == (None, None)


async def test_conflicts_are_found_before_it_is_saved(daemon) -> None:
    """As they would be told as warnings when it is."""
    await add(daemon, name="early", action="start", cron="0 22 * * *")
    reply = await draft(daemon)

    (found,) = reply.json["conflicts"]
    assert found["kind"] == "opposite"
    assert "`early` (start)" in found["text"]
    assert "`nightly` (stop)" in found["text"]
    saved = await daemon.local("POST", "/v1/schedules", json=NIGHTLY)
    assert saved.json["warnings"] == [f"conflict: {found['text']}"]


async def test_dst_is_told_beside_the_instant_that_it_moves(daemon) -> None:
    """A wall time that does not exist."""
    reply = await draft(daemon, cron="30 2 28 3 *")

    assert reply.json["preview"]["moments"][0]["note"]


async def test_a_change_is_told_field_by_field_and_not_made(daemon) -> None:
    """What is left out stays; one whose trigger is changed starts from now."""
    await add(daemon)
    entries = len(await daemon.audit())
    reply = await edit(daemon, cron="0 23 * * *")

    assert reply.json["faults"] == []
    assert reply.json["changes"] == [
        {"field": "cron", "old": '"0 22 * * *"', "new": '"0 23 * * *"'}
    ]
    assert reply.json["schedule"]["next_at"] == "2026-11-24T22:00:00Z"
    shown = await daemon.local("GET", "/v1/schedules/nightly")
    assert shown.json["cron"] == "0 22 * * *"
    assert len(await daemon.audit()) == entries


async def test_a_change_with_faults_tells_of_the_trigger_that_is_written(daemon) -> None:
    """Or of the one that stays, in its own zone."""
    await add(daemon, zone="UTC")
    await add(daemon, name="other")
    both = await edit(daemon, name="other", when="every day at 06:00", spread="soon")
    assert sorted(path for path, _ in places(both)) == ["name", "spread"]
    assert both.json["preview"]["reads"] == "at 06:00 every day, UTC"
    kept = await edit(daemon, selector="local/nothing")
    assert places(kept) == [("selector", "stack-not-found")]
    assert kept.json["preview"]["reads"] == "at 22:00 every day, UTC"
    same = await edit(daemon, name="nightly")
    assert (same.json["faults"], same.json["changes"]) == ([], [])


async def test_a_schedule_does_not_contradict_what_it_was(daemon) -> None:
    """A change is compared with the others alone."""
    await add(daemon)

    assert (await edit(daemon, action="start")).json["conflicts"] == []


async def test_what_is_not_there_cannot_be_changed(daemon) -> None:
    """404, with the nearest name."""
    await add(daemon)
    reply = await daemon.local("POST", "/v1/schedules/nightli/draft", json={})

    assert (reply.status, reply.code) == (404, "schedule-not-found")
    assert "nightly" in reply.json["hint"]


@pytest.mark.parametrize("action", ["awake", "asleep"])
async def test_the_zone_of_a_draft_is_told_with_its_reason(daemon, action) -> None:
    """The daemon's, where none is written and no host has its own: that needs no word."""
    reply = await draft(daemon, action=action, cron=None, window="mon-fri 08:00-18:00")

    assert reply.json["schedule"]["zone"] == "Europe/Berlin"
    assert reply.json["schedule"]["zone_reason"] == ""


async def test_what_a_schedule_would_do_now_is_planned_and_not_done(daemon) -> None:
    """The steps of its action, or of what its window wants at this instant; also disabled."""
    await add(daemon, enabled=False)
    await add(
        daemon, name="office", action="awake", cron=None, window="daily 00:00-01:00",
        sleep_by="pause",
    )  # fmt: skip
    stop = await daemon.local("GET", "/v1/schedules/nightly/plan")
    pause = await daemon.local("GET", "/v1/schedules/office/plan")

    for reply, action in ((stop, "stop"), (pause, "pause")):
        (plan,) = reply.json["items"]
        assert (plan["stack"], plan["action"]) == ("local/web", action)
        assert {step["verb"] for step in plan["steps"]} == {action}
    async with daemon.store.reading() as unit:
        assert await unit.runs.planned(limit=10) == ()
