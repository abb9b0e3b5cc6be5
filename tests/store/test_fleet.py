"""ports.KnownHosts and ports.Groups on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dockschedd import errors
from dockschedd.core import fleet, holds, memory, model, requirements, triggers
from dockschedd.store import groups, hosts
from tests import strategies
from tests.store.nouns import NOON, run, schedule

here = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
maybe = st.none() | strategies.texts
endpoints = st.builds(
    fleet.Endpoint,
    url=strategies.texts,
    tls_ca=maybe,
    tls_cert=maybe,
    tls_key=maybe,
    plain_tcp=st.booleans(),
    ssh_key=maybe,
    ssh_known_hosts=maybe,
)
added = st.builds(
    fleet.Host,
    name=strategies.names,
    endpoint=endpoints,
    zone=st.none() | strategies.zones,
    calendar=st.none() | strategies.names,
    max_parallel_steps=st.none() | st.integers(1, 1000),
    owner=strategies.names,
    updated_at=strategies.instants,
)
named_sets = st.builds(
    fleet.Group,
    name=strategies.names,
    hosts=st.frozensets(strategies.names, max_size=9).map(lambda names: tuple(sorted(names))),
    owner=strategies.names,
    updated_at=strategies.instants,
)


@given(added)
@here
async def test_a_host_survives_the_round_trip_through_the_database(store, host):
    """Every field comes back."""
    async with store.transaction() as unit:
        await unit.hosts.add(host)
        found = await unit.hosts.get(host.name)
        await unit.hosts.remove(host.name)

    assert found == host


@given(named_sets)
@here
def test_a_group_survives_the_round_trip(group):
    """Every field comes back."""
    assert groups.group(groups.values(group)) == group


async def test_hosts_are_added_changed_and_removed(store):
    """By name, whose case counts; what is not there, or there already, is said."""
    edge = fleet.Host(
        name="edge", endpoint=fleet.Endpoint(url="ssh://edge"), owner="alice", updated_at=NOON
    )
    core = replace(edge, name="core", endpoint=fleet.Endpoint(url="ssh://core"), zone="UTC")
    changed = replace(edge, max_parallel_steps=3, owner="bob")
    async with store.transaction() as unit:
        await unit.hosts.add(edge)
        await unit.hosts.add(core)
        with pytest.raises(errors.Conflict) as taken:
            await unit.hosts.add(edge)
        await unit.hosts.replace(changed)
    async with store.reading() as unit:
        found = await unit.hosts.all()
        none = await unit.hosts.get("Edge")
    async with store.transaction() as unit:
        await unit.hosts.remove("core")
        for gone in (unit.hosts.remove("core"), unit.hosts.replace(core)):
            with pytest.raises(errors.NotFound) as caught:
                await gone
            assert caught.value.code == "host-not-found"
        left = await unit.hosts.all()

    assert (found, none, left) == ((core, changed), None, (changed,))
    assert taken.value.code == "host-exists"
    assert hosts.host(hosts.values(changed)) == changed


async def test_groups_are_added_changed_and_removed(store):
    """By name, whose case counts; what is not there, or there already, is said."""
    edge = fleet.Group(name="edge", hosts=("a", "b"), owner="alice", updated_at=NOON)
    core = replace(edge, name="core", hosts=())
    changed = replace(edge, hosts=("c",), owner="bob")
    async with store.transaction() as unit:
        await unit.groups.add(edge)
        await unit.groups.add(core)
        with pytest.raises(errors.Conflict) as taken:
            await unit.groups.add(edge)
        await unit.groups.replace(changed)
    async with store.reading() as unit:
        found = await unit.groups.all()
        none = await unit.groups.get("Edge")
    async with store.transaction() as unit:
        await unit.groups.remove("core")
        for gone in (unit.groups.remove("core"), unit.groups.replace(core)):
            with pytest.raises(errors.NotFound) as caught:
                await gone
            assert caught.value.code == "group-not-found"
        left = await unit.groups.all()

    assert (found, none, left) == ((core, changed), None, (changed,))
    assert taken.value.code == "group-exists"


EDGE = fleet.Host(
    name="edge", endpoint=fleet.Endpoint(url="ssh://edge"), owner="alice", updated_at=NOON
)
WEB, DB = model.StackRef("edge", "web"), model.StackRef("local", "db")


async def name_it_everywhere(unit) -> None:
    """Let one of each kind name the host `edge`, and others nearly."""
    for number, selector in enumerate(("edge/web", "edge/*", "edge2/web", "ed*/web", "web")):
        await unit.schedules.add(schedule(id=f"s{number}", name=f"s{number}", selector=selector))
    for number, (stack, status) in enumerate(
        ((WEB, "planned"), (WEB, "succeeded"), (DB, "planned"))
    ):
        found = run(id=f"r{number}", stack=stack, status=model.RunStatus(status),
                    schedule_id=f"x{number}")  # fmt: skip
        assert await unit.runs.add(found)
    await unit.holds.place(
        holds.Hold(stack=WEB, wants=holds.Wanted.UP, owner="a", reason="", zone="UTC", since=NOON,
                   until=None)
    )  # fmt: skip
    for stack, needs in ((WEB, DB), (DB, WEB)):
        said = requirements.Requirement(stack=stack, needs=needs, owner="a", created_at=NOON)
        assert await unit.requirements.add(said)
    await unit.groups.add(
        fleet.Group(name="g", hosts=("edge", "local"), owner="a", updated_at=NOON)
    )
    kept = memory.Memory(stack=WEB, containers=frozenset({("app", 1)}), run_id="r1", at=NOON)
    await unit.memories.keep(kept)
    await unit.memories.note_deviation(WEB, at=NOON)
    await unit.endings.remember("edge", "c1", ended=model.Ended.STOPPED, at=NOON)


async def test_what_names_a_host_is_found_by_its_exact_name(store):
    """Each kind; patterns that match it, and names that begin like it, do not count."""
    async with store.transaction() as unit:
        await name_it_everywhere(unit)
    async with store.reading() as unit:
        uses = await unit.hosts.uses("edge")
        none = await unit.hosts.uses("edg")
        past = [await unit.hosts.has_past(name) for name in ("edge", "local", "edge2")]

    assert uses.schedules == ("s0", "s1")
    assert [each.stack for each in uses.holds] == [WEB]
    assert len(uses.requirements) == 2
    assert uses.groups == ("g",)
    assert [each.id for each in uses.planned] == ["r0"]
    assert uses.running == ()
    assert (bool(uses), bool(none)) == (True, False)
    assert past == [True, True, False]


async def test_a_rename_is_made_everywhere_at_once(store):
    """What was under the new name and is of no use any more goes; all the rest follows."""
    far = replace(EDGE, name="far", zone="UTC")
    there = model.StackRef("far", "web")
    async with store.transaction() as unit:
        await unit.hosts.add(EDGE)
        await name_it_everywhere(unit)
        await unit.memories.note_deviation(there, at=NOON)
        await unit.endings.remember("far", "c1", ended=model.Ended.FINISHED, at=NOON)
        await unit.hosts.rename(far, was="edge")
    async with store.reading() as unit:
        assert not await unit.hosts.uses("edge")
        assert await unit.hosts.all() == (far,)
        uses = await unit.hosts.uses("far")
        selectors = [(await unit.schedules.get(f"s{n}")).selector for n in range(5)]
        stacks = {(await unit.runs.get(f"r{n}")).stack for n in range(3)}
        remembered = await unit.memories.get(there)
        deviated = await unit.memories.deviated_at(there)
        endings = await unit.endings.all("far")
        groups = await unit.groups.all()

    assert selectors == ["far/web", "far/*", "edge2/web", "ed*/web", "web"]
    assert stacks == {there, DB}
    assert [each.stack for each in uses.holds] == [there]
    assert {(each.stack, each.needs) for each in uses.requirements} == {(there, DB), (DB, there)}
    assert (remembered.run_id, deviated) == ("r1", NOON)
    assert dict(endings) == {"c1": model.Ended.STOPPED}
    assert groups[0].hosts == ("far", "local")


async def test_a_rename_that_cannot_be_changes_nothing(store):
    """One of a host that is not there, or that makes a selector too long."""
    long = replace(EDGE, name="e" * 64)
    async with store.transaction() as unit:
        await unit.hosts.add(EDGE)
        await unit.schedules.add(schedule(selector=f"edge/{'x' * 150}"))
    for host, was, error in ((long, "edge", errors.Invalid), (long, "gone", errors.NotFound)):
        with pytest.raises(error):
            async with store.transaction() as unit:
                await unit.hosts.rename(host, was=was)
    async with store.reading() as unit:
        assert await unit.hosts.all() == (EDGE,)


async def test_a_run_is_claimed_and_settled_only_as_the_stack_that_was_meant(store):
    """Whoever chose it under another name has to choose again."""
    at = NOON
    async with store.transaction() as unit:
        await unit.runs.add(run(id="r0", stack=WEB, status=model.RunStatus.PLANNED))
        claimed = await unit.runs.claim("r0", at=at, stack=DB)
        settled = await unit.runs.settle(
            "r0", status=model.RunStatus.SKIPPED, at=at, cause="", stack=DB
        )
        right = await unit.runs.claim("r0", at=at, stack=WEB)

    assert (claimed, settled, right) == (False, False, True)


async def test_what_is_done_right_after_a_transaction_is_done_before_the_next(store):
    """Nobody sees what one has recorded without what was done about it."""
    done: list[int] = []
    seen: list[tuple[int, int]] = []

    async def change(number: int) -> None:
        async with store.transaction() as unit:
            seen.append((number, len(done)))
            await unit.groups.add(
                fleet.Group(name=f"g{number}", hosts=(), owner="a", updated_at=NOON)
            )
        done.append(number)

    await asyncio.gather(*map(change, range(20)))

    assert seen == [(number, number) for number in range(20)]


async def test_what_names_a_group_is_found(store):
    """By the whole name, page by page; also where the group does not exist."""
    names = {"a": "@edge/*", "b": "@edge/web", "c": "@edge-2/*", "d": "edge/*", "e": "@edg_/*"}
    async with store.transaction() as unit:
        for name, selector in names.items():
            await unit.schedules.add(schedule(id=name, name=name, selector=selector))
        used = await unit.groups.used()
        first = await unit.schedules.with_group("edge", after=None, limit=1)
        rest = await unit.schedules.with_group("edge", after="a", limit=9)
        like = await unit.schedules.with_group("edg_", after=None, limit=9)

    assert used == {"edge": 2, "edge-2": 1, "edg_": 1}
    assert [each.name for each in (*first, *rest)] == ["a", "b"]
    assert [each.name for each in like] == ["e"]


async def test_windows_are_found_by_what_groups_have_now(store):
    """A stack that comes to a group has its windows; one that leaves it has not."""
    night = triggers.WindowTrigger(
        expression="daily 22:00-06:00", zone="UTC", wants=triggers.Wish.ASLEEP
    )
    edge = fleet.Group(name="edge", hosts=("a",), owner="alice", updated_at=NOON)
    async with store.transaction() as unit:
        await unit.schedules.add(
            schedule(id="w", name="w", selector="@edge/*", trigger=night, action=None)
        )
        assert await unit.schedules.windows(model.StackRef("a", "web")) == ()
        await unit.groups.add(edge)
        here = await unit.schedules.windows(model.StackRef("a", "web"))
        there = await unit.schedules.windows(model.StackRef("b", "web"))
        await unit.groups.replace(replace(edge, hosts=("b",)))
        moved = await unit.schedules.windows(model.StackRef("b", "web"))

    assert [each.name for each in here] == [each.name for each in moved] == ["w"]
    assert there == ()


async def test_groups_are_read_as_selectors_need_them(store):
    """Name → hosts."""
    async with store.transaction() as unit:
        assert await unit.groups.members() == {}
        for name, hosts_ in (("edge", ("a", "b")), ("none", ())):
            group = fleet.Group(name=name, hosts=hosts_, owner="alice", updated_at=NOON)
            await unit.groups.add(group)
        assert await unit.groups.members() == {"edge": {"a", "b"}, "none": set()}
