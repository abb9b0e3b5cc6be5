"""Measurements, for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.api import exposition
from dockschedd.api import metrics as table
from dockschedd.core import holds
from dockschedd.errors import StoreError

if TYPE_CHECKING:
    from dockschedd.api.call import Call, Text


async def metrics(call: Call) -> Text:
    """Return all that is measured; without what the database would say, where it does not."""
    services = call.services
    inventory = services.inventory
    statuses, flags = table.counted(services.summaries.all(inventory))
    drifting = stored = None
    try:
        stored, blocks = await _stored(call)
        drifting = await services.drifting.of(
            services, inventory.refs(), blocks=blocks, now=call.now
        )
    except StoreError:
        stored = drifting = None
    known = table.Known(
        version=services.version,
        started_at=services.started_at,
        ticked_at=services.ticker.progressed_at(),
        measured=services.meter.measured(),
        hosts=inventory.hosts(),
        statuses=statuses,
        flags=flags,
        drifting=None if drifting is None else len(drifting),
        stored=stored,
    )
    return exposition.render(table.values(known), accept=call.accept)


async def _stored(call: Call) -> tuple[table.Stored, holds.Blocks]:
    async with call.services.store.reading() as unit:
        schedules = await unit.schedules.count()
        planned, running = await unit.runs.depth()
        number, _ = await unit.audit.head()
        blocks = await unit.holds.blocks()
    frozen = blocks.freeze
    found = table.Stored(
        schedules=schedules,
        planned=planned,
        running=running,
        audit_head=number,
        held=sum(holds.is_active(hold, call.now) for hold in blocks.holds.values()),
        frozen=frozen is not None and holds.is_active(frozen, call.now),
    )
    return found, blocks
