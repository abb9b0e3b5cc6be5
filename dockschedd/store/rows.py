"""Rows of the database ↔ values of the model, both ways.

`…_values` gives the parameters of an insert, the functions named like nouns read a row.
Each pair is exact, for durations in whole milliseconds.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, overload

from dockschedd.core import dates, instants, model, people, stats, triggers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dockschedd.store.connection import Row, Value

_MS = timedelta(milliseconds=1)


@overload
def instant(text: str) -> datetime: ...
@overload
def instant(text: None) -> None: ...
@overload
def instant(text: str | None) -> datetime | None: ...
def instant(text: str | None) -> datetime | None:
    """Return the instant of a column; None stays None."""
    return None if text is None else instants.from_text(text)


@overload
def stamp(at: datetime) -> str: ...
@overload
def stamp(at: None) -> None: ...
@overload
def stamp(at: datetime | None) -> str | None: ...
def stamp(at: datetime | None) -> str | None:
    """Return the text of an instant; None stays None."""
    return None if at is None else instants.to_text(at)


# Options are few, and the same in many rows.
@lru_cache(maxsize=64)
def options_text(options: model.RunOptions) -> str:
    """Return a run's options as JSON; durations in milliseconds."""
    stop = options.stop_timeout
    return json.dumps(
        {
            "stop_timeout_ms": None if stop is None else round(stop / _MS),
            "wait_timeout_ms": round(options.wait_timeout / _MS),
            "in_place": options.in_place,
            "rerun_oneshots": options.rerun_oneshots,
            "on_error": options.on_error.value,
            "remember": options.remember,
            "everything": options.everything,
            "dependents": options.dependents.value,
        },
        separators=(",", ":"),
    )


@lru_cache(maxsize=64)
def options(text: str) -> model.RunOptions:
    """Return the options that `options_text` wrote."""
    found = json.loads(text)
    stop = found["stop_timeout_ms"]
    return model.RunOptions(
        stop_timeout=None if stop is None else stop * _MS,
        wait_timeout=found["wait_timeout_ms"] * _MS,
        in_place=found["in_place"],
        rerun_oneshots=found["rerun_oneshots"],
        on_error=model.OnError(found["on_error"]),
        # Rows from before these were known do not have them.
        remember=found.get("remember", False),
        everything=found.get("everything", False),
        dependents=model.Dependents(found.get("dependents", "refuse")),
    )


_KINDS = {triggers.CronTrigger: "cron", triggers.AtTrigger: "at", triggers.WindowTrigger: "window"}


def list_text(items: tuple[str, ...]) -> str:
    """Return a JSON array."""
    return json.dumps(items, separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=64)
def calendar_names(text: str) -> tuple[str, ...]:
    """Return the names of the calendars of a schedule's row."""
    return tuple(json.loads(text))


def schedule_values(schedule: model.Schedule) -> dict[str, Value]:
    """Return all columns of a schedule."""
    trigger = schedule.trigger
    cron = trigger.expression if isinstance(trigger, triggers.CronTrigger) else None
    at = trigger.at if isinstance(trigger, triggers.AtTrigger) else None
    window = trigger if isinstance(trigger, triggers.WindowTrigger) else None
    return {
        "id": schedule.id,
        "name": schedule.name,
        "enabled": int(schedule.enabled),
        "trigger_kind": _KINDS[type(trigger)],
        "cron": cron,
        "at": stamp(at),
        "zone": trigger.zone,
        "action": schedule.does.value,
        "selector": schedule.selector,
        "options": options_text(schedule.options),
        "catch_up": schedule.catch_up.value,
        "deadline_ms": round(schedule.deadline / _MS),
        "owner": schedule.owner,
        "created_at": stamp(schedule.created_at),
        "updated_at": stamp(schedule.updated_at),
        "next_at": stamp(schedule.next_at),
        "done": int(schedule.done),
        "if_busy": schedule.if_busy.value,
        "spread_ms": round(schedule.spread / _MS),
        "time_window": window.expression if window else None,
        "sleep_by": window.sleep_by.value if window else "stop",
        "enforce": window.enforce.value if window else "boundary",
        "calendars": list_text(tuple(each.name for each in dates.of(trigger))),
    }


