"""Many that write at once share transactions, and nobody suffers from another's defect."""

from __future__ import annotations

import asyncio

import pytest

from dockschedd import errors
from dockschedd.daemon.batches import MOST, Batches


class Writer:
    """Takes its time, and notes what it is handed."""

    def __init__(self, *, refuses: object = None, fails: list[BaseException] | None = None):
        self.batches: list[list[object]] = []
        self.may_go_on = asyncio.Event()
        self._refuses = refuses
        self._fails = fails or []

    async def work(self, items):
        self.batches.append(list(items))
        await self.may_go_on.wait()
        if self._fails:
            raise self._fails.pop(0)
        if self._refuses in items:
            raise ValueError(self._refuses)
        return [f"wrote {item}" for item in items]


async def begun(batches, items):
    """Let each be added by a task of its own, in that order; return the tasks."""
    tasks = [asyncio.ensure_future(batches.add(item)) for item in items]
    await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_one_writes_is_written_together() -> None:
    """The first does not wait for others, and they share what follows, in their order."""
    writer = Writer()
    batches = Batches(writer.work)
    tasks = await begun(batches, range(20))
    await asyncio.sleep(0)
    writer.may_go_on.set()

    assert await asyncio.gather(*tasks) == [f"wrote {number}" for number in range(20)]
    assert [item for batch in writer.batches for item in batch] == list(range(20))
    assert len(writer.batches) <= 2


async def test_a_batch_has_an_end() -> None:
    """A transaction of very many would keep everybody else waiting."""
    writer = Writer()
    batches = Batches(writer.work)
    tasks = await begun(batches, range(2 * MOST + 5))
    writer.may_go_on.set()
    await asyncio.gather(*tasks)

    assert max(map(len, writer.batches)) == MOST
    assert [item for batch in writer.batches for item in batch] == list(range(2 * MOST + 5))


async def test_a_failure_of_the_store_is_told_to_all_who_shared_it() -> None:
    """It is tried once, not once for each; those who come later are not concerned."""
    writer = Writer(fails=[errors.StoreError("full", code="store-full")])
    batches = Batches(writer.work)
    tasks = await begun(batches, range(1))
    writer.may_go_on.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(each) for each in found] == [errors.StoreError]
    assert await batches.add("later") == "wrote later"


async def test_a_defect_is_told_to_the_one_whose_it_is() -> None:
    """The others that shared the transaction are written without it."""
    writer = Writer(refuses=3)
    batches = Batches(writer.work)
    tasks = await begun(batches, range(6))
    writer.may_go_on.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [number for number, each in enumerate(found) if isinstance(each, ValueError)] == [3]
    assert [each for each in found if isinstance(each, str)] == [
        f"wrote {number}" for number in (0, 1, 2, 4, 5)
    ]


async def test_a_defect_of_one_that_is_alone_is_not_tried_again() -> None:
    """There is nobody to be spared."""
    writer = Writer(refuses="x")
    writer.may_go_on.set()
    with pytest.raises(ValueError, match="x"):
        await Batches(writer.work).add("x")
    assert len(writer.batches) == 1


async def test_who_goes_away_while_waiting_is_left_out() -> None:
    """What nobody waits for any more is not written."""
    writer = Writer()
    batches = Batches(writer.work)
    first, second, third = await begun(batches, ["a", "b", "c"])
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    writer.may_go_on.set()

    assert await asyncio.gather(first, third) == ["wrote a", "wrote c"]
    assert "b" not in [item for batch in writer.batches for item in batch]


async def test_the_others_go_on_when_who_writes_goes_away() -> None:
    """They are written by the next of them."""
    writer = Writer()
    batches = Batches(writer.work)
    first, second, third = await begun(batches, ["a", "b", "c"])
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    writer.may_go_on.set()

    assert await asyncio.gather(second, third) == ["wrote b", "wrote c"]


@pytest.mark.timeout(10)
async def test_the_others_go_on_when_who_writes_goes_away_after_a_defect() -> None:
    """Also while each is written by itself: nobody waits for what is in no batch any more."""
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    async def work(items):
        await asyncio.sleep(0)
        if len(items) > 1:
            raise ValueError("a defect")
        if items == ["b"]:
            entered.set()
            await may_go_on.wait()
        return [f"wrote {item}" for item in items]

    batches = Batches(work)
    tasks = await begun(batches, ["a", "b", "c", "d"])
    await entered.wait()
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    may_go_on.set()

    assert tasks[1].cancelled()
    left = [tasks[0], *tasks[2:]]
    assert await asyncio.gather(*left) == ["wrote a", "wrote c", "wrote d"]


@pytest.mark.timeout(10)
async def test_the_others_go_on_when_the_next_writer_goes_away_in_that_moment() -> None:
    """Whoever is called off before it has heard that it is to write hands that on."""
    writer = Writer()
    batches = Batches(writer.work)
    (first,) = await begun(batches, ["a"])
    second, third = await begun(batches, ["b", "c"])
    writer.may_go_on.set()
    second.cancel()

    assert await asyncio.gather(first, third) == ["wrote a", "wrote c"]
    assert second.cancelled()


async def test_who_shares_a_batch_hears_of_it_in_one_moment() -> None:
    """What they do next begins side by side: none is ahead of another by a turn of the loop."""
    writer = Writer()
    batches = Batches(writer.work)
    heard: list[int] = []

    async def add(number: int) -> None:
        await batches.add(number)
        heard.append(number)

    tasks = [asyncio.ensure_future(add(number)) for number in range(30)]
    await asyncio.sleep(0)
    writer.may_go_on.set()
    while len(heard) < 2:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(heard) == 30
    await asyncio.gather(*tasks)
