"""Hosts and stacks as they are shown: the inventory, and what comes next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dockschedd.api import blocking, mapping, mapping_hosts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dockschedd.api.services import Services
    from dockschedd.core import model
    from dockschedd.wire import stacks as wire


def hosts(services: Services) -> tuple[wire.Host, ...]:
    """Return all hosts, by name."""
    inventory, roster = services.inventory, services.roster
    counts = Counter(ref.host for ref in inventory.refs())
    latency = services.meter.measured().latency
    notes = mapping_hosts.notes(roster.hosts(), roster.shadowed())
    return tuple(
        mapping_hosts.host(
            each,
            view,
            stacks=counts[each.name],
            latency=latency.get(each.name),
            notes=notes.get(each.name, ()),
        )
        for each in roster.hosts()
        if (view := inventory.host(each.name)) is not None
    )


def host(services: Services, name: str) -> wire.Host:
    """Return one host, which is there."""
    return next(each for each in hosts(services) if each.name == name)


async def summaries(
    services: Services, refs: Iterable[model.StackRef], *, now: datetime
) -> tuple[wire.StackSummary, ...]:
    """Return a row for each of the stacks that are there, in the order given."""
    inventory = services.inventory
    coming = await services.upcoming.by_stack(services.store, inventory.refs(), now=now)
    hosts = {host.name: host for host in inventory.hosts()}
    blocks = await services.blocking.blocks(services.store)
    wanted = tuple(refs)
    drifting = await services.drifting.of(services, wanted, blocks=blocks, now=now)
    found = ((ref, inventory.stack(ref), hosts.get(ref.host)) for ref in wanted)
    return tuple(
        mapping.summary(
            stack,
            services.summaries.of(stack, reachable=host is not None and host.reachable),
            upcoming=coming.get(ref),
            seen_at=None if host is None else host.seen_at,
            held=blocking.of(blocks, ref, now=now),
            drift=drifting.get(ref),
        )
        for ref, stack, host in found
        if stack is not None
    )
