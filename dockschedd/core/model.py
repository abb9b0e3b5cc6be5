"""The nouns, as immutable values; words as in the glossary of docs/architecture.md.

Instants are aware UTC datetimes, durations are timedeltas. No behaviour beyond
what follows from a value's own fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from dockschedd.core import triggers


class Action(StrEnum):
    """What can be done to a stack."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    PAUSE = "pause"
    UNPAUSE = "unpause"


class ContainerState(StrEnum):
    """The engine's own words for the state of a container."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    REMOVING = "removing"
    EXITED = "exited"
    DEAD = "dead"


class Health(StrEnum):
    """The result of a container's health check, or of all those of a stack."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    STARTING = "starting"
    #: There is no health check.
    NONE = "none"


class Condition(StrEnum):
    """What a service waits for before it starts (Compose's `depends_on` conditions)."""

    STARTED = "service_started"
    HEALTHY = "service_healthy"
    COMPLETED = "service_completed_successfully"


class Ended(StrEnum):
    """How a container's last run ended, where somebody saw it end."""

    #: Its process ended by itself.
    FINISHED = "finished"
    #: Somebody asked for it: `docker stop`, Compose, dockschedd, or the engine shutting down.
    STOPPED = "stopped"


class StackStatus(StrEnum):
    """The state of a stack, from its containers without finished one-shots."""

    RUNNING = "running"
    STOPPED = "stopped"
    PAUSED = "paused"
    PARTIAL = "partial"
    #: The host is unreachable; the containers shown are the last known ones.
    UNKNOWN = "unknown"


class RunStatus(StrEnum):
    """planned → running → one of the others; planned may also go straight to its end."""

    PLANNED = "planned"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    #: Some containers did what was asked and some did not.
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: A reason that is no fault made it unnecessary or unwanted.
    SKIPPED = "skipped"
    #: It could not start before its deadline, or its schedule does not catch up.
    MISSED = "missed"
    #: A later one took its place.
    SUPERSEDED = "superseded"
    #: The daemon or the engine went away in the middle; a new attempt may follow.
    INTERRUPTED = "interrupted"


class StepStatus(StrEnum):
    """planned → running → one of the others."""

    PLANNED = "planned"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    #: A step that it depends on failed, or the run was told to halt.
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    #: The answer was lost: what the engine did is found out by the next attempt.
    INTERRUPTED = "interrupted"


class Verb(StrEnum):
    """What one step does to one container: an engine call, or waiting for a condition."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    WAIT_HEALTHY = "wait-healthy"
    WAIT_COMPLETED = "wait-completed"


class CauseKind(StrEnum):
    """Why a run exists."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    CATCH_UP = "catch-up"
    #: A window opened or closed.
    WINDOW_EDGE = "window-edge"
    #: A stack was not as its window wants it.
    ENFORCEMENT = "enforcement"
    #: A hold, the freeze or days off have ended, and a window wants another state.
    HOLD_EXPIRY = "hold-expiry"
    #: A stack that requires this one is to start, or one that this one requires to stop.
    REQUIREMENT = "requirement"


class CatchUp(StrEnum):
    """What happens to occurrences that fell into downtime."""

    LATEST = "latest"
    SKIP = "skip"
    ALL = "all"


class IfBusy(StrEnum):
    """What a run of a schedule does while another one is under way on its stack."""

    WAIT = "wait"
    SKIP = "skip"
    REPLACE = "replace"


class Dependents(StrEnum):
    """What a stop or pause does while stacks that require this one are up."""

    REFUSE = "refuse"
    STOP = "stop"
    IGNORE = "ignore"


class OnError(StrEnum):
    """Whether a failed container stops the steps that do not depend on it."""

    CONTINUE = "continue"
    HALT = "halt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependency:
    """One entry of a container's `depends_on` label."""

    service: str
    condition: Condition


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """Since when something is as it is."""

    at: datetime
    #: It was told; else it is roughly so, from round words of the engine (`Up 3 hours`).
    exact: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """One container as last observed."""

    id: str
    name: str
    service: str
    #: Compose's container number, from 1; 0 for containers that joined by label.
    number: int
    state: ContainerState
    health: Health = Health.NONE
    #: None while it runs or before it ever ran.
    exit_code: int | None = None
    depends_on: tuple[Dependency, ...] = ()
    #: "no", "on-failure", "always", "unless-stopped"; None where nobody had to ask yet.
    restart_policy: str | None = None
    #: How its last run ended; None while it runs or where nobody saw it.
    ended: Ended | None = None
    #: What its label says that its stack needs, as it is written there (core.requirements).
    requires: tuple[str, ...] = ()
    #: Since when it is in its state, by its host's clock; None where nobody can say.
    since: Since | None = None
    #: For how long it was in its state when it was listed, in round words: no part of what it is.
    age: timedelta | None = field(default=None, compare=False, repr=False)

    @property
    def is_up(self) -> bool:
        """Its process exists: running, paused or restarting."""
        return self.state in _UP


