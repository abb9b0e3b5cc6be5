"""Groups and the schedules that name them: what both have to hold to.

Schedules are resolved when they act, so that a change of a group touches none of them; what
windows want of the stacks that come and go with it is evaluated at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dockschedd.core import fleet, suggest
from dockschedd.errors import Conflict, Fault, NotFound
from dockschedd.wire import groups as wire

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.core import selectors

#: Names of schedules that an error tells.
_MOST_TOLD: Final = 3


def read(
    inventory: ports.Inventory,
    hosts: Sequence[str],
    *,
    path: str,
    known: Collection[str] = (),
) -> tuple[frozenset[str], tuple[Fault, ...]]:
    """Return the hosts, and which of them do not exist (`host-unknown`).

    `known`: those that need not exist, as the group has them already.
    """
    names = [view.name for view in inventory.hosts()]
    faults = []
    for position, host in enumerate(hosts):
        if host in names or host in known:
            continue
        near = suggest.closest(host, names)
        faults.append(
            Fault(
                path=f"{path}[{position}]",
                code="host-unknown",
                message=f"there is no host `{host[:64]}`",
                hint=f"did you mean `{near}`?" if near else None,
            )
        )
    return frozenset(hosts), tuple(faults)


def bounded(hosts: Collection[str], *, path: str) -> tuple[Fault, ...]:
    """Return that they are more than a group can have (`group-large`), if they are."""
    if len(hosts) <= wire.MOST:
        return ()
    message = f"a group has at most {wire.MOST:,} hosts, not {len(hosts):,}"
    return (Fault(path=path, code="group-large", message=message),)


def told(new: Collection[str], old: Collection[str]) -> str:
    """Return what is different, as text for the audit log."""
    parts = [
        f"{word} {', '.join(sorted(hosts))}"
        for word, hosts in (("added", set(new) - set(old)), ("removed", set(old) - set(new)))
        if hosts
    ]
    return "; ".join(parts)


async def add(unit: ports.Unit, call: Call, name: str, hosts: Collection[str]) -> fleet.Group:
    """Add it, with its audit record. Raises Conflict (`group-exists`)."""
    made = fleet.Group(
        name=name, hosts=tuple(sorted(hosts)), owner=call.who.name, updated_at=call.now
    )
    await unit.groups.add(made)
    await unit.audit.append(call.record("group.add", name, detail=told(hosts, ())))
    return made


async def change(
    unit: ports.Unit, call: Call, old: fleet.Group, hosts: Collection[str]
) -> fleet.Group | None:
    """Give the group those hosts; None where it has them already."""
    if set(hosts) == set(old.hosts):
        return None
    new = replace(old, hosts=tuple(sorted(hosts)), owner=call.who.name, updated_at=call.now)
    await unit.groups.replace(new)
    await unit.audit.append(call.record("group.edit", old.name, detail=told(hosts, old.hosts)))
    return new


async def remove(unit: ports.Unit, call: Call, name: str) -> None:
    """Remove it, with its audit record; the schedules that name it stay."""
    await unit.groups.remove(name)
    await unit.audit.append(call.record("group.remove", name))


async def named(unit: ports.Unit, name: str) -> fleet.Group:
    """Return the one of that name. Raises NotFound (`group-not-found`)."""
    found = await unit.groups.get(name)
    if found is None:
        near = suggest.closest(name, [each.name for each in await unit.groups.all()])
        raise NotFound(
            f"there is no group `{name}`",
            code="group-not-found",
            hint=f"did you mean `{near}`?" if near else None,
        )
    return found


async def refuse_used(unit: ports.Unit, name: str) -> None:
    """Raise Conflict (`group-in-use`) while schedules name it."""
    first = await unit.schedules.with_group(name, after=None, limit=_MOST_TOLD)
    if not first:
        return
    used = (await unit.groups.used()).get(name, 0)
    names = ", ".join(f"`{each.name}`" for each in first)
    more = f" and {used - len(first)} more" if used > len(first) else ""
    raise Conflict(
        f"the group `{name}` is named by {names}{more}",
        code="group-in-use",
        hint="`--force` removes it all the same: they then act on nothing, and say so",
    )


def moved(before: selectors.Groups, after: selectors.Groups) -> frozenset[str]:
    """Return the hosts that some group has before and not after, or the other way round."""
    return frozenset(
        host
        for name in {*before, *after}
        for host in set(before.get(name, ())) ^ set(after.get(name, ()))
    )
