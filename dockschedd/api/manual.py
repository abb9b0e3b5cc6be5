"""Actions that a person asks for: one planned run per stack, all in one transaction.

A request with an idempotency key is carried out once: the same request again answers with the
runs of the first time, whatever has become of stacks and hosts since.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dockschedd.api import blocking, implied, mapping, requiring, targets
from dockschedd.core import arrange, holds, model
from dockschedd.errors import Conflict, DockschedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.core import selectors
    from dockschedd.wire import runs as wire


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is asked for."""

    action: model.Action
    options: model.RunOptions
    selectors: tuple[str, ...]
    cause: str
    #: Whose work is done by hand; None: nobody's.
    schedule_name: str | None = None
    #: When what is gone on with first began; None: it begins now.
    first_started_at: datetime | None = None
    #: Raises when it may not be done after all; asked in the transaction that records it.
    check: Callable[[ports.Unit], Awaitable[None]] | None = None


async def place(call: Call, order: Order) -> tuple[model.Run, ...]:
    """Record the runs and have them carried out; return them, in turn, else by stack.

    With them come those that requirements add. Raises Invalid, NotFound, HostUnreachable, and
    Conflict (`key-reused`, `dependents-up`).
    """
    services = call.services
    # Of one user: nobody gets at others' runs by guessing their keys.
    key = call.idempotency_key and f"{call.who.name}/{call.idempotency_key}"
    groups = await services.groups()
    try:
        refs = targets.wanted(services.inventory, order.selectors, groups)
    except DockschedError:
        before = await _made_before(call, key, order)
        if before:
            return before
        raise
    made = tuple(_run(call, order, ref, key) for ref in refs)
    async with services.store.transaction() as unit:
        before = await _before(unit, key, order) if key is not None else ()
        if before:
            return before
        if order.check is not None:
            await order.check(unit)
        made = await requiring.arranged(unit, call, made)
        await implied.place(unit, call, made)
        blocks = await unit.holds.blocks()
        made = tuple(_knowing(run, blocks, call) for run in made)
        await unit.runs.add_all(made)
        await unit.audit.append_all(
            call.record(f"stack.{run.action}", str(run.stack), detail=f"run {run.id}: {run.cause}")
            for run in made
        )
    # Not the executor alone: what was done may have come with a hold.
    services.holds_changed()
    for run in made:
        services.bus.publish_run(run)
    return made


async def answer(call: Call, runs: tuple[model.Run, ...]) -> wire.Runs:
    """Return the runs, and who holds their stacks."""
    blocks = await call.services.blocking.blocks(call.services.store)
    notes = blocking.notes(blocks, [run.stack for run in runs], now=call.now)
    return mapping.runs(runs, notes=notes)


def _knowing(run: model.Run, blocks: holds.Blocks, call: Call) -> model.Run:
    """Return the run with a cause that tells of a hold: it acts all the same."""
    hold = blocking.of(blocks, run.stack, now=call.now)
    return run if hold is None else replace(run, cause=f"{run.cause}; {holds.held(hold)}")


async def _made_before(call: Call, key: str | None, order: Order) -> tuple[model.Run, ...]:
    if key is None:
        return ()
    async with call.services.store.reading() as unit:
        return await _before(unit, key, order)


async def _before(unit: ports.Unit, key: str, order: Order) -> tuple[model.Run, ...]:
    """Return the runs that this key made; () if none. Raises Conflict (`key-reused`)."""
    found = await unit.runs.by_key(key)
    if found and not _made(found, order):
        raise Conflict(
            "the idempotency key was used for another request",
            code="key-reused",
            hint="make a new key for each request",
        )
    return arrange.in_turn(sorted(found, key=lambda run: run.stack))


def _made(runs: tuple[model.Run, ...], order: Order) -> bool:
    """Return whether the order may have made these runs: selectors match other stacks by now."""
    runs = tuple(run for run in runs if run.cause_kind is not model.CauseKind.REQUIREMENT)
    asked = [targets.parse(text, path="selectors") for text in order.selectors]
    return all(
        run.action is order.action
        and run.options == order.options
        and run.schedule_name == order.schedule_name
        and run.first_started_at == (order.first_started_at or run.started_at)
        and any(_may_match(selector, run.stack) for selector in asked)
        for run in runs
    ) and all(any(_may_match(selector, run.stack) for run in runs) for selector in asked)


def _may_match(selector: selectors.Selector, ref: model.StackRef) -> bool:
    """Return whether the stack may have been meant: what a group had then is not known."""
    return selector.matches(ref, {selector.group or "": (ref.host,)})


def planned(
    call: Call,
    ref: model.StackRef,
    *,
    action: model.Action,
    options: model.RunOptions,
    cause: str | None = None,
) -> model.Run:
    """Return a run that the caller asks for now."""
    return model.Run(
        id=call.services.ids.new(),
        stack=ref,
        action=action,
        status=model.RunStatus.PLANNED,
        cause_kind=model.CauseKind.MANUAL,
        cause=f"asked for by {call.who.name}" if cause is None else cause,
        actor=call.who.name,
        planned_at=call.now,
        options=options,
        created_at=call.now,
    )


def _run(call: Call, order: Order, ref: model.StackRef, key: str | None) -> model.Run:
    plain = planned(call, ref, action=order.action, options=order.options, cause=order.cause)
    return replace(
        plain,
        # Occurrences are unique by schedule and instant: it has no schedule_id.
        schedule_name=order.schedule_name,
        first_started_at=order.first_started_at,
        idempotency_key=key,
    )
