"""Asking for actions: what is planned, what is refused, and that it happens once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from dockschedd.core import model
from tests.api.conftest import next_run

STOP_WEB = {"action": "stop", "selectors": ["web"]}


async def runs_of(daemon) -> list[model.Run]:
    async with daemon.store.reading() as unit:
        return list(await unit.runs.page(before=None, limit=100))


async def test_an_action_plans_one_run_per_stack_and_wakes_the_executor(daemon) -> None:
    """With its cause and who asked for it; the audit log has one line for each."""
    token = await daemon.token("alice", "operator")
    body = {
        "action": "stop",
        "selectors": ["local/*", "web"],
        "options": {"stop_timeout_seconds": 2.5, "on_error": "halt"},
    }
    async with daemon.bus.subscribe() as items:
        reply = await daemon.call("POST", "/v1/runs", token=token, json=body)
        told = [await next_run(items) for _ in range(2)]

    assert reply.status == 202
    assert [run["stack"] for run in reply.json["items"]] == ["local/mail", "local/web"]
    assert [run.id for run in told] == [run["id"] for run in reply.json["items"]]
    web = (await runs_of(daemon))[0]
    assert web == replace(told[1], steps=())
    assert (web.status, web.cause_kind) == (model.RunStatus.PLANNED, model.CauseKind.MANUAL)
    assert (web.cause, web.actor) == ("asked for by alice", "alice")
    assert (web.planned_at, web.deadline_at, web.schedule_id) == (daemon.clock.now(), None, None)
    assert web.options == model.RunOptions(
        stop_timeout=timedelta(seconds=2.5), on_error=model.OnError.HALT
    )
    assert daemon.executor.woken == 1
    assert [(e.action, e.target) for e in (await daemon.audit())[1:]] == [
        ("stack.stop", "local/mail"),
        ("stack.stop", "local/web"),
    ]


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/plans"])
@pytest.mark.parametrize(
    ("selectors", "code", "hint"),
    [
        (["wbe"], "stack-not-found", "did you mean `local/web`?"),
        (["local/wbe"], "stack-not-found", "did you mean `local/web`?"),
        (["web", "local/nothing"], "stack-not-found", ...),
        (["locl/web"], "host-not-found", "did you mean `local/web`?"),
        (["local/x*"], "stack-not-found", None),
        (["away/far"], "host-unreachable", ...),
        (["away/other"], "host-unreachable", ...),
        (["*/*"], "host-unreachable", ...),
        (["away/*"], "host-unreachable", ...),
    ],
    ids=str,
)
async def test_what_cannot_be_acted_on_is_refused_as_a_whole(
    daemon, path, selectors, code, hint
) -> None:
    """Nothing is planned for any of the stacks, and the answer says what may have been meant."""
    if code != "host-unreachable":
        daemon.inventory.views["away"] = replace(daemon.inventory.views["away"], reachable=True)
    reply = await daemon.local("POST", path, json={"action": "stop", "selectors": selectors})

    assert reply.code == code
    if hint is not ...:
        assert reply.json.get("hint") == hint
    assert await runs_of(daemon) == []
    assert await daemon.audit() == []
    assert daemon.executor.woken == 0


async def test_all_that_is_wrong_with_the_selectors_is_told(daemon) -> None:
    """Each with its place in the list."""
    daemon.inventory.by_ref[model.StackRef("away", "web")] = ()
    body = {"action": "stop", "selectors": ["a/b/c", "local/web", "web", ""]}
    reply = await daemon.local("POST", "/v1/runs", json=body)

    assert [(f["path"], f["code"]) for f in reply.json["faults"]] == [
        ("selectors[0]", "selector-invalid"),
        ("selectors[2]", "selector-ambiguous"),
        ("selectors[3]", "selector-invalid"),
    ]


async def test_an_unknown_action_is_told_what_was_meant(daemon) -> None:
    """422 with the path of the field."""
    reply = await daemon.local("POST", "/v1/runs", json={**STOP_WEB, "action": "stopp"})

    (fault,) = reply.json["faults"]
    assert (fault["path"], fault["hint"]) == ("action", "did you mean `stop`?")


async def test_a_key_is_carried_out_once(daemon) -> None:
    """The same request again answers with the same runs, also when the host has gone since."""
    key = {"Idempotency-Key": "k1"}
    first = await daemon.local("POST", "/v1/runs", json=STOP_WEB, headers=key)
    daemon.inventory.views["local"] = replace(daemon.inventory.views["local"], reachable=False)
    again = await daemon.local("POST", "/v1/runs", json=STOP_WEB, headers=key)

    assert (first.status, again.status) == (202, 202)
    assert first.json == again.json
    assert len(await runs_of(daemon)) == 1


async def test_requests_with_one_key_at_the_same_time_plan_one_run(daemon) -> None:
    """A client that does not wait for its own answer is none the wiser."""
    key = {"Idempotency-Key": "k1"}
    replies = await asyncio.gather(
        *(daemon.local("POST", "/v1/runs", json=STOP_WEB, headers=key) for _ in range(8))
    )

    assert {reply.status for reply in replies} == {202}
    assert len({reply.body for reply in replies}) == 1
    assert len(await runs_of(daemon)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"action": "start", "selectors": ["web"]},
        {"action": "stop", "selectors": ["mail"]},
        {"action": "stop", "selectors": ["web", "mail"]},
        {"action": "stop", "selectors": ["web"], "options": {"on_error": "halt"}},
    ],
    ids=str,
)
async def test_a_key_for_another_request_is_refused(daemon, other) -> None:
    """409, and nothing is planned."""
    key = {"Idempotency-Key": "k1"}
    await daemon.local("POST", "/v1/runs", json=STOP_WEB, headers=key)
    reply = await daemon.local("POST", "/v1/runs", json=other, headers=key)

    assert (reply.status, reply.code) == (409, "key-reused")
    assert len(await runs_of(daemon)) == 1


async def test_a_key_belongs_to_whoever_used_it(daemon) -> None:
    """Nobody sees others' runs by guessing their keys, and nobody is in anybody's way."""
    alice, bob = await daemon.token("alice", "operator"), await daemon.token("bob", "operator")
    key = {"Idempotency-Key": "k1"}
    ids = [
        (await daemon.call("POST", "/v1/runs", token=t, json=STOP_WEB, headers=key)).json
        for t in (alice, bob)
    ]

    assert ids[0] != ids[1]
    assert {run.actor for run in await runs_of(daemon)} == {"alice", "bob"}


async def test_without_a_key_the_same_request_is_another_one(daemon) -> None:
    """Two requests are two runs."""
    for _ in range(2):
        await daemon.local("POST", "/v1/runs", json=STOP_WEB)

    assert len(await runs_of(daemon)) == 2


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "schlüssel"])
async def test_a_key_that_is_none_is_refused(daemon, key) -> None:
    """Empty, endless or not printable."""
    headers = {"Idempotency-Key": key}
    reply = await daemon.local("POST", "/v1/runs", json=STOP_WEB, headers=headers)

    assert reply.code == "bad-request"


async def test_a_plan_says_what_would_be_done_and_does_nothing(daemon) -> None:
    """The steps in their order, each with its cause; viewers may ask."""
    token = await daemon.token("alice", "viewer")
    reply = await daemon.call("POST", "/v1/plans", token=token, json=STOP_WEB)

    (plan,) = reply.json["items"]
    assert plan["stack"] == "local/web"
    assert [(s["verb"], s["service"], s["after"]) for s in plan["steps"]] == [
        ("stop", "app", []),
        ("stop", "db", [1]),
    ]
    assert all(step["cause"] for step in plan["steps"])
    assert await runs_of(daemon) == []
    assert daemon.executor.woken == 0


async def test_a_stack_that_vanishes_while_it_is_asked_is_not_found(daemon, monkeypatch) -> None:
    """The engine's word counts, not the list's."""

    async def gone(_ref) -> None:
        return None

    monkeypatch.setattr(daemon.inventory, "refresh", gone)
    reply = await daemon.local("POST", "/v1/plans", json=STOP_WEB)

    assert reply.code == "stack-not-found"


async def test_runs_are_shown_listed_and_filtered(daemon) -> None:
    """By id or the beginning of one, by stack, schedule and status, newest first."""
    for selector in ("web", "mail", "web"):
        body = {"action": "stop", "selectors": [selector]}
        await daemon.local("POST", "/v1/runs", json=body)
    everything = (await daemon.local("GET", "/v1/runs")).json["items"]

    async def ids(query: str) -> list[str]:
        reply = await daemon.local("GET", f"/v1/runs?{query}")
        return [run["id"] for run in reply.json["items"]]

    assert [run["stack"] for run in everything] == ["local/web", "local/mail", "local/web"]
    assert sorted((r["id"] for r in everything), reverse=True) == [r["id"] for r in everything]
    shown = await daemon.local("GET", f"/v1/runs/{everything[0]['id']}")
    assert shown.json == everything[0]
    web = [everything[0]["id"], everything[2]["id"]]
    assert await ids("stack=web") == await ids("stack=local/web") == web
    assert await ids("status=planned") == [run["id"] for run in everything]
    assert await ids("status=failed") == await ids("stack=gone/long-ago") == []
    assert (await daemon.local("GET", "/v1/runs?schedule=no")).code == "schedule-not-found"
    assert (await daemon.local("GET", "/v1/runs?stack=wbe")).code == "stack-not-found"
    for wrong in ("status=done", "stack=*/web", "stack=a/b/c"):
        assert (await daemon.local("GET", f"/v1/runs?{wrong}")).code == "invalid"


async def test_runs_come_in_pages(daemon) -> None:
    """Each once, however many are added meanwhile."""
    for _ in range(5):
        await daemon.local("POST", "/v1/runs", json=STOP_WEB)
    known = [run.id for run in await runs_of(daemon)]
    seen, path = [], "/v1/runs?limit=2"
    while path:
        page = (await daemon.local("GET", path)).json
        seen += [item["id"] for item in page["items"]]
        path = page["next"] and f"/v1/runs?limit=2&cursor={page['next']}"
        await daemon.local("POST", "/v1/runs", json=STOP_WEB)

    assert seen == known


async def test_a_run_is_cancelled_once(daemon) -> None:
    """The answer is what became of it; a second time it is over."""
    token = await daemon.token("alice", "operator")
    made = (await daemon.local("POST", "/v1/runs", json=STOP_WEB)).json["items"][0]
    path = f"/v1/runs/{made['id']}/cancel"
    reply = await daemon.call("POST", path, token=token)

    assert reply.json["status"] == "cancelled"
    assert (await daemon.call("POST", path, token=token)).code == "run-over"
    assert [(e.actor, e.target) for e in await daemon.audit() if e.action == "run.cancel"] == [
        ("alice", made["id"])
    ]


async def test_a_run_that_ends_while_it_is_cancelled_is_over(daemon, monkeypatch) -> None:
    """The executor has the last word."""
    made = (await daemon.local("POST", "/v1/runs", json=STOP_WEB)).json["items"][0]

    async def too_late(_run_id, *, actor) -> bool:
        return False

    monkeypatch.setattr(daemon.executor, "cancel", too_late)

    assert (await daemon.local("POST", f"/v1/runs/{made['id']}/cancel")).code == "run-over"


async def test_an_unknown_name_while_a_host_is_away_is_not_found_with_that_said(daemon) -> None:
    """A slip of the pen is called one, and what could not be asked is named."""
    body = {"action": "stop", "selectors": ["wbe"]}
    reply = await daemon.local("POST", "/v1/runs", json=body)

    assert reply.code == "stack-not-found"
    assert "unreachable: `away`" in reply.json["detail"]
    assert reply.json["hint"] == "did you mean `local/web`?"
