"""The groups of a document: read with all that is wrong at once, compared, and kept.

A document that has none says nothing about groups: they stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from dockschedd.api import groups
from dockschedd.core import fleet, validate
from dockschedd.errors import Fault
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from collections.abc import Collection

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.core import selectors
    from dockschedd.wire.groups import GroupNew


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What has to be done to groups, and what they all are before and afterwards."""

    added: dict[str, frozenset[str]] = field(default_factory=dict)
    changed: list[tuple[fleet.Group, frozenset[str]]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    before: selectors.Groups = field(default_factory=dict)
    known: dict[str, Collection[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def moved(self) -> frozenset[str]:
        """Return the hosts that came to a group or left one."""
        return groups.moved(self.before, self.known)


async def compare(
    unit: ports.Unit, call: Call, written: tuple[GroupNew, ...] | msgspec.UnsetType
) -> tuple[Difference, tuple[Fault, ...]]:
    """Return the difference, without what is to be removed, and all that is wrong."""
    stored = {each.name: each for each in await unit.groups.all()}
    before = {name: frozenset(each.hosts) for name, each in stored.items()}
    found, faults = Difference(before=before, known={**before}), list[Fault]()
    if isinstance(written, msgspec.UnsetType):
        return found, ()
    first: dict[str, str] = {}
    for position, entry in enumerate(written):
        path = f"groups[{position}]"
        faults += validate.name(entry.name, path=f"{path}.name")
        if (there := first.setdefault(entry.name, path)) != path:
            message = f"`{entry.name[:64]}` is the name of {there} as well"
            faults.append(Fault(path=f"{path}.name", code="name-repeated", message=message))
            continue
        old = stored.get(entry.name)
        hosts, wrong = groups.read(
            call.services.inventory,
            entry.hosts,
            path=f"{path}.hosts",
            known=() if old is None else old.hosts,
        )
        faults += wrong
        # One with a fault in its hosts is there all the same for those who name it.
        found.known[entry.name] = hosts
        if old is None:
            found.added[entry.name] = hosts
        elif set(old.hosts) != hosts:
            found.changed.append((old, hosts))
        else:
            found.unchanged.append(entry.name)
    return found, tuple(faults)


def prune(found: Difference, *, used: Collection[str]) -> None:
    """Let those go that are not in the document and that no schedule of it names."""
    kept = {*found.added, *found.unchanged, *(old.name for old, _ in found.changed), *used}
    found.removed.extend(sorted(found.known.keys() - kept))
    for name in found.removed:
        del found.known[name]


async def keep(unit: ports.Unit, call: Call, found: Difference) -> None:
    """Add, change and remove groups; each change is in the audit log."""
    for name, hosts in found.added.items():
        await groups.add(unit, call, name, hosts)
    for old, hosts in found.changed:
        await groups.change(unit, call, old, hosts)
    for name in found.removed:
        await groups.remove(unit, call, name)


def reply(found: Difference) -> wire.GroupsApplied:
    """Return what was done, or would be."""
    return wire.GroupsApplied(
        added=tuple(sorted(found.added)),
        changed=tuple(
            wire.GroupChange(name=old.name, text=groups.told(hosts, old.hosts))
            for old, hosts in sorted(found.changed, key=lambda pair: pair[0].name)
        ),
        removed=tuple(found.removed),
        unchanged=tuple(sorted(found.unchanged)),
    )
