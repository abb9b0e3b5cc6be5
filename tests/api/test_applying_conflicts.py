"""Conflicts of what a document adds and changes, over the API."""

from __future__ import annotations

import pytest

from dockschedd.api import together
from dockschedd.core import model
from tests.api.daemon import Daemon, Reply, container

STOP = {"name": "nightly", "action": "stop", "selector": "local/web", "cron": "0 22 * * *"}
START = {**STOP, "name": "late", "action": "start"}


async def apply(daemon: Daemon, **body) -> Reply:
    return await daemon.local("POST", "/v1/documents", json={"schedules": [], **body})


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]


async def test_conflicts_of_its_own_entries_are_warnings(daemon) -> None:
    """The same dry, and once; a second time there is nothing to say."""
    dry = await apply(daemon, schedules=[STOP, START], dry_run=True)
    first = await apply(daemon, schedules=[STOP, START])
    again = await apply(daemon, schedules=[STOP, START])

    (said,) = first.json["warnings"]
    assert said.startswith("conflict: both act on `local/web` at 22:00 on 24 November 2026")
    assert (dry.json["warnings"], again.json["warnings"]) == ([said], [])


async def test_strict_refuses_what_contradicts(daemon) -> None:
    """Among its own entries and with others, each with its place; dry as well."""
    for dry in (True, False):
        reply = await apply(daemon, schedules=[STOP, START], strict=True, dry_run=dry)
        assert (reply.status, reply.code) == (409, "schedule-conflicts")
        assert codes(reply) == [("schedules[1]", "conflict-opposite")]
    assert (await daemon.local("GET", "/v1/schedules")).json["items"] == []
    await apply(daemon, schedules=[STOP], strict=True)
    other = {**START, "name": "a", "selector": "local/mail"}
    reply = await apply(daemon, schedules=[other, START], strict=True)
    harmless = await apply(daemon, schedules=[other, STOP], strict=True)

    assert codes(reply) == [("schedules[1]", "conflict-opposite")]
    assert (harmless.status, harmless.json["unchanged"]) == (200, ["nightly"])


async def test_what_the_document_takes_away_contradicts_nothing(daemon) -> None:
    """Neither what is pruned, nor what a changed one was before, nor what is disabled."""
    await apply(daemon, schedules=[STOP])
    pruned = await apply(daemon, schedules=[START], strict=True, prune=True, dry_run=True)
    moved = await apply(daemon, schedules=[{**STOP, "cron": "0 3 * * *"}, START], strict=True)
    off = await apply(daemon, schedules=[{**STOP, "enabled": False}, START], strict=True)

    assert [reply.status for reply in (pruned, moved, off)] == [200, 200, 200]
    assert [reply.json["warnings"] for reply in (pruned, moved, off)] == [[], [], []]


async def test_requirements_of_the_document_count_for_conflicts(daemon) -> None:
    """As they will be: one that is added is found out, one that is pruned is not."""
    daemon.inventory.by_ref[model.StackRef("local", "db")] = (container("x"),)
    entries = [
        {"name": "day", "action": "awake", "selector": "local/web", "window": "daily 08:00-18:00"},
        {"name": "db", "action": "awake", "selector": "local/db", "window": "daily 09:00-18:00"},
    ]
    said = [{"stack": "web", "needs": ["db"]}]
    free = await apply(daemon, schedules=entries, strict=True, dry_run=True)
    bound = await apply(daemon, schedules=entries, requirements=said, strict=True)
    await apply(daemon, requirements=said)
    still = await apply(daemon, schedules=entries, strict=True)
    pruned = await apply(daemon, schedules=entries, requirements=[], prune=True, strict=True)

    assert (free.status, pruned.status) == (200, 200)
    assert codes(bound) == codes(still) == [("schedules[0]", "conflict-required")]


async def test_when_there_are_very_many_not_all_are_compared(daemon, monkeypatch) -> None:
    """Those that are, are; and it is said."""
    monkeypatch.setattr(together, "MOST_CHECKED", 2)
    entries = [{**STOP, "name": f"s{n}"} for n in range(2)]
    all_of_them = await apply(daemon, schedules=entries, dry_run=True)
    reply = await apply(daemon, schedules=[*entries, {**START, "name": "t"}])

    assert all_of_them.json["warnings"] == []
    warnings = reply.json["warnings"]
    assert len([each for each in warnings if each.startswith("conflict: ")]) == 2
    assert warnings[-1] == (
        "only 2 of 3 added or changed schedules were compared with the others: "
        "see `dockschedctl schedule conflicts`"
    )


@pytest.mark.parametrize("together_too", [True, False])
async def test_conflicts_are_those_that_the_list_of_conflicts_has(daemon, together_too) -> None:
    """Whether most of what is on a stack is saved at once, or little of it."""
    entries = [
        {**STOP, "name": f"{action}-{hour}", "action": action, "cron": f"{minute} {hour} * * *"}
        for action, minute in (("stop", 0), ("start", 0), ("restart", 30), ("pause", 20))
        for hour in (3, 22)
    ]
    last = {**START, "name": "last", "cron": "0 3 * * *"}
    before = () if together_too else entries
    await apply(daemon, schedules=before)
    reply = await apply(daemon, schedules=[*entries, last])

    listed = (await daemon.local("GET", "/v1/conflicts")).json["conflicts"]
    told = {each.removeprefix("conflict: ") for each in reply.json["warnings"]}
    expected = {
        each["text"]
        for each in listed
        if together_too or "last" in {point["schedule"] for point in each["witness"]}
    }
    assert expected
    assert told == expected


async def test_comparing_ends_after_some_seconds(daemon, monkeypatch) -> None:
    """What is compared by then is told, and that it is not all; the first always is."""
    monkeypatch.setattr(together, "_LONGEST", -1.0)
    entries = [STOP, {**STOP, "name": "other", "selector": "mail"}]
    reply = await apply(daemon, schedules=entries)

    (said,) = reply.json["warnings"]
    assert said.startswith("only 1 of 2 added or changed schedules were compared with the others")
