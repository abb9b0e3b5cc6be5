"""Holds of stacks, and the freeze of all schedules: what a person decides over schedules' heads.

What ends a hold is noted here and carried out by the ticker, which first records everything
that the hold covered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.api import blocking, mapping, requiring, targets
from dockschedd.core import cron, holds, model, runs, selectors, until, validate
from dockschedd.errors import Fault, HostUnreachable, Invalid, NotFound
from dockschedd.wire import holds as wire

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.api.call import Call

_HINT = "take those down first, or hold it as it is with `--no-act`"


async def list_holds(call: Call) -> wire.Holds:
    """Return the holds that hold now, by stack."""
    async with call.services.store.reading() as unit:
        found = await unit.holds.blocks()
    return wire.Holds(items=blocking.active(found, now=call.now))


async def hold(call: Call, body: wire.HoldNew) -> wire.HoldPlaced:
    """Keep schedules from a stack, and bring it into the state in which it is held."""
    services = call.services
    ref = model.StackRef(call.path["host"], call.path["stack"])
    placed = _hold(call, ref, body)
    away = _is_away(services.inventory, ref)
    plain = _run(call, placed, away=away)
    async with services.store.transaction() as unit:
        before = await unit.holds.get(ref)
        instead = ""
        if before is not None and holds.is_active(before, call.now):
            instead = f"; in place of: {holds.held(before)}"
        needed = body.act and (
            await _is_busy(unit, ref) or not blocking.is_so(services.inventory, placed, away=away)
        )
        await unit.holds.place(placed)
        detail = f"{holds.held(placed)}{instead}"
        await unit.audit.append(call.record("hold.place", str(ref), detail=detail))
        made = await requiring.arranged(unit, call, (plain,), hint=_HINT) if needed else ()
        await unit.runs.add_all(made)
        await unit.audit.append_all(
            call.record(f"stack.{run.action}", str(run.stack), detail=f"run {run.id}: {run.cause}")
            for run in made
        )
    services.holds_changed()
    services.bus.publish_stack(ref)
    for run in made:
        services.bus.publish_run(run)
    own = next((mapping.run(run) for run in made if run.stack == ref), None)
    return wire.HoldPlaced(hold=mapping.hold(placed), run=own)


async def release(call: Call) -> None:
    """Let schedules act on a stack again, from now on."""
    services = call.services
    ref = model.StackRef(call.path["host"], call.path["stack"])
    async with services.store.transaction() as unit:
        held = await unit.holds.get(ref)
        released = await unit.holds.release(ref, at=call.now, actor=call.who.name)
        if held is None or not released:
            raise NotFound(
                f"nobody holds `{ref}`",
                code="hold-not-found",
                hint="`dockschedctl hold ls` lists what is held",
            )
        record = call.record("hold.release", str(ref), detail=holds.held(held))
        await unit.audit.append(record)
    services.holds_changed()
    services.bus.publish_stack(ref)


async def freeze(call: Call, body: wire.FreezeNew) -> wire.Freeze:
    """Leave out all schedules from now on."""
    zone = call.services.zone if body.zone is None else body.zone
    end, reason = _end(call, body, zone), holds.reason(body.reason)
    frozen = holds.Freeze(owner=call.who.name, reason=reason, zone=zone, since=call.now, until=end)
    async with call.services.store.transaction() as unit:
        await unit.holds.place_freeze(frozen)
        record = call.record("freeze", "schedules", detail=holds.frozen(frozen))
        await unit.audit.append(record)
    call.services.holds_changed()
    return mapping.freeze(frozen)


async def thaw(call: Call) -> None:
    """Let schedules act again, from now on."""
    async with call.services.store.transaction() as unit:
        frozen = await unit.holds.freeze()
        thawed = await unit.holds.thaw(at=call.now, actor=call.who.name)
        if frozen is None or not thawed:
            raise NotFound("the schedules are not frozen", code="freeze-not-found")
        record = call.record("thaw", "schedules", detail=holds.frozen(frozen))
        await unit.audit.append(record)
    call.services.holds_changed()


def _hold(call: Call, ref: model.StackRef, body: wire.HoldNew) -> holds.Hold:
    zone = call.services.zone if body.zone is None else body.zone
    wants = validate.choice(holds.Wanted, body.wants, path="wants")
    given = (body.duration is not None, body.until is not None, body.forever)
    if sum(given) != 1:
        message = "exactly one of `duration`, `until` and `forever` says how long"
        raise Invalid(Fault(path="until", code="until-missing", message=message))
    return holds.Hold(
        stack=ref,
        wants=wants,
        owner=call.who.name,
        reason=holds.reason(body.reason),
        zone=zone,
        since=call.now,
        until=_end(call, body, zone),
    )


def _end(call: Call, body: wire.HoldNew | wire.FreezeNew, zone: str) -> datetime | None:
    known = cron.zone(zone)
    if body.duration is not None and body.until is not None:
        message = "there are both `duration` and `until`: write one of them"
        raise Invalid(Fault(path="until", code="until-ambiguous", message=message))
    if body.duration is not None:
        return until.lasting(body.duration, now=call.now)
    if body.until is not None:
        return until.instant(body.until, known, now=call.now)
    return None


def _is_away(inventory: ports.Inventory, ref: model.StackRef) -> bool:
    """Return whether the stack's host cannot be asked. Raises NotFound: there is no such stack."""
    view = inventory.host(ref.host)
    if view is not None and view.reachable and inventory.stack(ref) is not None:
        return False
    error = targets.absent(inventory, selectors.Selector(ref.host, ref.name))
    if isinstance(error, HostUnreachable):
        return True
    raise error


async def _is_busy(unit: ports.Unit, ref: model.StackRef) -> bool:
    """Return whether something is under way, or planned, that may change the stack's state."""
    for each in (model.RunStatus.RUNNING, model.RunStatus.PLANNED):
        if await unit.runs.page(before=None, limit=1, host=ref.host, stack=ref.name, status=each):
            return True
    return False


def _run(call: Call, placed: holds.Hold, *, away: bool) -> model.Run:
    up = placed.wants is holds.Wanted.UP
    deadline = call.now + runs.MANUAL_DEADLINE
    return model.Run(
        id=call.services.ids.new(),
        stack=placed.stack,
        action=model.Action.START if up else model.Action.STOP,
        status=model.RunStatus.PLANNED,
        cause_kind=model.CauseKind.MANUAL,
        cause=holds.held(placed),
        actor=call.who.name,
        planned_at=call.now,
        # With a deadline it waits for a host that is away, as long as the hold lasts.
        deadline_at=min(deadline, placed.until or deadline) if away else None,
        created_at=call.now,
    )
