"""Wire values that look like those of a small server, at a fixed instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dockschedd.wire import access, holds, hosts, requirements, runs, schedules, stacks, system

NOW = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)


def at(**ago: float) -> datetime:
    """Return an instant before NOW: at(minutes=5); negative for later."""
    return NOW - timedelta(**ago)


def stack(name: str = "local/web", **changes: Any) -> stacks.StackSummary:
    host, _, bare = name.partition("/")
    fields: dict[str, Any] = {
        "name": name,
        "host": host,
        "stack": bare,
        "status": "running",
        "health": "healthy",
        "up": 3,
        "total": 3,
        "notes": (),
        "next_at": at(minutes=-60),
        "next_action": "stop",
        "next_schedule": "nightly",
        "hold": None,
    }
    return stacks.StackSummary(**fields | changes)


HOLD = holds.Hold(
    stack="local/db",
    wants="up",
    owner="bob",
    reason="migration",
    since_at=at(hours=1),
    until_at=at(hours=-2),
    reads="held up by bob until 00:00 on 25 November 2026, Europe/Berlin: migration",
)
FREEZE = holds.Freeze(
    owner="alice",
    reason="new rack",
    since_at=at(hours=1),
    until_at=None,
    reads="all schedules are frozen by alice since 21:00 on 24 November 2026, Europe/Berlin: "
    "new rack",
)

STACKS = (
    stack("local/db", health="none", up=1, total=1, next_at=None, next_action=None,
          next_schedule=None, hold=HOLD),
    stack("local/web"),
    stack("local/queue", status="partial", health="unhealthy", up=1, total=2,
          notes=("worker-1 exited with code 137", "broker-1 is unhealthy"),
          next_at=at(hours=-10), next_action="start", next_schedule="morning",
          flags=("unhealthy", "exited"),
          drift="schedule `office` wants it asleep until 08:00 on 25 November 2026, "
          "Europe/Berlin"),
)  # fmt: skip

CONTAINERS = (
    stacks.Container(id="a" * 64, name="web-db-1", service="db", number=1, state="running",
                     health="healthy", exit_code=None, oneshot=False, depends_on=(),
                     since_at=at(hours=5)),
    stacks.Container(id="b" * 64, name="web-migrate-1", service="migrate", number=1,
                     state="exited", health="none", exit_code=0, oneshot=True,
                     depends_on=(stacks.DependsOn(service="db", condition="service_healthy"),),
                     since_at=at(minutes=42), since_exact=True),
    stacks.Container(id="c" * 64, name="web-app-1", service="app", number=1, state="running",
                     health="none", exit_code=None, oneshot=False,
                     depends_on=(stacks.DependsOn(service="db", condition="service_healthy"),
                                 stacks.DependsOn(service="migrate",
                                                  condition="service_completed_successfully"))),
)  # fmt: skip


def whole_stack(**changes: Any) -> stacks.Stack:
    """Return local/web with its containers."""
    summary = stack("local/web", **{"seen_at": at(seconds=1)} | changes)
    return stacks.Stack(
        **{name: getattr(summary, name) for name in summary.__struct_fields__},
        containers=CONTAINERS,
        last_run=RUN_ID,
        last_run_status="succeeded",
        needs=("local/db",),
        needed_by=("local/shop", "edge/kiosk"),
        wanted=stacks.Wanted(state="awake", schedule="office", until_at=at(hours=-10),
                             enforce="always", reads="schedule `office` wants it awake"),
    )  # fmt: skip


REQUIREMENTS = (
    requirements.Requirement(stack="edge/kiosk", needs="local/web", origin="label", owner=None,
                             created_at=None),
    requirements.Requirement(stack="local/db", needs="local/gone", origin="label", owner=None,
                             created_at=None,
                             ignored="the label `dockschedd.requires` of `local/db` names `gone`, "
                             "and there is no such stack"),
    requirements.Requirement(stack="local/web", needs="local/db", origin="command",
                             owner="alice", created_at=at(days=3)),
)  # fmt: skip


RUN_ID = "01936000-0000-7000-8000-0000000000a1"
NEXT_ID = "01936000-0000-7000-8000-0000000000b2"


def step(position: int, container: str, **changes: Any) -> runs.Step:
    fields: dict[str, Any] = {
        "position": position,
        "verb": "stop",
        "container_id": container,
        "container": container,
        "service": container.removesuffix("-1").removeprefix("web-"),
        "after": (position - 1,) if position > 1 else (),
        "cause": "stop was asked for",
        "status": "planned",
        "started_at": None,
        "finished_at": None,
        "error_code": None,
        "error": None,
    }
    return runs.Step(**fields | changes)


def run(**changes: Any) -> runs.Run:
    fields: dict[str, Any] = {
        "id": RUN_ID,
        "stack": "local/web",
        "action": "stop",
        "status": "planned",
        "cause_kind": "manual",
        "cause": "alice asked for it",
        "actor": "alice",
        "schedule": None,
        "planned_at": NOW,
        "deadline_at": None,
        "attempt": 1,
        "created_at": NOW,
        "started_at": None,
        "finished_at": None,
        "error": None,
        "superseded_by": None,
        "steps": (step(1, "web-app-1"), step(2, "web-db-1")),
    }
    return runs.Run(**fields | changes)


_BEGAN = {"started_at": NOW, "status": "running"}
_DONE = {"started_at": NOW, "finished_at": at(seconds=-0.5), "status": "succeeded"}
_DONE_2 = {"started_at": at(seconds=-0.5), "finished_at": at(seconds=-1.3), "status": "succeeded"}

RUNNING = run(status="running", started_at=NOW,
              steps=(step(1, "web-app-1", **_BEGAN), step(2, "web-db-1")))  # fmt: skip
HALF = run(status="running", started_at=NOW,
           steps=(step(1, "web-app-1", **_DONE), step(2, "web-db-1", **_BEGAN)))  # fmt: skip
SUCCEEDED = run(status="succeeded", started_at=NOW, finished_at=at(seconds=-1.3),
                steps=(step(1, "web-app-1", **_DONE), step(2, "web-db-1", **_DONE_2)))  # fmt: skip
FAILED = run(
    status="partial",
    started_at=NOW,
    finished_at=at(seconds=-12.3),
    error="stop web-db-1 failed: The engine did not answer within 12 s.",
    steps=(
        step(1, "web-app-1", **_DONE),
        step(2, "web-db-1", status="failed", started_at=NOW, finished_at=at(seconds=-12.3),
             error_code="host-timeout", error="The engine did not answer within 12 s."),
    ),
)  # fmt: skip
WOKEN = run(
    action="start",
    status="succeeded",
    cause_kind="window-edge",
    cause="the window of schedule `office` begins",
    schedule="office",
    started_at=NOW,
    finished_at=at(seconds=-1.3),
    warnings=("service `cache` is new and was not started: it did not run before",),
    steps=(step(1, "web-db-1", verb="start", **_DONE),),
)
INTERRUPTED = run(status="interrupted", started_at=NOW, finished_at=at(seconds=-1),
                  superseded_by=NEXT_ID)  # fmt: skip

PLAN = runs.Plan(
    stack="local/web",
    action="stop",
    steps=(
        step(1, "web-app-1", cause="stop was asked for"),
        step(2, "web-db-1", cause="web-app-1, which depends on it, is stopped"),
    ),
    warnings=("service `cache` has no container",),
    leaves=("web-migrate-1: a one-shot that has finished",),
)
NEEDED = runs.Plan(
    stack="local/db",
    action="start",
    steps=(step(1, "db-db-1", verb="start", cause="start was asked for"),),
    warnings=(),
    leaves=(),
    cause="required by `local/web`: asked for by alice",
)
NEEDS = runs.Plan(
    stack="local/web",
    action="start",
    steps=(step(1, "web-app-1", verb="start", cause="start was asked for"),),
    warnings=(),
    leaves=(),
    after=("local/db",),
)


def schedule(name: str = "nightly", **changes: Any) -> schedules.Schedule:
    fields: dict[str, Any] = {
        "id": "01936000-0000-7000-8000-00000000000c",
        "name": name,
        "enabled": True,
        "trigger": "cron",
        "cron": "0 22 * * mon-fri",
        "at": None,
        "zone": "Europe/Berlin",
        "reads": "at 22:00 on Monday to Friday, Europe/Berlin",
        "action": "stop",
        "selector": "local/*",
        "options": runs.Options(),
        "catch_up": "latest",
        "deadline_seconds": 3600.0,
        "owner": "alice",
        "created_at": at(days=30),
        "updated_at": at(days=3),
        "next_at": at(minutes=-60),
        "done": False,
        "warnings": (),
    }
    return schedules.Schedule(**fields | changes)


SCHEDULES = (
    schedule("morning", cron="0 8 * * mon-fri", action="start", next_at=at(hours=-10)),
    schedule("nightly", if_busy="skip", spread_seconds=600.0),
    schedule("xmas", trigger="at", cron=None, at=at(days=-30), enabled=False, next_at=None),
    schedule("once", trigger="at", cron=None, at=at(days=30), done=True, next_at=None),
    schedule(
        "office",
        trigger="window",
        cron=None,
        window="mon-fri 08:00-18:00",
        sleep_by="pause",
        enforce="always",
        reads="awake from 08:00 to 18:00 on weekdays, Europe/Berlin",
        action="awake",
        selector="dev/*",
        next_at=at(hours=-10),
        next_action="start",
    ),
)
NIGHTS = schedule(
    "sleep-local-web",
    trigger="window",
    cron=None,
    window="daily 23:00-07:00",
    sleep_by="stop",
    enforce="boundary",
    reads="asleep from 23:00 to 07:00 the next day, every day, Europe/Berlin",
    action="asleep",
    selector="local/web",
    next_at=at(hours=-1),
    next_action="stop",
)

PREVIEW = schedules.Preview(
    reads="at 22:00 on Monday to Friday, Europe/Berlin",
    zone="Europe/Berlin",
    moments=tuple(
        schedules.Moment(
            at=at(hours=-day * 24),
            local=f"2026-11-{24 + day}T22:00:00+01:00",
            note="" if day else "the clocks change that night",
        )
        for day in range(3)
    ),
)

EDGES = schedules.Preview(
    reads="awake from 08:00 to 18:00 on weekdays, Europe/Berlin",
    zone="Europe/Berlin",
    moments=(
        schedules.Moment(
            at=at(hours=-10), local="2026-11-25T08:00:00+01:00", note="", action="start"
        ),
        schedules.Moment(
            at=at(hours=-20), local="2026-11-25T18:00:00+01:00", note="", action="pause"
        ),
    ),
)

SPREAD = schedules.Preview(
    reads="At 22:00 on Monday to Friday",
    zone="Europe/Berlin",
    moments=(
        schedules.Moment(
            at=at(hours=-1),
            local="2026-11-24T22:00:00+01:00",
            note="",
            starts=tuple(
                schedules.Start(
                    stack=f"local/{name}",
                    at=at(minutes=-60 - minutes),
                    local=f"2026-11-24T22:{minutes:02d}:00+01:00",
                )
                for name, minutes in (("web", 2), ("db", 7))
            ),
        ),
    ),
)


def user(name: str = "alice", **changes: Any) -> access.User:
    fields: dict[str, Any] = {
        "name": name,
        "role": "operator",
        "disabled": False,
        "created_at": at(days=30),
        "password_changed_at": at(days=3),
    }
    return access.User(**fields | changes)


def tokens(number: int = 1, *, lasts: timedelta = timedelta(minutes=15)) -> access.Tokens:
    return access.Tokens(
        access_token=f"access-{number}",
        access_expires_at=NOW + lasts,
        refresh_token=f"refresh-{number}",
        refresh_expires_at=NOW + timedelta(days=30),
        user="alice",
        role="operator",
    )


ME = access.Me(
    user="alice",
    role="operator",
    permissions=("stack.read", "stack.operate"),
    method="password",
    expires_at=at(days=-30),
)

HOSTS = (
    stacks.Host(name="local", url="unix:///var/run/docker.sock", reachable=True,
                seen_at=at(seconds=1), error=None, engine_version="27.1.0", stacks=3,
                latency_seconds=0.0042),
    stacks.Host(name="edge", url="ssh://edge.example", reachable=False, seen_at=at(hours=3),
                error="connection refused", error_code="host-unreachable",
                retry_at=at(seconds=-4), engine_version=None, stacks=1, origin="added",
                ssh_key="/etc/dockschedd/edge/id", zone="Europe/Lisbon", calendar="holidays",
                max_parallel_steps=4, owner="alice", updated_at=at(hours=5)),
)  # fmt: skip
USES = hosts.HostUses(
    schedules=("nightly", "weekly"),
    holds=("edge/db",),
    requirements=("local/web needs edge/db",),
    groups=("rim",),
    runs=(RUN_ID,),
)
HOST = hosts.HostShown(
    **{field: getattr(HOSTS[1], field) for field in HOSTS[1].__struct_fields__}, uses=USES
)

AUDIT = tuple(
    access.AuditEntry(seq=seq, at=at(minutes=10 - seq), actor="alice", origin="uid=1000",
                      action=action, target=target, outcome=outcome, detail="", key_id="k1",
                      previous="0" * 64, digest=f"{seq}" * 64)
    for seq, action, target, outcome in (
        (3, "run.finish", "local/web", "failed"),
        (2, "schedule.add", "nightly", "ok"),
        (1, "login", "alice", "refused"),
    )
)  # fmt: skip

STATUS = system.Status(
    version="0.1.0",
    now_at=NOW,
    started_at=at(days=3),
    zone="Europe/Berlin",
    ticked_at=at(seconds=1),
    hosts=HOSTS,
    stacks={"running": 2, "stopped": 0, "partial": 1},
    attention=(STACKS[2],),
    schedules=4,
    upcoming=SCHEDULES[:2],
    running=(RUNNING,),
    troubled=(FAILED,),
    holds=(HOLD,),
    frozen=FREEZE,
)