def schedule(row: Row, calendars: Mapping[str, triggers.Calendar]) -> model.Schedule:
    """Return the schedule of a row; a calendar that is not among them has no dates."""
    trigger: triggers.Trigger
    action: model.Action | None = None
    days = tuple(
        calendars.get(name) or triggers.Calendar(name=name, dates=frozenset())
        for name in calendar_names(row["calendars"])
    )
    if row["trigger_kind"] == "window":
        trigger = triggers.WindowTrigger(
            expression=row["time_window"],
            zone=row["zone"],
            wants=triggers.Wish(row["action"]),
            sleep_by=triggers.SleepBy(row["sleep_by"]),
            enforce=triggers.Enforce(row["enforce"]),
            also_asleep=days,
        )
    else:
        action = model.Action(row["action"])
        if row["trigger_kind"] == "cron":
            trigger = triggers.CronTrigger(
                expression=row["cron"], zone=row["zone"], except_on=days
            )
        else:
            trigger = triggers.AtTrigger(at=instants.from_text(row["at"]), zone=row["zone"])
    return model.Schedule(
        id=row["id"],
        name=row["name"],
        enabled=bool(row["enabled"]),
        trigger=trigger,
        action=action,
        selector=row["selector"],
        options=options(row["options"]),
        catch_up=model.CatchUp(row["catch_up"]),
        deadline=row["deadline_ms"] * _MS,
        owner=row["owner"],
        created_at=instants.from_text(row["created_at"]),
        updated_at=instants.from_text(row["updated_at"]),
        next_at=instant(row["next_at"]),
        done=bool(row["done"]),
        if_busy=model.IfBusy(row["if_busy"]),
        spread=row["spread_ms"] * _MS,
    )


def occurrence_values(occurrence: model.Occurrence) -> dict[str, Value]:
    """Return all columns of an occurrence."""
    return {
        "schedule_id": occurrence.schedule_id,
        "planned_at": stamp(occurrence.planned_at),
        "recorded_at": stamp(occurrence.recorded_at),
    }


def run_values(run: model.Run) -> dict[str, Value]:
    """Return all columns of a run."""
    return {
        "id": run.id,
        "host": run.stack.host,
        "stack": run.stack.name,
        "action": run.action.value,
        "status": run.status.value,
        "cause_kind": run.cause_kind.value,
        "cause": run.cause,
        "actor": run.actor,
        "schedule_id": run.schedule_id,
        "schedule_name": run.schedule_name,
        "planned_at": stamp(run.planned_at),
        "deadline_at": stamp(run.deadline_at),
        "attempt": run.attempt,
        "first_started_at": stamp(run.first_started_at),
        "options": options_text(run.options),
        "idempotency_key": run.idempotency_key,
        "created_at": stamp(run.created_at),
        "started_at": stamp(run.started_at),
        "finished_at": stamp(run.finished_at),
        "error": run.error,
        "superseded_by": run.superseded_by,
        "if_busy": run.if_busy.value,
        "start_at": stamp(run.start_at),
        "after_runs": list_text(run.after),
        "warnings": list_text(run.warnings),
    }


def run(row: Row, steps: tuple[model.Step, ...] = ()) -> model.Run:
    """Return the run of a row with those steps."""
    return model.Run(
        id=row["id"],
        stack=model.StackRef(row["host"], row["stack"]),
        action=model.Action(row["action"]),
        status=model.RunStatus(row["status"]),
        cause_kind=model.CauseKind(row["cause_kind"]),
        cause=row["cause"],
        actor=row["actor"],
        schedule_id=row["schedule_id"],
        schedule_name=row["schedule_name"],
        planned_at=instants.from_text(row["planned_at"]),
        deadline_at=instant(row["deadline_at"]),
        attempt=row["attempt"],
        first_started_at=instant(row["first_started_at"]),
        options=options(row["options"]),
        idempotency_key=row["idempotency_key"],
        created_at=instants.from_text(row["created_at"]),
        started_at=instant(row["started_at"]),
        finished_at=instant(row["finished_at"]),
        error=row["error"],
        superseded_by=row["superseded_by"],
        if_busy=model.IfBusy(row["if_busy"]),
        start_at=instant(row["start_at"]),
        after=tuple(json.loads(row["after_runs"])),
        warnings=tuple(json.loads(row["warnings"])),
        steps=steps,
    )


