"""Hosts over the API: added, changed, renamed and removed, with all that names them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dockschedd.core import fleet, holds, model, requirements
from tests.api.daemon import Daemon, Reply, container

EDGE = {"name": "edge", "url": "ssh://me@edge"}
PATH = "/v1/hosts/edge"


async def add(daemon: Daemon, **changes: Any) -> Reply:
    return await daemon.local("POST", "/v1/hosts", json={**EDGE, **changes})


async def edit(daemon: Daemon, **changes: Any) -> Reply:
    return await daemon.local("PATCH", PATH, json=changes)


async def remove(daemon: Daemon, *, force: bool = False) -> Reply:
    return await daemon.local("DELETE", f"{PATH}{'?force=true' if force else ''}")


async def stored(daemon: Daemon, name: str = "edge") -> fleet.Host | None:
    async with daemon.store.reading() as unit:
        return await unit.hosts.get(name)


async def run(daemon: Daemon, ref: str = "edge/web", *, running: bool = False) -> model.Run:
    """A run that was asked for by hand."""
    host, _, name = ref.partition("/")
    now = daemon.clock.now()
    made = model.Run(
        id=daemon.services.ids.new(),
        stack=model.StackRef(host, name),
        action=model.Action.STOP,
        status=model.RunStatus.PLANNED,
        cause_kind=model.CauseKind.MANUAL,
        cause="asked for by local",
        actor="local",
        planned_at=now,
        created_at=now,
    )
    async with daemon.store.transaction() as unit:
        await unit.runs.add(made)
        if running:
            assert await unit.runs.claim(made.id, at=now)
    return made


async def name_everywhere(daemon: Daemon) -> None:
    """Let one of each kind name the host `edge`, and schedules that only match it."""
    daemon.inventory.by_ref[model.StackRef("edge", "web")] = (container("app"),)
    now = daemon.clock.now()
    for name, selector in (("all", "edge/*"), ("near", "edge2/web"), ("one", "edge/web"),
                           ("some", "ed*/web")):  # fmt: skip
        body = {"name": name, "action": "stop", "selector": selector, "cron": "0 22 * * *"}
        if name == "near":
            await add(daemon, name="edge2", url="ssh://edge2")
            daemon.inventory.by_ref[model.StackRef("edge2", "web")] = (container("app"),)
        assert (await daemon.local("POST", "/v1/schedules", json=body)).status == 201
    local, edge = model.StackRef("local", "web"), model.StackRef("edge", "web")
    async with daemon.store.transaction() as unit:
        await unit.holds.place(
            holds.Hold(stack=edge, wants=holds.Wanted.UP, owner="alice", reason="", zone="UTC",
                       since=now, until=now + timedelta(hours=1))
        )  # fmt: skip
        for stack, needs in ((local, edge), (edge, model.StackRef("edge", "db"))):
            said = requirements.Requirement(stack=stack, needs=needs, owner="a", created_at=now)
            await unit.requirements.add(said)
        for name, members in (("far", ("away",)), ("rim", ("edge", "local"))):
            group = fleet.Group(name=name, hosts=members, owner="alice", updated_at=now)
            await unit.groups.add(group)


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]


# ------------------------------------------------------------ adding


async def test_an_added_host_is_shown_with_how_it_could_be_reached(daemon) -> None:
    """It is there at once, whoever added it is told, and the audit log has it."""
    token = await daemon.token("alice", "admin")
    files = {"ssh_key": "/k/id", "ssh_known_hosts": "/k/known"}
    body = {**EDGE, **files, "zone": "Europe/Lisbon", "max_parallel_steps": 3}
    reply = await daemon.call("POST", "/v1/hosts", token=token, json=body)
    listed = (await daemon.local("GET", "/v1/hosts")).json["items"]
    shown = (await daemon.local("GET", PATH)).json

    assert reply.status == 201
    assert (reply.json["reachable"], reply.json["engine_version"]) == (True, "29.1.3")
    wanted = {**body, "origin": "added", "owner": "alice", "updated_at": "2026-11-24T12:00:00Z"}
    assert {key: reply.json[key] for key in wanted} == wanted
    assert [each["name"] for each in listed] == ["away", "edge", "local"]
    assert listed[1] == reply.json
    assert shown.pop("uses") == {key: [] for key in ("schedules", "holds", "requirements",
                                                     "groups", "runs")}  # fmt: skip
    assert shown == reply.json
    assert daemon.roster.asked == ["edge"]
    record = (await daemon.audit())[-1]
    assert (record.actor, record.action, record.target) == ("alice", "host.add", "edge")
    assert record.detail == (
        "url ssh://me@edge, ssh_key /k/id, ssh_known_hosts /k/known, zone Europe/Lisbon, "
        "max_parallel_steps 3"
    )


async def test_a_host_that_cannot_be_reached_is_added_all_the_same(daemon) -> None:
    """The answer says why; without `check` nobody waits for that."""
    daemon.roster.refuses["edge"] = "no route"
    reply = await add(daemon)
    await add(daemon, name="later", url="ssh://later", check=False)

    assert (reply.status, reply.json["reachable"], reply.json["error"]) == (201, False, "no route")
    assert daemon.roster.asked == ["edge"]
    assert (await stored(daemon)).endpoint.url == "ssh://me@edge"


async def test_all_that_is_wrong_with_a_host_is_told_at_once(daemon) -> None:
    """Its name, its endpoint, its zone and its calendar; what is taken is said."""
    reply = await add(
        daemon, name="a b", tls_ca="/x", ssh_key="id", zone="Europe/Berln", calendar="hols"
    )
    plain = await add(daemon, url="tcp://edge:2375")
    zero = await add(daemon, max_parallel_steps=0)
    await add(daemon)

    assert codes(reply) == [
        ("name", "name-invalid"),
        ("tls_ca", "host-option"),
        ("ssh_key", "host-option"),
        ("zone", "unknown-zone"),
        ("calendar", "calendar-unknown"),
    ]
    assert codes(plain) == [("url", "host-plain-tcp")]
    assert codes(zero)[0][0] == "max_parallel_steps"
    assert (await add(daemon)).code == "host-exists"
    assert (await add(daemon, name="local")).code == "host-exists"


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_hosts_are_an_administrators_affair(daemon, role) -> None:
    """Others see them and change none."""
    await add(daemon)
    token = await daemon.token("bob", role)
    refused = [
        await daemon.call("POST", "/v1/hosts", token=token, json=EDGE),
        await daemon.call("PATCH", PATH, token=token, json={"zone": "UTC"}),
        await daemon.call("DELETE", PATH, token=token),
    ]

    assert [reply.code for reply in refused] == ["forbidden"] * 3
    assert (await daemon.call("GET", PATH, token=token)).status == 200


async def test_what_the_contents_of_files_are_is_nobodys_business(daemon, tmp_path) -> None:
    """Only their paths are ever told."""
    key = tmp_path / "key"
    key.write_text("SECRET")
    reply = await add(daemon, ssh_key=str(key))

    assert reply.json["ssh_key"] == str(key)
    assert b"SECRET" not in reply.body


async def test_two_hosts_with_one_url_are_noticed(daemon) -> None:
    """Allowed, for a move; but what is on both would be done twice."""
    await add(daemon)
    reply = await add(daemon, name="rim")

    assert reply.json["notes"] == ["`edge` has the same URL: its stacks are there twice"]


# ------------------------------------------------------------ changing


async def test_a_change_says_what_it_changed_and_keeps_the_rest(daemon) -> None:
    """null takes away; what is not given stays; nothing changed is no record."""
    await add(daemon, zone="UTC", max_parallel_steps=3)
    before = len(await daemon.audit())
    same = await edit(daemon, zone="UTC")
    reply = await edit(daemon, zone=None, max_parallel_steps=4)
    records = (await daemon.audit())[before:]

    assert same.json["zone"] == "UTC"
    assert (reply.json["zone"], reply.json["max_parallel_steps"]) == (None, 4)
    assert reply.json["url"] == "ssh://me@edge"
    assert [(each.action, each.detail) for each in records] == [
        ("host.edit", "zone UTC → -, max_parallel_steps 3 → 4")
    ]
    # Nothing about the connection: nobody waits for an attempt.
    assert daemon.roster.asked == ["edge"]


async def test_a_url_of_another_kind_takes_what_belonged_to_the_old_one_away(daemon) -> None:
    """Files of ssh make no sense with TLS; what is given counts."""
    await add(daemon, ssh_key="/k")
    moved = await edit(daemon, url="tcp://edge:2376", tls_ca="/ca")
    wrong = await edit(daemon, ssh_key="/k")

    assert (moved.json["ssh_key"], moved.json["tls_ca"]) == (None, "/ca")
    assert codes(wrong) == [("ssh_key", "host-option")]
    assert daemon.roster.asked == ["edge", "edge"]


async def test_a_host_of_the_configuration_is_changed_there(daemon) -> None:
    """The refusal names the file; without a file it says what to write."""
    change = await daemon.local("PATCH", "/v1/hosts/local", json={"zone": "UTC"})
    removal = await daemon.local("DELETE", "/v1/hosts/local")

    assert (change.status, change.code) == (409, "host-in-config")
    assert (removal.status, removal.code) == (409, "host-in-config")
    assert "an empty [hosts]" in change.json["hint"]


async def test_the_file_of_the_configuration_is_named(start) -> None:
    """Whoever wants to change the host knows where."""
    async with start(hosts_from="/etc/d.toml") as daemon:
        reply = await daemon.local("DELETE", "/v1/hosts/local")

    assert reply.json["hint"] == "change [hosts.local] in /etc/d.toml and restart dockschedd"


async def test_a_name_that_is_nearly_right_is_told(daemon) -> None:
    """For each operation on one host."""
    await add(daemon)
    path = "/v1/hosts/egde"
    replies = [
        await daemon.local("GET", path),
        await daemon.local("PATCH", path, json={"zone": "UTC"}),
        await daemon.local("DELETE", path),
    ]

    for reply in replies:
        assert (reply.status, reply.code) == (404, "host-not-found")
        assert reply.json["hint"] == "did you mean `edge`?"


async def test_another_engine_is_refused_while_runs_are_under_way(daemon) -> None:
    """Its next steps would go to the other one; what leaves the engine alone is done."""
    await add(daemon)
    await run(daemon, running=True)
    moved = await edit(daemon, url="ssh://other")
    renamed = await edit(daemon, name="rim")
    zone = await edit(daemon, zone="UTC")

    assert (moved.status, moved.code) == (409, "host-busy")
    assert (renamed.status, renamed.code) == (409, "host-busy")
    assert "stop web (running, " in moved.json["detail"]
    assert zone.status == 200


# ------------------------------------------------------------ renaming


async def test_everything_that_names_a_host_follows_it_to_its_new_name(daemon) -> None:
    """Exact names only: patterns stay as they were written, and so does the audit log."""
    await add(daemon)
    await name_everywhere(daemon)
    ran = await run(daemon)
    before = await daemon.audit()
    reply = await edit(daemon, name="rim")
    shown = (await daemon.local("GET", "/v1/hosts/rim")).json
    async with daemon.store.reading() as unit:
        selectors = {
            name: (await unit.schedules.get(name)).selector
            for name in ("all", "near", "one", "some")
        }
        groups = {each.name: each.hosts for each in await unit.groups.all()}
        moved = await unit.runs.get(ran.id)
    records = await daemon.audit()

    assert (reply.status, reply.json["name"]) == (200, "rim")
    assert selectors == {
        "all": "rim/*", "near": "edge2/web", "one": "rim/web", "some": "ed*/web"
    }  # fmt: skip
    assert shown["uses"] == {
        "schedules": ["all", "one"],
        "holds": ["rim/web"],
        "requirements": ["local/web needs rim/web", "rim/web needs rim/db"],
        "groups": ["rim"],
        "runs": [ran.id],
    }
    assert groups == {"far": ("away",), "rim": ("local", "rim")}
    assert moved.stack == model.StackRef("rim", "web")
    assert (await daemon.local("GET", PATH)).status == 404
    assert records[: len(before)] == before
    assert (records[-1].action, records[-1].target) == ("host.rename", "edge")
    assert records[-1].detail.startswith("to rim, with schedules `all`, `one`; hold on `edge/web`")


async def test_a_name_that_is_taken_or_has_a_past_is_no_new_name(daemon) -> None:
    """Histories of two hosts are never mixed."""
    await add(daemon)
    await run(daemon, "gone/web")
    taken = await edit(daemon, name="local")
    past = await edit(daemon, name="gone")
    wrong = await edit(daemon, name="a/b")

    assert (taken.code, past.code) == ("host-exists", "host-exists")
    assert "kept under its name" in past.json["detail"]
    assert codes(wrong) == [("name", "name-invalid")]
    assert (await stored(daemon)) is not None


# ------------------------------------------------------------ removing


async def test_a_host_that_nothing_names_goes(daemon) -> None:
    """Patterns that match it do not keep it."""
    await add(daemon)
    body = {"name": "p", "action": "stop", "selector": "*/web", "cron": "0 22 * * *"}
    await daemon.local("POST", "/v1/schedules", json=body)
    reply = await remove(daemon)

    assert (reply.status, reply.json["name"]) == (200, "edge")
    assert await stored(daemon) is None
    assert (await daemon.audit())[-1].action == "host.remove"


async def test_a_host_that_something_names_is_refused_with_the_list(daemon) -> None:
    """Each kind, by name; nothing has changed."""
    await add(daemon)
    await name_everywhere(daemon)
    await run(daemon)
    reply = await remove(daemon)

    assert (reply.status, reply.code) == (409, "host-in-use")
    for said in (
        *("schedules `all`, `one`", "hold on `edge/web`", "group `rim`"),
        "requirements `edge/web on edge/db`, `local/web on edge/web`",
        "run `stop web (planned, ",
    ):
        assert said in reply.json["detail"]
    assert "--force" in reply.json["hint"]
    assert await stored(daemon) is not None


async def test_force_removes_it_all_the_same_and_tells_the_list(daemon) -> None:
    """What names it stays; planned runs are skipped, running ones cancelled between steps."""
    await add(daemon)
    await name_everywhere(daemon)
    running = await run(daemon, running=True)
    planned = await run(daemon, "edge/db")
    reply = await remove(daemon, force=True)
    async with daemon.store.reading() as unit:
        ended = await unit.runs.get(planned.id)
        one = await unit.schedules.get("one")

    assert reply.status == 200
    assert reply.json["uses"]["schedules"] == ["all", "one"]
    assert set(reply.json["uses"]["runs"]) == {running.id, planned.id}
    assert ended.status is model.RunStatus.SKIPPED
    assert ended.cause == "the host `edge` was removed by local"
    assert daemon.executor.cancelled == [(running.id, "local, who removed the host `edge`")]
    assert one.selector == "edge/web"
    assert "still named by: schedules `all`, `one`" in (await daemon.audit())[-1].detail


async def test_a_shadowed_host_can_be_taken_away(daemon) -> None:
    """The one of the configuration stays, and what names it is not asked about."""
    await run(daemon, "local/web")
    host = fleet.Host(
        name="local",
        endpoint=fleet.Endpoint(url="ssh://x"),
        owner="alice",
        updated_at=daemon.clock.now(),
    )
    async with daemon.store.transaction() as unit:
        await unit.hosts.add(host)
    daemon.roster.shadows.add("local")
    noted = (await daemon.local("GET", "/v1/hosts/local")).json["notes"]
    reply = await daemon.local("DELETE", "/v1/hosts/local")

    assert noted == ["a host of that name was added as well; the one of the configuration counts"]
    assert reply.status == 200
    assert await stored(daemon, "local") is None
    assert (await daemon.local("GET", "/v1/hosts/local")).json["notes"] == []


# ------------------------------------------------------------ calendars


async def calendar(daemon: Daemon) -> None:
    body = {"name": "holidays", "dates": ["2026-12-24"]}
    assert (await daemon.local("POST", "/v1/calendars", json=body)).status == 201


async def test_a_calendar_that_a_host_names_stays_unless_forced(daemon) -> None:
    """Forced, it is taken away from the host; both are in the audit log."""
    await calendar(daemon)
    await add(daemon, calendar="holidays")
    shown = (await daemon.local("GET", "/v1/calendars/holidays")).json
    refused = await daemon.local("DELETE", "/v1/calendars/holidays")
    document = {"schedules": [], "calendars": [], "prune": True}
    pruned = await daemon.local("POST", "/v1/documents", json=document)
    forced = await daemon.local("DELETE", "/v1/calendars/holidays?force=true")

    assert shown["hosts"] == ["edge"]
    assert refused.code == "calendar-in-use"
    assert refused.json["detail"] == "the calendar `holidays` is named by the host `edge`"
    assert pruned.json["calendars"]["removed"] == []
    assert forced.json["taken_off_hosts"] == ["edge"]
    assert (await stored(daemon)).calendar is None
    assert daemon.roster.host("edge").calendar is None
    actions = [(each.action, each.target) for each in await daemon.audit()]
    assert actions[-2:] == [("host.edit", "edge"), ("calendar.remove", "holidays")]


async def test_a_calendar_of_a_configured_host_cannot_be_taken_away(daemon) -> None:
    """Not even by force: only the configuration can say otherwise."""
    await calendar(daemon)
    daemon.roster.configure("local", calendar="holidays")
    reply = await daemon.local("DELETE", "/v1/calendars/holidays?force=true")

    assert reply.code == "calendar-in-use"
    assert "of the configuration" in reply.json["detail"]


async def test_a_host_whose_calendar_does_not_exist_says_so(daemon) -> None:
    """The configuration may name one that nobody has made yet."""
    daemon.roster.configure("local", calendar="holidays")
    shown = (await daemon.local("GET", "/v1/hosts/local")).json

    assert shown["notes"] == ["there is no calendar `holidays`"]
