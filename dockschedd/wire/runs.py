"""Runs, steps and plans on the wire."""

from __future__ import annotations

from typing import Annotated

import msgspec

from dockschedd.wire.instants import Instant
from dockschedd.wire.paging import Limit

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400 * 365)]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a run goes about it."""

    #: Instead of the containers' own stop timeouts.
    stop_timeout_seconds: Seconds | None = None
    #: The longest wait for one dependency to become healthy or to complete.
    wait_timeout_seconds: Seconds = 600.0
    #: restart: the engine's restart, container by container, instead of stop and start.
    in_place: bool = False
    rerun_oneshots: bool = False
    #: continue or halt
    on_error: str = "continue"
    #: stop, pause: keep which containers ran; the next start of the stack starts those.
    remember: bool = False
    #: start: also what did not run when the stack was put to sleep.
    everything: bool = False
    #: stop and pause while stacks that need this one are up: refuse, stop (do the same to them
    #: before) or ignore
    dependents: str = "refuse"


class RunRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An action on all stacks that the selectors match."""

    #: start, stop, restart, pause, unpause
    action: str
    selectors: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=1000)]
    options: Options = Options()


class PlanRequest(RunRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an action would do."""

    #: When it would be done, in the daemon's zone: `22:00`, `tomorrow 07:00`, `mon 08:00`,
    #: `2026-12-24 18:00`; or an instant with an offset; without it: now.
    at: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One engine call, or one wait, on one container."""

    position: int
    #: start, stop, restart, pause, unpause, wait-healthy, wait-completed
    verb: str
    container_id: str
    container: str
    service: str
    #: Positions of the steps that must have succeeded before.
    after: tuple[int, ...]
    cause: str
    #: planned, running, succeeded, failed, skipped, cancelled, interrupted
    status: str
    started_at: Instant | None
    finished_at: Instant | None
    error_code: str | None
    error: str | None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One action on one stack."""

    id: str
    #: `HOST/STACK`
    stack: str
    action: str
    #: planned, running, succeeded, partial, failed, cancelled, skipped, missed, superseded,
    #: interrupted
    status: str
    #: schedule, manual, catch-up, requirement
    cause_kind: str
    cause: str
    actor: str
    schedule: str | None
    planned_at: Instant
    deadline_at: Instant | None
    attempt: int
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    error: str | None
    #: The run that took its place, or that continues it.
    superseded_by: str | None
    #: It does not begin before; null: from its planned instant on.
    start_at: Instant | None = None
    #: wait, skip, replace: what it does while another run is under way on its stack.
    if_busy: str = "wait"
    #: What is worth knowing although nothing failed.
    warnings: tuple[str, ...] = ()
    #: Runs of other stacks that must have succeeded before it begins.
    after: tuple[str, ...] = ()
    #: Empty in lists.
    steps: tuple[Step, ...] = ()


class Runs(msgspec.Struct, frozen=True, kw_only=True):
    """The runs that a request made."""

    items: tuple[Run, ...]
    #: Worth knowing, as sentences: that somebody holds a stack.
    notes: tuple[str, ...] = ()


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of runs, newest first."""

    items: tuple[Run, ...]
    next: str | None = None


class RunQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which runs."""

    #: `HOST/STACK`, or `STACK` where one host has it
    stack: str | None = None
    #: A schedule's name.
    schedule: str | None = None
    status: str | None = None
    #: Only those that did not end well: failed, partial, missed and interrupted ones.
    troubled: bool | msgspec.UnsetType = msgspec.UNSET
    limit: Limit = 100
    cursor: str | None = None


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """How long a plan is expected to take."""

    #: From the history: half of the runs, and 95 of 100, took no longer.
    p50_seconds: float | None
    p95_seconds: float | None
    #: How many runs that is from.
    measured: int
    #: The sum of grace periods and waits along the longest path; null where it is not known.
    worst_seconds: float | None
    #: The same as a sentence.
    text: str


class AlsoDue(msgspec.Struct, frozen=True, kw_only=True):
    """An occurrence of a schedule on the same stack about the same time."""

    at: Instant
    schedule: str
    action: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an action would do to one stack, as things are now."""

    stack: str
    action: str
    steps: tuple[Step, ...]
    warnings: tuple[str, ...]
    #: Containers that are left alone, and why.
    leaves: tuple[str, ...]
    #: When it would be done; null: now.
    at: Instant | None = None
    expected: Expected | None = None
    #: What schedules do to the stack within the expected duration before and after.
    also_due: tuple[AlsoDue, ...] = ()
    #: Why the stack is concerned, where it was not named; "" where it was.
    cause: str = ""
    #: The stacks that must be up and healthy, or down, before: `HOST/STACK`.
    after: tuple[str, ...] = ()


class Plans(msgspec.Struct, frozen=True, kw_only=True):
    """One plan per stack, in the order in which they are carried out."""

    items: tuple[Plan, ...]


class StatsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which runs to count."""

    #: `HOST/STACK`, or `STACK` where one host has it
    stack: str | None = None
    #: How far back: `30d`.
    since: str = "30d"


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How often one action was carried out on one stack, and how long it took."""

    stack: str
    action: str
    runs: int
    #: Of them, those that ended failed or partial.
    failures: int
    #: Runs that succeeded and had something to do: the percentiles are of these.
    measured: int
    #: By nearest rank; null where nothing was measured.
    p50_seconds: float | None
    p95_seconds: float | None


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """The runs that began since then, by stack and action."""

    since_at: Instant
    items: tuple[Tally, ...]
    #: False: there are more runs, and the newest were counted.
    complete: bool
