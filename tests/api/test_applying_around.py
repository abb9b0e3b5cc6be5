"""Requirements and holds of a document over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import msgspec

from dockschedctl import documents
from dockschedd.core import holds, model, permissions
from dockschedd.wire import holds as wire_holds
from dockschedd.wire import requirements as wire_requirements
from tests.api.daemon import Daemon, Reply, container

STOP = {"name": "nightly", "action": "stop", "selector": "local/web", "cron": "0 22 * * *"}
NEEDS = [{"stack": "local/web", "needs": ["local/mail"]}]
UNTIL = "2026-12-24T18:00:00+01:00"
HELD = {"stack": "local/web", "wants": "up", "until": UNTIL, "reason": "a demo"}
EVERYTHING = {"schedules": [STOP], "requirements": NEEDS, "holds": [HELD]}


def exists(daemon: Daemon, *names: str, **changes) -> None:
    """There are running stacks of those names."""
    for name in names:
        daemon.inventory.by_ref[model.StackRef("local", name)] = (container("x", **changes),)


async def apply(daemon: Daemon, *, token: str | None = None, **body) -> Reply:
    body = {"schedules": [], **body}
    if token is not None:
        return await daemon.call("POST", "/v1/documents", token=token, json=body)
    return await daemon.local("POST", "/v1/documents", json=body)


async def needs(daemon: Daemon) -> list[tuple[str, str, str]]:
    async with daemon.store.reading() as unit:
        return [(str(e.stack), str(e.needs), e.owner) for e in await unit.requirements.all()]


async def held(daemon: Daemon) -> dict[str, holds.Hold]:
    async with daemon.store.reading() as unit:
        blocks = await unit.holds.blocks()
    return {
        str(ref): each
        for ref, each in blocks.holds.items()
        if holds.is_active(each, daemon.clock.now())
    }


async def everything(daemon: Daemon) -> tuple:
    async with daemon.store.reading() as unit:
        schedules = await unit.schedules.page(after=None, limit=100)
    return schedules, await needs(daemon), await held(daemon), await daemon.audit()


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]


async def test_applied_twice_it_changes_nothing_and_dry_it_says_the_same(daemon) -> None:
    """Neither owners nor instants nor the audit log; whoever applies it again owns nothing."""
    nothing = await everything(daemon)
    dry = await apply(daemon, **EVERYTHING, dry_run=True)
    still = await everything(daemon)
    token = await daemon.token("alice", "operator")
    first = await apply(daemon, token=token, **EVERYTHING)
    before = await everything(daemon)
    second = await apply(daemon, **EVERYTHING)

    assert still == nothing
    assert {**first.json, "dry_run": True, "holds": {}} == {**dry.json, "holds": {}}
    pair = {"stack": "local/web", "needs": "local/mail"}
    assert first.json["requirements"] == {"added": [pair], "removed": [], "unchanged": []}
    reads = "held up by alice until 18:00 on 24 December 2026, Europe/Berlin: a demo"
    (added,) = first.json["holds"]["added"]
    assert added == {"stack": "local/web", "reads": reads}
    assert second.json["requirements"] == {"added": [], "removed": [], "unchanged": [pair]}
    assert second.json["holds"]["unchanged"] == ["local/web"]
    assert await everything(daemon) == before
    assert before[1] == [("local/web", "local/mail", "alice")]
    assert before[2]["local/web"].owner == "alice"
    log = [(e.actor, e.action, e.target, e.detail) for e in before[3] if e.actor == "alice"]
    assert log[-2:] == [
        ("alice", "requirement.add", "local/web", "local/web needs local/mail"),
        ("alice", "hold.place", "local/web", reads),
    ]


async def test_a_hold_of_a_document_does_nothing_to_its_stack(daemon) -> None:
    """Also one that is down while the stack runs; those who wait for holds are woken."""
    woken = daemon.ticker.woken
    await apply(daemon, holds=[{**HELD, "wants": "down"}])

    runs = (await daemon.local("GET", "/v1/runs")).json["items"]
    shown = (await daemon.local("GET", "/v1/stacks/local/web")).json
    assert (runs, shown["hold"]["wants"]) == ([], "down")
    assert daemon.ticker.woken > woken


async def test_a_hold_that_is_different_is_placed_anew(daemon) -> None:
    """With its fields before and after; whoever applies it holds it from then on."""
    await apply(daemon, holds=[HELD])
    await daemon.clock.advance(timedelta(minutes=5))
    token = await daemon.token("alice", "operator")
    reply = await apply(daemon, token=token, holds=[{"stack": "web", "wants": "down"}])

    assert reply.json["holds"]["changed"] == [{"stack": "local/web", "fields": [
        {"field": "wants", "old": '"up"', "new": '"down"'},
        {"field": "until", "old": '"2026-12-24T17:00:00Z"', "new": "null"},
        {"field": "reason", "old": '"a demo"', "new": '""'},
    ]}]  # fmt: skip
    hold = (await held(daemon))["local/web"]
    assert (hold.owner, hold.wants, hold.until) == ("alice", "down", None)
    assert hold.since == daemon.clock.now()
    assert "in place of: held up by local until 18:00" in (await daemon.audit())[-1].detail


async def test_only_what_the_document_lists_is_pruned(daemon) -> None:
    """Without the key nothing is, and without `prune` nothing is; each removal is recorded."""
    await apply(daemon, **EVERYTHING)
    before = (await everything(daemon))[1:3]
    await apply(daemon, schedules=[STOP], prune=True)
    await apply(daemon, schedules=[STOP], requirements=[], holds=[])
    unpruned = (await everything(daemon))[1:3]
    dry = await apply(daemon, requirements=[], holds=[], prune=True, dry_run=True)
    pruned = await apply(daemon, schedules=[STOP], requirements=[], holds=[], prune=True)

    assert unpruned == before
    assert dry.json["requirements"] == pruned.json["requirements"]
    assert pruned.json["requirements"]["removed"] == [
        {"stack": "local/web", "needs": "local/mail"}
    ]
    assert [each["stack"] for each in pruned.json["holds"]["removed"]] == ["local/web"]
    assert (await needs(daemon), await held(daemon)) == ([], {})
    log = [(e.action, e.target) for e in await daemon.audit()]
    assert log[-2:] == [("requirement.remove", "local/web"), ("hold.release", "local/web")]


async def test_one_requirement_of_a_stack_can_go_while_another_stays(daemon) -> None:
    """What is in the list is what the stack needs, with `prune`."""
    exists(daemon, "db")
    await apply(daemon, requirements=[{"stack": "web", "needs": ["mail", "local/db"]}])
    reply = await apply(daemon, requirements=NEEDS, prune=True)

    assert [e["needs"] for e in reply.json["requirements"]["removed"]] == ["local/db"]
    assert await needs(daemon) == [("local/web", "local/mail", "local")]


async def test_a_cycle_is_refused_with_its_path_and_its_place(daemon) -> None:
    """Also one through what was said before, through a label, and of one stack with itself."""
    exists(daemon, "db", "mq")
    exists(daemon, "labelled", requires=("db",))
    await apply(daemon, requirements=[{"stack": "mail", "needs": ["mq"]}])
    before = await everything(daemon)
    reply = await apply(daemon, schedules=[STOP], requirements=[
        {"stack": "web", "needs": ["db", "mail"]},
        {"stack": "db", "needs": ["labelled", "mq"]},
        {"stack": "mq", "needs": ["web", "mq"]},
    ])  # fmt: skip

    assert codes(reply) == [
        ("requirements[1].needs[0]", "requirement-cycle"),
        ("requirements[2].needs[0]", "requirement-cycle"),
        ("requirements[2].needs[1]", "requirement-cycle"),
    ]
    assert [fault["message"].partition(": ")[2] for fault in reply.json["faults"]] == [
        "local/db → local/labelled → local/db",
        "local/mq → local/web → local/db → local/mq",
        "local/mq → local/mq",
    ]
    assert await everything(daemon) == before


async def test_what_is_pruned_closes_no_cycle(daemon) -> None:
    """A requirement can be turned around in one document, with `prune`."""
    await apply(daemon, requirements=NEEDS)
    around = [{"stack": "mail", "needs": ["web"]}]
    refused = await apply(daemon, requirements=around)
    turned = await apply(daemon, requirements=around, prune=True)

    assert codes(refused) == [("requirements[0].needs[0]", "requirement-cycle")]
    assert turned.status == 200
    assert await needs(daemon) == [("local/mail", "local/web", "local")]


async def test_all_that_is_wrong_is_told_at_once_with_its_place(daemon) -> None:
    """After what is wrong with schedules; nothing is changed."""
    before = await everything(daemon)
    reply = await apply(
        daemon,
        schedules=[{**STOP, "cron": "0 25 * * *"}],
        requirements=[
            {"stack": "wbe", "needs": ["local/mial", "*"]},
            {"stack": "web", "needs": []},
            {"stack": "local/web", "needs": ["mail"]},
        ],
        holds=[
            {"stack": "local/wbe", "wants": "upp", "until": "tomorrow", "reason": "x" * 501},
            {**HELD, "until": "2026-11-24T11:59:59Z"},
            {**HELD, "stack": "web", "until": "2026-12-24 18:00"},
            {"stack": "nowhere/web", "wants": "up"},
            {"stack": "w*", "wants": "up"},
        ],
    )

    assert (reply.status, reply.code) == (422, "invalid")
    assert codes(reply) == [
        ("schedules[0].cron", "cron-out-of-range"),
        ("requirements[0].stack", "stack-not-found"),
        ("requirements[0].needs[1]", "selector-invalid"),
        ("requirements[2].stack", "stack-repeated"),
        ("holds[0].stack", "stack-not-found"),
        ("holds[0].wants", "unknown-value"),
        ("holds[0].until", "until-invalid"),
        ("holds[0].reason", "reason-invalid"),
        ("holds[1].until", "until-past"),
        ("holds[2].stack", "stack-repeated"),
        ("holds[2].until", "until-invalid"),
        ("holds[3].stack", "host-not-found"),
        ("holds[4].stack", "selector-invalid"),
    ]
    assert await everything(daemon) == before


async def test_stacks_that_are_away_or_gone_by_now_are_no_fault(daemon) -> None:
    """One on a lost host may exist; what was said of one that is gone stays as it is."""
    away = {
        "requirements": [{"stack": "away/unseen", "needs": ["web"]}],
        "holds": [{"stack": "away/unseen", "wants": "up"}],
    }
    first = await apply(daemon, **away)
    await apply(daemon, **EVERYTHING)
    for ref in list(daemon.inventory.by_ref):
        del daemon.inventory.by_ref[ref]
    gone = await apply(daemon, **EVERYTHING)

    assert (first.status, gone.status) == (200, 200)
    assert gone.json["holds"]["unchanged"] == ["local/web"]


async def test_an_export_applied_changes_nothing(daemon) -> None:
    """In each form; labels and holds that are over are no part of it."""
    exists(daemon, "labelled", requires=("web",))
    exists(daemon, "db")
    await apply(
        daemon,
        requirements=[
            {"stack": "web", "needs": ["mail", "db"]},
            {"stack": "db", "needs": ["mail"]},
        ],
        holds=[
            HELD,
            {"stack": "mail", "wants": "down"},
            {"stack": "db", "wants": "up", "until": "2026-11-24T12:30:00.123456Z"},
        ],
    )
    for minutes, stacks in ((0, ["db", "mail", "web"]), (31, ["mail", "web"])):
        await daemon.clock.advance(timedelta(minutes=minutes))
        said = (await daemon.local("GET", "/v1/requirements")).json
        now = (await daemon.local("GET", "/v1/holds")).json
        found = msgspec.convert(said, wire_requirements.Requirements).items
        others = {
            "requirements": documents.requirements_of(found),
            "holds": [documents.hold_of(e) for e in msgspec.convert(now, wire_holds.Holds).items],
        }
        assert [dict(each.fields) for each in others["requirements"]] == [
            {"stack": "local/db", "needs": ["local/mail"]},
            {"stack": "local/web", "needs": ["local/db", "local/mail"]},
        ]
        assert [e.fields["stack"] for e in others["holds"]] == [f"local/{s}" for s in stacks]
        before = (await everything(daemon))[1:]
        for written, name in (
            (documents.as_yaml, "a.yaml"), (documents.as_toml, "a.toml"),
            (documents.as_json, "a.json"),
        ):  # fmt: skip
            document = documents.read_whole(written([], others=others), name=name)
            reply = await apply(daemon, requirements=document.requirements,
                                holds=document.holds, prune=True)  # fmt: skip
            assert reply.json["holds"]["unchanged"] == [f"local/{s}" for s in stacks]
            assert len(reply.json["requirements"]["unchanged"]) == 3
            assert (await everything(daemon))[1:] == before


async def test_holds_need_the_right_to_hold(daemon, monkeypatch) -> None:
    """Also an empty list and a dry run; who may not is told so, and that is recorded."""
    lesser = permissions.ROLES["operator"] - {permissions.Permission.STACK_HOLD}
    roles = MappingProxyType({**permissions.ROLES, "operator": lesser})
    monkeypatch.setattr(permissions, "ROLES", roles)
    token = await daemon.token("bob", "operator")
    without = await apply(daemon, token=token, requirements=NEEDS)
    refused = [
        await apply(daemon, token=token, holds=listed, dry_run=dry)
        for listed in ([HELD], [])
        for dry in (True, False)
    ]

    assert without.status == 200
    assert {(reply.status, reply.code) for reply in refused} == {(403, "forbidden")}
    assert refused[0].json["detail"] == (
        "the role `operator` does not have the permission `stack.hold`"
    )
    assert await held(daemon) == {}
    last = (await daemon.audit())[-1]
    assert (last.actor, last.outcome, last.target) == ("bob", "refused", "POST /v1/documents")


async def test_an_instant_is_told_in_utc(daemon) -> None:
    """Whatever the offset in which it was written."""
    await apply(daemon, holds=[HELD])
    assert (await held(daemon))["local/web"].until == datetime(2026, 12, 24, 17, tzinfo=UTC)
