"""The audit log over the API."""

from __future__ import annotations

import sqlite3

import pytest

NIGHTLY = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}
NEW = {"name": "alice", "role": "viewer", "password": "violet marmalade tugboat 81"}


@pytest.fixture
async def told(daemon):
    """A daemon in which seven things have happened."""
    for number in range(6):
        await daemon.local("POST", "/v1/users", json={**NEW, "name": f"alice{number}"})
    await daemon.local("DELETE", "/v1/users/alice3")
    return daemon


async def test_the_log_is_read_newest_first_in_pages_and_by_actor_or_action(told) -> None:
    """Each entry once, with what proves it."""
    seqs, path = [], "/v1/audit?limit=3"
    while path:
        page = (await told.local("GET", path)).json
        seqs += [item["seq"] for item in page["items"]]
        path = page["next"] and f"/v1/audit?limit=3&cursor={page['next']}"
    removed = (await told.local("GET", "/v1/audit?action=user.remove")).json["items"]

    assert seqs == [7, 6, 5, 4, 3, 2, 1]
    assert [item["target"] for item in removed] == ["alice3"]
    assert len(removed[0]["digest"]) == 64
    assert (await told.local("GET", "/v1/audit?actor=nobody")).json["items"] == []
    for cursor in ("x", "-1", "1.5", "9" * 50, "²"):
        assert (await told.local("GET", f"/v1/audit?cursor={cursor}")).code == "bad-request"


async def test_a_whole_log_is_proved_and_the_proof_is_recorded(told) -> None:
    """The verdict is about what was there when it was asked for."""
    verdict = (await told.local("POST", "/v1/audit/verify")).json
    head = (await told.local("GET", "/v1/audit?limit=2")).json["items"]

    assert (verdict["ok"], verdict["checked"], verdict["head_seq"]) == (True, 7, 7)
    assert verdict["head_digest"] == head[1]["digest"]
    assert (head[0]["action"], head[0]["outcome"]) == ("audit.verify", "ok")


async def test_a_log_that_was_tampered_with_is_not(told, tmp_path) -> None:
    """The first entry that is wrong is named, and why."""
    with sqlite3.connect(tmp_path / "dockschedd.db") as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET actor = 'mallory' WHERE seq = 4")
    database.close()
    verdict = (await told.local("POST", "/v1/audit/verify")).json

    assert (verdict["ok"], verdict["checked"], verdict["bad_seq"]) == (False, 3, 4)
    assert "entry 4" in verdict["reason"]
    assert (await told.audit())[-1].outcome == "failed"


async def test_an_empty_log_is_whole(daemon) -> None:
    """There is nothing wrong with it."""
    verdict = (await daemon.local("POST", "/v1/audit/verify")).json

    assert (verdict["ok"], verdict["checked"], verdict["head_seq"]) == (True, 0, 0)


async def test_a_change_and_its_audit_record_are_one(daemon, monkeypatch) -> None:
    """Where the record cannot be written, nothing has changed and nobody is woken."""
    from dockschedd.store import audit

    async def fails(self, records) -> None:
        raise RuntimeError("the disk is gone")

    path = "/v1/schedules/nightly"
    await daemon.local("POST", "/v1/schedules", json=NIGHTLY)
    before = (await daemon.local("GET", path)).json
    monkeypatch.setattr(audit.Audit, "append_all", fails)
    for method, where, body in (
        ("PATCH", path, {"action": "pause"}),
        ("DELETE", path, None),
        ("POST", f"{path}/disable", None),
        ("POST", "/v1/schedules", {**NIGHTLY, "name": "b"}),
        ("POST", "/v1/runs", {"action": "stop", "selectors": ["web"]}),
        ("POST", "/v1/users", {"name": "a", "role": "admin", "password": "marmalade tugboat 8"}),
    ):
        assert (await daemon.local(method, where, json=body)).code == "internal"
    monkeypatch.undo()

    assert (await daemon.local("GET", path)).json == before
    assert len((await daemon.local("GET", "/v1/schedules")).json["items"]) == 1
    assert (await daemon.local("GET", "/v1/runs")).json["items"] == []
    assert (await daemon.local("GET", "/v1/users")).json["items"] == []
    assert (daemon.ticker.woken, daemon.executor.woken) == (1, 0)


async def test_what_is_appended_meanwhile_does_not_make_a_log_wrong(told, monkeypatch) -> None:
    """The proof is about what was there when it began; others go on writing."""
    from dockschedd.store import audit

    head = audit.Audit.head

    async def busy(self) -> tuple[int, str]:
        found = await head(self)
        # Once: an append asks for the head as well.
        monkeypatch.setattr(audit.Audit, "head", head)
        await told.call("GET", "/v1/me", token="not.a.token")
        return found

    monkeypatch.setattr(audit.Audit, "head", busy)
    verdict = (await told.local("POST", "/v1/audit/verify")).json

    assert (verdict["ok"], verdict["checked"]) == (True, 7)
    assert [entry.action for entry in (await told.audit())[-2:]] == ["request", "audit.verify"]
