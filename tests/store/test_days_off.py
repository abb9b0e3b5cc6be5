"""Hosts' days off, as they come with what keeps schedules from stacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dockschedd.core import dates, days_off, fleet, triggers
from dockschedd.store import open_store
from tests.daemon.world import KEYS
from tests.store.nouns import NOON

TODAY = date(2026, 11, 24)
EDGE = fleet.Host(
    name="edge",
    endpoint=fleet.Endpoint(url="unix:///x.sock"),
    zone="Europe/Berlin",
    calendar="holidays",
    owner="local",
    updated_at=NOON,
)


def kept(name: str, *days: date) -> dates.Kept:
    calendar = triggers.Calendar(name=name, dates=frozenset(days))
    return dates.Kept(calendar=calendar, owner="local", updated_at=NOON)


async def test_days_off_are_those_of_the_calendars_that_hosts_name(store):
    """Host → dates and zone; a calendar that is not there closes nothing, and none is asked."""
    async with store.transaction() as unit:
        for host in (EDGE, replace(EDGE, name="gone", calendar="gone")):
            await unit.hosts.add(host)
        await unit.hosts.add(replace(EDGE, name="free", calendar=None))
        assert (await unit.holds.blocks()).days_off == {}
    async with store.transaction() as unit:
        await unit.calendars.add(kept("holidays", TODAY))
    async with store.reading() as unit:
        blocks = await unit.holds.blocks()

    off = days_off.DaysOff(
        host="edge", calendar=kept("holidays", TODAY).calendar, zone="Europe/Berlin"
    )
    assert blocks.days_off == {"edge": off}


async def test_a_host_of_the_configuration_counts_before_one_of_the_database(tmp_path):
    """As it does everywhere; without a zone the daemon's is that of its dates."""
    configured = {"edge": replace(EDGE, zone=None, calendar="other")}
    store = await open_store(
        f"sqlite://{tmp_path}/x.db",
        audit_keys=KEYS,
        audit_key_id="1",
        configured=days_off.Configured(hosts=configured, zone="Asia/Tokyo"),
    )
    try:
        async with store.transaction() as unit:
            await unit.hosts.add(EDGE)
            for name in ("holidays", "other"):
                await unit.calendars.add(kept(name, TODAY))
            found = (await unit.holds.blocks()).days_off
    finally:
        await store.close()

    assert [(name, each.calendar.name, each.zone) for name, each in found.items()] == [
        ("edge", "other", "Asia/Tokyo")
    ]
