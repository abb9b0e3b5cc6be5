"""A real daemon killed while a host is renamed, added or removed: it is one or the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tests.crash.test_failpoints import CHANGING_HOSTS, in_a_moment
from tests.daemon_process import DaemonProcess
from tests.engines import wait_until

AT = "2026-11-24T07:00:00.000000Z"
#: Where the name of a host is kept, as queries for all values.
NAMES = (
    "SELECT name FROM hosts",
    "SELECT host FROM runs",
    "SELECT host FROM holds",
    "SELECT host FROM requirements",
    "SELECT needed_host FROM requirements",
    "SELECT substr(selector, 1, instr(selector, '/') - 1) FROM schedules",
    "SELECT json_each.value FROM host_groups, json_each(host_groups.hosts)",
)


@pytest.fixture
def daemon(tmp_path_factory) -> Iterator[DaemonProcess]:
    """Not started yet; no host of it can be reached."""
    process = DaemonProcess(tmp_path_factory.mktemp("d"), "unix:///nowhere.sock")
    yield process
    process.close()


def names(daemon: DaemonProcess) -> list[set[str]]:
    with sqlite3.connect(daemon.state / "dockschedd.db") as database:
        found = [{row[0] for row in database.execute(query)} for query in NAMES]
    database.close()
    return found


def host(daemon: DaemonProcess, name: str = "edge") -> None:
    body = {"name": name, "url": f"unix:///{name}.sock", "check": False}
    daemon.ok("POST", "/v1/hosts", body)


@pytest.mark.parametrize("point", CHANGING_HOSTS)
def test_a_crash_while_a_host_is_renamed_leaves_one_name_everywhere(daemon, point):
    """The old one before it is recorded, the new one after; the daemon goes on with that."""
    daemon.start(DOCKSCHEDD_FAILPOINT=f"{point}:2")
    host(daemon)
    for name, selector in (("one", "edge/web"), ("all", "edge/*")):
        body = {"name": name, "action": "stop", "selector": selector, "cron": "0 3 * * *"}
        daemon.ok("POST", "/v1/schedules", body)
    soon = {"name": "soon", "action": "stop", "selector": "edge/web", "at": in_a_moment()}
    daemon.ok("POST", "/v1/schedules", soon)
    daemon.ok("PUT", "/v1/stacks/edge/db/hold", {"wants": "up", "duration": "1h", "act": False})
    with sqlite3.connect(daemon.state / "dockschedd.db") as database:
        database.execute("INSERT INTO host_groups VALUES ('g', '[\"edge\"]', 'local', ?)", (AT,))
        said = ("edge", "a", "edge", "b", "local", AT)
        database.execute("INSERT INTO requirements VALUES (?, ?, ?, ?, ?, ?)", said)
    database.close()
    wait_until(daemon.runs, within=10)
    with pytest.raises((OSError, AssertionError)):
        daemon.ok("PATCH", "/v1/hosts/edge", {"name": "far", "check": False})
    assert daemon.died() == -9
    found = names(daemon)
    daemon.start()
    name = "edge" if point == "host-before-commit" else "far"

    assert found == [{name}] * len(NAMES)
    hosts = [each["name"] for each in daemon.ok("GET", "/v1/hosts")["items"]]
    assert hosts == sorted([name, "local"])
    assert daemon.ok("POST", "/v1/audit/verify")["ok"]
    actions = [entry["action"] for entry in daemon.ok("GET", "/v1/audit")["items"]]
    assert ("host.rename" in actions) is (name == "far")


@pytest.mark.parametrize("point", CHANGING_HOSTS)
def test_a_crash_while_a_host_is_added_or_removed_does_it_or_not(daemon, point):
    """With its audit record; the next start has the hosts that are recorded."""
    daemon.start(DOCKSCHEDD_FAILPOINT=f"{point}:2")
    host(daemon)
    with pytest.raises((OSError, AssertionError)):
        daemon.ok("DELETE", "/v1/hosts/edge")
    assert daemon.died() == -9
    daemon.start(DOCKSCHEDD_FAILPOINT=point)
    there = "edge" in [each["name"] for each in daemon.ok("GET", "/v1/hosts")["items"]]
    with pytest.raises((OSError, AssertionError)):
        host(daemon, "far")
    assert daemon.died() == -9
    daemon.start()
    hosts = [each["name"] for each in daemon.ok("GET", "/v1/hosts")["items"]]

    assert there is (point == "host-before-commit")
    assert hosts == (["edge", "local"] if there else ["far", "local"])
    assert daemon.ok("POST", "/v1/audit/verify")["ok"]