def sample(row: Row) -> stats.Sample:
    """Return how long the run of a row took."""
    began, ended = instants.from_text(row["started_at"]), instants.from_text(row["finished_at"])
    return stats.Sample(
        stack=model.StackRef(row["host"], row["stack"]),
        action=model.Action(row["action"]),
        status=model.RunStatus(row["status"]),
        attempt=row["attempt"],
        # The clock may have been put back meanwhile.
        took=max(ended - began, timedelta()),
        acted=bool(row["acted"]),
    )


def step_values(run_id: str, step: model.Step) -> dict[str, Value]:
    """Return all columns of a step of that run."""
    return {
        "run_id": run_id,
        "position": step.position,
        "verb": step.verb.value,
        "container_id": step.container_id,
        "container": step.container,
        "service": step.service,
        "after_steps": json.dumps(step.after, separators=(",", ":")),
        "cause": step.cause,
        "status": step.status.value,
        "started_at": stamp(step.started_at),
        "finished_at": stamp(step.finished_at),
        "error_code": step.error_code,
        "error": step.error,
    }


def step(row: Row) -> model.Step:
    """Return the step of a row."""
    return model.Step(
        position=row["position"],
        verb=model.Verb(row["verb"]),
        container_id=row["container_id"],
        container=row["container"],
        service=row["service"],
        after=tuple(json.loads(row["after_steps"])),
        cause=row["cause"],
        status=model.StepStatus(row["status"]),
        started_at=instant(row["started_at"]),
        finished_at=instant(row["finished_at"]),
        error_code=row["error_code"],
        error=row["error"],
    )


def user_values(user: people.User) -> dict[str, Value]:
    """Return all columns of a user."""
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "disabled": int(user.disabled),
        "password_hash": user.password_hash,
        "password_changed_at": stamp(user.password_changed_at),
        "created_at": stamp(user.created_at),
    }


def user(row: Row) -> people.User:
    """Return the user of a row."""
    return people.User(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        disabled=bool(row["disabled"]),
        password_hash=row["password_hash"],
        password_changed_at=instants.from_text(row["password_changed_at"]),
        created_at=instants.from_text(row["created_at"]),
    )


def session_values(session: people.Session) -> dict[str, Value]:
    """Return all columns of a session."""
    return {
        "id": session.id,
        "user_id": session.user_id,
        "origin": session.origin,
        "created_at": stamp(session.created_at),
        "expires_at": stamp(session.expires_at),
        "revoked_at": stamp(session.revoked_at),
    }


def session(row: Row) -> people.Session:
    """Return the session of a row."""
    return people.Session(
        id=row["id"],
        user_id=row["user_id"],
        origin=row["origin"],
        created_at=instants.from_text(row["created_at"]),
        expires_at=instants.from_text(row["expires_at"]),
        revoked_at=instant(row["revoked_at"]),
    )


def audit_values(entry: people.AuditEntry) -> dict[str, Value]:
    """Return all columns of an entry of the audit log."""
    return {
        "seq": entry.seq,
        "at": stamp(entry.record.at),
        "actor": entry.record.actor,
        "origin": entry.record.origin,
        "action": entry.record.action,
        "target": entry.record.target,
        "outcome": entry.record.outcome,
        "detail": entry.record.detail,
        "key_id": entry.key_id,
        "previous": entry.previous,
        "digest": entry.digest,
    }


def audit_entry(row: Row) -> people.AuditEntry:
    """Return the entry of a row."""
    return people.AuditEntry(
        seq=row["seq"],
        record=people.AuditRecord(
            at=instants.from_text(row["at"]),
            actor=row["actor"],
            origin=row["origin"],
            action=row["action"],
            target=row["target"],
            outcome=row["outcome"],
            detail=row["detail"],
        ),
        key_id=row["key_id"],
        previous=row["previous"],
        digest=row["digest"],
    )
