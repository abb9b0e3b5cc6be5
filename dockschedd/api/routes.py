"""The one table of routes: the whole API on one screen.

Routing, decoding, authorisation, OpenAPI and the client's test are made from it; a handler
of the same name as `op` exists for each row. Nothing else says who may do what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dockschedd.core.permissions import Permission
from dockschedd.wire import (
    access,
    calendars,
    drafts,
    foresight,
    groups,
    holds,
    hosts,
    requirements,
    runs,
    schedules,
    stacks,
    system,
    week,
)

if TYPE_CHECKING:
    import msgspec


@dataclass(frozen=True, kw_only=True, slots=True)
class Public:
    """Anybody may call it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authenticated:
    """Whoever is logged in may call it; it concerns only the caller."""


Access = Permission | Public | Authenticated
PUBLIC = Public()
AUTHENTICATED = Authenticated()


@dataclass(frozen=True, slots=True)
class Route:
    """One operation."""

    op: str
    method: str
    path: str
    needs: Access
    summary: str
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    #: None: an empty answer.
    reply: object | None = None
    status: int = 200
    #: Codes that this operation can answer with, besides those that every one can.
    problems: tuple[str, ...] = ()
    #: What a reply that is text may be; empty: it is JSON.
    media: tuple[str, ...] = ()
    #: It answers with server-sent events of `reply`.
    stream: bool = False


P = Permission
_SELECT = ("invalid", "stack-not-found", "host-not-found", "group-not-found")
_HOST = ("host-error", "host-unreachable", "host-timeout", "host-refused")

# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("health", "GET", "/healthz", PUBLIC, "Whether the daemon is alive",
          reply=system.Health),
    Route("ready", "GET", "/readyz", PUBLIC, "Whether the daemon can work",
          reply=system.Health),
    Route("openapi", "GET", "/v1/openapi.json", PUBLIC, "This description",
          reply=dict[str, Any]),

    Route("login", "POST", "/v1/login", PUBLIC, "Log in by password",
          body=access.Login, reply=access.Tokens,
          problems=("login-failed", "too-many-attempts")),
    Route("refresh", "POST", "/v1/refresh", PUBLIC, "Trade a refresh token for new tokens",
          body=access.Refresh, reply=access.Tokens,
          problems=("session-ended", "too-many-attempts")),
    Route("logout", "POST", "/v1/logout", AUTHENTICATED, "End the session at once",
          status=204),
    Route("whoami", "GET", "/v1/me", AUTHENTICATED, "Who the caller is",
          reply=access.Me),
    Route("passwd", "PUT", "/v1/me/password", AUTHENTICATED, "Change one's own password",
          body=access.PasswordChange, status=204,
          problems=("invalid", "login-failed", "too-many-attempts")),

    Route("status", "GET", "/v1/status", P.STACK_READ, "One screen about everything",
          reply=system.Status),
    Route("events", "GET", "/v1/events", P.STACK_READ, "What changes, as it changes",
          query=system.EventQuery, reply=system.Event, stream=True,
          problems=("invalid", "run-not-found", "stack-not-found")),
    Route("metrics", "GET", "/metrics", P.METRICS_READ, "Measurements, for Prometheus",
          reply=str, media=("text/plain", "application/openmetrics-text")),
    Route("list_hosts", "GET", "/v1/hosts", P.HOST_READ, "All hosts",
          reply=stacks.Hosts),

    Route("show_host", "GET", "/v1/hosts/{host}", P.HOST_READ, "One host, and what names it",
          reply=hosts.HostShown, problems=("host-not-found",)),
    Route("check_host", "POST", "/v1/hosts/{host}/check", P.HOST_READ,
          "What is right and wrong with the way to a host", reply=hosts.HostCheck,
          problems=("host-not-found",)),
    Route("add_host", "POST", "/v1/hosts", P.HOST_WRITE, "Add a host, and try to reach it",
          body=hosts.HostNew, reply=stacks.Host, status=201,
          problems=("invalid", "host-exists", "host-not-found")),
    Route("edit_host", "PATCH", "/v1/hosts/{host}", P.HOST_WRITE, "Change or rename a host",
          body=hosts.HostEdit, reply=stacks.Host,
          problems=("invalid", "host-not-found", "host-exists", "host-in-config", "host-busy")),
    Route("remove_host", "DELETE", "/v1/hosts/{host}", P.HOST_WRITE, "Remove a host",
          query=hosts.HostRemoval, reply=hosts.HostRemoved,
          problems=("host-not-found", "host-in-config", "host-in-use")),

    Route("list_groups", "GET", "/v1/groups", P.HOST_READ, "Groups of hosts, by name",
          reply=groups.Groups),
    Route("add_group", "POST", "/v1/groups", P.HOST_WRITE, "Add a group of hosts",
          body=groups.GroupNew, reply=groups.Group, status=201,
          problems=("invalid", "group-exists")),
    Route("show_group", "GET", "/v1/groups/{group}", P.HOST_READ, "One group",
          reply=groups.Group, problems=("group-not-found",)),
    Route("edit_group", "PATCH", "/v1/groups/{group}", P.HOST_WRITE,
          "Change the hosts of a group", body=groups.GroupEdit, reply=groups.Group,
          problems=("invalid", "group-not-found")),
    Route("remove_group", "DELETE", "/v1/groups/{group}", P.HOST_WRITE, "Remove a group",
          query=groups.GroupRemoval, reply=groups.GroupRemoved,
          problems=("group-not-found", "group-in-use")),

    Route("list_stacks", "GET", "/v1/stacks", P.STACK_READ, "Stacks, by name",
          query=stacks.StackQuery, reply=stacks.StackPage,
          problems=("invalid", "group-not-found")),
    Route("show_stack", "GET", "/v1/stacks/{host}/{stack}", P.STACK_READ, "One stack",
          reply=stacks.Stack,
          problems=("stack-not-found", "host-not-found", "host-unreachable")),
    Route("plan", "POST", "/v1/plans", P.STACK_READ, "What an action would do now",
          body=runs.PlanRequest, reply=runs.Plans, problems=(*_SELECT, *_HOST)),
    Route("why_stack", "GET", "/v1/stacks/{host}/{stack}/why", P.STACK_READ,
          "What decided the state of a stack, and what did not", query=foresight.WhyQuery,
          reply=foresight.Why, problems=("invalid", "stack-not-found", "host-not-found",
                                         "host-unreachable")),

    Route("act", "POST", "/v1/runs", P.STACK_OPERATE, "Start, stop, restart, pause or unpause",
          body=runs.RunRequest, reply=runs.Runs, status=202,
          problems=(*_SELECT, *_HOST, "dependents-up", "key-reused", "shutting-down")),
    Route("list_runs", "GET", "/v1/runs", P.RUN_READ, "Runs, newest first",
          query=runs.RunQuery, reply=runs.RunPage,
          problems=("invalid", "stack-not-found", "schedule-not-found")),
    Route("run_stats", "GET", "/v1/runs/stats", P.RUN_READ,
          "How often runs failed and how long they took", query=runs.StatsQuery,
          reply=runs.Stats, problems=("invalid", "stack-not-found")),
    Route("show_run", "GET", "/v1/runs/{run}", P.RUN_READ, "One run with its steps",
          reply=runs.Run, problems=("run-not-found",)),
    Route("cancel_run", "POST", "/v1/runs/{run}/cancel", P.RUN_CANCEL, "Cancel a run",
          reply=runs.Run, problems=("run-not-found", "run-over")),
    Route("resume_run", "POST", "/v1/runs/{run}/resume", P.STACK_OPERATE,
          "Do what is left of a run", reply=runs.Run, status=202,
          problems=("run-not-found", "run-not-resumable", *_SELECT, "host-unreachable",
                    "dependents-up", "key-reused", "shutting-down")),

    Route("list_schedules", "GET", "/v1/schedules", P.SCHEDULE_READ, "Schedules, by name",
          query=schedules.ScheduleQuery, reply=schedules.SchedulePage,
          problems=_SELECT),
    Route("add_schedule", "POST", "/v1/schedules", P.SCHEDULE_WRITE, "Add a schedule",
          body=schedules.ScheduleNew, reply=schedules.Schedule, status=201,
          problems=(*_SELECT, "schedule-exists", "schedule-conflicts")),
    Route("apply_schedules", "POST", "/v1/documents", P.SCHEDULE_WRITE,
          "Make the schedules those of a document, all or nothing",
          body=schedules.ApplyRequest, reply=schedules.Applied,
          problems=("invalid", "schedule-conflicts")),
    Route("show_schedule", "GET", "/v1/schedules/{schedule}", P.SCHEDULE_READ, "One schedule",
          reply=schedules.Schedule, problems=("schedule-not-found",)),
    Route("edit_schedule", "PATCH", "/v1/schedules/{schedule}", P.SCHEDULE_WRITE,
          "Change a schedule", body=schedules.ScheduleEdit, reply=schedules.Schedule,
          problems=(*_SELECT, "schedule-not-found", "schedule-exists", "schedule-conflicts")),
    Route("remove_schedule", "DELETE", "/v1/schedules/{schedule}", P.SCHEDULE_WRITE,
          "Remove a schedule", status=204, problems=("schedule-not-found",)),
    Route("enable_schedule", "POST", "/v1/schedules/{schedule}/enable", P.SCHEDULE_WRITE,
          "Let a schedule fire, from now on", reply=schedules.Schedule,
          problems=("schedule-not-found", "schedule-over")),
    Route("disable_schedule", "POST", "/v1/schedules/{schedule}/disable", P.SCHEDULE_WRITE,
          "Keep a schedule from firing", reply=schedules.Schedule,
          problems=("schedule-not-found",)),
    Route("run_schedule", "POST", "/v1/schedules/{schedule}/run", P.STACK_OPERATE,
          "Do now what a schedule does", reply=runs.Runs, status=202,
          problems=("schedule-not-found", *_SELECT, "host-unreachable", "dependents-up",
                    "key-reused", "shutting-down")),
    Route("plan_schedule", "GET", "/v1/schedules/{schedule}/plan", P.SCHEDULE_READ,
          "What a schedule would do now", reply=runs.Plans,
          problems=("schedule-not-found", "conflict", *_SELECT, *_HOST, "dependents-up")),
    Route("preview_schedule", "GET", "/v1/schedules/{schedule}/preview", P.SCHEDULE_READ,
          "The next instants of a schedule", query=schedules.PreviewQuery,
          reply=schedules.Preview, problems=("invalid", "schedule-not-found")),
    Route("preview", "POST", "/v1/previews", P.SCHEDULE_READ, "The next instants of a trigger",
          body=schedules.PreviewRequest, reply=schedules.Preview, problems=("invalid",)),
    Route("draft_schedule", "POST", "/v1/drafts", P.SCHEDULE_WRITE,
          "What a schedule would be and all that is wrong with it; nothing is kept",
          body=schedules.ScheduleNew, reply=drafts.Draft),
    Route("draft_edit", "POST", "/v1/schedules/{schedule}/draft", P.SCHEDULE_WRITE,
          "What a schedule would be after a change; nothing is kept",
          body=schedules.ScheduleEdit, reply=drafts.Draft, problems=("schedule-not-found",)),
    Route("list_upcoming", "GET", "/v1/upcoming", P.SCHEDULE_READ,
          "What enabled schedules will do, in order of time", query=foresight.UpcomingQuery,
          reply=foresight.Upcoming, problems=("invalid", *_SELECT)),
    Route("list_conflicts", "GET", "/v1/conflicts", P.SCHEDULE_READ,
          "Schedules that contradict each other", query=foresight.ConflictQuery,
          reply=foresight.Conflicts, problems=("invalid", "schedule-not-found")),
    Route("show_week", "GET", "/v1/week", P.SCHEDULE_READ,
          "Seven days of stacks: awake, asleep, and what is done when", query=week.WeekQuery,
          reply=week.Week, problems=("invalid", "group-not-found")),

    Route("list_calendars", "GET", "/v1/calendars", P.SCHEDULE_READ, "Calendars, by name",
          reply=calendars.Calendars),
    Route("add_calendar", "POST", "/v1/calendars", P.SCHEDULE_WRITE, "Add a calendar",
          body=calendars.CalendarNew, reply=calendars.Calendar, status=201,
          problems=("invalid", "calendar-exists")),
    Route("show_calendar", "GET", "/v1/calendars/{calendar}", P.SCHEDULE_READ, "One calendar",
          reply=calendars.Calendar, problems=("calendar-not-found",)),
    Route("edit_calendar", "PATCH", "/v1/calendars/{calendar}", P.SCHEDULE_WRITE,
          "Change the dates of a calendar", body=calendars.CalendarEdit,
          reply=calendars.Calendar, problems=("invalid", "calendar-not-found")),
    Route("remove_calendar", "DELETE", "/v1/calendars/{calendar}", P.SCHEDULE_WRITE,
          "Remove a calendar", query=calendars.CalendarRemoval,
          reply=calendars.CalendarRemoved, problems=("calendar-not-found", "calendar-in-use")),

    Route("list_requirements", "GET", "/v1/requirements", P.STACK_READ,
          "Which stacks need which", query=requirements.RequirementQuery,
          reply=requirements.Requirements, problems=("invalid", "stack-not-found")),
    Route("add_requirements", "POST", "/v1/stacks/{host}/{stack}/requirements",
          P.SCHEDULE_WRITE, "Say that a stack needs others", body=requirements.RequirementsNew,
          reply=requirements.Requirements, status=201,
          problems=(*_SELECT, "requirement-cycle")),
    Route("remove_requirement", "DELETE",
          "/v1/stacks/{host}/{stack}/requirements/{needed_host}/{needed_stack}",
          P.SCHEDULE_WRITE, "Take back that a stack needs another one", status=204,
          problems=("requirement-not-found",)),

    Route("list_holds", "GET", "/v1/holds", P.STACK_READ, "Who holds what, by stack",
          reply=holds.Holds),
    Route("hold", "PUT", "/v1/stacks/{host}/{stack}/hold", P.STACK_HOLD,
          "Keep schedules from a stack", body=holds.HoldNew, reply=holds.HoldPlaced,
          problems=("invalid", "stack-not-found", "host-not-found", "host-unreachable",
                    "dependents-up", "shutting-down")),
    Route("release", "DELETE", "/v1/stacks/{host}/{stack}/hold", P.STACK_HOLD,
          "Let schedules act on a stack again", status=204, problems=("hold-not-found",)),
    Route("freeze", "PUT", "/v1/freeze", P.SETTINGS_WRITE, "Leave out all schedules",
          body=holds.FreezeNew, reply=holds.Freeze, problems=("invalid",)),
    Route("thaw", "DELETE", "/v1/freeze", P.SETTINGS_WRITE, "Let schedules act again",
          status=204, problems=("freeze-not-found",)),

    Route("list_users", "GET", "/v1/users", P.USER_READ, "Users, by name",
          query=schedules.PageQuery, reply=access.UserPage),
    Route("add_user", "POST", "/v1/users", P.USER_WRITE, "Add a user",
          body=access.UserNew, reply=access.User, status=201,
          problems=("invalid", "user-exists")),
    Route("show_user", "GET", "/v1/users/{user}", P.USER_READ, "One user",
          reply=access.User, problems=("user-not-found",)),
    Route("edit_user", "PATCH", "/v1/users/{user}", P.USER_WRITE, "Change a user",
          body=access.UserEdit, reply=access.User,
          problems=("invalid", "user-not-found", "last-admin")),
    Route("remove_user", "DELETE", "/v1/users/{user}", P.USER_WRITE, "Remove a user",
          status=204, problems=("user-not-found", "last-admin")),

    Route("list_audit", "GET", "/v1/audit", P.AUDIT_READ, "The audit log, newest first",
          query=access.AuditQuery, reply=access.AuditPage),
    Route("verify_audit", "POST", "/v1/audit/verify", P.AUDIT_READ,
          "Whether the audit log is whole", reply=access.AuditVerdict),
)
# fmt: on
