"""The clock's edges: ids in order, and the machine's zone."""

from __future__ import annotations

import uuid

import pytest

from dockschedd import clock


class StillClock(clock.SystemClock):
    """Stands where it is put."""

    def __init__(self, at):
        self.at = at

    def now(self):
        return self.at


def test_ids_are_uuids_of_version_7_with_the_instant_in_front():
    """RFC 9562, section 5.7."""
    now = clock.SystemClock().now()
    made = uuid.UUID(clock.SystemIds(StillClock(now)).new())

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(now.timestamp() * 1000)


def test_ids_ascend_within_a_millisecond_and_when_the_clock_steps_back():
    """The order of making is the order of text."""
    still = StillClock(clock.SystemClock().now())
    ids = clock.SystemIds(still)
    made = [ids.new() for _ in range(1000)]
    still.at = still.at.replace(year=still.at.year - 1)
    made += [ids.new() for _ in range(1000)]

    assert made == sorted(made)
    assert len(set(made)) == 2000
    assert all(uuid.UUID(each).version == 7 for each in made)


@pytest.mark.parametrize(
    ("environ", "zone"),
    [
        ({"TZ": "Asia/Kathmandu"}, "Asia/Kathmandu"),
        ({"TZ": ":Europe/Berlin"}, "Europe/Berlin"),
        ({"TZ": "/usr/share/zoneinfo/Europe/Oslo"}, "Europe/Oslo"),
        ({"TZ": "CET-1CEST"}, "UTC"),
        ({"TZ": "../../etc/passwd"}, "UTC"),
    ],
)
def test_the_machines_zone_is_an_iana_name(environ, zone):
    """$TZ as tzset(3) reads it; what is no IANA name is UTC."""
    assert clock.local_zone(environ) == zone
