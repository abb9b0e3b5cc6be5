"""The zone of a schedule that names none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import fleet, home_zones, model

ZONES = {"tok-1": "Asia/Tokyo", "tok-2": "Asia/Tokyo", "ber": "Europe/Berlin", "local": None}
GROUPS = {"asia": ("tok-1", "tok-2"), "all": tuple(ZONES), "one": ("ber",), "none": ()}
REFS = tuple(
    model.StackRef(*each)
    for each in (("tok-1", "web"), ("ber", "web"), ("ber", "db"), ("local", "mail"))
)


def hosts(zones=None, *, zone="Europe/Berlin", groups=None, refs=REFS) -> home_zones.Hosts:
    zones = ZONES if zones is None else zones
    endpoint = fleet.Endpoint(url="unix:///docker.sock")
    return home_zones.Hosts(
        zone=zone,
        hosts={n: fleet.Host(name=n, endpoint=endpoint, zone=z) for n, z in zones.items()},
        groups=GROUPS if groups is None else groups,
        refs=refs,
    )


@pytest.mark.parametrize(
    ("selector", "zone", "why"),
    [
        ("tok-1/web", "Asia/Tokyo", "that of host `tok-1`"),
        ("tok-1/*", "Asia/Tokyo", "that of host `tok-1`"),
        ("db", "Europe/Berlin", "that of host `ber`"),
        ("mail", "UTC", ""),
        ("local/*", "UTC", ""),
        ("web", "UTC", ""),
        ("nothing", "UTC", ""),
        ("gone/web", "UTC", ""),
        ("tok-*/web", "Asia/Tokyo", "that of the hosts that `tok-*/web` matches"),
        ("@asia/*", "Asia/Tokyo", "that of the hosts of group `asia`"),
        ("@one/*", "Europe/Berlin", "that of host `ber`"),
        ("@none/*", "UTC", ""),
        ("@gone/*", "UTC", ""),
        ("*", "UTC", "the daemon's: the hosts that `*` matches have different ones"),
        ("@all/web", "UTC", "the daemon's: the hosts of group `all` have different ones"),
        ("a b", "UTC", ""),
    ],
)
def test_a_schedule_has_the_zone_of_the_hosts_that_it_is_for(selector, zone, why):
    """Where they share one; else the daemon's, and why is told where a host has its own."""
    assert hosts(zone="UTC").home(selector) == home_zones.Home(zone=zone, why=why)


def test_a_host_without_a_zone_has_the_daemons():
    """Beside one that names the same, they share it."""
    assert hosts(zone="Asia/Tokyo").home("*").zone == "Asia/Tokyo"
    shared = hosts({"a": "Asia/Tokyo", "b": None}, zone="Asia/Tokyo").home("*")
    assert shared == home_zones.Home(zone="Asia/Tokyo", why="that of the hosts that `*` matches")


@given(
    st.dictionaries(st.text("ab", min_size=1, max_size=2), st.none() | st.sampled_from("xyz")),
    st.text("ab*@", min_size=1, max_size=3),
    st.text("w*", min_size=1, max_size=2),
)
def test_the_zone_is_always_the_daemons_or_that_of_all_hosts_that_are_meant(zones, part, name):
    """Never that of some of them."""
    groups = {"a": tuple(zones), "b": ()}
    found = hosts(zones, zone="d", groups=groups, refs=()).home(f"{part}/{name}")

    assert found.zone == "d" or found.zone in zones.values()
    assert found.zone == "d" or found.why.startswith("that of ")
