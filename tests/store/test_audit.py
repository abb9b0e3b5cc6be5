"""ports.Audit, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from dockschedd.core import audit
from dockschedd.store import open_store
from tests.store import direct, nouns
from tests.store.conftest import KEYS


async def test_entries_are_numbered_and_chained(store):
    """The head is the last entry, each names the one before, and the whole is sound."""
    async with store.reading() as unit:
        assert await unit.audit.head() == (0, "")
        assert (await unit.audit.verify()).ok
    async with store.transaction() as unit:
        first = await unit.audit.append(nouns.record(action="one"))
        second, third = await unit.audit.append_all(
            [nouns.record(action="two"), nouns.record(action="three", detail="é\0\ud800")]
        )
        assert await unit.audit.append_all(()) == ()

    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert ["", first.digest, second.digest] == [each.previous for each in (first, second, third)]
    async with store.reading() as unit:
        assert (3, third.digest) == await unit.audit.head()
        assert [first, second, third] == [entry async for entry in unit.audit.entries()]
        assert audit.Verdict(ok=True, checked=3) == await unit.audit.verify()


async def test_a_transaction_that_is_rolled_back_leaves_no_gap(store):
    """The entry of a change that did not happen is not in the log; the next takes its place."""
    with pytest.raises(KeyError):  # noqa: PT012  # raised anywhere in it
        async with store.transaction() as unit:
            await unit.audit.append(nouns.record(action="never"))
            raise KeyError
    async with store.transaction() as unit:
        entry = await unit.audit.append(nouns.record(action="first"))

    assert entry.seq == 1
    async with store.reading() as unit:
        assert (await unit.audit.verify()).ok


async def test_the_chain_never_forks(store, url):
    """Many writers, in two daemons where the database allows two, make one chain."""
    other = await open_store(url, audit_keys=KEYS, audit_key_id="key-1")

    async def write(where):
        async with where.transaction() as unit:
            await unit.audit.append(nouns.record())

    try:
        await asyncio.gather(*(write((store, other)[number % 2]) for number in range(40)))
    finally:
        await other.close()

    async with store.reading() as unit:
        assert audit.Verdict(ok=True, checked=40) == await unit.audit.verify()


async def test_pages_are_newest_first_and_filtered(store):
    """Actor and action filter; pages join to all; `after` goes the other way."""
    async with store.transaction() as unit:
        entries = await unit.audit.append_all(
            [
                nouns.record(actor=actor, action=action)
                for _ in range(2)
                for actor in ("alice", "bob")
                for action in ("login", "logout")
            ]
        )

    async with store.reading() as unit:
        for actor in (None, "alice"):
            for action in (None, "login"):
                found: list = []
                before = None
                while page := await unit.audit.page(
                    before=before, limit=3, actor=actor, action=action
                ):
                    found += page
                    before = page[-1].seq
                assert found == [
                    each
                    for each in reversed(entries)
                    if actor in (None, each.record.actor) and action in (None, each.record.action)
                ]
        assert entries[2:5] == await unit.audit.after(2, limit=3)
        assert await unit.audit.after(8, limit=3) == ()


async def test_a_long_log_is_read_whole(store):
    """Entries come in order over several batches."""
    async with store.transaction() as unit:
        entries = await unit.audit.append_all([nouns.record()] * 320)

    async with store.reading() as unit:
        assert list(entries) == [entry async for entry in unit.audit.entries()]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'mallory' WHERE seq = 1",
        "UPDATE audit SET seq = 9 WHERE seq = 2",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE seq = 2",
    ],
)
async def test_the_database_refuses_to_rewrite_the_log(store, url, statement):
    """Not even plain SQL changes or removes an entry."""
    async with store.transaction() as unit:
        await unit.audit.append_all([nouns.record(), nouns.record()])

    with pytest.raises(Exception, match="the audit log is append-only"):
        await direct.execute(url, statement)

    async with store.reading() as unit:
        assert audit.Verdict(ok=True, checked=2) == await unit.audit.verify()


@pytest.mark.postgres
async def test_postgresql_refuses_to_empty_the_log(postgresql_url):
    """TRUNCATE is refused as well."""
    store = await open_store(postgresql_url, audit_keys=KEYS, audit_key_id="key-1")
    try:
        with pytest.raises(Exception, match="the audit log is append-only"):
            await direct.execute(postgresql_url, "TRUNCATE audit")
    finally:
        await store.close()


async def test_whoever_gets_round_the_database_is_found(store, url):
    """With the triggers gone a change is possible, and seen."""
    async with store.transaction() as unit:
        await unit.audit.append_all([nouns.record(), nouns.record()])
    on = " ON audit" if url.startswith("postgresql") else ""
    await direct.execute(url, f"DROP TRIGGER audit_no_update{on}")
    await direct.execute(url, "UPDATE audit SET actor = 'mallory' WHERE seq = 2")

    async with store.reading() as unit:
        verdict = await unit.audit.verify()

    assert (verdict.ok, verdict.checked, verdict.first_bad_seq) == (False, 1, 2)


async def test_keys_change_and_old_entries_stay_verifiable(store, url):
    """A new key signs what is new; without the old one the old entries cannot be checked."""
    async with store.transaction() as unit:
        await unit.audit.append(nouns.record())
    keys = {**KEYS, "key-2": b"2" * 32}
    rotated = await open_store(url, audit_keys=keys, audit_key_id="key-2")
    try:
        async with rotated.transaction() as unit:
            assert (await unit.audit.append(nouns.record())).key_id == "key-2"
        async with rotated.reading() as unit:
            assert audit.Verdict(ok=True, checked=2) == await unit.audit.verify()
    finally:
        await rotated.close()

    async with store.reading() as unit:
        assert (await unit.audit.verify()).first_bad_seq == 2
