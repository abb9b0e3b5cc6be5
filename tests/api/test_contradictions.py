"""The finder over schedules in a store, windows among them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dockschedd.api import contradictions
from dockschedd.core import model, requirements, triggers
from dockschedd.core.findings import Kind
from dockschedd.store import open_store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEB, DB = model.StackRef("local", "web"), model.StackRef("local", "db")


class Inventory:
    """One host with two stacks."""

    def refs(self):
        return (DB, WEB)

    def stacks(self):
        return tuple(model.Stack(ref=ref, containers=()) for ref in self.refs())

    def hosts(self):
        return (model.HostView(name="local", url="unix:///docker.sock", reachable=True),)


class Services:
    """Of the API's services what the finder asks for."""

    def __init__(self, store):
        self.store = store
        self.inventory = Inventory()

    async def groups(self):
        return {}


@pytest.fixture
async def services(tmp_path):
    url = f"sqlite://{tmp_path}/dockschedd.db"
    store = await open_store(url, audit_keys={"1": b"1" * 32}, audit_key_id="1")
    yield Services(store)
    await store.close()


def schedule(name, trigger, action=None):
    return model.Schedule(
        id=f"id-{name}",
        name=name,
        enabled=True,
        trigger=trigger,
        action=action,
        selector="web",
        catch_up=model.CatchUp.LATEST,
        deadline=timedelta(hours=1),
        owner="alice",
        created_at=NOW,
        updated_at=NOW,
        next_at=NOW + timedelta(hours=1),
    )


OFFICE = schedule(
    "office",
    triggers.WindowTrigger(
        expression="mon-fri 08:00-18:00", zone="UTC", wants=triggers.Wish.AWAKE
    ),
)
LATE = schedule(
    "late", triggers.CronTrigger(expression="0 22 * * *", zone="UTC"), model.Action.START
)


async def save(services, *schedules):
    async with services.store.transaction() as unit:
        for each in schedules:
            await unit.schedules.add(each)


async def test_a_window_that_is_saved_is_compared_with_actions(services):
    """Whichever of the two is about to be saved, the other one is named."""
    for saved, new in ((OFFICE, LATE), (LATE, OFFICE)):
        await save(services, saved)
        answer = await contradictions.of_one(services, new, now=NOW)
        (found,) = answer.conflicts
        assert (found.kind, found.names()) == (Kind.AGAINST, {"office", "late"})
        (warning,) = contradictions.warnings(answer)
        assert warning.startswith("conflict: `late` would start `local/web` at 22:00 on 24 Nov")
        async with services.store.transaction() as unit:
            await unit.schedules.remove(saved.id)


async def test_a_window_that_is_changed_is_not_compared_with_itself(services):
    """As it was before it does not count."""
    await save(services, OFFICE)
    longer = replace(OFFICE, trigger=replace(OFFICE.trigger, expression="daily 08:00-18:00"))
    assert (await contradictions.of_one(services, longer, now=NOW)).conflicts == ()


async def test_windows_are_compared_with_each_other_on_demand(services):
    """All that is in the store, and what one of them is part of."""
    other = replace(
        OFFICE,
        id="id-other",
        name="other",
        trigger=replace(OFFICE.trigger, expression="sat 08:00-18:00"),
    )
    await save(services, OFFICE, other, replace(LATE, enabled=False))
    for about in (None, "office", "other"):
        answer = await contradictions.of_all(
            services, now=NOW, horizon=timedelta(days=14), about=about
        )
        (found,) = answer.conflicts
        assert (found.kind, found.names()) == (Kind.DISAGREEMENT, {"office", "other"})


async def test_a_stack_asleep_while_one_that_requires_it_is_awake_is_found(services):
    """Whichever of the two schedules is about to be saved, and on demand."""
    said = requirements.Requirement(stack=WEB, needs=DB, owner="alice", created_at=NOW)
    data = replace(
        OFFICE,
        id="id-data",
        name="data",
        selector="db",
        trigger=replace(OFFICE.trigger, expression="mon-fri 08:00-17:00"),
    )
    async with services.store.transaction() as unit:
        await unit.requirements.add(said)
    for saved, new in ((OFFICE, data), (data, OFFICE)):
        await save(services, saved)
        (found,) = (await contradictions.of_one(services, new, now=NOW)).conflicts
        assert (found.kind, found.names()) == (Kind.REQUIRED, {"office", "data"})
        async with services.store.transaction() as unit:
            await unit.schedules.remove(saved.id)
    await save(services, OFFICE, data)
    for about in (None, "office", "data"):
        answer = await contradictions.of_all(
            services, now=NOW, horizon=timedelta(days=14), about=about
        )
        assert answer.conflicts == (found,)
    async with services.store.transaction() as unit:
        await unit.requirements.remove(WEB, DB)
    assert (await contradictions.of_one(services, data, now=NOW)).conflicts == ()
