"""A schedule that names no zone gets that of its hosts, once, when it is made."""

from __future__ import annotations

import pytest

from tests.api.daemon import Daemon

NIGHTLY = {"name": "nightly", "action": "stop", "cron": "0 22 * * *"}


@pytest.fixture
async def tokyo(daemon) -> Daemon:
    """A daemon in Europe/Berlin, whose host `local` is in Tokyo; `@all` is every host."""
    daemon.roster.configure("local", zone="Asia/Tokyo")
    group = {"name": "all", "hosts": ["local", "away"]}
    await daemon.local("POST", "/v1/groups", json=group)
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
    tokyo.roster.configure("local", zone=None)
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
