"""Requirements between stacks: what people say. What labels say is only shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.api import mapping_requirements, requiring, targets
from dockschedd.core import model, requirements, selectors
from dockschedd.errors import Conflict, HostUnreachable, NotFound

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.wire import requirements as wire


async def list_requirements(call: Call, query: wire.RequirementQuery) -> wire.Requirements:
    """Return all requirements, or those that one stack is part of."""
    ref = None
    if query.stack is not None:
        ref = targets.named(call.services.inventory, query.stack, path="stack")
    async with call.services.store.reading() as unit:
        graph = await requiring.graph(unit, call.services.inventory)
    return mapping_requirements.listed(graph, ref=ref)


async def add_requirements(call: Call, body: wire.RequirementsNew) -> wire.Requirements:
    """Say what a stack needs; what would close a cycle is refused with its path."""
    inventory = call.services.inventory
    ref = model.StackRef(call.path["host"], call.path["stack"])
    _must_exist(inventory, ref)
    needs = [
        targets.named(inventory, text, path=f"on[{position}]")
        for position, text in enumerate(body.on)
    ]
    for each in needs:
        _must_exist(inventory, each)
    async with call.services.store.transaction() as unit:
        for each in needs:
            graph = await requiring.graph(unit, inventory)
            cycle = graph.cycle(ref, each)
            if cycle:
                message = f"stacks would need each other: {requirements.shown(cycle)}"
                hint = f"see `dockschedctl stack requirements {each}`"
                raise Conflict(message, code="requirement-cycle", hint=hint)
            said = requirements.Requirement(
                stack=ref, needs=each, owner=call.who.name, created_at=call.now
            )
            if await unit.requirements.add(said):
                detail = f"{ref} needs {each}"
                await unit.audit.append(call.record("requirement.add", str(ref), detail=detail))
        graph = await requiring.graph(unit, inventory)
    for each in (ref, *needs):
        call.services.bus.publish_stack(each)
    return mapping_requirements.listed(graph, ref=ref, needs_only=True)


async def remove_requirement(call: Call) -> None:
    """Take back that a stack needs another one."""
    ref = model.StackRef(call.path["host"], call.path["stack"])
    needs = model.StackRef(call.path["needed_host"], call.path["needed_stack"])
    async with call.services.store.transaction() as unit:
        if not await unit.requirements.remove(ref, needs):
            graph = await requiring.graph(unit, call.services.inventory)
            raise _nobody_says(graph, ref, needs)
        detail = f"{ref} does not need {needs} any more"
        await unit.audit.append(call.record("requirement.remove", str(ref), detail=detail))
    for each in (ref, needs):
        call.services.bus.publish_stack(each)


def _nobody_says(
    graph: requirements.Graph, ref: model.StackRef, needs: model.StackRef
) -> NotFound:
    message = f"nobody said that `{ref}` needs `{needs}`"
    hint = f"see `dockschedctl stack requirements {ref}`"
    if any((each.stack, each.needs) == (ref, needs) for each in graph.entries):
        hint = "a label says so: it goes when the containers are made without it"
    return NotFound(message, code="requirement-not-found", hint=hint)


def _must_exist(inventory: ports.Inventory, ref: model.StackRef) -> None:
    """Raise NotFound where there is no such stack; one on a host that is away may exist."""
    if inventory.stack(ref) is not None:
        return
    error = targets.absent(inventory, selectors.Selector(ref.host, ref.name))
    if not isinstance(error, HostUnreachable):
        raise error
