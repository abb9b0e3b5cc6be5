"""Users: changes are felt at once, and somebody can always administer."""

from __future__ import annotations

import asyncio

import pytest

from tests.api.daemon import PASSWORD


async def test_users_are_added_shown_listed_and_removed(daemon) -> None:
    """Never with their hash; and each change is audited."""
    new = {"name": "alice", "role": "viewer", "password": PASSWORD}
    added = await daemon.local("POST", "/v1/users", json=new)
    shown = await daemon.local("GET", "/v1/users/alice")
    listed = await daemon.local("GET", "/v1/users")

    assert added.status == 201
    assert added.json == shown.json == listed.json["items"][0]
    assert "hash" not in added.body.decode()
    await daemon.login("alice")
    assert (await daemon.local("DELETE", "/v1/users/alice")).status == 204
    assert (await daemon.local("GET", "/v1/users/alice")).code == "user-not-found"
    changes = [e for e in await daemon.audit() if e.actor == "local"]
    assert [(e.action, e.target, e.origin) for e in changes] == [
        ("user.add", "alice", "uid=0"),
        ("user.remove", "alice", "uid=0"),
    ]


async def test_all_that_is_wrong_with_a_new_user_is_told(daemon) -> None:
    """At once, each with its path, and with a hint where something was meant."""
    new = {"name": "al ice", "role": "viewr", "password": "short"}
    reply = await daemon.local("POST", "/v1/users", json=new)

    assert reply.code == "invalid"
    faults = {(f["path"], f["code"]) for f in reply.json["faults"]}
    assert faults == {
        ("name", "name-invalid"),
        ("role", "unknown-value"),
        ("password", "password-short"),
    }
    assert "did you mean `viewer`?" in [f.get("hint") for f in reply.json["faults"]]


@pytest.mark.parametrize("name", ["local", "dockschedd"])
async def test_names_that_the_daemon_uses_itself_are_not_given(daemon, name) -> None:
    """Else the audit log could not tell them apart."""
    new = {"name": name, "role": "admin", "password": PASSWORD}
    reply = await daemon.local("POST", "/v1/users", json=new)

    assert reply.json["faults"][0]["code"] == "name-reserved"


async def test_a_name_is_given_once(daemon) -> None:
    """409, and the user that is there stays as it is."""
    await daemon.add_user("alice", "viewer")
    new = {"name": "alice", "role": "admin", "password": PASSWORD}

    assert (await daemon.local("POST", "/v1/users", json=new)).code == "user-exists"
    assert (await daemon.local("GET", "/v1/users/alice")).json["role"] == "viewer"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"role": "admin"}, "role viewer → admin"),
        ({"disabled": True}, "disabled"),
        ({"password": "violet marmalade tugboat 81"}, "new password"),
    ],
    ids=["role", "disabled", "password"],
)
async def test_whatever_is_changed_ends_all_sessions_at_once(daemon, change, said) -> None:
    """Also one that is in the middle of something; and the audit log says what changed."""
    token = await daemon.token("alice", "viewer")
    assert (await daemon.call("GET", "/v1/me", token=token)).status == 200
    assert (await daemon.local("PATCH", "/v1/users/alice", json=change)).status == 200

    assert (await daemon.call("GET", "/v1/me", token=token)).code == "session-ended"
    (edit,) = [e for e in await daemon.audit() if e.action == "user.edit"]
    assert edit.detail == f"{said}; sessions ended: 1"
    assert "marmalade" not in repr(edit)


async def test_removing_a_user_ends_all_sessions(daemon) -> None:
    """Whoever is gone is out."""
    token = await daemon.token("alice", "viewer")
    await daemon.local("DELETE", "/v1/users/alice")

    assert (await daemon.call("GET", "/v1/me", token=token)).code == "session-ended"


async def test_a_change_that_changes_nothing_ends_nothing(daemon) -> None:
    """The same role again, or no field at all, is no change and is not recorded."""
    token = await daemon.token("alice", "viewer")
    for change in ({}, {"role": "viewer"}, {"disabled": False}):
        assert (await daemon.local("PATCH", "/v1/users/alice", json=change)).status == 200

    assert (await daemon.call("GET", "/v1/me", token=token)).status == 200
    assert "user.edit" not in [e.action for e in await daemon.audit()]


async def test_the_last_administrator_stays(daemon) -> None:
    """Not removed, disabled or demoted; disabled ones and other roles do not count."""
    await daemon.add_user("alice", "admin")
    await daemon.add_user("bob", "admin", disabled=True)
    await daemon.add_user("carol", "operator")
    for change in ({"role": "viewer"}, {"disabled": True}):
        assert (await daemon.local("PATCH", "/v1/users/alice", json=change)).code == "last-admin"
    assert (await daemon.local("DELETE", "/v1/users/alice")).code == "last-admin"

    assert (await daemon.local("DELETE", "/v1/users/bob")).status == 204
    await daemon.local("PATCH", "/v1/users/carol", json={"role": "admin"})
    assert (await daemon.local("DELETE", "/v1/users/alice")).status == 204
    assert (await daemon.local("DELETE", "/v1/users/carol")).code == "last-admin"


async def test_two_administrators_cannot_remove_each_other_at_once(daemon) -> None:
    """One of them is the last one by then."""
    await daemon.add_user("alice", "admin")
    await daemon.add_user("bob", "admin")
    replies = await asyncio.gather(
        *(daemon.local("DELETE", f"/v1/users/{name}") for name in ("alice", "bob"))
    )

    assert sorted(reply.status for reply in replies) == [204, 409]


async def test_users_come_in_pages_by_name(daemon) -> None:
    """Each once, and the last page says that it is."""
    for name in ("dora", "alice", "carol", "bob", "eve"):
        await daemon.add_user(name, "viewer")
    names, path = [], "/v1/users?limit=2"
    while path:
        page = (await daemon.local("GET", path)).json
        names += [item["name"] for item in page["items"]]
        path = page["next"] and f"/v1/users?limit=2&cursor={page['next']}"

    assert names == ["alice", "bob", "carol", "dora", "eve"]
