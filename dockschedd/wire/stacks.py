"""Hosts, stacks and containers on the wire."""

from __future__ import annotations

import msgspec

from dockschedd.wire.holds import Hold
from dockschedd.wire.instants import Instant
from dockschedd.wire.paging import Limit


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """A Docker Engine."""

    name: str
    url: str
    reachable: bool
    #: When the inventory was last known to be right.
    seen_at: Instant | None
    #: Why it is unreachable.
    error: str | None
    engine_version: str | None
    stacks: int
    #: How long it took to answer the last time.
    latency_seconds: float | None = None
    #: Of `error`: host-unreachable, host-timeout, host-duplicate, …
    error_code: str | None = None
    #: When an unreachable one is tried next; past: it is being tried.
    retry_at: Instant | None = None
    #: config: set up in the daemon's configuration, and changed only there; added: by somebody.
    origin: str = "config"
    #: Files on the daemon's machine: their paths.
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    #: tcp:// without TLS.
    plain_tcp: bool = False
    ssh_key: str | None = None
    ssh_known_hosts: str | None = None
    #: IANA zone of its schedules that do not name one; null: the daemon's.
    zone: str | None = None
    #: On the dates of that calendar no schedule acts on its stacks.
    calendar: str | None = None
    #: Engine calls under way at once; null: as on any.
    max_parallel_steps: int | None = None
    #: Whoever changed it last; null in the configuration.
    owner: str | None = None
    updated_at: Instant | None = None
    #: Things that are allowed and still worth knowing.
    notes: tuple[str, ...] = ()


class DependsOn(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a container's `depends_on`."""

    service: str
    condition: str


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """One container of a stack."""

    id: str
    name: str
    service: str
    number: int
    state: str
    health: str
    exit_code: int | None
    #: A finished one-shot: meant to finish, and it did.
    oneshot: bool
    depends_on: tuple[DependsOn, ...]
    #: Since when it is in its state, by the clock of its host; null: nobody can say.
    since_at: Instant | None = None
    #: The change was seen; else `since_at` is roughly right, from round words of the engine
    #: (`Up 3 hours`).
    since_exact: bool = False


class StackSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One stack as a row of a list."""

    #: `HOST/STACK`
    name: str
    host: str
    stack: str
    #: running, stopped, paused, partial, unknown
    status: str
    #: healthy, unhealthy, starting, none
    health: str
    #: Containers that are up, of those that count (without finished one-shots).
    up: int
    total: int
    #: What makes it partial or unhealthy, as sentences.
    notes: tuple[str, ...]
    #: The next occurrence of a schedule on it.
    next_at: Instant | None
    next_action: str | None
    next_schedule: str | None
    #: Who keeps schedules from it.
    hold: Hold | None = None
    #: What is not as it should be: unhealthy, restarting, exited (with a code that no stop
    #: explains), dead.
    flags: tuple[str, ...] = ()
    #: What its windows want, as a sentence, where it is not so and nobody holds it.
    drift: str | None = None
    #: Of an unknown one: what it was when its host was last seen, and when that was.
    last_status: str | None = None
    seen_at: Instant | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the windows of a stack want of it now."""

    #: awake, asleep
    state: str
    #: The schedule that has the last word.
    schedule: str
    #: Until when it wants that; null: always.
    until_at: Instant | None
    #: boundary, always: what happens to a change by hand.
    enforce: str
    #: The same as a sentence.
    reads: str


class Stack(StackSummary, frozen=True, kw_only=True):
    """One stack with its containers, in the order in which they start."""

    containers: tuple[Container, ...]
    #: The newest run that has started.
    last_run: str | None
    last_run_status: str | None
    #: What keeps schedules from it now besides a hold, the calendar of its host, as a sentence.
    day_off: str | None = None
    #: The stacks that it needs itself, and those that need it: `HOST/STACK`.
    needs: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    #: null: no window speaks of it now.
    wanted: Wanted | None = None


class Hosts(msgspec.Struct, frozen=True, kw_only=True):
    """All hosts."""

    items: tuple[Host, ...]


class StackPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of stacks."""

    items: tuple[StackSummary, ...]
    #: Pass as `cursor` to go on; null at the end.
    next: str | None = None


class StackQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which stacks."""

    selector: str | None = None
    limit: Limit = 100
    cursor: str | None = None
