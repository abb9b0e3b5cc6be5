"""One daemon per database: a second one would recover, and so take, the runs of the first."""

from __future__ import annotations

import pytest

from dockschedd import errors
from dockschedd.store import open_store
from tests.engines import eventually
from tests.store.conftest import KEYS


@pytest.fixture
def url(kind, request) -> str:
    return request.getfixturevalue(f"{kind}_url")


async def test_a_second_daemon_is_refused_until_the_first_has_gone(url):
    """The database is held until the store is closed, and free afterwards."""
    first = await open_store(url, audit_keys=KEYS, audit_key_id="key-1", alone=True)
    with pytest.raises((errors.Startup, errors.StoreError)) as refused:
        await open_store(url, audit_keys=KEYS, audit_key_id="key-1", alone=True)
    await first.close()
    second = await open_store(url, audit_keys=KEYS, audit_key_id="key-1", alone=True)
    await second.close()

    assert refused.value.code == "already-running"
    assert refused.value.hint


@pytest.mark.postgres
async def test_a_lost_session_takes_the_lock_again(postgresql_url, administration):
    """After the server ended the session that holds the lock, the next transaction holds it."""
    holder = "SELECT pid FROM pg_stat_activity WHERE application_name = 'dockschedd (one daemon)'"
    store = await open_store(postgresql_url, audit_keys=KEYS, audit_key_id="key-1", alone=True)
    before = await administration.fetchval(holder)
    await administration.execute("SELECT pg_terminate_backend($1)", before)

    async def held_again() -> bool:
        # The end of the session may not have arrived here at the first transaction.
        async with store.transaction() as unit:
            await unit.schedules.count()
        return await administration.fetchval(holder) not in (None, before)

    await eventually(held_again)
    with pytest.raises(errors.StoreError):
        await open_store(postgresql_url, audit_keys=KEYS, audit_key_id="key-1", alone=True)
    await store.close()
