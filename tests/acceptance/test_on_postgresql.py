"""The same daemon on PostgreSQL: a schedule stops a real stack, and a crash loses nothing."""

from __future__ import annotations

import secrets

import pytest

from tests import databases
from tests.acceptance.conftest import Ctl
from tests.crash.test_failpoints import in_a_moment
from tests.daemon_process import DaemonProcess
from tests.engines import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.postgres]


@pytest.fixture(scope="module")
def url():
    with databases.cluster() as cluster:
        yield cluster.url("postgres")


@pytest.fixture
def daemon(engine, tmp_path_factory, url):
    process = DaemonProcess(tmp_path_factory.mktemp("d"), engine.url, database=url)
    yield process
    process.close()


def test_a_schedule_that_a_crash_interrupts_is_carried_out_once(daemon, compose_up, engine, url):
    """Killed after the claim, the next start continues; the audit chain is whole."""
    stack = compose_up("sample", f"pg{secrets.token_hex(3)}")
    daemon.start(DOCKSCHEDD_FAILPOINT="run-after-claim")
    body = {"name": "once", "action": "stop", "selector": f"local/{stack}", "at": in_a_moment(1.5)}
    daemon.ok("POST", "/v1/schedules", body)
    assert daemon.died() == -9
    daemon.start()
    wait_until(
        lambda: [r["status"] for r in daemon.runs()] == ["interrupted", "succeeded"], within=20
    )

    assert set(engine.states(stack).values()) == {"exited"}
    assert "whole" in Ctl(daemon)("audit", "verify")


def test_a_second_daemon_on_the_database_is_refused(daemon, engine, tmp_path_factory, url):
    """Its own state directory does not help it: the database is taken."""
    daemon.start()
    other = DaemonProcess(tmp_path_factory.mktemp("d"), engine.url, database=url)
    other.start(ready_within=None)

    assert other.died() == 1
    assert "another dockschedd uses this database" in other.log
