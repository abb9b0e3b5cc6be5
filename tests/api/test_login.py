"""Logging in, staying logged in, and being logged out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import argon2
import pytest
from argon2 import profiles

from dockschedd.access.keys import Key
from dockschedd.access.passwords import Argon2Passwords
from dockschedd.access.tokens import JwtTokens
from tests.api.daemon import PASSWORD, Daemon, Reply

NEW_PASSWORD = "violet marmalade tugboat 81"


async def me(daemon: Daemon, tokens: dict) -> Reply:
    return await daemon.call("GET", "/v1/me", token=tokens["access_token"])


async def refresh(daemon: Daemon, tokens: dict) -> Reply:
    return await daemon.call(
        "POST", "/v1/refresh", json={"refresh_token": tokens["refresh_token"]}
    )


async def try_login(daemon: Daemon, user: str, password: str) -> Reply:
    return await daemon.call("POST", "/v1/login", json={"user": user, "password": password})


async def test_a_login_says_who_one_is(daemon) -> None:
    """Name, role, and what one may do; and it is audited."""
    await daemon.add_user("alice", "operator")
    tokens = await daemon.login("alice")
    reply = await me(daemon, tokens)

    assert (tokens["user"], tokens["role"]) == ("alice", "operator")
    assert (reply.json["user"], reply.json["method"]) == ("alice", "password")
    assert "stack.operate" in reply.json["permissions"]
    assert reply.json["expires_at"] == tokens["refresh_expires_at"]
    last = (await daemon.audit())[-1]
    assert (last.action, last.actor, last.origin, last.outcome) == (
        *("login", "alice", "127.0.0.1", "ok"),
    )


async def test_a_wrong_password_and_an_unknown_user_are_told_the_same(daemon) -> None:
    """And a disabled user as well: the answer never tells which accounts exist."""
    await daemon.add_user("alice", "viewer")
    await daemon.add_user("mallory", "viewer", disabled=True)
    answers = [
        await try_login(daemon, *attempt)
        for attempt in (
            *(("alice", "wrong"), ("nobody", PASSWORD), ("mallory", PASSWORD)),
            *(("", ""), ("alice", ""), ("ALICE", PASSWORD), ("alice ", PASSWORD)),
        )
    ]

    assert {(a.status, a.code, a.body) for a in answers} == {
        (401, "login-failed", answers[0].body)
    }


async def test_a_user_cannot_log_in_by_the_id(daemon) -> None:
    """The name is what was given to people."""
    alice = await daemon.add_user("alice", "viewer")

    assert (await try_login(daemon, alice.id, PASSWORD)).code == "login-failed"


async def test_failed_logins_are_audited_without_names_that_nobody_has(daemon) -> None:
    """A password typed into the field of the name does not end up in the log."""
    await daemon.add_user("alice", "viewer")
    await try_login(daemon, "alice", "wrong")
    await try_login(daemon, "hunter2 is my password", "alice")

    assert [(e.action, e.target, e.outcome) for e in await daemon.audit()] == [
        ("login", "alice", "failed"),
        ("login", "-", "failed"),
    ]


@pytest.mark.parametrize("user", ["alice", "nobody"])
async def test_too_many_failures_have_to_wait(daemon, user) -> None:
    """429 with Retry-After, also for the right password, and the same for unknown users."""
    await daemon.add_user("alice", "viewer")
    codes = [(await try_login(daemon, user, "wrong")).code for _ in range(7)]
    refused = await try_login(daemon, user, PASSWORD)

    assert codes == ["login-failed"] * 5 + ["too-many-attempts"] * 2
    assert (refused.status, refused.headers["Retry-After"]) == (429, "30")
    await daemon.clock.advance(timedelta(seconds=30))
    assert (await try_login(daemon, user, PASSWORD)).status == (200 if user == "alice" else 401)


async def test_logout_is_immediate(daemon) -> None:
    """Both tokens of the session are good for nothing from then on; other sessions stay."""
    await daemon.add_user("alice", "viewer")
    one, other = await daemon.login("alice"), await daemon.login("alice")
    reply = await daemon.call("POST", "/v1/logout", token=one["access_token"])

    assert (reply.status, reply.body) == (204, b"")
    assert (await me(daemon, one)).code == "session-ended"
    assert (await refresh(daemon, one)).code == "session-ended"
    assert (await me(daemon, other)).status == 200
    assert (await daemon.audit())[-2].action == "logout"


async def test_a_peer_has_no_session_to_end(daemon) -> None:
    """Logging out over the Unix socket changes nothing and is no error."""
    assert (await daemon.local("POST", "/v1/logout")).status == 204
    assert (await daemon.local("GET", "/v1/me")).status == 200


async def test_an_access_token_expires(daemon) -> None:
    """After fifteen minutes, with a code by which clients know to refresh; nobody is alarmed."""
    await daemon.add_user("alice", "viewer")
    tokens = await daemon.login("alice")
    await daemon.clock.advance(timedelta(minutes=14, seconds=59))
    assert (await me(daemon, tokens)).status == 200
    await daemon.clock.advance(timedelta(seconds=12))

    assert (await me(daemon, tokens)).code == "token-expired"
    assert (await daemon.audit())[-1].action == "login"
    assert (await me(daemon, (await refresh(daemon, tokens)).json)).status == 200


async def test_a_session_ends_when_its_time_is_up(daemon) -> None:
    """Refreshing does not make it longer."""
    await daemon.add_user("alice", "viewer")
    tokens = await daemon.login("alice")
    ends = tokens["refresh_expires_at"]
    await daemon.clock.advance(timedelta(days=29, hours=23, minutes=50))
    tokens = (await refresh(daemon, tokens)).json

    assert tokens["refresh_expires_at"] == ends
    await daemon.clock.advance(timedelta(minutes=10))
    assert (await me(daemon, tokens)).code == "session-ended"
    assert (await refresh(daemon, tokens)).code == "session-ended"


async def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_session(daemon) -> None:
    """Whoever stole one, or was stolen from, is thrown out: both are; and it is audited."""
    await daemon.add_user("alice", "viewer")
    first = await daemon.login("alice")
    second = (await refresh(daemon, first)).json
    assert second["refresh_token"] != first["refresh_token"]
    assert (await me(daemon, first)).status == (await me(daemon, second)).status == 200

    assert (await refresh(daemon, first)).code == "session-ended"
    assert (await me(daemon, second)).code == "session-ended"
    assert (await refresh(daemon, second)).code == "session-ended"
    (reuse,) = [e for e in await daemon.audit() if e.action == "refresh"]
    assert (reuse.actor, reuse.outcome) == ("alice", "refused")
    assert "used twice" in reuse.detail


async def test_two_refreshes_at_once_do_not_both_get_through(daemon) -> None:
    """One is first, the other one is a reuse."""
    await daemon.add_user("alice", "viewer")
    tokens = await daemon.login("alice")
    replies = await asyncio.gather(*(refresh(daemon, tokens) for _ in range(4)))

    assert sorted(reply.status for reply in replies) == [200, 401, 401, 401]


async def test_refresh_tokens_that_are_none_are_refused_and_throttled(daemon) -> None:
    """Guessing goes as slowly as guessing passwords."""
    await daemon.add_user("alice", "viewer")
    tokens = await daemon.login("alice")
    for wrong in ("", "dsr_" + "0" * 64, tokens["access_token"], " "):
        assert (await refresh(daemon, {"refresh_token": wrong})).code == "session-ended"

    codes = {(await refresh(daemon, {"refresh_token": "x"})).code for _ in range(30)}
    assert codes == {"session-ended", "too-many-attempts"}


async def test_a_refresh_token_is_no_access_token(daemon) -> None:
    """Nor the other way round."""
    await daemon.add_user("alice", "viewer")
    tokens = await daemon.login("alice")

    assert (await me(daemon, {"access_token": tokens["refresh_token"]})).code == "token-invalid"


async def test_tokens_of_another_daemon_are_refused(daemon) -> None:
    """Another key under the same name, and a session that does not exist under our key."""
    alice = await daemon.add_user("alice", "viewer")
    now = daemon.clock.now()
    foreign = JwtTokens((Key(id="1", secret=b"f" * 32),), random=bytes)
    forged = foreign.issue(user_id=alice.id, session_id="s", now=now)[0]
    unknown = daemon.services.tokens.issue(user_id=alice.id, session_id="s", now=now)[0]

    assert (await me(daemon, {"access_token": forged})).code == "token-invalid"
    assert (await me(daemon, {"access_token": unknown})).code == "session-ended"


async def test_a_session_of_somebody_else_is_refused(daemon) -> None:
    """User and session of a token belong together."""
    alice, bob = await daemon.add_user("alice", "viewer"), await daemon.add_user("bob", "admin")
    await daemon.login("alice")
    tokens = await daemon.login("alice")
    _, session = daemon.services.tokens.read(tokens["access_token"], now=daemon.clock.now())
    mixed = daemon.services.tokens.issue(
        user_id=bob.id, session_id=session, now=daemon.clock.now()
    )[0]

    assert alice.id != bob.id
    assert (await me(daemon, {"access_token": mixed})).code == "session-ended"


async def test_a_new_password_ends_all_other_sessions(daemon) -> None:
    """The one that changed it goes on; the old password is good for nothing."""
    await daemon.add_user("alice", "viewer")
    mine, other = await daemon.login("alice"), await daemon.login("alice")
    change = {"current": PASSWORD, "new": NEW_PASSWORD}
    reply = await daemon.call("PUT", "/v1/me/password", token=mine["access_token"], json=change)

    assert reply.status == 204
    assert (await me(daemon, mine)).status == 200
    assert (await me(daemon, other)).code == "session-ended"
    assert (await try_login(daemon, "alice", PASSWORD)).code == "login-failed"
    assert (await try_login(daemon, "alice", NEW_PASSWORD)).status == 200
    (change,) = [e for e in await daemon.audit() if e.action == "user.password"]
    assert (change.actor, change.outcome) == ("alice", "ok")


async def test_a_new_password_needs_the_current_one(daemon) -> None:
    """Whoever finds an open terminal cannot keep the account; and guessing is throttled."""
    token = await daemon.token("alice", "viewer")
    change = {"current": "wrong", "new": NEW_PASSWORD}
    codes = [
        (await daemon.call("PUT", "/v1/me/password", token=token, json=change)).code
        for _ in range(6)
    ]

    assert codes == ["login-failed"] * 5 + ["too-many-attempts"]
    assert (await daemon.audit())[-1].outcome == "failed"


async def test_a_bad_new_password_is_refused_with_all_that_is_wrong(daemon) -> None:
    """Before anything else is looked at."""
    token = await daemon.token("alice", "viewer")
    change = {"current": "wrong", "new": "alice"}
    reply = await daemon.call("PUT", "/v1/me/password", token=token, json=change)

    assert reply.code == "invalid"
    assert {fault["path"] for fault in reply.json["faults"]} == {"new"}
    assert {fault["code"] for fault in reply.json["faults"]} >= {"password-short", "password-name"}


async def test_local_has_no_password(daemon) -> None:
    """Whoever is root is, and needs none."""
    reply = await daemon.local(
        "PUT", "/v1/me/password", json={"current": PASSWORD, "new": NEW_PASSWORD}
    )

    assert reply.json["faults"][0]["code"] == "no-password"


async def test_a_hash_with_old_parameters_is_made_anew_at_login(start) -> None:
    """The next login uses today's, and the password stays the same."""
    today = replace(profiles.CHEAPEST, time_cost=2)
    async with start(passwords=Argon2Passwords(today)) as daemon:
        old = argon2.PasswordHasher.from_parameters(profiles.CHEAPEST).hash(PASSWORD)
        alice = await daemon.add_user("alice", "viewer", password_hash=old)
        await daemon.login("alice")
        async with daemon.store.reading() as unit:
            now = await unit.users.get("alice")

        assert now is not None
        assert now.password_hash != old
        assert replace(now, password_hash=old) == alice
        assert not daemon.services.passwords.needs_rehash(now.password_hash)
        await daemon.login("alice")


async def test_a_user_who_is_changed_while_logging_in_is_not_let_in(daemon) -> None:
    """Whatever became of the user while the password was looked at counts."""
    alice = await daemon.add_user("alice", "viewer")
    passwords = daemon.services.passwords

    class Slow:
        def __getattr__(self, name):
            return getattr(passwords, name)

        async def verify(self, password, hashed):
            async with daemon.store.transaction() as unit:
                await unit.users.replace(replace(alice, disabled=True))
            return await passwords.verify(password, hashed)

    object.__setattr__(daemon.services, "passwords", Slow())

    assert (await try_login(daemon, "alice", PASSWORD)).code == "login-failed"
