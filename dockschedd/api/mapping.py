"""Core values out, wire structs in: the toll gate between what we say and what we think.

Total: every value of the core has a form on the wire. What cannot be read is refused with the
field's path.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd.core import (
    dates,
    due,
    explain,
    holds,
    model,
    oneshots,
    order,
    people,
    status,
    triggers,
    validate,
)
from dockschedd.errors import Invalid
from dockschedd.wire import access as wire_access
from dockschedd.wire import foresight as wire_foresight
from dockschedd.wire import holds as wire_holds
from dockschedd.wire import runs as wire_runs
from dockschedd.wire import schedules as wire_schedules
from dockschedd.wire import stacks as wire_stacks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dockschedd.api.upcoming import Next
    from dockschedd.core import findings, forecast, plan, requirements, stats, why

# ---------------------------------------------------------------- runs


def options_in(options: wire_runs.Options) -> model.RunOptions:
    """Return the options of a request. Raises Invalid."""
    stop = options.stop_timeout_seconds
    return model.RunOptions(
        stop_timeout=None if stop is None else _seconds(stop),
        wait_timeout=_seconds(options.wait_timeout_seconds),
        in_place=options.in_place,
        rerun_oneshots=options.rerun_oneshots,
        on_error=validate.choice(model.OnError, options.on_error, path="options.on_error"),
        remember=options.remember,
        everything=options.everything,
        dependents=validate.choice(
            model.Dependents, options.dependents, path="options.dependents"
        ),
    )


def _seconds(number: float) -> timedelta:
    # To the millisecond, as it is stored: what is read back is what was asked for.
    return timedelta(milliseconds=round(number * 1000))


def options_out(options: model.RunOptions) -> wire_runs.Options:
    """Return the options as they were asked for."""
    stop = options.stop_timeout
    return wire_runs.Options(
        stop_timeout_seconds=None if stop is None else stop.total_seconds(),
        wait_timeout_seconds=options.wait_timeout.total_seconds(),
        in_place=options.in_place,
        rerun_oneshots=options.rerun_oneshots,
        on_error=options.on_error,
        remember=options.remember,
        everything=options.everything,
        dependents=options.dependents,
    )


def step(value: model.Step) -> wire_runs.Step:
    """Return one step."""
    return wire_runs.Step(
        position=value.position,
        verb=value.verb,
        container_id=value.container_id,
        container=value.container,
        service=value.service,
        after=value.after,
        cause=value.cause,
        status=value.status,
        started_at=value.started_at,
        finished_at=value.finished_at,
        error_code=value.error_code,
        error=value.error,
    )


def run(value: model.Run) -> wire_runs.Run:
    """Return one run, with the steps that it carries."""
    return wire_runs.Run(
        id=value.id,
        stack=str(value.stack),
        action=value.action,
        status=value.status,
        cause_kind=value.cause_kind,
        cause=value.cause,
        actor=value.actor,
        schedule=value.schedule_name,
        planned_at=value.planned_at,
        deadline_at=value.deadline_at,
        attempt=value.attempt,
        created_at=value.created_at,
        started_at=value.started_at,
        finished_at=value.finished_at,
        error=value.error,
        superseded_by=value.superseded_by,
        start_at=value.start_at,
        if_busy=value.if_busy,
        warnings=value.warnings,
        after=value.after,
        steps=tuple(step(each) for each in value.steps),
    )


def runs(values: Iterable[model.Run], *, notes: tuple[str, ...] = ()) -> wire_runs.Runs:
    """Return several runs, and what is worth knowing about them."""
    return wire_runs.Runs(items=tuple(run(each) for each in values), notes=notes)


def one_plan(value: plan.Plan) -> wire_runs.Plan:
    """Return the plan of one stack."""
    return wire_runs.Plan(
        stack=str(value.ref),
        action=value.action,
        steps=tuple(step(each) for each in value.steps),
        warnings=value.warnings,
        leaves=value.leaves,
    )


def expected(value: forecast.Expectation) -> wire_runs.Expected:
    """Return how long a plan takes."""
    return wire_runs.Expected(
        p50_seconds=None if value.p50 is None else value.p50.total_seconds(),
        p95_seconds=None if value.p95 is None else value.p95.total_seconds(),
        measured=value.measured,
        worst_seconds=None if value.worst is None else value.worst.total_seconds(),
        text=value.text,
    )


def tally(value: stats.Tally) -> wire_runs.Tally:
    """Return what runs of one action on one stack amount to."""
    return wire_runs.Tally(
        stack=str(value.stack),
        action=value.action,
        runs=value.runs,
        failures=value.failures,
        measured=value.measured,
        p50_seconds=None if value.p50 is None else value.p50.total_seconds(),
        p95_seconds=None if value.p95 is None else value.p95.total_seconds(),
    )


# ---------------------------------------------------------------- foresight


def finding(value: findings.Finding) -> wire_foresight.Conflict:
    """Return one conflict or notice."""
    return wire_foresight.Conflict(
        kind=value.kind,
        stack=None if value.stack is None else str(value.stack),
        witness=tuple(
            wire_foresight.Point(at=each.at, schedule=each.schedule, action=each.action)
            for each in value.witness
        ),
        count=value.count,
        text=value.text,
    )


def why_line(value: why.Line) -> wire_foresight.WhyLine:
    """Return one part of an explanation."""
    return wire_foresight.WhyLine(
        kind=value.kind, at=value.at, text=value.text, run=value.run, schedule=value.schedule
    )


# ---------------------------------------------------------------- schedules


def schedule(value: model.Schedule, *, warnings: tuple[str, ...] = ()) -> wire_schedules.Schedule:
    """Return one schedule."""
    trigger = value.trigger
    cron = trigger.expression if isinstance(trigger, triggers.CronTrigger) else None
    at = trigger.at if isinstance(trigger, triggers.AtTrigger) else None
    window = trigger if isinstance(trigger, triggers.WindowTrigger) else None
    return wire_schedules.Schedule(
        id=value.id,
        name=value.name,
        enabled=value.enabled,
        trigger="window" if window else ("at" if cron is None else "cron"),
        cron=cron,
        at=at,
        zone=trigger.zone,
        reads=reads(trigger),
        action=value.does,
        selector=value.selector,
        options=options_out(value.options),
        catch_up=value.catch_up,
        deadline_seconds=value.deadline.total_seconds(),
        owner=value.owner,
        created_at=value.created_at,
        updated_at=value.updated_at,
        next_at=value.next_at,
        next_action=None if value.next_at is None else due.action_at(value, value.next_at),
        done=value.done,
        if_busy=value.if_busy,
        spread_seconds=value.spread.total_seconds(),
        window=window.expression if window else None,
        sleep_by=window.sleep_by if window else None,
        enforce=window.enforce if window else None,
        except_on=() if window else tuple(each.name for each in dates.of(trigger)),
        also_asleep=tuple(each.name for each in dates.of(trigger)) if window else (),
        warnings=warnings,
    )


def reads(trigger: triggers.Trigger) -> str:
    """Return the trigger as a sentence; "" where a zone has gone from this machine since."""
    try:
        return explain.trigger(trigger)
    except Invalid:
        return ""


# ---------------------------------------------------------------- stacks


def summary(
    value: model.Stack,
    found: status.Summary,
    *,
    upcoming: Next | None,
    seen_at: datetime | None,
    held: holds.Hold | None = None,
    drift: str | None = None,
) -> wire_stacks.StackSummary:
    """Return one stack as a row of a list; its host was last seen at `seen_at`."""
    is_unknown = found.status is model.StackStatus.UNKNOWN
    return wire_stacks.StackSummary(
        name=str(value.ref),
        host=value.ref.host,
        stack=value.ref.name,
        status=found.status,
        health=found.health,
        up=found.up,
        total=found.total,
        notes=found.notes,
        next_at=upcoming.at if upcoming else None,
        next_action=upcoming.action if upcoming else None,
        next_schedule=upcoming.schedule if upcoming else None,
        hold=hold(held) if held else None,
        flags=tuple(found.flags),
        drift=drift,
        last_status=found.observed if is_unknown else None,
        seen_at=seen_at if is_unknown else None,
    )


def stack(
    value: model.Stack,
    *,
    host: model.HostView,
    upcoming: Next | None,
    last_run: model.Run | None,
    held: holds.Hold | None = None,
    drift: str | None = None,
    day_off: str | None = None,
    required: requirements.Graph | None = None,
    wanted: wire_stacks.Wanted | None = None,
) -> wire_stacks.Stack:
    """Return one stack with its containers, in the order in which they start."""
    seen = status.summarize(value, reachable=host.reachable)
    row = summary(value, seen, upcoming=upcoming, seen_at=host.seen_at, held=held, drift=drift)
    finished = oneshots.find(value.containers).finished
    rank = {name: n for n, name in enumerate(order.graph(value.containers).services)}
    ordered = sorted(value.containers, key=lambda c: (rank[c.service], c.number, c.name))
    return wire_stacks.Stack(
        **{name: getattr(row, name) for name in row.__struct_fields__},
        containers=tuple(_container(each, oneshot=each.id in finished) for each in ordered),
        last_run=last_run.id if last_run else None,
        last_run_status=last_run.status if last_run else None,
        day_off=day_off,
        needs=tuple(map(str, required.needs(value.ref))) if required else (),
        needed_by=tuple(map(str, required.needed_by(value.ref))) if required else (),
        wanted=wanted,
    )


def _container(value: model.Container, *, oneshot: bool) -> wire_stacks.Container:
    return wire_stacks.Container(
        id=value.id,
        name=value.name,
        service=value.service,
        number=value.number,
        state=value.state,
        health=value.health,
        exit_code=value.exit_code,
        oneshot=oneshot,
        depends_on=tuple(
            wire_stacks.DependsOn(service=each.service, condition=each.condition)
            for each in value.depends_on
        ),
        since_at=None if value.since is None else value.since.at,
        since_exact=value.since is not None and value.since.exact,
    )


# ---------------------------------------------------------------- holds


def hold(value: holds.Hold) -> wire_holds.Hold:
    """Return one hold."""
    return wire_holds.Hold(
        stack=str(value.stack),
        wants=value.wants,
        owner=value.owner,
        reason=value.reason,
        since_at=value.since,
        until_at=value.until,
        reads=holds.held(value),
    )


def freeze(value: holds.Freeze) -> wire_holds.Freeze:
    """Return the freeze."""
    return wire_holds.Freeze(
        owner=value.owner,
        reason=value.reason,
        since_at=value.since,
        until_at=value.until,
        reads=holds.frozen(value),
    )


# ---------------------------------------------------------------- access


def user(value: people.User) -> wire_access.User:
    """Return one user, without the password's hash."""
    return wire_access.User(
        name=value.name,
        role=value.role,
        disabled=value.disabled,
        created_at=value.created_at,
        password_changed_at=value.password_changed_at,
    )


def audit_entry(value: people.AuditEntry) -> wire_access.AuditEntry:
    """Return one line of the audit log, with what proves it."""
    return wire_access.AuditEntry(
        seq=value.seq,
        at=value.record.at,
        actor=value.record.actor,
        origin=value.record.origin,
        action=value.record.action,
        target=value.record.target,
        outcome=value.record.outcome,
        detail=value.record.detail,
        key_id=value.key_id,
        previous=value.previous,
        digest=value.digest,
    )
