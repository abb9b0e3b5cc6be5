"""The daemon itself, and the event stream, on the wire."""

from __future__ import annotations

import msgspec

from dockschedd.wire.holds import Freeze, Hold
from dockschedd.wire.instants import Instant
from dockschedd.wire.runs import Run
from dockschedd.wire.schedules import Schedule
from dockschedd.wire.stacks import Host, StackSummary


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the daemon is alive (`/healthz`) or ready to work (`/readyz`)."""

    ok: bool
    #: What is wrong, as sentences.
    problems: tuple[str, ...] = ()


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One screen about everything."""

    version: str
    now_at: Instant
    started_at: Instant
    #: Of the daemon; schedules without a zone get this one.
    zone: str
    ticked_at: Instant | None
    hosts: tuple[Host, ...]
    #: status → how many stacks
    stacks: dict[str, int]
    #: Stacks that are not simply running or stopped.
    attention: tuple[StackSummary, ...]
    schedules: int
    upcoming: tuple[Schedule, ...]
    running: tuple[Run, ...]
    #: The newest runs that failed, were partial, missed or interrupted.
    troubled: tuple[Run, ...]
    #: Who holds what.
    holds: tuple[Hold, ...] = ()
    #: All schedules are left out.
    frozen: Freeze | None = None
    #: From which hosts calendars keep schedules now, each as a sentence, by host.
    days_off: tuple[str, ...] = ()


class RunEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="run"):
    """A run, or one of its steps, changed."""

    run: Run


class StackEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="stack"):
    """A stack changed or came; `stack` is null when it went."""

    name: str
    stack: StackSummary | None


class ChangeEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="change"):
    """Something that people set up changed, came or went, or a host was lost or found.

    What it is now is asked for. Whoever may not read it is not told.
    """

    #: schedule, calendar, group, host, hold, freeze, requirement, user, audit
    noun: str
    #: `nightly`, `HOST/STACK`; "" where there is only one, or where any may have changed.
    name: str
    #: add, edit, remove, enable, disable, place, release, expire, rename, freeze, thaw, …;
    #: of a schedule also fire, of a host also found and lost.
    action: str
    #: `dockschedd` for what happens by itself.
    by: str
    at: Instant


Event = RunEvent | StackEvent | ChangeEvent


class EventQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events: all, those of one run, or those of one stack.

    Of one stack also who holds it, and what it needs.
    """

    run: str | None = None
    stack: str | None = None
