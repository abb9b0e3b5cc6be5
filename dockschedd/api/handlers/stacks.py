"""Stacks, and what an action would do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.api import (
    blocking,
    mapping,
    mapping_windows,
    planning,
    requiring,
    targets,
    views,
)
from dockschedd.core import cron, model, selectors, until, validate
from dockschedd.errors import Fault, Invalid
from dockschedd.wire import runs as wire_runs
from dockschedd.wire import stacks as wire

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd.api.call import Call


async def list_stacks(call: Call, query: wire.StackQuery) -> wire.StackPage:
    """Return a page of stacks, by host and name."""
    services = call.services
    refs = services.inventory.refs()
    if query.selector is not None:
        groups = await services.groups()
        refs = targets.matching(query.selector, refs, groups, path="selector")
    if query.cursor is not None:
        host, _, name = query.cursor.partition("/")
        refs = tuple(ref for ref in refs if ref > model.StackRef(host, name))
    page = refs[: query.limit]
    return wire.StackPage(
        items=await views.summaries(services, page, now=call.now),
        next=str(page[-1]) if len(refs) > len(page) else None,
    )


async def show_stack(call: Call) -> wire.Stack:
    """Return one stack as it is known at this moment."""
    services = call.services
    ref = model.StackRef(call.path["host"], call.path["stack"])
    host, stack = services.inventory.host(ref.host), services.inventory.stack(ref)
    if host is None or stack is None:
        raise targets.absent(services.inventory, selectors.Selector(ref.host, ref.name))
    coming = await services.upcoming.by_stack(
        services.store, services.inventory.refs(), now=call.now
    )
    async with services.store.reading() as unit:
        last_run = await unit.runs.latest(ref.host, ref.name)
        blocks = await unit.holds.blocks()
        required = await requiring.graph(unit, services.inventory)
    drifting = await services.drifting.of(services, (ref,), blocks=blocks, now=call.now)
    desired = await services.drifting.wanted(services, ref, now=call.now)
    return mapping.stack(
        stack,
        host=host,
        upcoming=coming.get(ref),
        last_run=last_run,
        held=blocking.of(blocks, ref, now=call.now),
        drift=drifting.get(ref),
        day_off=blocking.day_off(blocks, ref.host, now=call.now),
        required=required,
        wanted=None if desired is None else mapping_windows.wanted(desired),
    )


async def plan(call: Call, body: wire_runs.PlanRequest) -> wire_runs.Plans:
    """Return the steps that would be taken, as the engines say that things are now."""
    action = validate.choice(model.Action, body.action, path="action")
    options = mapping.options_in(body.options)
    at = _instant(call, body.at)
    return await planning.of(call, action, options, selectors=body.selectors, at=at)


def _instant(call: Call, text: str | None) -> datetime | None:
    if text is None:
        return None
    at = until.coming(text, cron.zone(call.services.zone), now=call.now, path="at")
    if at <= call.now:
        message = f"`{text.strip()}` is in the past: see `dockschedctl why` for what was"
        raise Invalid(Fault(path="at", code="at-past", message=message))
    return at
