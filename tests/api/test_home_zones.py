"""A schedule that names no zone gets that of its hosts, once, when it is made."""

from __future__ import annotations

import pytest

from dockschedd.core import fleet
from tests.api.daemon import Daemon

NIGHTLY = {"name": "nightly", "action": "stop", "cron": "0 22 * * *"}


@pytest.fixture
async def tokyo(daemon) -> Daemon:
    """A daemon in Europe/Berlin, whose host `local` is in Tokyo; `@all` is every host."""
    host = fleet.Host(
        name="local",
        endpoint=fleet.Endpoint(url="unix:///docker.sock"),
        zone="Asia/Tokyo",
        owner="local",
        updated_at=daemon.clock.now(),
    )
    group = {"name": "all", "hosts": ["local", "away"]}
    await daemon.local("POST", "/v1/groups", json=group)
    async with daemon.store.transaction() as unit:
        await unit.hosts.add(host)
    return daemon


async def test_whose_zone_was_taken_is_told(tokyo) -> None:
    """With the reason, when it is made and never again; a zone that is named is that one."""
    made = {
        name: (await tokyo.local("POST", "/v1/schedules", json={**NIGHTLY, "name": name, **more}))
        for name, more in {
            "host": {"selector": "local/*"},
            "bare": {"selector": "web"},
            "other": {"selector": "away/far"},
            "group": {"selector": "@all/*"},
            "named": {"selector": "web", "zone": "UTC"},
        }.items()
    }
    shown = (await tokyo.local("GET", "/v1/schedules/host")).json

    assert {n: (r.json["zone"], r.json["zone_reason"]) for n, r in made.items()} == {
        "host": ("Asia/Tokyo", "that of host `local`"),
        "bare": ("Asia/Tokyo", "that of host `local`"),
        "other": ("Europe/Berlin", ""),
        "group": (
            "Europe/Berlin",
            "the daemon's: the hosts of group `all` have different ones",
        ),
        "named": ("UTC", ""),
    }
    assert made["host"].json["next_at"].startswith("2026-11-24T13:00")
    assert (shown["zone"], shown["zone_reason"]) == ("Asia/Tokyo", "")


async def test_a_zone_stays_when_the_host_gets_another_one(tokyo) -> None:
    """It was decided when the schedule was made; a change of the selector does not touch it."""
    await tokyo.local("POST", "/v1/schedules", json={**NIGHTLY, "selector": "web"})
    async with tokyo.store.transaction() as unit:
        await unit.hosts.remove("local")
    changed = await tokyo.local("PATCH", "/v1/schedules/nightly", json={"selector": "mail"})

    assert changed.json["zone"] == "Asia/Tokyo"


async def test_an_entry_of_a_document_without_a_zone_has_that_of_its_hosts(tokyo) -> None:
    """Also of a group that comes with it."""
    body = {
        "schedules": [{**NIGHTLY, "selector": "@one/*"}],
        "groups": [{"name": "one", "hosts": ["local"]}],
    }
    await tokyo.local("POST", "/v1/documents", json=body)
    shown = (await tokyo.local("GET", "/v1/schedules/nightly")).json
    again = (await tokyo.local("POST", "/v1/documents", json=body)).json

    assert (shown["zone"], again["unchanged"]) == ("Asia/Tokyo", ["nightly"])


async def test_a_host_of_the_configuration_has_a_zone_as_well(start) -> None:
    """It counts before one of the database."""
    endpoint = fleet.Endpoint(url="unix:///docker.sock")
    configured = {"local": fleet.Host(name="local", endpoint=endpoint, zone="Asia/Tokyo")}
    async with start(configured=configured) as daemon:
        body = {**NIGHTLY, "selector": "web"}
        made = (await daemon.local("POST", "/v1/schedules", json=body)).json

    assert (made["zone"], made["zone_reason"]) == ("Asia/Tokyo", "that of host `local`")
