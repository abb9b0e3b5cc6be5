"""Hosts over the API: how they are added, shown and changed."""

from __future__ import annotations

import pytest

from tests.api.hosts import EDGE, PATH, add, codes, edit, run, stored

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

    assert reply.json["notes"] == ["`edge` has the same URL: only one of them is acted on"]


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
