"""Values of the model with everything that a test does not care about filled in."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from dockschedd.core import model, people, triggers

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

_numbers = itertools.count(1)


def new_id() -> str:
    """An id that sorts after all before it."""
    return f"0190a000-0000-7000-8000-{next(_numbers):012x}"


def schedule(name: str = "night", **changes) -> model.Schedule:
    """A schedule that is due at noon."""
    return model.Schedule(
        **{
            "id": new_id(),
            "name": name,
            "enabled": True,
            "trigger": triggers.CronTrigger(expression="0 12 * * *", zone="UTC"),
            "action": model.Action.STOP,
            "selector": "local/web",
            "catch_up": model.CatchUp.LATEST,
            "deadline": timedelta(hours=1),
            "owner": "alice",
            "created_at": NOON,
            "updated_at": NOON,
            "next_at": NOON,
            **changes,
        }
    )


def run(stack: str | model.StackRef = "web", **changes) -> model.Run:
    """A planned run of a schedule at noon."""
    return model.Run(
        **{
            "id": new_id(),
            "stack": model.StackRef("local", stack) if isinstance(stack, str) else stack,
            "action": model.Action.STOP,
            "status": model.RunStatus.PLANNED,
            "cause_kind": model.CauseKind.SCHEDULE,
            "cause": "schedule `night`",
            "actor": "alice",
            "schedule_id": new_id(),
            "schedule_name": "night",
            "planned_at": NOON,
            "created_at": NOON,
            **changes,
        }
    )


def step(position: int, **changes) -> model.Step:
    """A planned stop of a container."""
    return model.Step(
        **{
            "position": position,
            "verb": model.Verb.STOP,
            "container_id": f"{position:064x}",
            "container": f"web-app-{position}",
            "service": "app",
            "after": (),
            "cause": "is running",
            **changes,
        }
    )


def user(name: str = "alice", **changes) -> people.User:
    """An administrator."""
    return people.User(
        **{
            "id": new_id(),
            "name": name,
            "role": "admin",
            "disabled": False,
            "password_hash": "$argon2id$",
            "password_changed_at": NOON,
            "created_at": NOON,
            **changes,
        }
    )


def session(user_id: str, **changes) -> people.Session:
    """A session for a day."""
    return people.Session(
        **{
            "id": new_id(),
            "user_id": user_id,
            "origin": "127.0.0.1",
            "created_at": NOON,
            "expires_at": NOON + timedelta(days=1),
            **changes,
        }
    )


def record(**changes) -> people.AuditRecord:
    """Something that somebody did."""
    return people.AuditRecord(
        **{
            "at": NOON,
            "actor": "alice",
            "origin": "uid=1000",
            "action": "schedule.add",
            "target": "night",
            "outcome": "ok",
            **changes,
        }
    )
