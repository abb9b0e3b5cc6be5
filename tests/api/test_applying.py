"""A document of schedules over the API: what it makes of what is there, all or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from dockschedctl import documents
from dockschedd.core import model
from dockschedd.wire import schedules
from tests.api.daemon import Daemon, Reply

STOP = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}
START = {"name": "morning", "action": "start", "selector": "web", "when": "every weekday at 6am"}


async def apply(daemon: Daemon, *entries: dict, **how) -> Reply:
    body = {"schedules": list(entries), **how}
    return await daemon.local("POST", "/v1/documents", json=body)


async def stored(daemon: Daemon) -> dict[str, model.Schedule]:
    async with daemon.store.reading() as unit:
        return {each.name: each for each in await unit.schedules.page(after=None, limit=100)}


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]


def names(reply: Reply, what: str) -> list[str]:
    return [each["name"] for each in reply.json[what]]


async def test_applying_makes_what_is_written_and_twice_changes_nothing(daemon) -> None:
    """The second time everything is unchanged: owner, instants and the audit log as well."""
    first = await apply(daemon, STOP, START)
    before, audited, woken = await stored(daemon), await daemon.audit(), daemon.ticker.woken
    second = await apply(daemon, START, STOP)

    assert (first.status, names(first, "added")) == (200, ["morning", "nightly"])
    assert first.json["added"][0]["reads"] == "at 06:00 on Monday to Friday, Europe/Berlin"
    assert second.json["unchanged"] == ["morning", "nightly"]
    assert [second.json[what] for what in ("added", "changed", "removed")] == [[], [], []]
    assert await stored(daemon) == before
    assert await daemon.audit() == audited
    assert (woken, daemon.ticker.woken) == (1, 1)
    assert [e.action for e in audited] == ["schedule.add", "schedule.add"]
    assert before["nightly"].next_at == datetime(2026, 11, 24, 21, tzinfo=UTC)


async def test_a_change_names_its_fields_and_who_made_it_answers_for_it(daemon) -> None:
    """What an entry leaves out has its default again; the audit log has the same fields."""
    await apply(daemon, {**STOP, "deadline": "2h", "enabled": False}, START)
    token = await daemon.token("alice", "operator")
    reply = await daemon.call("POST", "/v1/documents", token=token,
                              json={"schedules": [{**STOP, "cron": "0 23 * * *"}]})  # fmt: skip

    (change,) = reply.json["changed"]
    assert change == {"name": "nightly", "fields": [
        {"field": "cron", "old": '"0 22 * * *"', "new": '"0 23 * * *"'},
        {"field": "deadline_seconds", "old": "7200.0", "new": "3600.0"},
        {"field": "enabled", "old": "false", "new": "true"},
    ]}  # fmt: skip
    found = await stored(daemon)
    assert (found["nightly"].owner, found["morning"].owner) == ("alice", "local")
    assert found["nightly"].next_at == datetime(2026, 11, 24, 22, tzinfo=UTC)
    last = (await daemon.audit())[-1]
    assert (last.actor, last.action, last.target) == ("alice", "schedule.edit", "nightly")
    assert 'cron: "0 22 * * *" → "0 23 * * *"' in last.detail
    assert "enabled: false → true" in last.detail


async def test_a_dry_run_says_the_same_and_does_nothing(daemon) -> None:
    """Neither schedules nor the audit log change, and the ticker sleeps on."""
    await apply(daemon, STOP)
    before, audited = await stored(daemon), await daemon.audit()
    entries = ({**STOP, "action": "pause"}, START)
    dry = await apply(daemon, *entries, dry_run=True)

    assert await stored(daemon) == before
    assert await daemon.audit() == audited
    assert daemon.ticker.woken == 1
    wet = await apply(daemon, *entries)
    assert {**wet.json, "dry_run": True} == dry.json


async def test_prune_removes_what_is_not_written(daemon) -> None:
    """Without it nothing is removed; each removal is in the audit log."""
    await apply(daemon, STOP, START)
    kept = await apply(daemon, STOP)
    pruned = await apply(daemon, STOP, prune=True)

    assert (kept.json["removed"], names(pruned, "removed")) == ([], ["morning"])
    assert list(await stored(daemon)) == ["nightly"]
    last = (await daemon.audit())[-1]
    assert (last.action, last.target) == ("schedule.remove", "morning")


async def test_all_that_is_wrong_with_all_entries_is_told_at_once(daemon) -> None:
    """Each fault with its path; fields that cannot be read do not hide the others."""
    reply = await apply(
        daemon,
        STOP,
        {"name": "no way", "action": "stopp", "selector": "web", "cron": "0 25 * * *"},
        {"name": "x", "acton": "stop", "selector": 7, "cron": 5, "options": {"in_place": "yes"}},
        {"name": "nightly", "action": "stop", "selector": "wbe", "when": "mondays at 6"},
        {"name": "y", "action": "stop", "selector": "local/wbe", "cron": "@daily"},
        {"name": "z", "action": "stop", "selector": "web", "when": "tomorrow at 18:00"},
        {"name": "p", "action": "stop", "selector": "web", "at": "2026-01-01 10:00"},
        {"name": "q", "action": "stop", "selector": "web"},
    )

    assert reply.code == "invalid"
    assert codes(reply) == [
        ("schedules[1].name", "name-invalid"),
        ("schedules[1].action", "unknown-value"),
        ("schedules[1].cron", "cron-out-of-range"),
        ("schedules[2].acton", "unknown-field"),
        ("schedules[2].selector", "wrong-type"),
        ("schedules[2].cron", "wrong-type"),
        ("schedules[2].options.in_place", "wrong-type"),
        ("schedules[2].action", "missing"),
        ("schedules[3].name", "name-repeated"),
        ("schedules[3].when", "when-not-understood"),
        ("schedules[4].selector", "stack-not-found"),
        ("schedules[5].when", "when-passing"),
        ("schedules[6].at", "at-past"),
        ("schedules[7].cron", "trigger-missing"),
    ]
    assert reply.json["faults"][3]["hint"] == "did you mean `action`?"
    assert await stored(daemon) == {}
    assert await daemon.audit() == []


async def test_a_one_off_that_is_over_stays_as_it_is(daemon) -> None:
    """Applying the same document after it has fired neither refuses nor revives it."""
    entry = {"name": "once", "action": "stop", "selector": "web",
             "when": "on 24 december 2026 at 18:00"}  # fmt: skip
    await apply(daemon, entry)
    (schedule,) = (await stored(daemon)).values()
    async with daemon.store.transaction() as unit:
        await unit.schedules.advance(schedule.id, seen=schedule.next_at, next_at=None, done=True)
    await daemon.clock.advance(timedelta(days=60))
    reply = await apply(daemon, entry)

    assert reply.json["unchanged"] == ["once"]
    assert (await stored(daemon))["once"].done
    assert codes(await apply(daemon, {**entry, "name": "new"})) == [
        ("schedules[0].when", "at-past")
    ]


async def test_an_export_applied_changes_nothing(daemon) -> None:
    """Every trigger, policy and option comes back as it was, in each form of a document."""
    options = {"stop_timeout_seconds": 12.5, "in_place": True, "on_error": "halt"}
    made = [
        {"cron": cron, "zone": zone, "action": action, **policy}
        for cron in ("@daily", "*/5 8-17 * * mon-fri", "30 6 * * mon#1", "0 3 L,1 * *")
        for zone in ("UTC", "America/New_York")
        for action in ("stop", "restart", "unpause")
        for policy in (
            {},
            {"catch_up": "skip", "if_busy": "replace", "options": options},
            {"catch_up": "latest", "deadline": "1d12h30m", "enabled": False},
            {"catch_up": "all", "spread": "10m", "deadline": "1.5s"},
        )
    ]
    made += [
        {"at": at, "zone": "Europe/Berlin", "action": "start"}
        for at in ("2027-10-31 02:30", "2027-10-31T01:30:00Z", "2027-03-28 02:30")
    ]
    wanted = [{"name": f"s{n}", "selector": "web", **each} for n, each in enumerate(made)]
    assert (await apply(daemon, *wanted)).status == 200
    listed = await daemon.local("GET", "/v1/schedules?limit=1000")
    page = msgspec.convert(listed.json, schedules.SchedulePage)
    found = [documents.entry_of(each) for each in page.items]
    before, audited = await stored(daemon), await daemon.audit()

    for text, name in (
        (documents.as_yaml(found), "a.yaml"),
        (documents.as_toml(found), "a.toml"),
        (documents.as_json(found), "a.json"),
    ):
        reply = await apply(daemon, *documents.read(text, name=name), prune=True)
        assert len(reply.json["unchanged"]) == len(made)
    assert (await stored(daemon), await daemon.audit()) == (before, audited)


async def test_enabling_from_a_document_starts_from_now(daemon) -> None:
    """Disabling takes the next instant away; the time between is not missed time."""
    await apply(daemon, STOP)
    await apply(daemon, {**STOP, "enabled": False})
    assert (await stored(daemon))["nightly"].next_at is None
    await apply(daemon, STOP)
    assert (await stored(daemon))["nightly"].next_at == datetime(2026, 11, 24, 21, tzinfo=UTC)


@pytest.mark.parametrize("role", ["viewer"])
async def test_it_needs_the_right_to_write_schedules(daemon, role) -> None:
    """As every other change of a schedule, also for a dry run."""
    token = await daemon.token("bob", role)
    reply = await daemon.call("POST", "/v1/documents", token=token,
                              json={"schedules": [], "dry_run": True})  # fmt: skip

    assert reply.code == "forbidden"
