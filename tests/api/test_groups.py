"""Groups over the API: what they hold, who may change them, and what selectors mean by them."""

from __future__ import annotations

from dockschedd.core import model
from tests.api.daemon import Daemon, Reply, container

PATH = "/v1/groups/edge"
STACKS = {"local/mail", "local/web"}
NIGHTLY = {"name": "nightly", "action": "stop", "selector": "@edge/*", "cron": "0 22 * * *"}


async def add(daemon: Daemon, *hosts: str, name: str = "edge", **rest) -> Reply:
    body = {"name": name, "hosts": list(hosts)}
    return await daemon.local("POST", "/v1/groups", json=body, **rest)


async def edit(daemon: Daemon, **changes: list[str]) -> Reply:
    return await daemon.local("PATCH", PATH, json=changes)


async def schedule(daemon: Daemon, **changes) -> Reply:
    return await daemon.local("POST", "/v1/schedules", json={**NIGHTLY, **changes})


async def listed(daemon: Daemon, selector: str) -> Reply:
    return await daemon.local("GET", f"/v1/stacks?selector={selector}")


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]


async def test_a_group_is_kept_sorted_and_each_host_once(daemon) -> None:
    """Who made it is told, and how many stacks its hosts have."""
    token = await daemon.token("alice", "admin")
    body = {"name": "edge", "hosts": ["local", "away", "local"]}
    reply = await daemon.call("POST", "/v1/groups", token=token, json=body)
    await add(daemon, name="empty")
    rows = (await daemon.local("GET", "/v1/groups")).json["items"]

    assert reply.status == 201
    assert (reply.json["hosts"], reply.json["stacks"]) == (["away", "local"], 3)
    assert (reply.json["owner"], reply.json["missing"], reply.json["used_by"]) == ("alice", [], [])
    assert (await daemon.local("GET", PATH)).json == reply.json
    assert [(g["name"], g["hosts"], g["stacks"]) for g in rows] == [
        ("edge", ["away", "local"], 3),
        ("empty", [], 0),
    ]
    record = (await daemon.audit())[-2]
    assert (record.actor, record.action, record.target) == ("alice", "group.add", "edge")
    assert record.detail == "added away, local"


async def test_all_that_is_wrong_with_a_group_is_told_at_once(daemon) -> None:
    """Its name, and each host that there is not, with what may have been meant."""
    reply = await add(daemon, "locl", "local", "zzz", name="a b")

    assert codes(reply) == [
        ("name", "name-invalid"),
        ("hosts[0]", "host-unknown"),
        ("hosts[2]", "host-unknown"),
    ]
    assert reply.json["faults"][1]["hint"] == "did you mean `local`?"
    await add(daemon, "local")
    assert (await add(daemon, "local")).code == "group-exists"
    assert codes(await edit(daemon, add=["nope"], remove=["zzz"])) == [
        ("add[0]", "host-unknown"),
        ("remove[0]", "host-unknown"),
    ]
    unknown = await daemon.local("GET", "/v1/groups/egde")
    assert (unknown.code, unknown.json["hint"]) == ("group-not-found", "did you mean `edge`?")


async def test_hosts_come_and_go(daemon) -> None:
    """Some, or all at once; what changes nothing is no change, and is not audited."""
    await add(daemon, "local")

    assert (await edit(daemon, add=["away"], remove=["local"])).json["hosts"] == ["away"]
    assert (await edit(daemon, hosts=["local"])).json["hosts"] == ["local"]
    before = await daemon.audit()
    assert (await edit(daemon, add=["local"])).json["hosts"] == ["local"]

    assert await daemon.audit() == before
    assert [record.detail for record in before[-2:]] == [
        "added away; removed local",
        "added local; removed away",
    ]
    assert daemon.services.enforcer.evaluated == [
        ({"local"}, "there is a group `edge` now"),
        ({"local", "away"}, "the group `edge` has changed"),
        ({"local", "away"}, "the group `edge` has changed"),
    ]


async def test_a_host_that_has_gone_is_told_and_can_be_taken_out(daemon) -> None:
    """It stays in the group meanwhile, and means nothing."""
    await add(daemon, "local", "away")
    del daemon.inventory.views["away"]
    del daemon.inventory.by_ref[model.StackRef("away", "far")]
    shown = (await daemon.local("GET", PATH)).json

    assert (shown["missing"], shown["warnings"]) == (["away"], ["there is no host `away`"])
    assert (await edit(daemon, remove=["away"])).json["hosts"] == ["local"]


