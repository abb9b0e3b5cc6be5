"""One new schedule checked against 100,000 others for conflicts, as the daemon does on save."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dockschedd.api import contradictions
from dockschedd.core import model, triggers
from dockschedd.store import open_store
from tests.benchmarks import crowd
from tests.benchmarks.figures import Figure, median

if TYPE_CHECKING:
    from pathlib import Path

    from dockschedd import ports
    from tests.benchmarks.machine import Machine

SCHEDULES = crowd.SCHEDULES
STACKS = crowd.STACKS
_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_ACTIONS = tuple(model.Action)


class _Inventory:
    """Of ports.Inventory what the finder asks for."""

    def __init__(self) -> None:
        self._refs = tuple(sorted(_ref(number) for number in range(STACKS)))

    def refs(self) -> tuple[model.StackRef, ...]:
        return self._refs

    def stacks(self) -> tuple[model.Stack, ...]:
        return tuple(model.Stack(ref=ref, containers=()) for ref in self._refs)

    def hosts(self) -> tuple[model.HostView, ...]:
        return (model.HostView(name="local", url="unix:///docker.sock", reachable=True),)


class _Services:
    """Of the API's services what the finder asks for."""

    def __init__(self, store: ports.Store) -> None:
        self.store = store
        self.inventory = _Inventory()


def conflicts(machine: Machine, rounds: int) -> list[Figure]:
    """Check a schedule of one stack, and one of eleven stacks; 50 others act on each stack."""
    one, several = asyncio.run(_measure(machine.home, rounds))
    note = f"{SCHEDULES:,} schedules on {STACKS:,} stacks"
    return [
        Figure(what="conflict check, one stack", ours=one, unit="s", target=1, note=note),
        Figure(what="conflict check, 11 stacks", ours=several, unit="s", target=1, note=note),
    ]


async def _measure(home: Path, rounds: int) -> tuple[float, float]:
    store = await open_store(
        f"sqlite://{home}/conflicts.db", audit_keys={"1": b"1" * 32}, audit_key_id="1"
    )
    try:
        every = [_schedule(n, str(_ref(n % STACKS))) for n in range(SCHEDULES)]
        await crowd.add(store, every)
        services = _Services(store)
        one = await _check(services, "local/stack-7", rounds)
        return one, await _check(services, "local/stack-199*", rounds)
    finally:
        await store.close()


async def _check(services: _Services, selector: str, rounds: int) -> float:
    often = triggers.CronTrigger(expression="*/15 * * * *", zone="Europe/Berlin")
    new = replace(_schedule(SCHEDULES, selector), trigger=often, action=model.Action.START)
    took = []
    for _ in range(rounds):
        began = time.monotonic()
        answer = await contradictions.of_one(services, new, now=_NOW)  # type: ignore[arg-type]
        took.append(time.monotonic() - began)
        # What was not looked at is not fast.
        assert answer.conflicts
        assert answer.complete
    return median(took)


def _schedule(number: int, selector: str) -> model.Schedule:
    """Of each six one is a window, the others are daily actions."""
    minute, hour = number * 7 % 12 * 5, number // STACKS % 24
    which = number // STACKS % (len(_ACTIONS) + 1)
    window = which == len(_ACTIONS)
    trigger: triggers.Trigger = triggers.CronTrigger(
        expression=f"{minute} {hour} * * *", zone="Europe/Berlin"
    )
    if window:
        trigger = triggers.WindowTrigger(
            expression=f"mon-fri {hour:02}:{minute:02}-{(hour + 10) % 24:02}:00",
            zone="Europe/Berlin",
            wants=triggers.Wish.AWAKE,
        )
    return model.Schedule(
        id=f"id-{number}",
        name=f"schedule-{number}",
        enabled=True,
        trigger=trigger,
        action=None if window else _ACTIONS[which],
        selector=selector,
        catch_up=model.CatchUp.LATEST,
        deadline=timedelta(hours=1),
        owner="alice",
        created_at=_NOW,
        updated_at=_NOW,
        next_at=_NOW + timedelta(hours=1),
    )


def _ref(number: int) -> model.StackRef:
    return model.StackRef("local", f"stack-{number}")
