"""ports.Store: transactions and reads, on both databases."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import suppress

import pytest

from dockschedd import errors
from tests.store import nouns
from tests.store.conftest import opened


class Interrupted:
    """Awaits a coroutine and cancels its task at chosen suspensions, counted from 1."""

    def __init__(self, work, *at: int) -> None:
        self.work = work
        self.at = at
        self.suspensions = 0

    def __await__(self):
        task = asyncio.current_task()
        inner = self.work.__await__()
        send, value = inner.send, None
        while True:
            try:
                waiting = send(value)
            except StopIteration as end:
                return end.value
            self.suspensions += 1
            if self.suspensions in self.at:
                asyncio.get_running_loop().call_soon(task.cancel)
            try:
                send, value = inner.send, (yield waiting)
            except BaseException as error:  # noqa: BLE001  # handed on
                send, value = inner.throw, error


async def write(store, name: str) -> None:
    """Write a schedule and, after it, its entry in the audit log."""
    async with store.transaction() as unit:
        await unit.schedules.add(nouns.schedule(name))
        await unit.audit.append(nouns.record(target=name))


async def written(store) -> tuple[set[str], set[str]]:
    """The names of schedules, and those that the audit log speaks of."""
    async with store.reading() as unit:
        names = set(await unit.schedules.names())
        entries = {entry.record.target async for entry in unit.audit.entries()}
        assert (await unit.audit.verify()).ok
    return names, entries


async def interrupt_everywhere(work, *, again: int | None, check) -> int:
    """Run `work(n)` cancelled at its n-th suspension for each n; return how often it could be."""
    number = 0
    while True:
        number += 1
        at = (number,) if again is None else (number, number + again)
        interrupted = Interrupted(work(number), *at)

        async def attempt(awaitable=interrupted):
            await awaitable

        done = await asyncio.gather(attempt(), return_exceptions=True)
        await check(number)
        if interrupted.suspensions < number:
            return number - 1
        assert isinstance(done[0], asyncio.CancelledError | None)


@pytest.mark.parametrize("again", [None, 1, 2])
async def test_a_cancelled_transaction_is_whole_or_gone(store, again):
    """Cancelled at any await, once or twice, it leaves all of itself or nothing, and no lock."""

    async def check(number):
        names, entries = await asyncio.wait_for(written(store), 5)
        assert names == entries
        await asyncio.wait_for(write(store, f"after-{number}"), 5)

    count = await interrupt_everywhere(
        lambda number: write(store, f"cancelled-{number}"), again=again, check=check
    )

    assert count >= 5
    names, entries = await written(store)
    assert names == entries
    assert f"cancelled-{count + 1}" in names


async def test_a_cancelled_read_gives_its_connection_back(store):
    """However often reads are cancelled, the next one works."""
    await write(store, "one")

    async def check(number):
        assert (await asyncio.wait_for(written(store), 5))[0] == {"one"}

    count = await interrupt_everywhere(lambda _: written(store), again=None, check=check)

    assert count >= 4


async def test_a_transaction_that_waits_can_be_cancelled(store):
    """Whoever is cancelled while waiting for its turn writes nothing and stops nobody."""
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow():
        async with store.transaction() as unit:
            await unit.schedules.add(nouns.schedule("slow"))
            begun.set()
            await go.wait()

    first = asyncio.create_task(slow())
    await begun.wait()
    second = asyncio.create_task(write(store, "second"))
    third = asyncio.create_task(write(store, "third"))
    await asyncio.sleep(0)
    second.cancel()
    go.set()

    await first
    await third
    with pytest.raises(asyncio.CancelledError):
        await second
    async with store.reading() as unit:
        assert await unit.schedules.names() == ("slow", "third")


async def test_a_time_limit_in_a_transaction_rolls_it_back(store):
    """A timeout is a cancellation: nothing of the transaction stays."""
    with pytest.raises(TimeoutError):  # noqa: PT012  # raised anywhere in it
        async with asyncio.timeout(0.01), store.transaction() as unit:
            await unit.schedules.add(nouns.schedule("late"))
            await asyncio.Event().wait()

    assert (set(), set()) == await written(store)


async def test_coroutines_never_write_into_each_others_transactions(store):
    """Of many at once, half of which fail in the middle, exactly the others' work is there."""

    async def one(number: int) -> None:
        async with store.transaction() as unit:
            await unit.schedules.add(nouns.schedule(f"s{number}"))
            await asyncio.sleep(0)
            await unit.audit.append(nouns.record(target=f"s{number}"))
            if number % 2:
                raise KeyError(number)

    await asyncio.gather(*(one(number) for number in range(30)), return_exceptions=True)

    expected = {f"s{number}" for number in range(0, 30, 2)}
    assert (expected, expected) == await written(store)


