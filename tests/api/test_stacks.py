"""Hosts, stacks, and the daemon itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from dockschedd.core import model
from dockschedd.errors import StoreError
from tests.api.daemon import container


async def names(daemon, query: str = "") -> list[str]:
    reply = await daemon.local("GET", f"/v1/stacks{query}")
    return [item["name"] for item in reply.json["items"]]


async def test_stacks_are_listed_by_host_and_name_and_by_selector(daemon) -> None:
    """A selector that matches nothing gives an empty list; one that is none is refused."""
    assert await names(daemon) == ["away/far", "local/mail", "local/web"]
    assert await names(daemon, "?selector=local/*") == ["local/mail", "local/web"]
    assert await names(daemon, "?selector=web") == ["local/web"]
    assert await names(daemon, "?selector=nothing") == []
    assert (await daemon.local("GET", "/v1/stacks?selector=a/b/c")).code == "invalid"


async def test_stacks_come_in_pages(daemon) -> None:
    """Each once, also where names of hosts begin with one another."""
    daemon.inventory.views["local-b"] = replace(daemon.inventory.views["local"], name="local-b")
    for number in range(4):
        daemon.inventory.by_ref[model.StackRef("local-b", f"s{number}")] = (container("x"),)
    everything, seen, path = await names(daemon), [], "/v1/stacks?limit=2"
    while path:
        page = (await daemon.local("GET", path)).json
        seen += [item["name"] for item in page["items"]]
        path = page["next"] and f"/v1/stacks?limit=2&cursor={page['next']}"

    assert seen == everything
    assert len(seen) == 7


async def test_a_stack_shows_its_containers_in_the_order_in_which_they_start(daemon) -> None:
    """And the newest run on it; of a host that is away, when it was last seen."""
    shown = (await daemon.local("GET", "/v1/stacks/local/web")).json
    assert [c["service"] for c in shown["containers"]] == ["db", "app"]
    assert (shown["up"], shown["total"], shown["last_run"]) == (2, 2, None)
    made = await daemon.local("POST", "/v1/runs", json={"action": "stop", "selectors": ["web"]})
    run_id = made.json["items"][0]["id"]
    async with daemon.store.transaction() as unit:
        await unit.runs.claim(run_id, at=daemon.clock.now())
    shown = (await daemon.local("GET", "/v1/stacks/local/web")).json
    assert (shown["last_run"], shown["last_run_status"]) == (run_id, "running")
    seen_at = daemon.clock.now() - timedelta(hours=1)
    daemon.inventory.views["away"] = replace(daemon.inventory.views["away"], seen_at=seen_at)

    far = (await daemon.local("GET", "/v1/stacks/away/far")).json
    assert (far["status"], far["seen_at"]) == ("unknown", "2026-11-24T11:00:00Z")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("local/wbe", "stack-not-found"),
        ("nowhere/web", "host-not-found"),
        ("away/other", "host-unreachable"),
        ("*/web", "stack-not-found"),
        ("local/%2e%2e", "no-such-route"),
        ("local/a%2Fb", "stack-not-found"),
    ],
)
async def test_a_stack_that_is_not_there(daemon, path, code) -> None:
    """Says whether it is the stack, the host, or that nobody can tell."""
    assert (await daemon.local("GET", f"/v1/stacks/{path}", check=False)).code == code


async def test_the_next_occurrence_follows_every_change_of_schedules(daemon) -> None:
    """Added, edited, disabled, removed or fired: the list is what the database says."""

    async def coming() -> dict[str, tuple]:
        items = (await daemon.local("GET", "/v1/stacks")).json["items"]
        return {
            i["name"]: (i["next_at"], i["next_action"], i["next_schedule"])
            for i in items
            if i["next_at"]
        }

    def schedule(name: str, **rest) -> dict:
        return {"name": name, "action": "stop", "selector": "web", **rest}

    assert await coming() == {}
    add = schedule("nightly", cron="0 22 * * *")
    await daemon.local("POST", "/v1/schedules", json=add)
    nightly = ("2026-11-24T21:00:00Z", "stop", "nightly")
    assert await coming() == {"local/web": nightly}
    early = schedule("early", cron="0 20 * * *", selector="local/*")
    await daemon.local("POST", "/v1/schedules", json=early)
    at_eight = ("2026-11-24T19:00:00Z", "stop", "early")
    assert await coming() == {"local/web": at_eight, "local/mail": at_eight}
    await daemon.local("PATCH", "/v1/schedules/early", json={"selector": "mail"})
    assert await coming() == {"local/web": nightly, "local/mail": at_eight}
    await daemon.local("POST", "/v1/schedules/nightly/disable")
    assert await coming() == {"local/mail": at_eight}
    await daemon.clock.advance(timedelta(hours=7))
    async with daemon.store.transaction() as unit:
        kept = await unit.schedules.get("early")
        later = daemon.clock.now() + timedelta(days=1)
        await unit.schedules.advance(kept.id, seen=kept.next_at, next_at=later, done=False)
    assert await coming() == {"local/mail": ("2026-11-25T19:00:00Z", "stop", "early")}
    daemon.inventory.by_ref[model.StackRef("away", "mail")] = ()
    assert await coming() == {}, "the selector is ambiguous by now"
    await daemon.local("PATCH", "/v1/schedules/early", json={"selector": "*/mail"})
    assert set(await coming()) == {"local/mail", "away/mail"}
    await daemon.local("DELETE", "/v1/schedules/early")
    assert await coming() == {}


async def test_a_list_of_stacks_does_not_ask_the_database_again(daemon, monkeypatch) -> None:
    """As long as no schedule has changed and none is due."""
    await names(daemon)
    reading = daemon.store.reading

    @asynccontextmanager
    async def refuse() -> AsyncIterator[None]:
        raise AssertionError("the database was asked")
        yield

    monkeypatch.setattr(type(daemon.store), "reading", lambda self: refuse())
    assert len(await names(daemon)) == 3
    monkeypatch.undo()
    assert reading


async def test_one_screen_about_everything(daemon) -> None:
    """Hosts, stacks by status, what wants attention, what comes next, what runs and failed."""
    add = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}
    await daemon.local("POST", "/v1/schedules", json=add)
    ids = {}
    for status in ("running", "failed", "interrupted", "succeeded", "missed"):
        stack = "web" if status == "running" else "mail"
        made = await daemon.local(
            "POST", "/v1/runs", json={"action": "stop", "selectors": [stack]}
        )
        ids[status] = made.json["items"][0]["id"]
        async with daemon.store.transaction() as unit:
            at = daemon.clock.now()
            if status == "missed":
                await unit.runs.settle(
                    ids[status], status=model.RunStatus.MISSED, at=at, cause="too late"
                )
                continue
            assert await unit.runs.claim(ids[status], at=at)
            if status != "running":
                await unit.runs.finish(ids[status], status=model.RunStatus(status), at=at)
    status = (await daemon.local("GET", "/v1/status")).json

    assert status["stacks"] == {"running": 2, "unknown": 1}
    assert [row["name"] for row in status["attention"]] == ["away/far"]
    assert [(h["name"], h["reachable"], h["stacks"]) for h in status["hosts"]] == [
        ("away", False, 1),
        ("local", True, 2),
    ]
    assert (status["schedules"], status["upcoming"][0]["name"]) == (1, "nightly")
    assert [run["id"] for run in status["running"]] == [ids["running"]]
    troubled = [ids[name] for name in ("missed", "interrupted", "failed")]
    assert [run["id"] for run in status["troubled"]] == troubled
    for query, wanted in (
        ("troubled=true", troubled),
        ("troubled=true&limit=2", troubled[:2]),
        (f"troubled=true&cursor={troubled[0]}", troubled[1:]),
        ("troubled=true&status=failed", troubled[2:]),
        ("troubled=true&schedule=nightly", []),
    ):
        page = (await daemon.local("GET", f"/v1/runs?{query}")).json
        assert [run["id"] for run in page["items"]] == wanted, query


async def test_alive_is_not_the_same_as_ready(daemon, monkeypatch) -> None:
    """A ticker that stands still, or a database that fails, is told; engines may be down."""

    async def ready() -> tuple[int, list[str]]:
        reply = await daemon.call("GET", "/readyz")
        return reply.status, reply.json["problems"]

    assert await ready() == (200, [])
    daemon.ticker.ticked = daemon.clock.now() - timedelta(seconds=11)
    assert await ready() == (503, ["the last tick was at 2026-11-24T11:59:49+00:00"])
    daemon.ticker.ticked = None
    assert (await ready())[0] == 503
    daemon.ticker.ticked = daemon.clock.now()

    @asynccontextmanager
    async def broken() -> AsyncIterator[None]:
        raise StoreError("the disk is full", code="store-full")
        yield

    monkeypatch.setattr(type(daemon.store), "reading", lambda self: broken())
    assert await ready() == (503, ["the disk is full"])
    assert (await daemon.call("GET", "/healthz")).json == {"ok": True, "problems": []}
    reply = await daemon.local("GET", "/v1/schedules", check=False)
    assert (reply.status, reply.code) == (507, "store-full")


async def test_a_stack_of_a_lost_host_says_what_it_was_and_when(daemon) -> None:
    """In the list, for itself, and in the status; its host says when it is tried next."""
    now = daemon.clock.now()
    daemon.inventory.views["away"] = replace(
        daemon.inventory.views["away"],
        seen_at=now - timedelta(hours=1),
        error_code="host-unreachable",
        retry_at=now + timedelta(seconds=4),
    )
    listed = (await daemon.local("GET", "/v1/stacks?selector=away/far")).json["items"][0]
    shown = (await daemon.local("GET", "/v1/stacks/away/far")).json
    status = (await daemon.local("GET", "/v1/status")).json
    host = next(each for each in status["hosts"] if each["name"] == "away")
    here = (await daemon.local("GET", "/v1/stacks?selector=local/web")).json["items"][0]

    for each in (listed, shown, status["attention"][0]):
        assert each["name"] == "away/far"
        assert (each["status"], each["last_status"]) == ("unknown", "running")
        assert each["seen_at"] == "2026-11-24T11:00:00Z"
    assert (host["error_code"], host["retry_at"]) == ("host-unreachable", "2026-11-24T12:00:04Z")
    assert (here["last_status"], here["seen_at"]) == (None, None)
