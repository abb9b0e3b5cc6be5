"""What changes, as it changes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dockschedd.api import mapping, targets, views
from dockschedd.core import model
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
    async with services.bus.subscribe() as changes:
        # After the subscription: whatever changes while it is read comes again behind it.
        first = await _run(call, query.run) if query.run is not None else None
        yield _stream(call, changes, first, only_stack or None)


async def _stream(
    call: Call,
    changes: AsyncIterator[model.Run | model.StackRef],
    first: model.Run | None,
    only_stack: model.StackRef | None,
) -> AsyncGenerator[system.Event, None]:
    if first is not None:
        yield system.RunEvent(run=mapping.run(first))
    async for change in changes:
        if isinstance(change, model.Run):
            wanted = first is None or change.id == first.id
            if wanted and only_stack in {None, change.stack}:
                yield system.RunEvent(run=mapping.run(change))
        elif first is None and only_stack in {None, change}:
            rows = await views.summaries(call.services, [change], now=call.services.clock.now())
            yield system.StackEvent(name=str(change), stack=rows[0] if rows else None)


async def _run(call: Call, name: str) -> model.Run:
    async with call.services.store.reading() as unit:
        run = await unit.runs.get(name)
    if run is None:
        raise NotFound(f"there is no run `{name}`", code="run-not-found")
    return call.services.bus.newest(run)
