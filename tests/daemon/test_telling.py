"""Changes are told after they were committed, and only then."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from dockschedd.core import changes
from dockschedd.core.people import AuditRecord
from dockschedd.daemon.bus import Bus
from dockschedd.daemon.telling import TellingStore
from dockschedd.store import open_store
from tests.fake_clock import START

RECORD = AuditRecord(
    at=START, actor="alice", origin="-", action="group.add", target="edge", outcome="ok"
)


@pytest.fixture
async def parts(tmp_path):
    """A store that tells, and the bus that it tells."""
    bus = Bus()
    store = await open_store(f"sqlite://{tmp_path}/x.db", audit_keys={"1": b"k" * 32},
                             audit_key_id="1")  # fmt: skip
    try:
        yield TellingStore(store, bus), bus
    finally:
        await store.close()


async def test_a_change_is_told_when_it_can_be_read(parts) -> None:
    """Not while the transaction may still fail, and to a caller that reads at once."""
    store, bus = parts
    async with bus.subscribe() as items:
        coming = asyncio.ensure_future(anext(items))
        async with store.transaction() as unit:
            await unit.audit.append(RECORD)
            await asyncio.sleep(0)
            assert not coming.done()
        change = await coming
        async with store.reading() as unit:
            entries = await unit.audit.page(before=None, limit=9)

    assert (change.noun, change.name, change.by) == (changes.Noun.GROUP, "edge", "alice")
    assert [entry.record for entry in entries] == [RECORD]


async def test_what_was_rolled_back_is_not_told(parts) -> None:
    """The next thing that is told is the next thing that was done."""
    store, bus = parts
    async with bus.subscribe() as items:
        with suppress(ZeroDivisionError):
            async with store.transaction() as unit:
                await unit.audit.append(RECORD)
                raise ZeroDivisionError
        async with store.transaction() as unit:
            await unit.audit.append_all([AuditRecord(
                at=START, actor="bob", origin="-", action="thaw", target="-", outcome="ok"
            )])  # fmt: skip
        change = await anext(items)

    assert (change.noun, change.action, change.by) == (changes.Noun.FREEZE, "thaw", "bob")


async def test_a_slow_reader_gets_the_newest_of_each_name(parts) -> None:
    """However often one thing changed meanwhile."""
    store, bus = parts
    async with bus.subscribe() as items:
        for action in ("group.add", "group.edit", "group.remove"):
            async with store.transaction() as unit:
                await unit.audit.append(AuditRecord(
                    at=START, actor="-", origin="-", action=action, target="e", outcome="ok"
                ))  # fmt: skip
        told = [await anext(items) for _ in range(2)]

    assert [(c.noun.value, c.name, c.action) for c in told] == [
        ("group", "e", "remove"),
        ("audit", "", "add"),
    ]
