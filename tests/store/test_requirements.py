"""ports.Requirements, and the runs that bear on them, on both databases."""

from __future__ import annotations

from dataclasses import replace

from dockschedd.core import model, requirements
from tests.store.nouns import MINUTE, NOON, run

APP, DB, MQ = (model.StackRef("local", name) for name in ("app", "db", "mq"))


def said(stack: model.StackRef, needs: model.StackRef) -> requirements.Requirement:
    return requirements.Requirement(stack=stack, needs=needs, owner="alice", created_at=NOON)


async def test_requirements_are_kept_each_once(store):
    """By stack and by what it needs; what is there already is not changed."""
    async with store.transaction() as unit:
        assert await unit.requirements.add(said(DB, MQ))
        assert await unit.requirements.add(said(APP, MQ))
        assert await unit.requirements.add(said(APP, DB))
        assert not await unit.requirements.add(replace(said(APP, DB), owner="bob"))
    async with store.reading() as unit:
        found = await unit.requirements.all()

    assert found == (said(APP, DB), said(APP, MQ), said(DB, MQ))


async def test_a_requirement_is_taken_back_once(store):
    """The second time there is none."""
    async with store.transaction() as unit:
        await unit.requirements.add(said(APP, DB))
        await unit.requirements.add(said(APP, MQ))
        assert await unit.requirements.remove(APP, DB)
        assert not await unit.requirements.remove(APP, DB)
        assert await unit.requirements.all() == (said(APP, MQ),)


async def test_open_runs_are_those_under_way_and_those_that_may_begin(store):
    """Not those that begin later, and not those that are over."""
    under_way, ready, over, later, spread = (
        run("a"),
        run("b"),
        run("c"),
        run("d", planned_at=NOON + MINUTE),
        run("e", start_at=NOON + MINUTE),
    )
    async with store.transaction() as unit:
        await unit.runs.add_all((under_way, ready, over, later, spread))
        await unit.runs.claim(under_way.id, at=NOON)
        await unit.runs.settle(over.id, status=model.RunStatus.SKIPPED, at=NOON, cause="")
        found = await unit.runs.open(now=NOON)
        soon = await unit.runs.open(now=NOON + MINUTE)

    assert {each.id for each in found} == {under_way.id, ready.id}
    assert {each.id for each in soon} == {under_way.id, ready.id, later.id, spread.id}
