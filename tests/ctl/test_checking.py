"""`host check`: which hosts, and with what it ends."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from dockschedd.wire import hosts, stacks
from tests.ctl import samples


def found(name: str, outcome: str) -> hosts.HostCheck:
    finding = hosts.HostFinding(step="clock", outcome=outcome, message="late", hint=None)
    return hosts.HostCheck(host=name, ok=outcome != "failed", findings=(finding,))


def test_what_is_worth_knowing_of_a_host_is_in_the_status(ctl, daemon) -> None:
    """A certificate that ends soon, for one."""
    noted = replace(samples.HOSTS[0], notes=("the certificate of the engine expires today",))
    daemon.on("GET /v1/status", replace(samples.STATUS, hosts=(noted,)))

    assert "  note: the certificate of the engine expires today\n" in ctl("status").out


@pytest.fixture
def checked(daemon):
    """`local` works with a warning, and `edge` does not."""
    daemon.on("GET /v1/hosts", stacks.Hosts(items=samples.HOSTS))
    daemon.on("POST /v1/hosts/local/check", found("local", "warning"))
    daemon.on("POST /v1/hosts/edge/check", found("edge", "failed"))
    return daemon


@pytest.mark.parametrize(
    ("names", "told", "code"),
    [
        ((), ["local", "edge"], 1),
        (("local",), ["local"], 0),
        (("edge",), ["edge"], 1),
        (("edge", "local"), ["edge", "local"], 1),
    ],
)
def test_all_hosts_are_checked_or_those_that_are_named(
    ctl, checked, names: tuple[str, ...], told: list[str], code: int
) -> None:
    """The exit code tells whether one has failed; a warning is no failure."""
    text = ctl("host", "check", *names)
    data = ctl("host", "check", *names, "-o", "json")
    bare = ctl("host", "check", *names, "-o", "name")

    assert (text.code, data.code, bare.code) == (code, code, code)
    assert [each["host"] for each in json.loads(data.out)] == told
    assert bare.out.split() == told
    assert "local: warning" in text.out or "local" not in told
