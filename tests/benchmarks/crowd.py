"""Very many schedules, put into a database through the store's own repositories."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.core import due, model, triggers
from dockschedd.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dockschedd import ports

SCHEDULES: Final = 100_000
STACKS: Final = 2000
ZONE: Final = "Europe/Berlin"
_BATCH: Final = 5000
_ACTIONS: Final = tuple(model.Action)
_KEYS: Final = {"1": b"1" * 32}


def database(state: Path) -> str:
    """Return the address of the database that a daemon with this state directory uses."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"sqlite://{state}/dockschedd.db"


def refs(*, real: Iterable[str] = ()) -> tuple[model.StackRef, ...]:
    """Return the stacks that they act on: the real ones first, the others only have names."""
    return named([*real, *(f"stack-{number}" for number in range(STACKS))][:STACKS])


def named(names: Iterable[str]) -> tuple[model.StackRef, ...]:
    """Return the stacks of those names."""
    return tuple(model.StackRef("local", name) for name in names)


def quiet(count: int, stacks: Sequence[model.StackRef], *, now: datetime) -> list[model.Schedule]:
    """Return schedules, as many on each stack, that will not fire while anybody looks."""
    month = (now.month + 5) % 12 + 1
    triggering = {
        (minute, hour): triggers.CronTrigger(expression=f"{minute} {hour} 1 {month} *", zone=ZONE)
        for minute in range(60)
        for hour in range(4)
    }
    first = {key: due.first_at(trigger, after=now) for key, trigger in triggering.items()}
    found = []
    for number in range(count):
        key = number % 60, number // 60 % 4
        found.append(
            schedule(
                f"nightly-{number:06}",
                stacks[number % len(stacks)],
                trigger=triggering[key],
                action=_ACTIONS[number // len(stacks) % len(_ACTIONS)],
                now=now,
                next_at=first[key],
            )
        )
    return found


def at_once(
    count: int,
    stacks: Sequence[model.StackRef],
    *,
    at: datetime,
    now: datetime,
    action: model.Action = model.Action.START,
) -> list[model.Schedule]:
    """Return schedules that fire once, all at that instant; the last name is the last recorded."""
    trigger = triggers.AtTrigger(at=at, zone="UTC")
    return [
        schedule(
            f"burst-{number:06}",
            stacks[number % len(stacks)],
            trigger=trigger,
            action=action,
            now=now,
            next_at=at,
        )
        for number in range(count)
    ]


def schedule(
    name: str,
    stack: model.StackRef,
    *,
    trigger: triggers.Trigger,
    action: model.Action,
    now: datetime,
    next_at: datetime | None,
) -> model.Schedule:
    """Return a schedule of the local administrator's."""
    return model.Schedule(
        id=f"id-{name}",
        name=name,
        enabled=True,
        trigger=trigger,
        action=action,
        selector=str(stack),
        catch_up=model.CatchUp.LATEST,
        deadline=timedelta(hours=1),
        owner="local",
        created_at=now,
        updated_at=now,
        next_at=next_at,
    )


def put(state: Path, schedules: Sequence[model.Schedule]) -> None:
    """Add the schedules to the database of a daemon that does not run."""
    asyncio.run(_put(database(state), schedules))


async def add(store: ports.Store, schedules: Sequence[model.Schedule]) -> None:
    """Add the schedules, many in one transaction."""
    for first in range(0, len(schedules), _BATCH):
        async with store.transaction() as unit:
            for each in schedules[first : first + _BATCH]:
                await unit.schedules.add(each)


async def _put(address: str, schedules: Sequence[model.Schedule]) -> None:
    # No audit entry is made, so that any key will do.
    store = await open_store(address, audit_keys=_KEYS, audit_key_id="1")
    try:
        await add(store, schedules)
    finally:
        await store.close()


def now() -> datetime:
    """Return this second."""
    return datetime.now(UTC).replace(microsecond=0)
