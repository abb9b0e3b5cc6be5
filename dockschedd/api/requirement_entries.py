"""The requirements of a document: what people say that stacks need. Labels are no part of it.

A document that has none says nothing about them: they stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from dockschedd.api import entries, targets
from dockschedd.core import model, requirements
from dockschedd.errors import DockschedError, Fault
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.wire.requirements import RequirementEntry

    _Pair = tuple[model.StackRef, model.StackRef]
    _Stored = Mapping[_Pair, requirements.Requirement]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What has to be done to requirements, and which there are afterwards."""

    added: list[requirements.Requirement] = field(default_factory=list)
    removed: list[requirements.Requirement] = field(default_factory=list)
    unchanged: list[requirements.Requirement] = field(default_factory=list)
    #: What people say that stays; those that are added come on top.
    kept: list[requirements.Requirement] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def pairs(self, inventory: ports.Inventory) -> tuple[_Pair, ...]:
        """Return the pairs of stacks of which the first needs the second, afterwards."""
        graph = requirements.graph((*self.kept, *self.added), inventory.stacks())
        return tuple((each.stack, each.needs) for each in graph.entries if not each.ignored)


async def compare(
    unit: ports.Unit,
    call: Call,
    written: tuple[RequirementEntry, ...] | msgspec.UnsetType,
    *,
    prune: bool,
) -> tuple[Difference, tuple[Fault, ...]]:
    """Return the difference, and all that is wrong: unknown stacks, and cycles with their path."""
    if isinstance(written, msgspec.UnsetType):
        return Difference(), ()
    stored = {(each.stack, each.needs): each for each in await unit.requirements.all()}
    inventory = call.services.inventory
    wanted, faults = _read(inventory, written, stored)
    found = Difference(unchanged=[each for pair, each in stored.items() if pair in wanted])
    for pair, each in stored.items():
        gone = prune and pair not in wanted
        (found.removed if gone else found.kept).append(each)
    for stack, needs in wanted.keys() - stored.keys():
        said = requirements.Requirement(
            stack=stack, needs=needs, owner=call.who.name, created_at=call.now
        )
        found.added.append(said)
    found.added.sort(key=lambda each: (each.stack, each.needs))
    new = [pair for pair in wanted if pair not in stored]
    graph = requirements.graph(found.kept, inventory.stacks())
    for pair, cycle in graph.closing(new).items():
        message = f"stacks would need each other: {requirements.shown(cycle)}"
        faults.append(Fault(path=wanted[pair], code="requirement-cycle", message=message))
    return found, tuple(faults)


def _read(
    inventory: ports.Inventory, written: Sequence[RequirementEntry], stored: _Stored
) -> tuple[dict[_Pair, str], list[Fault]]:
    """Return what is wanted, each with its place, and what is wrong."""
    wanted: dict[_Pair, str] = {}
    faults: list[Fault] = []
    first: dict[model.StackRef, str] = {}
    for position, entry in enumerate(written):
        path = f"requirements[{position}]"
        stack = _named(inventory, entry.stack, f"{path}.stack", faults)
        if stack is not None and (before := first.setdefault(stack, path)) != path:
            message = f"what `{stack}` needs is in {before} as well"
            faults.append(Fault(path=f"{path}.stack", code="stack-repeated", message=message))
        pairs: dict[_Pair, str] = {}
        for number, text in enumerate(entry.needs):
            where = f"{path}.needs[{number}]"
            needs = _named(inventory, text, where, faults)
            if stack is not None and needs is not None:
                pairs.setdefault((stack, needs), where)
        new = {pair: where for pair, where in pairs.items() if pair not in stored}
        if stack is not None and new:
            faults.extend(entries.absent(inventory, stack, f"{path}.stack"))
        for (_, needs), where in new.items():
            faults.extend(entries.absent(inventory, needs, where))
        wanted |= {pair: where for pair, where in pairs.items() if pair not in wanted}
    return wanted, faults


def _named(
    inventory: ports.Inventory, text: str, path: str, faults: list[Fault]
) -> model.StackRef | None:
    try:
        return targets.named(inventory, text, path=path)
    except DockschedError as exc:
        faults.extend(entries.faults(exc, path))
        return None


async def keep(unit: ports.Unit, call: Call, found: Difference) -> None:
    """Take requirements back and say new ones; each is in the audit log."""
    for each in found.removed:
        await unit.requirements.remove(each.stack, each.needs)
        detail = f"{each.stack} does not need {each.needs} any more"
        record = call.record("requirement.remove", str(each.stack), detail=detail)
        await unit.audit.append(record)
    for each in found.added:
        await unit.requirements.add(each)
        detail = f"{each.stack} needs {each.needs}"
        await unit.audit.append(call.record("requirement.add", str(each.stack), detail=detail))


def announce(call: Call, found: Difference) -> None:
    """Tell whoever watches; after the transaction."""
    touched = {ref for each in (*found.added, *found.removed) for ref in (each.stack, each.needs)}
    for ref in sorted(touched):
        call.services.bus.publish_stack(ref)


def reply(found: Difference) -> wire.RequirementsApplied:
    """Return what was done, or would be."""
    return wire.RequirementsApplied(
        added=_pairs(found.added),
        removed=_pairs(found.removed),
        unchanged=_pairs(found.unchanged),
    )


def _pairs(said: Iterable[requirements.Requirement]) -> tuple[wire.RequirementPair, ...]:
    return tuple(
        wire.RequirementPair(stack=str(each.stack), needs=str(each.needs)) for each in said
    )
