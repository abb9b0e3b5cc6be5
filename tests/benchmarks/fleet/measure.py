"""One daemon and 100 engines with 2,000 stacks, 20,000 containers and 100,000 schedules."""

from __future__ import annotations

import datetime as dt
import os
import time
from typing import TYPE_CHECKING, Any, Final

from dockschedd.core import model
from tests import patience
from tests.benchmarks import crowd
from tests.benchmarks.figures import Figure, median, percentile
from tests.benchmarks.fleet import fleet
from tests.benchmarks.machine import timed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.fleet.fleet import Fleet
    from tests.benchmarks.machine import Daemon, Machine

WATCH_S: Final = 60.0
EVENTS: Final = 10
ENABLED: Final = 10_000
#: The daemon has to be ready, and to have seen the fleet, after this time.
START_WITHIN: Final = dt.timedelta(seconds=20)
#: Due in the same second.
TOGETHER: Final = (100, 1000)
_PAGE: Final = 1000
_LOOK_EVERY_S: Final = 1.0


def measure(machine: Machine, rounds: int) -> Iterator[Figure]:
    """Start the daemon on the fleet, let it rest, ask it, and let very much happen at once."""
    stacks = fleet.refs()
    crowd.put(machine.home / "fleet-many", crowd.quiet(crowd.SCHEDULES, stacks, now=crowd.now()))
    with fleet.served(machine.home) as engines:
        yield from _started(machine, engines, rounds)
        yield from _at_rest(machine, engines, rounds)
        for count in TOGETHER:
            yield from _together(machine, engines, rounds, count)


def soak(machine: Machine, minutes: float) -> Iterator[str]:
    """Yield a line for every minute of a daemon that follows the fleet's events."""
    stacks = fleet.refs()
    crowd.put(machine.home / "soak", crowd.quiet(crowd.SCHEDULES, stacks, now=crowd.now()))
    with (
        fleet.served(machine.home) as engines,
        machine.daemon("soak", config=engines.config) as it,
    ):
        _until_seen(it)
        engines.do("events", EVENTS)
        yield f"{'minute':>6}  {'MB':>6}  {'CPU %':>6}  {'files':>6}  {'threads':>7}"
        for minute in range(1, round(minutes) + 1):
            before = it.cpu_s()
            time.sleep(60)
            share = (it.cpu_s() - before) / 60 * 100
            yield (
                f"{minute:>6}  {it.resident_mb():>6.1f}  {share:>6.2f}  {_files(it):>6}"
                f"  {_threads(it):>7}"
            )


def _started(machine: Machine, engines: Fleet, rounds: int) -> list[Figure]:
    ready, seen, spent = [], [], []
    for _ in range(rounds):
        with machine.daemon("fleet-many", config=engines.config) as daemon:
            ready.append(daemon.ready_after_s)
            seen.append(daemon.ready_after_s + timed(_until_seen, daemon))
            spent.append(daemon.cpu_s())
    return [
        _figure("time to ready", median(ready), "s", 1.0),
        _figure("until all hosts are seen", median(seen), "s", note="from the process's start"),
        _figure("processor time until then", median(spent), "s"),
    ]


def _at_rest(machine: Machine, engines: Fleet, rounds: int) -> list[Figure]:
    with machine.daemon("fleet-many", config=engines.config) as daemon:
        _until_seen(daemon)
        time.sleep(5)  # what the start leaves to do is no rest
        idle = _share(daemon)
        resting = daemon.resident_mb()
        files, threads = _files(daemon), _threads(daemon)
        engines.do("events", EVENTS)
        trickling = _share(daemon)
        engines.do("events", 0)
        before = daemon.cpu_s()
        began = time.monotonic()
        engines.do("burst", 20)
        last = _until_quiet(daemon)
        asked = _asked(daemon, rounds)
        return [
            _figure("processor, idle", idle, "%", note=f"of one core, over {WATCH_S:.0f} s"),
            _figure(f"processor, {EVENTS} events a second", trickling, "%", note="of one core"),
            _figure("resident memory, idle", resting, "MB", 200),
            _figure("open files, idle", files, ""),
            _figure("threads, idle", threads, ""),
            _figure(
                "4,000 events at once: processor time",
                last[1] - before,
                "s",
                note=f"over after {last[0] - began:.1f} s; 20 containers on each host",
            ),
            *asked,
            _figure("resident memory", daemon.resident_mb(), "MB", 200, note="after all that"),
        ]


def _asked(daemon: Daemon, rounds: int) -> list[Figure]:
    """Ask what people ask."""
    found = []
    for words, target in (
        (("stack", "ls", "edge-050/*"), 0.12),
        (("stack", "ls"), None),
        (("stack", "ls", "-o", "json"), None),
        (("status",), None),
        (("host", "ls"), None),
    ):
        took = median([timed(daemon.ctl, *words) for _ in range(rounds * 2)])
        found.append(_figure(f"dockschedctl {' '.join(words)}", took, "s", target))
    for path, target in (
        ("/v1/stacks?selector=edge-050/*", 0.005),
        ("/v1/stacks", None),
        ("/v1/status", None),
    ):
        took = median([timed(daemon.call, "GET", path) for _ in range(rounds * 4)])
        found.append(_figure(f"GET {path}", took * 1000, "ms", target and target * 1000))
    return found


