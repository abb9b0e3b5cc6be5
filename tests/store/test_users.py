"""ports.Users, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dockschedd import errors
from tests.store import nouns
from tests.store.nouns import MINUTE, NOON

DAY = timedelta(days=1)


async def test_a_user_is_found_by_name_and_by_id(store):
    """A user comes back as it was written."""
    alice = nouns.user("alice")
    async with store.transaction() as unit:
        await unit.users.add(alice)

        assert alice == await unit.users.get("alice")
        assert alice == await unit.users.get(alice.id)
        assert await unit.users.get("bob") is None
        assert await unit.users.get("Alice") is None


async def test_a_user_cannot_pass_for_another_one(store):
    """A name that is another user's id does not hide that user."""
    victim = nouns.user("victim")
    other = nouns.user(victim.id)
    async with store.transaction() as unit:
        await unit.users.add(other)
        await unit.users.add(victim)

        assert victim == await unit.users.get(victim.id)


async def test_a_taken_name_is_a_conflict_and_the_transaction_goes_on(store):
    """Adding and renaming to a name that is taken raise Conflict."""
    alice, bob = nouns.user("alice"), nouns.user("bob")
    async with store.transaction() as unit:
        await unit.users.add(alice)
        await unit.users.add(bob)
        with pytest.raises(errors.Conflict) as adding:
            await unit.users.add(nouns.user("alice"))
        with pytest.raises(errors.Conflict) as renaming:
            await unit.users.replace(replace(bob, name="alice"))
        with pytest.raises(errors.NotFound):
            await unit.users.replace(nouns.user("carol"))
        await unit.users.replace(replace(bob, role="viewer", disabled=True))

        assert [adding.value.code, renaming.value.code] == ["user-exists"] * 2
        assert replace(bob, role="viewer", disabled=True) == await unit.users.get("bob")


async def test_users_are_paged_and_counted(store):
    """Pages follow the names; counts know roles and who is disabled."""
    users = [
        nouns.user("a"),
        nouns.user("b", role="operator"),
        nouns.user("c", disabled=True),
        nouns.user("d", role="operator", disabled=True),
    ]
    async with store.transaction() as unit:
        for each in reversed(users):
            await unit.users.add(each)

        assert tuple(users[:3]) == await unit.users.page(after=None, limit=3)
        assert tuple(users[3:]) == await unit.users.page(after="c", limit=3)
        assert await unit.users.count() == 4
        assert await unit.users.count(role="admin") == 2
        assert await unit.users.count(enabled_only=True) == 2
        assert await unit.users.count(role="admin", enabled_only=True) == 1


async def test_sessions_go_with_their_user(store):
    """Removing a user removes all sessions and refresh tokens, of nobody else."""
    alice, bob = nouns.user("alice"), nouns.user("bob")
    hers, his = nouns.session(alice.id), nouns.session(bob.id)
    async with store.transaction() as unit:
        await unit.users.add(alice)
        await unit.users.add(bob)
        await unit.users.open_session(hers, refresh_hash="h1")
        await unit.users.open_session(his, refresh_hash="h2")
        await unit.users.remove(alice.id)
        with pytest.raises(errors.NotFound):
            await unit.users.remove(alice.id)

        assert await unit.users.session(hers.id) is None
        assert await unit.users.rotate(old_hash="h1", new_hash="n", at=NOON) is None
        assert his == await unit.users.session(his.id)


async def test_nobody_who_is_gone_gets_a_session(store):
    """Opening a session for a user that was removed meanwhile raises NotFound."""
    async with store.transaction() as unit:
        with pytest.raises(errors.NotFound):
            await unit.users.open_session(nouns.session("gone"), refresh_hash="h")


async def test_a_session_is_revoked_once(store):
    """Revoking what is over, by time or by hand, or unknown says False; it can still be read."""
    alice = nouns.user()
    session = nouns.session(alice.id)
    expired = nouns.session(alice.id, expires_at=NOON)
    async with store.transaction() as unit:
        await unit.users.add(alice)
        await unit.users.open_session(session, refresh_hash="h1")
        await unit.users.open_session(expired, refresh_hash="h2")

        assert await unit.users.revoke(session.id, at=NOON + MINUTE)
        assert not await unit.users.revoke(session.id, at=NOON + 2 * MINUTE)
        assert not await unit.users.revoke(expired.id, at=NOON + MINUTE)
        assert not await unit.users.revoke("unknown", at=NOON)
        revoked = replace(session, revoked_at=NOON + MINUTE)
        assert revoked == await unit.users.session(session.id)
        assert expired == await unit.users.session(expired.id)


async def test_all_sessions_of_a_user_end_but_one(store):
    """`revoke_all` counts those that it ended, and never touches another user's."""
    alice, bob = nouns.user("alice"), nouns.user("bob")
    mine = [nouns.session(alice.id) for _ in range(3)]
    his = nouns.session(bob.id)
    async with store.transaction() as unit:
        await unit.users.add(alice)
        await unit.users.add(bob)
        for each in (*mine, his):
            await unit.users.open_session(each, refresh_hash=each.id)

        assert await unit.users.revoke_all(alice.id, at=NOON, keep=mine[0].id) == 2
        assert await unit.users.revoke_all(alice.id, at=NOON) == 1
        assert await unit.users.revoke_all(alice.id, at=NOON) == 0
        assert his == await unit.users.session(his.id)


async def test_a_refresh_token_is_used_once(store):
    """The second use of one is reported with its session, and gives no new one."""
    alice = nouns.user()
    session = nouns.session(alice.id)
    async with store.transaction() as unit:
        await unit.users.add(alice)
        await unit.users.open_session(session, refresh_hash="one")

        assert (session, True) == await unit.users.rotate(old_hash="one", new_hash="two", at=NOON)
        assert (session, False) == await unit.users.rotate(
            old_hash="one", new_hash="three", at=NOON
        )
        assert await unit.users.rotate(old_hash="three", new_hash="four", at=NOON) is None
        assert (session, True) == await unit.users.rotate(old_hash="two", new_hash="four", at=NOON)


async def test_expired_sessions_are_forgotten(store):
    """Only those that expired before the instant go, with their tokens."""
    alice = nouns.user()
    old = nouns.session(alice.id, expires_at=NOON - MINUTE)
    now = nouns.session(alice.id, expires_at=NOON)
    async with store.transaction() as unit:
        await unit.users.add(alice)
        await unit.users.open_session(old, refresh_hash="old")
        await unit.users.open_session(now, refresh_hash="now")

        assert await unit.users.forget_expired(before=NOON) == 1
        assert await unit.users.session(old.id) is None
        assert await unit.users.rotate(old_hash="old", new_hash="x", at=NOON) is None
        assert now == await unit.users.session(now.id)
