"""Hosts over the API: how they are renamed and removed, with all that names them."""

from __future__ import annotations

from dockschedd.core import fleet, model
from tests.api.daemon import Daemon
from tests.api.hosts import PATH, add, codes, edit, name_everywhere, remove, run, stored

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
