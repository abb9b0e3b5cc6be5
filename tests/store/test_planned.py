"""Which planned runs may begin, on both databases."""

from __future__ import annotations

from dataclasses import replace

from dockschedd.core import model
from tests.store import nouns
from tests.store.nouns import MINUTE, NOON

Status = model.RunStatus


async def test_planned_is_the_first_of_each_stack(store):
    """By planned instant, then id; where there are more than asked for, of each host in turn."""
    b_late = nouns.run("b", planned_at=NOON + MINUTE)
    b_early = nouns.run("b", planned_at=NOON - MINUTE)
    a_first = nouns.run("a")
    a_second = nouns.run("a")
    c_over = nouns.run("c", status=Status.SUCCEEDED, planned_at=NOON - 5 * MINUTE)
    c = nouns.run("c", planned_at=NOON)
    elsewhere = replace(a_second, id=nouns.new_id(), stack=model.StackRef("edge", "a"))
    async with store.transaction() as unit:
        await unit.runs.add_all([b_late, b_early, a_first, a_second, c_over, c, elsewhere])

        assert (b_early, a_first, c, elsewhere) == await unit.runs.planned(limit=10)
        assert (b_early, elsewhere) == await unit.runs.planned(limit=2)


async def test_runs_that_wait_for_their_host_are_left_out_or_alone(store):
    """Those with a deadline; the names of hosts are taken as they are."""
    runs = {
        host: nouns.run(stack=model.StackRef(host, "a"), deadline_at=NOON + MINUTE)
        for host in ("edge", "edge_1", "edgex1")
    }
    at_once = nouns.run(model.StackRef("edge_1", "b"), deadline_at=None)
    async with store.transaction() as unit:
        await unit.runs.add_all([*runs.values(), at_once])

        rest = await unit.runs.planned(limit=10, away=("edge_1", "edge"))
        among = await unit.runs.planned(limit=10, away=("edge_1", "edge"), among=True)

    assert set(rest) == {runs["edgex1"], at_once}
    assert set(among) == {runs["edge"], runs["edge_1"]}
