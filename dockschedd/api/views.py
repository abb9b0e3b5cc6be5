"""Hosts and stacks as they are shown: the inventory, and what comes next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dockschedd.api import blocking, mapping

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.api.services import Services
    from dockschedd.core import model
    from dockschedd.wire import stacks as wire


def hosts(inventory: ports.Inventory) -> tuple[wire.Host, ...]:
    """Return all hosts, by name."""
    counts = Counter(ref.host for ref in inventory.refs())
    return tuple(mapping.host(each, stacks=counts[each.name]) for each in inventory.hosts())


async def summaries(
    services: Services, refs: Iterable[model.StackRef], *, now: datetime
) -> tuple[wire.StackSummary, ...]:
    """Return a row for each of the stacks that are there, in the order given."""
    inventory = services.inventory
    coming = await services.upcoming.by_stack(services.store, inventory.refs(), now=now)
    reachable = {host.name: host.reachable for host in inventory.hosts()}
    blocks = await services.blocking.blocks(services.store)
    wanted = tuple(refs)
    drifting = await services.drifting.of(services, wanted, blocks=blocks, now=now)
    found = ((ref, inventory.stack(ref)) for ref in wanted)
    return tuple(
        mapping.summary(
            stack,
            services.summaries.of(stack, reachable=reachable.get(ref.host, False)),
            upcoming=coming.get(ref),
            held=blocking.of(blocks, ref, now=now),
            drift=drifting.get(ref),
        )
        for ref, stack in found
        if stack is not None
    )