_UP = frozenset({ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING})


@dataclass(frozen=True, order=True, slots=True)
class StackRef:
    """The name of a stack, written `HOST/STACK`."""

    host: str
    name: str

    def __str__(self) -> str:
        return f"{self.host}/{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """The containers of one Compose project on one host, sorted by service and number."""

    ref: StackRef
    containers: tuple[Container, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class HostView:
    """One host as last observed."""

    name: str
    url: str
    reachable: bool
    #: When the inventory was last known to be right; None before the first answer.
    seen_at: datetime | None = None
    #: Why it is unreachable, as a sentence, and its code.
    error: str | None = None
    error_code: str | None = None
    #: When it is tried next; past: it is being tried.
    retry_at: datetime | None = None
    engine_version: str | None = None
    #: What will keep it from being reached, unless somebody does something: sentences.
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """How a run goes about it."""

    #: Overrides the containers' own stop timeouts. None: each container's own.
    stop_timeout: timedelta | None = None
    #: The longest wait for one dependency to become healthy or to complete.
    wait_timeout: timedelta = timedelta(minutes=10)
    #: restart: the engine's restart, container by container, instead of stop and start.
    in_place: bool = False
    rerun_oneshots: bool = False
    on_error: OnError = OnError.CONTINUE
    #: stop, pause: keep which containers ran; the next start of the stack starts those.
    remember: bool = False
    #: start: also what did not run when the stack was put to sleep.
    everything: bool = False
    dependents: Dependents = Dependents.REFUSE


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """What the user wrote."""

    id: str
    name: str
    enabled: bool
    trigger: triggers.Trigger
    #: None: a window, whose edges have actions of their own (core.due.action_at).
    action: Action | None
    selector: str
    options: RunOptions = field(default_factory=RunOptions)
    catch_up: CatchUp
    #: How late a run may start.
    deadline: timedelta
    #: The user whose right to operate is checked again at each occurrence.
    owner: str
    created_at: datetime
    updated_at: datetime
    #: The next instant not yet recorded; None while disabled, or when there is none left.
    next_at: datetime | None
    #: A one-off that has fired.
    done: bool = False
    if_busy: IfBusy = IfBusy.WAIT
    #: Each stack's occurrence is moved by its own offset below this (core.spread).
    spread: timedelta = timedelta()

    @property
    def does(self) -> Action | triggers.Wish:
        """What it does, in one word: its action, or what its window wants."""
        if isinstance(self.trigger, triggers.WindowTrigger):
            return self.trigger.wants
        assert self.action is not None
        return self.action


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One engine call, or one wait, on one container inside a run."""

    #: Unique in its plan, from 1, in an order in which the steps could be carried out one by one.
    position: int
    verb: Verb
    container_id: str
    container: str
    service: str
    #: Positions that must have succeeded before this one may begin.
    after: tuple[int, ...]
    #: Why this step is needed.
    cause: str
    status: StepStatus = StepStatus.PLANNED
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error_code: str | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One action on one stack."""

    id: str
    stack: StackRef
    action: Action
    status: RunStatus
    cause_kind: CauseKind
    #: The cause as a sentence; for an ended run without steps, why it ended so.
    cause: str
    #: The user on whose behalf it happens.
    actor: str
    #: None for manual runs. The name stays when the schedule is removed.
    schedule_id: str | None = None
    schedule_name: str | None = None
    #: The occurrence's instant; for manual runs when it was asked for.
    planned_at: datetime
    #: It must have started by then; None: whenever.
    deadline_at: datetime | None = None
    #: From 1; a higher one continues what an interrupted one left.
    attempt: int = 1
    #: When the first attempt began; restarts use it to know what was already restarted.
    first_started_at: datetime | None = None
    options: RunOptions = field(default_factory=RunOptions)
    idempotency_key: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: One sentence that sums up what went wrong.
    error: str | None = None
    #: The run that took its place, or that continues it.
    superseded_by: str | None = None
    if_busy: IfBusy = IfBusy.WAIT
    #: It does not begin before; None: from its planned instant on.
    start_at: datetime | None = None
    #: Runs of other stacks that must have succeeded before it begins, by their ids.
    after: tuple[str, ...] = ()
    #: What is worth knowing although nothing failed.
    warnings: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """One planned instant of a schedule; unique by both."""

    schedule_id: str
    planned_at: datetime
    recorded_at: datetime
