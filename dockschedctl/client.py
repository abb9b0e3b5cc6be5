"""The daemon, one method per operation of its table of routes.

Synchronous and typed by the wire. Refused requests raise ApiProblem. Commands never build
requests themselves; what a command does not call is not here.
"""

from __future__ import annotations

import uuid
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import quote

from dockschedctl.failures import Usage

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from dockschedctl.calling import Caller
    from dockschedctl.events import Events
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
else:

    class _Lazy:
        """A wire module that is imported when it is first used: 1 ms each."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> object:
            return getattr(import_module(f"dockschedd.wire.{self._name}"), attribute)

    access, calendars, drafts, foresight = map(
        _Lazy, ("access", "calendars", "drafts", "foresight")
    )
    groups, holds, hosts, requirements = map(_Lazy, ("groups", "holds", "hosts", "requirements"))
    runs, schedules, stacks, system = map(_Lazy, ("runs", "schedules", "stacks", "system"))
    week = _Lazy("week")

#: The daemon sends something at least every 15 s; a longer silence is a dead connection.
STREAM_PATIENCE = 40.0


class Client:
    """One daemon, for the length of one command."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._call = caller.call

    @property
    def server(self) -> str:
        """The daemon's address."""
        return self._caller.server

    @property
    def daemon_version(self) -> str | None:
        """What the daemon said of itself with its last answer."""
        return self._caller.daemon_version

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._caller.close()

    def abort(self) -> None:
        """End what another thread is waiting for; it gets a Failure, or the stream's end."""
        self._caller.abort()

    def forget_login(self) -> bool:
        """Remove the stored login; return whether there was one."""
        return self._caller.forget_login()

    # ------------------------------------------------------------ operations

    def health(self) -> system.Health:
        return self._call("GET", "/healthz", system.Health, anonymous=True)

    def login(self, body: access.Login) -> access.Tokens:
        """Log in, and keep what it gave."""
        tokens = self._call("POST", "/v1/login", access.Tokens, body=body, anonymous=True)
        self._caller.keep(tokens)
        return tokens

    def refresh(self, body: access.Refresh) -> access.Tokens:
        """Trade a refresh token; the caller holds the shelf's lock."""
        return self._call("POST", "/v1/refresh", access.Tokens, body=body, anonymous=True)

    def logout(self) -> None:
        self._call("POST", "/v1/logout", None)

    def whoami(self) -> access.Me:
        return self._call("GET", "/v1/me", access.Me)

    def passwd(self, body: access.PasswordChange) -> None:
        self._call("PUT", "/v1/me/password", None, body=body)

    def status(self) -> system.Status:
        return self._call("GET", "/v1/status", system.Status)

    def events(self, query: system.EventQuery, *, patience: float = STREAM_PATIENCE) -> Events:
        """Open the stream of changes; what happens from now on is in it."""
        return self._caller.events(query, patience=min(patience, STREAM_PATIENCE))

    def list_hosts(self) -> stacks.Hosts:
        return self._call("GET", "/v1/hosts", stacks.Hosts)

    def show_host(self, host: str) -> hosts.HostShown:
        return self._call("GET", _path("/v1/hosts", host), hosts.HostShown)

    def check_host(self, host: str) -> hosts.HostCheck:
        return self._call("POST", f"{_path('/v1/hosts', host)}/check", hosts.HostCheck)

    def add_host(self, body: hosts.HostNew) -> stacks.Host:
        return self._call("POST", "/v1/hosts", stacks.Host, body=body)

    def edit_host(self, host: str, body: hosts.HostEdit) -> stacks.Host:
        return self._call("PATCH", _path("/v1/hosts", host), stacks.Host, body=body)

    def remove_host(self, host: str, query: hosts.HostRemoval) -> hosts.HostRemoved:
        return self._call("DELETE", _path("/v1/hosts", host), hosts.HostRemoved, query=query)

    def list_stacks(self, query: stacks.StackQuery) -> stacks.StackPage:
        return self._call("GET", "/v1/stacks", stacks.StackPage, query=query)

    def show_stack(self, host: str, stack: str) -> stacks.Stack:
        return self._call("GET", _path("/v1/stacks", host, stack), stacks.Stack)

    def list_requirements(self, query: requirements.RequirementQuery) -> requirements.Requirements:
        return self._call("GET", "/v1/requirements", requirements.Requirements, query=query)

    def add_requirements(
        self, host: str, stack: str, body: requirements.RequirementsNew
    ) -> requirements.Requirements:
        path = _path("/v1/stacks", host, stack, "requirements")
        return self._call("POST", path, requirements.Requirements, body=body)

    def remove_requirement(
        self, host: str, stack: str, needed_host: str, needed_stack: str
    ) -> None:
        path = _path("/v1/stacks", host, stack, "requirements", needed_host, needed_stack)
        self._call("DELETE", path, None)

    def list_holds(self) -> holds.Holds:
        return self._call("GET", "/v1/holds", holds.Holds)

    def hold(self, host: str, stack: str, body: holds.HoldNew) -> holds.HoldPlaced:
        path = _path("/v1/stacks", host, stack, "hold")
        return self._call("PUT", path, holds.HoldPlaced, body=body)

    def release(self, host: str, stack: str) -> None:
        self._call("DELETE", _path("/v1/stacks", host, stack, "hold"), None)

    def freeze(self, body: holds.FreezeNew) -> holds.Freeze:
        return self._call("PUT", "/v1/freeze", holds.Freeze, body=body)

    def thaw(self) -> None:
        self._call("DELETE", "/v1/freeze", None)

    def why_stack(self, host: str, stack: str, query: foresight.WhyQuery) -> foresight.Why:
        return self._call(
            "GET", _path("/v1/stacks", host, stack, "why"), foresight.Why, query=query
        )

    def plan(self, body: runs.PlanRequest) -> runs.Plans:
        return self._call("POST", "/v1/plans", runs.Plans, body=body)

    def act(self, body: runs.RunRequest) -> runs.Runs:
        return self._call("POST", "/v1/runs", runs.Runs, body=body, key=_new_key())

    def list_runs(self, query: runs.RunQuery) -> runs.RunPage:
        return self._call("GET", "/v1/runs", runs.RunPage, query=query)

    def show_run(self, run: str) -> runs.Run:
        return self._call("GET", _path("/v1/runs", run), runs.Run)

    def cancel_run(self, run: str) -> runs.Run:
        return self._call("POST", _path("/v1/runs", run, "cancel"), runs.Run)

    def resume_run(self, run: str) -> runs.Run:
        return self._call("POST", _path("/v1/runs", run, "resume"), runs.Run, key=_new_key())

    def run_stats(self, query: runs.StatsQuery) -> runs.Stats:
        return self._call("GET", "/v1/runs/stats", runs.Stats, query=query)

    def list_conflicts(self, query: foresight.ConflictQuery) -> foresight.Conflicts:
        return self._call("GET", "/v1/conflicts", foresight.Conflicts, query=query)

    def list_schedules(self, query: schedules.ScheduleQuery) -> schedules.SchedulePage:
        return self._call("GET", "/v1/schedules", schedules.SchedulePage, query=query)

    def add_schedule(self, body: schedules.ScheduleNew) -> schedules.Schedule:
        return self._call("POST", "/v1/schedules", schedules.Schedule, body=body)

    def show_schedule(self, schedule: str) -> schedules.Schedule:
        return self._call("GET", _path("/v1/schedules", schedule), schedules.Schedule)

    def apply_schedules(self, body: schedules.ApplyRequest) -> schedules.Applied:
        return self._call("POST", "/v1/documents", schedules.Applied, body=body)

    def edit_schedule(self, schedule: str, body: schedules.ScheduleEdit) -> schedules.Schedule:
        path = _path("/v1/schedules", schedule)
        return self._call("PATCH", path, schedules.Schedule, body=body)

    def remove_schedule(self, schedule: str) -> None:
        self._call("DELETE", _path("/v1/schedules", schedule), None)

    def enable_schedule(self, schedule: str) -> schedules.Schedule:
        return self._call("POST", _path("/v1/schedules", schedule, "enable"), schedules.Schedule)

    def disable_schedule(self, schedule: str) -> schedules.Schedule:
        return self._call("POST", _path("/v1/schedules", schedule, "disable"), schedules.Schedule)

    def run_schedule(self, schedule: str) -> runs.Runs:
        path = _path("/v1/schedules", schedule, "run")
        return self._call("POST", path, runs.Runs, key=_new_key())

    def plan_schedule(self, schedule: str) -> runs.Plans:
        return self._call("GET", _path("/v1/schedules", schedule, "plan"), runs.Plans)

    def show_week(self, query: week.WeekQuery) -> week.Week:
        return self._call("GET", "/v1/week", week.Week, query=query)

    def list_upcoming(self, query: foresight.UpcomingQuery) -> foresight.Upcoming:
        return self._call("GET", "/v1/upcoming", foresight.Upcoming, query=query)

    def preview_schedule(self, schedule: str, query: schedules.PreviewQuery) -> schedules.Preview:
        path = _path("/v1/schedules", schedule, "preview")
        return self._call("GET", path, schedules.Preview, query=query)

    def preview(self, body: schedules.PreviewRequest) -> schedules.Preview:
        return self._call("POST", "/v1/previews", schedules.Preview, body=body)

    def draft_schedule(self, body: schedules.ScheduleNew) -> drafts.Draft:
        return self._call("POST", "/v1/drafts", drafts.Draft, body=body)

    def draft_edit(self, schedule: str, body: schedules.ScheduleEdit) -> drafts.Draft:
        path = _path("/v1/schedules", schedule, "draft")
        return self._call("POST", path, drafts.Draft, body=body)

    def list_calendars(self) -> calendars.Calendars:
        return self._call("GET", "/v1/calendars", calendars.Calendars)

    def add_calendar(self, body: calendars.CalendarNew) -> calendars.Calendar:
        return self._call("POST", "/v1/calendars", calendars.Calendar, body=body)

    def show_calendar(self, calendar: str) -> calendars.Calendar:
        return self._call("GET", _path("/v1/calendars", calendar), calendars.Calendar)

    def edit_calendar(self, calendar: str, body: calendars.CalendarEdit) -> calendars.Calendar:
        path = _path("/v1/calendars", calendar)
        return self._call("PATCH", path, calendars.Calendar, body=body)

    def remove_calendar(
        self, calendar: str, query: calendars.CalendarRemoval
    ) -> calendars.CalendarRemoved:
        path = _path("/v1/calendars", calendar)
        return self._call("DELETE", path, calendars.CalendarRemoved, query=query)

    def list_groups(self) -> groups.Groups:
        return self._call("GET", "/v1/groups", groups.Groups)

    def add_group(self, body: groups.GroupNew) -> groups.Group:
        return self._call("POST", "/v1/groups", groups.Group, body=body)

    def show_group(self, group: str) -> groups.Group:
        return self._call("GET", _path("/v1/groups", group), groups.Group)

    def edit_group(self, group: str, body: groups.GroupEdit) -> groups.Group:
        return self._call("PATCH", _path("/v1/groups", group), groups.Group, body=body)

    def remove_group(self, group: str, query: groups.GroupRemoval) -> groups.GroupRemoved:
        return self._call("DELETE", _path("/v1/groups", group), groups.GroupRemoved, query=query)

    def list_users(self, query: schedules.PageQuery) -> access.UserPage:
        return self._call("GET", "/v1/users", access.UserPage, query=query)

    def add_user(self, body: access.UserNew) -> access.User:
        return self._call("POST", "/v1/users", access.User, body=body)

    def show_user(self, user: str) -> access.User:
        return self._call("GET", _path("/v1/users", user), access.User)

    def edit_user(self, user: str, body: access.UserEdit) -> access.User:
        return self._call("PATCH", _path("/v1/users", user), access.User, body=body)

    def remove_user(self, user: str) -> None:
        self._call("DELETE", _path("/v1/users", user), None)

    def list_audit(self, query: access.AuditQuery) -> access.AuditPage:
        return self._call("GET", "/v1/audit", access.AuditPage, query=query)

    def verify_audit(self) -> access.AuditVerdict:
        return self._call("POST", "/v1/audit/verify", access.AuditVerdict)


def _new_key() -> str:
    return str(uuid.uuid4())


def _path(*parts: str) -> str:
    first, *rest = parts
    for part in rest:
        if part in ("", ".", ".."):
            raise Usage(f"`{part}` is no name")
    return "/".join([first, *(quote(part, safe="") for part in rest)])
