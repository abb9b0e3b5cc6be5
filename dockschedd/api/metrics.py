"""What `/metrics` tells: the table of metrics, and their values from what is known.

The table is what docs/metrics.md is made from. No label has a value for each stack, schedule,
run or user. How it is written is exposition's affair.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dockschedd.core import measures, model, status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime


class Kind(StrEnum):
    """What a metric's values mean."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table."""

    #: Of a counter without `_total`, which its samples have.
    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str


#: One value of a metric, with the values of its labels.
Sample = tuple[tuple[str, ...], "float | measures.Distribution"]
_C, _G, _H = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM

# fmt: off
METRICS: Final[tuple[Metric, ...]] = (
    Metric("dockschedd_build", _G, ("version",), "1, with the version of the program"),
    Metric("dockschedd_started_timestamp_seconds", _G, (), "When the daemon was started"),
    Metric("dockschedd_ticked_timestamp_seconds", _G, (),
           "When the clock was last looked at; 0: not yet"),
    Metric("dockschedd_store_up", _G, (), "1 when the database answers"),
    Metric("dockschedd_runs", _C, ("action", "status"),
           "Runs that have ended, by how, also those that were never carried out"),
    Metric("dockschedd_run_duration_seconds", _H, ("action",),
           "From the beginning of a run to its end"),
    Metric("dockschedd_steps", _C, ("verb", "status"), "Steps of runs that have ended"),
    Metric("dockschedd_step_duration_seconds", _H, ("verb",),
           "From when a step could begin to its end, with the wait for its turn on the host"),
    Metric("dockschedd_schedule_lag_seconds", _H, (),
           "From the instant at which a run of a schedule is to begin to its first engine call; "
           "without catch-ups, further attempts, and runs that wait for other stacks"),
    Metric("dockschedd_queue_depth", _G, (),
           "Runs that are recorded and have not begun, also those for later"),
    Metric("dockschedd_runs_running", _G, (), "Runs that are under way"),
    Metric("dockschedd_schedules", _G, (), "Schedules, also those that are disabled or over"),
    Metric("dockschedd_stacks", _G, ("status",), "Stacks, by status"),
    Metric("dockschedd_stacks_flagged", _G, ("flag",),
           "Stacks with something that is not as it should be; one stack may have several"),
    Metric("dockschedd_stacks_drifting", _G, (),
           "Stacks that are not as their window wants them, without those that are held"),
    Metric("dockschedd_stacks_held", _G, (), "Stacks that somebody holds"),
    Metric("dockschedd_frozen", _G, (), "1 while all schedules are frozen"),
    Metric("dockschedd_host_up", _G, ("host",), "1 when the engine answers"),
    Metric("dockschedd_host_seen_timestamp_seconds", _G, ("host",),
           "When the inventory of the host was last known to be right; 0: never"),
    Metric("dockschedd_host_latency_seconds", _G, ("host",),
           "How long the engine took to answer its newest probe"),
    Metric("dockschedd_host_calls", _C, ("host", "outcome"), "Engine calls, by their outcome"),
    Metric("dockschedd_audit_head", _G, (), "Number of the newest entry of the audit log"),
)
# fmt: on


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What the database says."""

    schedules: int
    planned: int
    running: int
    audit_head: int
    held: int
    frozen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """All that the values are made from."""

    version: str
    started_at: datetime
    ticked_at: datetime | None
    measured: measures.Measured
    hosts: tuple[model.HostView, ...]
    #: Of each stack.
    statuses: Mapping[model.StackStatus, int]
    flags: Mapping[status.Flag, int]
    drifting: int | None
    #: None: it does not answer.
    stored: Stored | None


def counted(
    summaries: Iterable[status.Summary],
) -> tuple[Counter[model.StackStatus], Counter[status.Flag]]:
    """Return how many stacks have each status and each flag."""
    statuses: Counter[model.StackStatus] = Counter()
    flags: Counter[status.Flag] = Counter()
    for each in summaries:
        statuses[each.status] += 1
        flags.update(each.flags)
    return statuses, flags


def values(known: Known) -> Iterator[tuple[Metric, tuple[Sample, ...]]]:
    """Yield each metric of the table with its values; without those that nobody knows."""
    found = {**_of_the_daemon(known), **_of_runs(known.measured), **_of_stacks(known)}
    if known.stored is not None:
        found |= _of_the_store(known.stored)
    for metric in METRICS:
        yield metric, tuple(found.get(metric.name, ()))


def _of_the_daemon(known: Known) -> dict[str, Iterable[Sample]]:
    return {
        "dockschedd_build": [((known.version,), 1)],
        "dockschedd_started_timestamp_seconds": _one(known.started_at.timestamp()),
        "dockschedd_ticked_timestamp_seconds": _one(_timestamp(known.ticked_at)),
        "dockschedd_store_up": _one(known.stored is not None),
        "dockschedd_host_up": [((host.name,), host.reachable) for host in known.hosts],
        "dockschedd_host_seen_timestamp_seconds": [
            ((host.name,), _timestamp(host.seen_at)) for host in known.hosts
        ],
        "dockschedd_host_latency_seconds": [
            ((host,), seconds) for host, seconds in sorted(known.measured.latency.items())
        ],
        "dockschedd_host_calls": sorted(known.measured.calls.items()),
    }


def _of_runs(measured: measures.Measured) -> dict[str, Iterable[Sample]]:
    return {
        # Those that have not happened yet are 0: a first failure is an increase, too.
        "dockschedd_runs": [
            ((action.value, ended.value), measured.runs.get((action, ended), 0))
            for action in model.Action
            for ended in model.RunStatus
            if ended not in (model.RunStatus.PLANNED, model.RunStatus.RUNNING)
        ],
        "dockschedd_run_duration_seconds": [
            ((action.value,), each) for action, each in sorted(measured.run_seconds.items())
        ],
        "dockschedd_steps": [
            ((verb.value, ended.value), count)
            for (verb, ended), count in sorted(measured.steps.items())
        ],
        "dockschedd_step_duration_seconds": [
            ((verb.value,), each) for verb, each in sorted(measured.step_seconds.items())
        ],
        "dockschedd_schedule_lag_seconds": [((), measured.lag)],
    }


def _of_stacks(known: Known) -> dict[str, Iterable[Sample]]:
    return {
        "dockschedd_stacks": [
            ((each.value,), known.statuses.get(each, 0)) for each in model.StackStatus
        ],
        "dockschedd_stacks_flagged": [
            ((each.value,), known.flags.get(each, 0)) for each in status.Flag
        ],
        "dockschedd_stacks_drifting": () if known.drifting is None else _one(known.drifting),
    }


def _of_the_store(stored: Stored) -> dict[str, Iterable[Sample]]:
    return {
        "dockschedd_queue_depth": _one(stored.planned),
        "dockschedd_runs_running": _one(stored.running),
        "dockschedd_schedules": _one(stored.schedules),
        "dockschedd_stacks_held": _one(stored.held),
        "dockschedd_frozen": _one(stored.frozen),
        "dockschedd_audit_head": _one(stored.audit_head),
    }


def _one(value: float) -> tuple[Sample, ...]:
    return (((), value),)


def _timestamp(at: datetime | None) -> float:
    return 0.0 if at is None else at.timestamp()
