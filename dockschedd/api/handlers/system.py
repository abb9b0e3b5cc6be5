"""The daemon itself: is it alive, can it work, and one screen about everything."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.api import blocking, mapping, views
from dockschedd.api import openapi as description
from dockschedd.core import model
from dockschedd.errors import StoreError
from dockschedd.wire import system

if TYPE_CHECKING:
    from dockschedd.api.call import Call
    from dockschedd.wire import stacks

#: The ticker looks at the clock at least once a second.
_TICKS_WITHIN: Final = timedelta(seconds=10)
_MOST_UPCOMING: Final = 10
_MOST_TROUBLED: Final = 10
_QUIET: Final = frozenset({model.StackStatus.RUNNING, model.StackStatus.STOPPED})


async def health(call: Call) -> system.Health:
    """Return that requests are answered: there is no more to being alive."""
    assert call
    return system.Health(ok=True)


async def ready(call: Call) -> system.Health:
    """Return whether schedules would fire; engines may be down, that is their stacks' affair."""
    problems = []
    try:
        async with call.services.store.reading() as unit:
            await unit.schedules.next_at()
    except StoreError as exc:
        problems.append(exc.message)
    ticked = call.services.ticker.progressed_at()
    if ticked is None:
        problems.append("the ticker has not begun yet")
    elif abs(call.now - ticked) > _TICKS_WITHIN:
        problems.append(f"the last tick was at {ticked.isoformat()}")
    return system.Health(ok=not problems, problems=tuple(problems))


async def openapi(call: Call) -> dict[str, object]:
    """Return the description of the API."""
    assert call
    return description.document()


async def status(call: Call) -> system.Status:
    """Return what somebody wants to know who has just logged in."""
    services = call.services
    rows = await views.summaries(services, services.inventory.refs(), now=call.now)
    async with services.store.reading() as unit:
        count = await unit.schedules.count()
        upcoming = await unit.schedules.upcoming(limit=_MOST_UPCOMING)
        running = await unit.runs.running()
        troubled = await unit.runs.troubled(limit=_MOST_TROUBLED)
        blocks = await unit.holds.blocks()
    return system.Status(
        version=services.version,
        now_at=call.now,
        started_at=services.started_at,
        zone=services.zone,
        ticked_at=services.ticker.progressed_at(),
        hosts=views.hosts(services),
        stacks=dict(Counter(row.status for row in rows)),
        attention=tuple(row for row in rows if _wants_attention(row)),
        schedules=count,
        upcoming=tuple(mapping.schedule(each) for each in upcoming),
        running=tuple(mapping.run(each) for each in running),
        troubled=tuple(mapping.run(each) for each in troubled),
        holds=blocking.active(blocks, now=call.now),
        frozen=blocking.frozen(blocks, now=call.now),
        days_off=blocking.days_off(blocks, now=call.now),
    )


def _wants_attention(row: stacks.StackSummary) -> bool:
    return row.status not in _QUIET or bool(row.flags) or row.drift is not None
