"""What changes, as it changes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dockschedd.api import mapping, targets, views
from dockschedd.core import changes, model
from dockschedd.errors import NotFound
from dockschedd.wire import system

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from dockschedd.api.call import Call


@asynccontextmanager
async def events(
    call: Call, query: system.EventQuery
) -> AsyncIterator[AsyncGenerator[system.Event, None]]:
    """Enter the stream; what happens from then on is in it.

    Of one run, what it is now comes first.
    """
    services = call.services
    only_stack = query.stack and targets.named(services.inventory, query.stack, path="stack")
    async with services.bus.subscribe() as happening:
        # After the subscription: whatever changes while it is read comes again behind it.
        first = await _run(call, query.run) if query.run is not None else None
        yield _stream(call, happening, first, only_stack or None)


async def _stream(
    call: Call,
    happening: AsyncIterator[model.Run | model.StackRef | changes.Change],
    first: model.Run | None,
    only_stack: model.StackRef | None,
) -> AsyncGenerator[system.Event, None]:
    if first is not None:
        yield system.RunEvent(run=mapping.run(first))
    async for item in happening:
        if isinstance(item, model.Run):
            wanted = first is None or item.id == first.id
            if not wanted or only_stack not in {None, item.stack}:
                continue
            yield system.RunEvent(run=mapping.run(item))
            if first is None and item.schedule_id and item.status is not model.RunStatus.RUNNING:
                # Its schedule has fired: what comes next on the stack is something else now.
                yield await _stack(call, item.stack)
        elif first is not None:
            continue
        elif isinstance(item, changes.Change):
            of_it = only_stack is None or item.name == str(only_stack)
            if of_it and changes.NEEDS[item.noun] in call.who.permissions:
                yield system.ChangeEvent(
                    noun=item.noun, name=item.name, action=item.action, by=item.by, at=item.at
                )
        elif only_stack in {None, item}:
            yield await _stack(call, item)


async def _stack(call: Call, ref: model.StackRef) -> system.StackEvent:
    rows = await views.summaries(call.services, [ref], now=call.services.clock.now())
    return system.StackEvent(name=str(ref), stack=rows[0] if rows else None)


async def _run(call: Call, name: str) -> model.Run:
    async with call.services.store.reading() as unit:
        run = await unit.runs.get(name)
    if run is None:
        raise NotFound(f"there is no run `{name}`", code="run-not-found")
    return call.services.bus.newest(run)
