"""Four engines, over sockets, TLS and ssh, in trouble one after another while schedules fire."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests import pki, sshd
from tests.engines import Engine, start_engine, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

#: What each host is told, one after the other, so long apart; the last word is a start.
ACTIONS = ("stop", "start") * 5
LAST = len(ACTIONS) - 1
APART = timedelta(seconds=2)


@dataclass
class Fleet:
    """The engines by the names of their hosts, and how those are added."""

    engines: dict[str, Engine]
    gate: sshd.Sshd
    options: dict[str, tuple[str, ...]]


@pytest.fixture
def fleet(engine: Engine, tmp_path: Path) -> Iterator[Fleet]:
    """The shared engine, two that listen with TLS, and one that only an sshd leads to."""
    sshd.require_sshd()
    authority = pki.Authority(tmp_path)
    server, own = authority.issue("server", "127.0.0.1"), authority.issue("client")
    files = ("--tls-ca", authority.ca, "--tls-cert", own.cert, "--tls-key", own.key)
    made: dict[str, Engine] = {"local": engine}
    options: dict[str, tuple[str, ...]] = {}
    gates: list[sshd.Sshd] = []
    try:
        for name in ("north", "south"):
            port = sshd.free_port()
            made[name] = start_engine(*authority.options(server, port))
            options[name] = (f"tcp://127.0.0.1:{port}", *files)
        made["far"] = start_engine()
        gates.append(sshd.Sshd(made["far"].url))
        end = gates[0].start().endpoint
        keys = ("--ssh-key", end.ssh_key or "", "--ssh-known-hosts", end.ssh_known_hosts or "")
        options["far"] = (end.url, *keys)
        yield Fleet(made, gates[0], options)
    finally:
        for gate in gates:
            gate.remove()
        for name in made.keys() - {"local"}:
            made[name].remove()


@pytest.fixture
def stack(fleet: Fleet) -> Iterator[str]:
    """The name of a stack that runs on each of them."""
    name = f"sev{secrets.token_hex(3)}"
    for each in fleet.engines.values():
        each.compose_up("pair", name)
    yield name
    fleet.engines["local"].compose_down(name)


def document(hosts: dict[str, Engine], stack: str, first: datetime) -> str:
    """Return the schedules of all hosts, as a document."""
    schedules = [
        {
            "name": f"{host}-{number}",
            "action": action,
            "selector": f"{host}/{stack}",
            "at": (first + number * APART).isoformat(),
        }
        for host in hosts
        for number, action in enumerate(ACTIONS)
    ]
    return json.dumps({"version": 1, "schedules": schedules})


def make_trouble(fleet: Fleet, first: datetime) -> None:
    """Freeze one engine, kill another and cut the third off, each for some seconds."""
    north, south = fleet.engines["north"], fleet.engines["south"]
    for after, change in (
        (3, north.hang),
        (5, south.kill),
        (7, fleet.gate.stop),
        (8, south.start),
        (9, north.resume),
        (12, fleet.gate.start),
    ):
        at = first + timedelta(seconds=after)
        wait_until(lambda at=at: datetime.now(UTC) >= at, within=30)
        change()


def host_of(run: dict) -> str:
    return str(run["stack"]).partition("/")[0]


def test_trouble_of_one_engine_is_nobody_elses(ctl, fleet, stack):
    """Each occurrence is carried out or overtaken, once, each stack ends as the last word on it
    says or tells why not, and the host beside them notices nothing.
    """
    for host, options in fleet.options.items():
        added = ctl.run("host", "add", host, *options)
        assert "it answers: Docker " in added.stderr, added.stderr
    checked = {host: ctl.run("host", "check", host).returncode for host in fleet.engines}
    first = datetime.now(UTC) + timedelta(seconds=6)
    ctl("schedule", "apply", "-f", "-", stdin=document(fleet.engines, stack, first))

    make_trouble(fleet, first)

    def runs() -> list[dict]:
        return ctl.json("run", "ls", "-n", "200")

    wait_until(lambda: datetime.now(UTC) >= first + len(ACTIONS) * APART, within=60)
    wait_until(lambda: all(run["finished_at"] for run in runs()), within=60)
    ended = runs()
    states = {host: set(each.states(stack).values()) for host, each in fleet.engines.items()}

    assert checked == dict.fromkeys(fleet.engines, 0)
    names = {f"{host}-{number}" for host in fleet.engines for number in range(len(ACTIONS))}
    # An attempt that was cut off is not followed by another where a later word overtook it.
    whole = Counter(run["schedule"] for run in ended if run["status"] != "interrupted")
    assert {run["schedule"] for run in ended} == names
    assert max(whole.values()) == 1
    assert whole.keys() >= {f"{host}-{LAST}" for host in fleet.engines}
    # An engine that was killed may refuse to start what it has left half done, and says so.
    last = {host_of(run): run for run in ended if run["schedule"].endswith(f"-{LAST}")}
    refused = {host: run["error"] for host, run in last.items() if run["status"] != "succeeded"}
    assert refused.keys() <= {"south"}, refused
    assert all(refused.values()), last
    told = {host: states[host] == {"running"} for host in fleet.engines}
    assert told == {host: host not in refused for host in fleet.engines}, refused
    # Two seconds late, and the next word would have overtaken it.
    troubled = {host_of(run) for run in ended if run["status"] != "succeeded"}
    assert troubled == fleet.engines.keys() - {"local"}
    assert {run["status"] for run in ended} <= {
        "succeeded", "superseded", "interrupted", "failed", "partial"
    }  # fmt: skip
    assert "whole" in ctl("audit", "verify")