async def test_only_administrators_change_groups(daemon) -> None:
    """Everybody who is logged in may look at them."""
    await add(daemon, "local")
    operator = await daemon.token("bob", "operator")
    viewer = await daemon.token("eve", "viewer")

    for method, path, body in (
        ("POST", "/v1/groups", {"name": "x", "hosts": []}),
        ("PATCH", PATH, {"hosts": []}),
        ("DELETE", PATH, None),
    ):
        assert (await daemon.call(method, path, token=operator, json=body)).code == "forbidden"
    assert (await daemon.call("GET", PATH, token=viewer)).status == 200


async def test_a_group_in_a_selector_means_the_stacks_of_its_hosts(daemon) -> None:
    """In lists, by hand and in plans; what it has is asked each time."""
    await add(daemon, "local")
    daemon.inventory.by_ref[model.StackRef("away", "web")] = (container("app"),)

    assert {s["name"] for s in (await listed(daemon, "@edge/*")).json["items"]} == STACKS
    body = {"action": "stop", "selectors": ["@edge/web"]}
    plans = await daemon.local("POST", "/v1/plans", json=body)
    runs = await daemon.local("POST", "/v1/runs", json=body)
    await edit(daemon, hosts=["away"])

    assert [p["stack"] for p in plans.json["items"]] == ["local/web"]
    assert [r["stack"] for r in runs.json["items"]] == ["local/web"]
    assert {s["name"] for s in (await listed(daemon, "@edge/*")).json["items"]} == {
        "away/far",
        "away/web",
    }
    away = await daemon.local("POST", "/v1/runs", json=body)
    assert (away.status, away.code) == (503, "host-unreachable")


async def test_the_same_request_again_answers_with_the_runs_that_it_made(daemon) -> None:
    """Whatever hosts the group has by then."""
    await add(daemon, "local")
    body, key = {"action": "stop", "selectors": ["@edge/web"]}, {"Idempotency-Key": "k"}
    first = await daemon.local("POST", "/v1/runs", json=body, headers=key)
    await daemon.local("DELETE", PATH)
    again = await daemon.local("POST", "/v1/runs", json=body, headers=key)

    assert [r["id"] for r in again.json["items"]] == [r["id"] for r in first.json["items"]]
    other = {"action": "stop", "selectors": ["@edge/mail"]}
    refused = await daemon.local("POST", "/v1/runs", json=other, headers=key)
    assert refused.code == "key-reused"


async def test_a_group_that_there_is_not_is_refused_wherever_it_is_named(daemon) -> None:
    """With the one that may have been meant; nothing is done or kept."""
    await add(daemon, "local")
    action = {"action": "stop", "selectors": ["@egde/*"]}
    replies = [
        await listed(daemon, "@egde/*"),
        await daemon.local("POST", "/v1/runs", json=action),
        await daemon.local("POST", "/v1/plans", json=action),
        await schedule(daemon, selector="@egde/*"),
    ]
    document = {"schedules": [{**NIGHTLY, "selector": "@egde/*"}]}
    applied = await daemon.local("POST", "/v1/documents", json=document)

    assert {(r.status, r.code, r.json["hint"]) for r in replies} == {
        (404, "group-not-found", "did you mean `@edge`?")
    }
    assert codes(applied) == [("schedules[0].selector", "group-not-found")]


async def test_one_stack_is_not_named_by_a_group(daemon) -> None:
    """Where exactly one is wanted, it is refused."""
    await add(daemon, "local")
    reply = await daemon.local("GET", "/v1/requirements?stack=@edge/web")

    assert reply.json["faults"][0]["message"] == (
        "`@edge/web` names a group of hosts; name one stack"
    )


async def test_a_group_that_schedules_name_is_removed_only_by_force(daemon) -> None:
    """They stay, are listed, and warn from then on."""
    await add(daemon, "local")
    await schedule(daemon)
    await schedule(daemon, name="noon", selector="@edge/web", cron="0 12 * * *")
    refused = await daemon.local("DELETE", PATH)
    shown = (await daemon.local("GET", PATH)).json
    forced = await daemon.local("DELETE", f"{PATH}?force=true")

    assert (refused.status, refused.code) == (409, "group-in-use")
    assert "named by `nightly`, `noon`" in refused.json["detail"]
    assert (shown["schedules"], shown["used_by"]) == (2, ["nightly", "noon"])
    assert forced.json == {"name": "edge", "named_by": ["nightly", "noon"]}
    left = (await daemon.local("GET", "/v1/schedules/nightly")).json
    assert left["warnings"] == ["there is no group `edge`"]
    # What has nothing to do with the group can still be changed.
    changed = await daemon.local("PATCH", "/v1/schedules/nightly", json={"cron": "0 21 * * *"})
    assert (changed.status, changed.json["warnings"]) == (200, ["there is no group `edge`"])
    assert (await daemon.audit())[-2].action == "group.remove"
    by_hand = await daemon.local("POST", "/v1/schedules/nightly/run")
    assert by_hand.code == "group-not-found"


