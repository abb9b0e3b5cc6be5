"""No more at once than there may be, also when that changes and when some who wait give up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model
from dockschedd.daemon.limits import Limit
from tests.fake_clock import settle

events = st.lists(
    st.one_of(
        st.just(("come", 0)),
        st.tuples(st.just("leave"), st.integers(0, 9)),
        st.tuples(st.just("give up"), st.integers(0, 9)),
        st.tuples(st.just("change"), st.integers(1, 4)),
    ),
    max_size=30,
)


class Crowd:
    """Those who came: each is inside until it is told to leave."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.inside: list[int] = []
        self.tasks: dict[int, tuple[asyncio.Task[None], asyncio.Event]] = {}

    def come(self, number: int) -> None:
        go = asyncio.Event()

        async def stay() -> None:
            async with self.limit:
                self.inside.append(number)
                try:
                    await go.wait()
                finally:
                    self.inside.remove(number)

        self.tasks[number] = asyncio.create_task(stay()), go

    def waiting(self) -> list[int]:
        return [n for n in self.tasks if n not in self.inside]


@given(st.integers(1, 4), events)
def test_it_lets_in_as_many_as_it_may_in_the_order_in_which_they_came(most, happened):
    """As a queue that is served when there is room; nobody is lost, nobody counts twice."""

    async def play() -> None:
        crowd, allowed = Crowd(Limit(most)), most
        inside: list[int] = []
        queue: list[int] = []
        for number, (what, which) in enumerate(happened):
            if what == "come":
                crowd.come(number)
                queue.append(number)
            elif what == "change":
                crowd.limit.change(which)
                allowed = which
            elif what == "leave" and inside:
                gone = inside.pop(which % len(inside))
                crowd.tasks.pop(gone)[1].set()
            elif what == "give up" and queue:
                gone = queue.pop(which % len(queue))
                crowd.tasks.pop(gone)[0].cancel()
            while queue and len(inside) < allowed:
                inside.append(queue.pop(0))
            await settle()
            assert sorted(crowd.inside) == sorted(inside)
        for task, _ in crowd.tasks.values():
            task.cancel()
        await asyncio.gather(*(task for task, _ in crowd.tasks.values()), return_exceptions=True)

    asyncio.run(play())


async def test_who_is_let_in_and_gives_up_at_once_makes_room_for_the_next():
    """The place is not lost between the two."""
    limit = Limit(1)
    crowd = Crowd(limit)
    for number in range(3):
        crowd.come(number)
    await settle()
    crowd.tasks[0][1].set()
    await asyncio.sleep(0)  # one step of the loop: 1 is let in, and has not run yet
    crowd.tasks[1][0].cancel()
    await settle()

    assert crowd.inside == [2]
    crowd.tasks[2][1].set()
    await asyncio.gather(crowd.tasks[0][0], crowd.tasks[2][0])


async def test_the_limit_of_a_host_is_followed_while_a_run_is_under_way(world):
    """Fewer calls at once from the next one on, and more at once."""
    world.hosts.add_stack("local", "web", [f"s{n}" for n in range(6)])
    world.hosts.latency = timedelta(seconds=10)
    begun = lambda: sum(call.verb == "stop" for call in world.hosts.calls)  # noqa: E731
    async with world.daemon() as daemon:
        daemon.executor.put_host("local", parallel=2)
        run = await daemon.act("stop", "local/web")
        await daemon.pass_time(timedelta(seconds=15))
        first = begun()
        daemon.executor.put_host("local", parallel=1)
        await daemon.pass_time(timedelta(seconds=10))
        then = begun()
        daemon.executor.put_host("local", parallel=None)
        await daemon.pass_time(timedelta(seconds=5))
        last = begun()
        await daemon.pass_time(timedelta(seconds=30))
        ended = await daemon.ended(run.id)

    assert (first, then, last) == (2, 3, 6)
    assert ended.status is model.RunStatus.SUCCEEDED
