"""`host add`, `edit` and `rm`: what is sent, what is said, and what is refused."""

from __future__ import annotations

import pytest

from dockschedd.wire import hosts, stacks
from tests.ctl import samples, stub

FILES = ("tls_ca", "tls_cert", "tls_key", "ssh_key", "ssh_known_hosts")
LOST = samples.HOSTS[1]
FINE = stacks.Host(
    name="edge", url="ssh://edge", reachable=True, seen_at=samples.at(seconds=1), error=None,
    engine_version="29.1.3", stacks=2, origin="added",
    notes=("`rim` has the same URL: only one of them is acted on",),
)  # fmt: skip


def sent(daemon: stub.Stub, what: str) -> dict:
    return [r.body for r in daemon.requests if f"{r.method} {r.path}" == what][-1]


def test_a_host_is_added_with_all_that_it_can_have(ctl, daemon) -> None:
    """And whether it answers is said, with what is worth knowing."""
    daemon.on("POST /v1/hosts", FINE)
    files = [word for name in FILES for word in (f"--{name.replace('_', '-')}", f"/f/{name}")]
    result = ctl("host", "add", "edge", "ssh://edge", *files, "--plain-tcp", "--tz", "UTC",
                 "--calendar", "holidays", "--max-parallel-steps", "4")  # fmt: skip

    assert sent(daemon, "POST /v1/hosts") == {
        "name": "edge", "url": "ssh://edge", "plain_tcp": True, "zone": "UTC",
        "calendar": "holidays", "max_parallel_steps": 4, "check": True,
        **{name: f"/f/{name}" for name in FILES},
    }  # fmt: skip
    assert (result.code, result.out) == (0, "")
    assert result.err == (
        "added edge\nit answers: Docker 29.1.3, 2 stacks\n"
        "warning: `rim` has the same URL: only one of them is acted on\n"
    )


@pytest.mark.parametrize(
    ("flags", "host", "said"),
    [
        ((), LOST, "it cannot be reached: connection refused; the daemon goes on trying\n"),
        (("--no-check",), LOST, ""),
    ],
)
def test_a_host_that_cannot_be_reached_is_no_failure(ctl, daemon, flags, host, said) -> None:
    """It is added: what is wrong is said, unless nobody wants to wait for it."""
    daemon.on("POST /v1/hosts", host)
    result = ctl("host", "add", "edge", "ssh://edge", *flags)

    assert sent(daemon, "POST /v1/hosts")["check"] is (not flags)
    assert (result.code, result.err) == (0, f"added edge\n{said}")


def test_only_what_is_given_is_changed_and_an_empty_value_takes_away(ctl, daemon) -> None:
    """0 takes a limit away; a zone is nothing to wait for."""
    daemon.on("PATCH /v1/hosts/edge", FINE)
    result = ctl("host", "edit", "edge", "--tz", "", "--calendar", "h", "--max-parallel-steps",
                 "0", "--no-plain-tcp", "--ssh-key", "")  # fmt: skip

    assert sent(daemon, "PATCH /v1/hosts/edge") == {
        "zone": None, "calendar": "h", "max_parallel_steps": None, "plain_tcp": False,
        "ssh_key": None, "check": True,
    }  # fmt: skip
    assert result.err.startswith("changed edge\nit answers: ")
    ctl("host", "edit", "edge", "--tz", "UTC")
    assert "it answers" not in ctl("host", "edit", "edge", "--tz", "UTC").err


def test_a_rename_says_both_names(ctl, daemon) -> None:
    """The answer is the host under its new name."""
    daemon.on("PATCH /v1/hosts/rim", FINE)
    result = ctl("host", "edit", "rim", "--name", "edge")

    assert sent(daemon, "PATCH /v1/hosts/rim") == {"name": "edge", "check": True}
    assert result.err.startswith("renamed rim to edge\n")


def test_an_edit_that_changes_nothing_is_a_mistake(ctl, daemon) -> None:
    """Nothing is sent."""
    result = ctl("host", "edit", "edge")

    assert result.code == 2
    assert not daemon.requests


def test_a_removal_by_force_tells_what_still_names_the_host(ctl, daemon) -> None:
    """A line for each kind, and how many runs end."""
    daemon.on("DELETE /v1/hosts/edge", hosts.HostRemoved(name="edge", uses=samples.USES))
    result = ctl("host", "rm", "edge", "--force")

    assert daemon.requests[-1].query == {"force": "true"}
    assert result.err == (
        "removed edge\n"
        "still named by schedules: nightly, weekly\n"
        "still named by holds: edge/db\n"
        "still named by requirements: local/web needs edge/db\n"
        "still named by groups: rim\n"
        "runs that come to an end: 1\n"
    )
    assert ctl("host", "rm", "edge", "-o", "name").out == "edge\n"


def test_a_host_that_is_in_use_is_not_removed(ctl, daemon) -> None:
    """The daemon's list and its hint are shown."""
    refusal = stub.Refuse("host-in-use", "The host `edge` is named by: schedule `a`.", "`--force`")
    daemon.on("DELETE /v1/hosts/edge", refusal)
    result = ctl("host", "rm", "edge")

    assert result.code == 1
    assert "is named by: schedule `a`" in result.err
    assert "hint: `--force`" in result.err
