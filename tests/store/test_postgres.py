"""What can happen to a PostgreSQL server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.store import postgres
from tests import databases
from tests.store import direct, nouns
from tests.store.conftest import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[databases.Cluster]:
    """A server that may be stopped."""
    with databases.cluster() as running:
        yield running


async def write(store, name: str) -> None:
    """Write a schedule and its entry in the audit log."""
    async with store.transaction() as unit:
        await unit.schedules.add(nouns.schedule(name))
        await unit.audit.append(nouns.record(target=name))


async def names(store) -> tuple[str, ...]:
    """All names, after a check that the audit log agrees."""
    async with store.reading() as unit:
        assert (await unit.audit.verify()).ok
        found = await unit.schedules.names()
        assert len(found) == (await unit.audit.head())[0]
    return found


async def test_a_server_that_restarts_is_got_over(own_cluster):
    """A transaction that was cut is undone with a clear error, and the next one works."""
    store = await opened(own_cluster.url("postgres"))
    try:
        await write(store, "before")
        with pytest.raises(errors.StoreError) as raised:  # noqa: PT012  # raised anywhere in it
            async with store.transaction() as unit:
                await unit.schedules.add(nouns.schedule("cut"))
                await asyncio.to_thread(own_cluster.restart)
                await unit.audit.append(nouns.record(target="cut"))
        assert raised.value.code == "store-unavailable"
        assert await names(store) == ("before",)

        await asyncio.to_thread(own_cluster.restart)
        await write(store, "later")
        assert await names(store) == ("before", "later")

        await asyncio.to_thread(own_cluster.stop)
        for attempt in (write(store, "down"), names(store), opened(own_cluster.url("postgres"))):
            with pytest.raises(errors.StoreError) as raised:
                await attempt
            assert raised.value.code == "store-unavailable"
            assert raised.value.hint
        await asyncio.to_thread(own_cluster.start)
        assert await names(store) == ("before", "later")
    finally:
        await store.close()


async def test_a_database_that_is_not_there_is_named(cluster):
    """The hint says how it is made."""
    with pytest.raises(errors.StoreError) as raised:
        await opened(cluster.url("missing"))

    assert raised.value.code == "store-unavailable"
    assert "createdb" in (raised.value.hint or "")


async def test_another_daemons_transaction_is_not_waited_for_without_end(
    postgresql_url, monkeypatch
):
    """Whoever holds the database too long is reported, and the next transaction works."""
    monkeypatch.setitem(postgres._SETTINGS, "lock_timeout", "100ms")
    store, other = await opened(postgresql_url), await opened(postgresql_url)
    try:
        async with other.transaction() as unit:
            await unit.schedules.add(nouns.schedule("theirs"))
            with pytest.raises(errors.StoreError) as raised:
                await write(store, "ours")
        assert raised.value.code == "store-busy"
        await write(store, "later")
        async with store.reading() as unit:
            assert await unit.schedules.names() == ("later", "theirs")
    finally:
        await store.close()
        await other.close()


async def test_a_read_only_server_is_named(postgresql_url):
    """A standby refuses writes; the error says what to name instead."""
    await (await opened(postgresql_url)).close()
    store = await opened(f"{postgresql_url}&default_transaction_read_only=on")
    try:
        with pytest.raises(errors.StoreError) as raised:
            await write(store, "one")
    finally:
        await store.close()

    assert raised.value.code == "store-read-only"


async def test_a_transaction_that_is_frozen_does_not_stop_the_others(postgresql_url, monkeypatch):
    """The server ends a transaction in which nothing happens; its daemon is told so."""
    monkeypatch.setitem(postgres._SETTINGS, "idle_in_transaction_session_timeout", "100ms")
    frozen = await opened(postgresql_url)
    monkeypatch.undo()
    store = await opened(postgresql_url)
    try:
        with pytest.raises(errors.StoreError) as raised:  # noqa: PT012  # raised anywhere in it
            async with frozen.transaction() as unit:
                await unit.schedules.add(nouns.schedule("frozen"))
                await write(store, "other")
        assert raised.value.code == "store-unavailable"
        assert await names(store) == ("other",)
        await write(frozen, "thawed")
        assert await names(store) == ("other", "thawed")
    finally:
        await store.close()
        await frozen.close()


async def test_claims_of_two_daemons_are_won_once(postgresql_url):
    """Of many claims from two daemons exactly one wins."""
    stores = [await opened(postgresql_url), await opened(postgresql_url)]
    run = nouns.run()
    try:
        async with stores[0].transaction() as unit:
            await unit.runs.add(run)

        async def claim(store):
            async with store.transaction() as unit:
                return await unit.runs.claim(run.id, at=nouns.NOON)

        won = await asyncio.gather(*(claim(stores[number % 2]) for number in range(20)))
        assert sum(won) == 1
    finally:
        for each in stores:
            await each.close()


async def test_the_order_of_names_does_not_depend_on_the_locale(cluster, administration):
    """In a database whose locale sorts otherwise, pages are in the order of bytes."""
    await administration.execute(
        "CREATE DATABASE other_locale TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        " LOCALE 'C.UTF-8'"
    )
    url = cluster.url("other_locale")
    try:
        first = (await direct.execute(url, "SELECT 'a' < 'B'"))[0][0]
        assert first, "the locale is meant to sort otherwise than bytes"
        store = await opened(url)
        try:
            for name in ("a", "B"):
                await write(store, name)
            assert await names(store) == ("B", "a")
            async with store.reading() as unit:
                page = await unit.schedules.page(after="B", limit=5)
                assert [each.name for each in page] == ["a"]
        finally:
            await store.close()
    finally:
        await administration.execute("DROP DATABASE other_locale WITH (FORCE)")
