"""ports.KnownHosts and ports.Groups on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dockschedd import errors
from dockschedd.core import fleet
from dockschedd.store import groups, hosts
from tests import strategies
from tests.store.nouns import NOON

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