async def test_a_read_does_not_wait_for_a_writer_and_sees_what_was_committed(store):
    """Inside a transaction that has written, others still read the state before it."""
    await write(store, "before")
    async with store.transaction() as unit:
        await unit.schedules.add(nouns.schedule("meanwhile"))
        assert ({"before"}, {"before"}) == await asyncio.wait_for(written(store), 5)

    async with store.reading() as unit:
        assert await unit.schedules.names() == ("before", "meanwhile")


async def test_a_read_is_all_of_one_moment(store):
    """What is committed during a read is not seen by it."""
    async with store.reading() as unit:
        assert await unit.schedules.count() == 0
        await write(store, "later")
        assert await unit.schedules.count() == 0
        assert await unit.audit.head() == (0, "")
    async with store.reading() as unit:
        assert await unit.schedules.count() == 1


async def test_a_read_cannot_write(store):
    """A unit for reading refuses changes, and the next one works."""
    with pytest.raises(errors.StoreError):
        async with store.reading() as unit:
            await unit.schedules.add(nouns.schedule())

    assert (set(), set()) == await written(store)


async def test_a_unit_is_over_with_its_transaction(store):
    """A unit that is kept longer than its block refuses to work outside of a transaction."""
    async with store.transaction() as writing:
        pass
    async with store.reading() as reading:
        pass

    for unit in (writing, reading):
        with pytest.raises(errors.StoreError) as raised:
            await unit.schedules.count()
        assert raised.value.code == "store-closed"


@pytest.mark.parametrize("fails", [True, False])
async def test_a_task_that_outlives_its_transaction_writes_nothing_more(sqlite_url, fails):
    """Its writes are in the transaction or refused, never a transaction of their own.

    asyncpg by itself refuses two queries of one connection at the same time.
    """
    store = await opened(sqlite_url)

    async def stray(unit, begun: asyncio.Event):
        number = 0
        while True:
            number += 1
            await unit.schedules.add(nouns.schedule(f"stray-{number}"))
            begun.set()

    for _ in range(20):
        begun = asyncio.Event()
        with suppress(KeyError):
            async with store.transaction() as unit:
                task = asyncio.create_task(stray(unit, begun))
                await begun.wait()
                if fails:
                    raise KeyError
        with pytest.raises(errors.StoreError):
            await task
        async with store.transaction() as unit:
            names = await unit.schedules.names()
            assert (names == ()) is fails
            for name in names:
                await unit.schedules.remove((await unit.schedules.get(name)).id)
    await store.close()


async def test_closing_waits_for_what_is_under_way(url):
    """A transaction that has begun is committed before the store is closed."""
    store = await opened(url)
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow():
        async with store.transaction() as unit:
            await unit.schedules.add(nouns.schedule("slow"))
            begun.set()
            await go.wait()

    task = asyncio.create_task(slow())
    await begun.wait()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(task, closing)

    again = await opened(url)
    async with again.reading() as unit:
        assert await unit.schedules.names() == ("slow",)
    await again.close()


async def test_a_closed_store_says_so(url):
    """After close, every use is a StoreError; closing twice is no error."""
    store = await opened(url)
    await store.close()
    await store.close()

    for enter in (store.transaction, store.reading, store.reading, store.reading):
        with pytest.raises(errors.StoreError) as raised:
            async with enter():
                pass
        assert raised.value.code == "store-closed"


async def test_values_that_no_column_holds_are_store_errors(store):
    """A number that is too large is the store's error, and the transaction is undone."""
    with pytest.raises(errors.StoreError):  # noqa: PT012  # raised anywhere in it
        async with store.transaction() as unit:
            await unit.schedules.add(nouns.schedule())
            await unit.audit.page(before=10**30, limit=1)

    assert (set(), set()) == await written(store)


async def test_a_violated_constraint_is_a_store_error(store):
    """What the schema forbids does not get in, and no foreign exception gets out."""
    with pytest.raises(errors.StoreError) as raised:
        async with store.transaction() as unit:
            await unit.users.add(nouns.user(role="emperor"))

    assert raised.value.__cause__ is not None
    assert not inspect.getmodule(type(raised.value)).__name__.startswith(("sqlite3", "asyncpg"))
