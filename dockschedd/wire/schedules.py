"""Schedules and previews on the wire."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from dockschedd.wire.calendars import CalendarNew
from dockschedd.wire.groups import GroupNew
from dockschedd.wire.holds import Freeze, HoldEntry
from dockschedd.wire.instants import Instant
from dockschedd.wire.paging import Count, Limit
from dockschedd.wire.requirements import RequirementEntry
from dockschedd.wire.runs import Options


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """What the user wrote, and when it is due next."""

    id: str
    name: str
    enabled: bool
    #: cron, at or window
    trigger: str
    cron: str | None
    at: Instant | None
    #: IANA name
    zone: str
    #: The trigger as a sentence.
    reads: str
    #: start, stop, restart, pause, unpause; of a window what it wants: awake, asleep
    action: str
    selector: str
    options: Options
    #: latest, skip, all
    catch_up: str
    deadline_seconds: float
    owner: str
    created_at: Instant
    updated_at: Instant
    next_at: Instant | None
    #: A one-off that has fired.
    done: bool
    #: wait, skip, replace: what it does while another run is under way on a stack.
    if_busy: str = "wait"
    #: Each stack's occurrence is moved by an offset of its own below this.
    spread_seconds: float = 0.0
    #: Of a window: its items.
    window: str | None = None
    #: Of a window: stop or pause.
    sleep_by: str | None = None
    #: Of a window: boundary or always.
    enforce: str | None = None
    #: Calendars on whose dates, in its zone, it does not fire.
    except_on: tuple[str, ...] = ()
    #: Of a window: calendars on whose dates, in its zone, its stacks are asleep all day.
    also_asleep: tuple[str, ...] = ()
    #: What it does at `next_at`: of a window, what that edge does.
    next_action: str | None = None
    #: Of one that was added just now without a zone: whose it got, where a host that it is for
    #: has one of its own. Else "".
    zone_reason: str = ""
    #: Things that are allowed and still worth knowing, for example that no stack matches.
    warnings: tuple[str, ...] = ()


class ScheduleNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schedule to add. Exactly one of `cron`, `at`, `when` and `window`."""

    name: str
    #: start, stop, restart, pause, unpause; with `window`: awake, asleep
    action: str
    selector: str
    cron: str | None = None
    #: A wall time in `zone` (`2026-12-24 18:00`), or an instant with an offset.
    at: str | None = None
    #: In words, such as `every weekday at 22:00` or `tomorrow at 18:00`.
    when: str | None = None
    #: The times at which the stacks are to be as `action` says; outside of them the opposite
    #: holds. For example `mon-fri 08:00-18:00`.
    window: str | None = None
    #: Of a window: stop or pause; without it stop.
    sleep_by: str | None = None
    #: Of a window: boundary or always; without it boundary.
    enforce: str | None = None
    #: Without it that of the hosts that it is for is taken, where they share one, else the
    #: daemon's; now and for good.
    zone: str | None = None
    enabled: bool = True
    #: Without it: skip for restart, latest for the others.
    catch_up: str | None = None
    #: For example `1h`; without it one hour.
    deadline: str | None = None
    #: wait, skip or replace; without it wait.
    if_busy: str | None = None
    #: For example `10m`.
    spread: str | None = None
    #: Names of calendars on whose dates, in its zone, it does not fire.
    except_on: tuple[str, ...] = ()
    #: Of a window: names of calendars on whose dates, in its zone, its stacks are asleep.
    also_asleep: tuple[str, ...] = ()
    options: Options = Options()
    #: Refuse it if it contradicts another schedule; without it that is a warning.
    strict: bool = False


class ScheduleEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a schedule; what is left out stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    action: str | msgspec.UnsetType = msgspec.UNSET
    selector: str | msgspec.UnsetType = msgspec.UNSET
    cron: str | msgspec.UnsetType = msgspec.UNSET
    at: str | msgspec.UnsetType = msgspec.UNSET
    when: str | msgspec.UnsetType = msgspec.UNSET
    window: str | msgspec.UnsetType = msgspec.UNSET
    sleep_by: str | msgspec.UnsetType = msgspec.UNSET
    enforce: str | msgspec.UnsetType = msgspec.UNSET
    zone: str | msgspec.UnsetType = msgspec.UNSET
    catch_up: str | msgspec.UnsetType = msgspec.UNSET
    deadline: str | msgspec.UnsetType = msgspec.UNSET
    if_busy: str | msgspec.UnsetType = msgspec.UNSET
    #: `0` takes it away.
    spread: str | msgspec.UnsetType = msgspec.UNSET
    except_on: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    also_asleep: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    options: Options | msgspec.UnsetType = msgspec.UNSET
    #: Refuse the change if the schedule then contradicts another; without it that is a warning.
    strict: bool | msgspec.UnsetType = msgspec.UNSET


class SchedulePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of schedules, by name."""

    items: tuple[Schedule, ...]
    next: str | None = None
    #: All schedules are left out.
    frozen: Freeze | None = None


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    limit: Limit = 100
    cursor: str | None = None


class ScheduleQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which schedules."""

    limit: Limit = 100
    cursor: str | None = None
    #: Only those whose names begin so.
    prefix: str | None = None
    #: Only those that have something left to do on this stack, all on one page: `HOST/STACK`, or
    #: `STACK` where one host has it.
    stack: str | None = None


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """When a spread occurrence begins on one stack."""

    #: `HOST/STACK`
    stack: str
    at: Instant
    #: The same in the schedule's zone, with its offset.
    local: str


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One planned instant."""

    at: Instant
    #: The same in the schedule's zone, with its offset.
    local: str
    #: What daylight saving time does to it; "" where nothing.
    note: str
    #: What is done then; "" where the trigger is no schedule yet and no window.
    action: str = ""
    #: Of a schedule that is spread, when it begins on each stack that matches now.
    starts: tuple[Start, ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The next instants of a trigger."""

    reads: str
    zone: str
    moments: tuple[Moment, ...]
    #: On which dates among them calendars leave something out, as sentences.
    left_out: tuple[str, ...] = ()


class PreviewQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a preview of a schedule starts and how long it is."""

    #: RFC 3339, or a wall time in the schedule's zone; without it: now.
    start: str | None = None
    count: Count = 5


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A preview of a trigger that is no schedule yet.

    Exactly one of `cron`, `at`, `when` and `window`.
    """

    cron: str | None = None
    at: str | None = None
    when: str | None = None
    window: str | None = None
    #: Of a window: awake or asleep; without it awake.
    wish: str | None = None
    zone: str | None = None
    except_on: tuple[str, ...] = ()
    also_asleep: tuple[str, ...] = ()
    start: str | None = None
    count: Count = 5


#: Read field by field, so that all that is wrong with all of them is told at once.
Entry = Annotated[
    dict[str, Any],
    msgspec.Meta(
        description="A schedule, with the fields of ScheduleNew.",
        extra_json_schema={"required": ["name", "action", "selector"]},
    ),
]


class ApplyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The schedules that there shall be; what an entry leaves out has its default."""

    schedules: Annotated[tuple[Entry, ...], msgspec.Meta(max_length=100_000)]
    #: The calendars that there shall be; without it they stay as they are.
    calendars: tuple[CalendarNew, ...] | msgspec.UnsetType = msgspec.UNSET
    #: The groups that there shall be; without it they stay as they are. To change any needs
    #: `host.write`.
    groups: tuple[GroupNew, ...] | msgspec.UnsetType = msgspec.UNSET
    #: What people say that stacks need; without it that stays as it is.
    requirements: tuple[RequirementEntry, ...] | msgspec.UnsetType = msgspec.UNSET
    #: The holds that there shall be; without it they stay as they are. Needs `stack.hold`.
    holds: tuple[HoldEntry, ...] | msgspec.UnsetType = msgspec.UNSET
    #: Remove all schedules that are not among them, and groups and calendars that nothing names
    #: then, requirements and holds that are not among those that are given.
    prune: bool = False
    #: Only say what would be done.
    dry_run: bool = False
    #: Refuse it if an added or changed schedule contradicts another; without it that is a warning.
    strict: bool = False


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a schedule, before and after, as JSON."""

    field: str
    old: str
    new: str


class ScheduleChange(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule that is changed."""

    name: str
    fields: tuple[FieldChange, ...]


class ScheduleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule on one line."""

    name: str
    action: str
    selector: str
    #: The trigger as a sentence.
    reads: str


class CalendarChange(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar that is changed."""

    name: str
    #: Which dates come and go.
    text: str


class CalendarsApplied(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or would be, to calendars; each list by name."""

    added: tuple[str, ...]
    changed: tuple[CalendarChange, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


class GroupChange(msgspec.Struct, frozen=True, kw_only=True):
    """A group that is changed."""

    name: str
    #: Which hosts come and go.
    text: str


class GroupsApplied(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or would be, to groups; each list by name."""

    added: tuple[str, ...]
    changed: tuple[GroupChange, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


class RequirementPair(msgspec.Struct, frozen=True, kw_only=True):
    """A stack, and one that it needs."""

    #: `HOST/STACK`
    stack: str
    #: `HOST/STACK`
    needs: str


class RequirementsApplied(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or would be, to requirements; each list by stack and by what it needs."""

    added: tuple[RequirementPair, ...]
    removed: tuple[RequirementPair, ...]
    unchanged: tuple[RequirementPair, ...]


class HoldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A hold on one line."""

    #: `HOST/STACK`
    stack: str
    #: As a sentence: `held up by alice until …`.
    reads: str


class HoldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A hold in place of another one."""

    #: `HOST/STACK`
    stack: str
    fields: tuple[FieldChange, ...]


class HoldsApplied(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or would be, to holds; each list by stack."""

    added: tuple[HoldLine, ...]
    changed: tuple[HoldChange, ...]
    removed: tuple[HoldLine, ...]
    #: `HOST/STACK`
    unchanged: tuple[str, ...]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or would be, to the schedules; each list by name."""

    dry_run: bool
    added: tuple[ScheduleLine, ...]
    changed: tuple[ScheduleChange, ...]
    removed: tuple[ScheduleLine, ...]
    unchanged: tuple[str, ...]
    #: null: the document says nothing about calendars.
    calendars: CalendarsApplied | None = None
    #: null: the document says nothing about groups.
    groups: GroupsApplied | None = None
    #: null: the document says nothing about requirements.
    requirements: RequirementsApplied | None = None
    #: null: the document says nothing about holds.
    holds: HoldsApplied | None = None
    #: Things that are allowed and still worth knowing.
    warnings: tuple[str, ...] = ()