def _together(machine: Machine, engines: Fleet, rounds: int, count: int) -> list[Figure]:
    """Let many of 10,000 schedules be due in the same second, each on a stack of its own."""
    stacks = fleet.refs()
    first, own, recorded, over = [], [], [], []
    for number in range(rounds):
        state = f"fleet-{count}-{number}"
        now = crowd.now()
        crowd.put(machine.home / state, crowd.quiet(ENABLED - count, stacks, now=now))
        now = crowd.now()
        at = now + START_WITHIN
        due = crowd.at_once(count, stacks, at=at, now=now, action=model.Action.PAUSE)
        crowd.put(machine.home / state, due)
        engines.do("reset")
        with machine.daemon(state, config=engines.config) as daemon:
            _until_seen(daemon)
            assert dt.datetime.now(dt.UTC) < at, "the start took too long"
            engines.do("calls")
            recorded.append(_recorded(daemon, due[-1].name, at))
            runs = _finished(daemon, count, within=120)
        arrived: dict[tuple[str, str], float] = {}
        for instant, host, stack, _ in engines.do("calls"):
            arrived.setdefault((host, stack), instant)
        assert len(arrived) == count, len(arrived)
        lags = [(instant - at.timestamp()) * 1000 for instant in arrived.values()]
        first.append(min(lags))
        own += lags
        over.append(max(_ms(run["finished_at"], at) for run in runs))
    note = f"{count} of {ENABLED:,} due in the same second, as the engines see it"
    return [
        _figure(f"{count} due: the first call of all", median(first), "ms", note=note),
        _figure(f"{count} due: each run's first call, p50", percentile(own, 0.5), "ms", note=note),
        _figure(
            f"{count} due: each run's first call, p99",
            percentile(own, 0.99),
            "ms",
            50 if count == TOGETHER[0] else None,
            note=note,
        ),
        _figure(
            f"{count} due: the last recorded",
            median(recorded),
            "ms",
            1000,
            note="as a client sees it",
        ),
        _figure(f"{count} due: all runs over", median(over), "ms", note="10 calls each"),
    ]


def _until_seen(daemon: Daemon) -> None:
    """Return when every host has been seen."""

    def all_seen() -> bool:
        hosts = daemon.call("GET", "/v1/hosts")["items"]
        return len(hosts) == fleet.HOSTS and all(host["reachable"] for host in hosts)

    patience.wait_until(all_seen, within=120)


def _until_quiet(daemon: Daemon) -> tuple[float, float]:
    """Return when the daemon last had anything to do, and its processor time by then."""
    spent, at = daemon.cpu_s(), time.monotonic()
    while time.monotonic() - at < 1.0:
        time.sleep(0.1)
        now = daemon.cpu_s()
        if now - spent > 0.02:
            spent, at = now, time.monotonic()
    return at, spent


def _recorded(daemon: Daemon, last: str, at: dt.datetime) -> float:
    """Return how many milliseconds after `at` the last schedule has fired, as is committed."""
    time.sleep(max(0.0, (at - dt.datetime.now(dt.UTC)).total_seconds()))
    patience.wait_until(lambda: daemon.call("GET", f"/v1/schedules/{last}")["done"], within=60)
    return (dt.datetime.now(dt.UTC) - at).total_seconds() * 1000


def _finished(daemon: Daemon, count: int, *, within: float) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def all_over() -> bool:
        # Seldom: what is measured must not compete with being watched.
        time.sleep(_LOOK_EVERY_S)
        found[:] = daemon.call("GET", f"/v1/runs?limit={_PAGE}")["items"]
        return len(found) >= count and all(run["finished_at"] for run in found)

    patience.wait_until(all_over, within=within)
    return found


def _share(daemon: Daemon) -> float:
    before = daemon.cpu_s()
    time.sleep(WATCH_S)
    return (daemon.cpu_s() - before) / WATCH_S * 100


def _files(daemon: Daemon) -> int:
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))  # noqa: PTH208 - counted only


def _threads(daemon: Daemon) -> int:
    return len(os.listdir(f"/proc/{daemon.process.pid}/task"))  # noqa: PTH208 - counted only


def _ms(text: str, since: dt.datetime) -> float:
    return (dt.datetime.fromisoformat(text) - since).total_seconds() * 1000


def _figure(
    what: str, ours: float, unit: str, target: float | None = None, *, note: str = ""
) -> Figure:
    return Figure(what=what, ours=ours, unit=unit, target=target, note=note)