async def test_a_group_without_hosts_is_allowed_and_said(daemon) -> None:
    """It means nothing, and whoever asks for its stacks is told so."""
    made = await add(daemon)
    acted = await daemon.local(
        "POST", "/v1/runs", json={"action": "stop", "selectors": ["@edge/*"]}
    )

    assert made.json["warnings"] == ["the group has no hosts: `@edge/*` means nothing"]
    assert (acted.status, acted.code) == (404, "stack-not-found")
    (warning,) = (await schedule(daemon)).json["warnings"]
    assert warning.startswith("none of the hosts of the group `edge` exists now; ")


async def test_what_comes_next_for_a_stack_knows_groups(daemon) -> None:
    """Its next occurrence, what else is due, why, and conflicts."""
    await add(daemon, "local")
    await schedule(daemon)
    await schedule(daemon, name="late", action="start", selector="web", cron="0 22 * * *")
    row = next(
        s for s in (await listed(daemon, "@edge/*")).json["items"] if s["name"] == "local/mail"
    )
    found = (await daemon.local("GET", "/v1/conflicts")).json["conflicts"]
    why = (await daemon.local("GET", "/v1/stacks/local/mail/why")).json["lines"]
    before = row["next_schedule"]
    await edit(daemon, hosts=[])
    after = next(
        s for s in (await listed(daemon, "mail")).json["items"] if s["name"] == "local/mail"
    )

    assert (before, after["next_schedule"]) == ("nightly", None)
    assert all("`nightly`" in each["text"] and "`late`" in each["text"] for each in found)
    assert found
    assert any("nightly" in line["text"] for line in why if line["kind"] == "next")
    assert (await daemon.local("GET", "/v1/conflicts")).json["conflicts"] == []


async def test_a_document_brings_its_groups(daemon) -> None:
    """Before its schedules, in one go; what is not in it goes with prune, unless it is named."""
    await add(daemon, "local", name="old")
    await add(daemon, "away", name="edge")
    groups = [{"name": "edge", "hosts": ["local"]}, {"name": "new", "hosts": ["away"]}]
    body = {"schedules": [{**NIGHTLY, "selector": "@new/*"}], "groups": groups, "prune": True}
    dry = await daemon.local("POST", "/v1/documents", json={**body, "dry_run": True})
    done = await daemon.local("POST", "/v1/documents", json=body)
    again = await daemon.local("POST", "/v1/documents", json=body)

    assert (
        dry.json["groups"]
        == done.json["groups"]
        == {
            "added": ["new"],
            "changed": [{"name": "edge", "text": "added local; removed away"}],
            "removed": ["old"],
            "unchanged": [],
        }
    )
    assert again.json["groups"]["unchanged"] == ["edge", "new"]
    assert daemon.services.enforcer.evaluated[-1] == ({"local", "away"}, "groups have changed")
    names = [g["name"] for g in (await daemon.local("GET", "/v1/groups")).json["items"]]
    assert names == ["edge", "new"]


async def test_what_is_wrong_with_the_groups_of_a_document_is_told_with_its_place(daemon) -> None:
    """All at once, and nothing is kept; whoever changes none needs no right to."""
    groups = [{"name": "a b", "hosts": ["zzz"]}, {"name": "x"}, {"name": "x"}]
    body = {"schedules": [], "groups": groups}
    wrong = await daemon.local("POST", "/v1/documents", json=body)
    await add(daemon, "local")
    token = await daemon.token("bob", "operator")
    same = {"schedules": [], "groups": [{"name": "edge", "hosts": ["local"]}]}
    other = {"schedules": [], "groups": [{"name": "edge", "hosts": ["away"]}]}

    assert codes(wrong) == [
        ("groups[0].name", "name-invalid"),
        ("groups[0].hosts[0]", "host-unknown"),
        ("groups[2].name", "name-repeated"),
    ]
    assert (await daemon.call("POST", "/v1/documents", token=token, json=same)).status == 200
    refused = await daemon.call("POST", "/v1/documents", token=token, json=other)
    assert refused.code == "forbidden"
