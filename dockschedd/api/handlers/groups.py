"""Groups of hosts: what a change means for windows is evaluated at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dockschedd.api import groups
from dockschedd.core import validate
from dockschedd.errors import Fault, Invalid
from dockschedd.wire import groups as wire

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.core import fleet

#: Names of schedules in one answer.
_MOST_SHOWN: Final = 100
_PAGE: Final = 1000


async def list_groups(call: Call) -> wire.Groups:
    """Return all groups, by name."""
    async with call.services.store.reading() as unit:
        found = await unit.groups.all()
        used = await unit.groups.used()
    return wire.Groups(
        items=tuple(
            wire.GroupSummary(
                name=each.name,
                hosts=each.hosts,
                stacks=_stacks(call, each),
                owner=each.owner,
                updated_at=each.updated_at,
                schedules=used.get(each.name, 0),
            )
            for each in found
        )
    )


async def show_group(call: Call) -> wire.Group:
    """Return one group with its hosts and the schedules that name it."""
    async with call.services.store.reading() as unit:
        return await _shown(unit, call, await groups.named(unit, call.path["group"]))


async def add_group(call: Call, body: wire.GroupNew) -> wire.Group:
    """Add a group of hosts that exist."""
    hosts, unknown = groups.read(call.services.inventory, body.hosts, path="hosts")
    faults = (*validate.name(body.name), *unknown)
    if faults:
        raise Invalid(*faults)
    async with call.services.store.transaction() as unit:
        made = await groups.add(unit, call, body.name, hosts)
        answer = await _shown(unit, call, made)
    # Schedules may have named it all the while.
    call.services.groups_changed(hosts, why=f"there is a group `{body.name}` now")
    return answer


async def edit_group(call: Call, body: wire.GroupEdit) -> wire.Group:
    """Change the hosts of a group; schedules that name it go by them from now on."""
    async with call.services.store.transaction() as unit:
        old = await groups.named(unit, call.path["group"])
        hosts = _edited(call, old, body)
        new = await groups.change(unit, call, old, hosts)
        answer = await _shown(unit, call, new or old)
    if new is not None:
        moved = groups.moved({new.name: old.hosts}, {new.name: new.hosts})
        call.services.groups_changed(moved, why=f"the group `{new.name}` has changed")
    return answer


async def remove_group(call: Call, query: wire.GroupRemoval) -> wire.GroupRemoved:
    """Remove a group that no schedule names, or with `force` any."""
    left: list[str] = []
    async with call.services.store.transaction() as unit:
        old = await groups.named(unit, call.path["group"])
        if not query.force:
            await groups.refuse_used(unit, old.name)
        after = None
        while page := await unit.schedules.with_group(old.name, after=after, limit=_PAGE):
            left += [each.name for each in page]
            after = page[-1].name
        await groups.remove(unit, call, old.name)
    call.services.groups_changed(old.hosts, why=f"there is no group `{old.name}` any more")
    return wire.GroupRemoved(name=old.name, named_by=tuple(left))


def _edited(call: Call, old: fleet.Group, body: wire.GroupEdit) -> frozenset[str]:
    """Return the hosts that it is to have. Raises Invalid."""
    inventory = call.services.inventory
    found, faults = frozenset(old.hosts), list[Fault]()
    if body.hosts is not msgspec.UNSET:
        found, wrong = groups.read(inventory, body.hosts, path="hosts", known=old.hosts)
        faults += wrong
    if body.add is not msgspec.UNSET:
        more, wrong = groups.read(inventory, body.add, path="add", known=old.hosts)
        found |= more
        faults += wrong
    if body.remove is not msgspec.UNSET:
        # One that does not exist any more can be taken out; one that the group lacks is a slip.
        _, wrong = groups.read(inventory, body.remove, path="remove", known=found)
        found -= set(body.remove)
        faults += wrong
    faults += groups.bounded(found, path="hosts")
    if faults:
        raise Invalid(*faults)
    return found


async def _shown(unit: ports.Unit, call: Call, group: fleet.Group) -> wire.Group:
    first = await unit.schedules.with_group(group.name, after=None, limit=_MOST_SHOWN)
    missing = tuple(host for host in group.hosts if call.services.inventory.host(host) is None)
    warnings = tuple(f"there is no host `{host}`" for host in missing)
    if not group.hosts:
        warnings = (f"the group has no hosts: `@{group.name}/*` means nothing",)
    return wire.Group(
        name=group.name,
        hosts=group.hosts,
        missing=missing,
        stacks=_stacks(call, group),
        owner=group.owner,
        updated_at=group.updated_at,
        schedules=(await unit.groups.used()).get(group.name, 0),
        used_by=tuple(each.name for each in first),
        warnings=warnings,
    )


def _stacks(call: Call, group: fleet.Group) -> int:
    return sum(ref.host in group.hosts for ref in call.services.inventory.refs())
