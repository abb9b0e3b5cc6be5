"""What will happen, what contradicts what, and why things are as they are."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.api import blocking, contradictions, lookup, mapping, matching, requiring, targets
from dockschedd.core import coming, cron, instants, model, people, selectors, until, why
from dockschedd.core import status as statuses
from dockschedd.errors import Fault, Invalid
from dockschedd.wire import foresight as wire

if TYPE_CHECKING:
    from dockschedd.api.call import Call

_FURTHEST: Final = timedelta(days=90)
_MOST_RUNS: Final = 200
_MOST_CHANGES: Final = 500
#: Further back nobody asks what a schedule was.
_CHANGES_SINCE: Final = timedelta(days=60)


async def list_conflicts(call: Call, query: wire.ConflictQuery) -> wire.Conflicts:
    """Return what enabled schedules will do that does not go together."""
    horizon = _duration(query.horizon, path="horizon")
    if horizon > _FURTHEST:
        message = f"`{query.horizon}` is further than 90 days"
        raise Invalid(Fault(path="horizon", code="horizon-invalid", message=message))
    if query.schedule is not None:
        async with call.services.store.reading() as unit:
            await lookup.schedule(unit, query.schedule)
    answer = await contradictions.of_all(
        call.services, now=call.now, horizon=horizon, about=query.schedule
    )
    return wire.Conflicts(
        from_at=call.now,
        until_at=call.now + horizon,
        conflicts=tuple(map(mapping.finding, answer.conflicts)),
        notices=tuple(map(mapping.finding, answer.notices)),
        complete=answer.complete,
    )


async def list_upcoming(call: Call, query: wire.UpcomingQuery) -> wire.Upcoming:
    """Return the next occurrences of all enabled schedules, or of those of one stack."""
    services = call.services
    zone = cron.zone(services.zone)
    after, end = call.now, None
    if query.start is not None:
        after = until.coming(query.start, zone, now=call.now, path="start")
    if query.until is not None:
        end = until.coming(query.until, zone, now=max(call.now, after), path="until")
    ref = None
    if query.stack is not None:
        ref = targets.named(services.inventory, query.stack, path="stack")
    groups = await services.groups()
    async with services.store.reading() as unit:
        if ref is None:
            found = await unit.schedules.upcoming(limit=matching.MOST + 1)
            schedules, complete = found[: matching.MOST], len(found) <= matching.MOST
        else:
            matcher = matching.Matcher(services.inventory, (ref,), groups=groups)
            matched = await matching.concerning(unit, matcher, enabled_only=True)
            schedules, complete = tuple(each for each, _ in matched.items), matched.complete
        blocks = await unit.holds.blocks()
    off = None if ref is None else blocks.days_off.get(ref.host)
    ahead = coming.ahead(schedules, after=after, until=end, stack=ref, off=off)
    items = await asyncio.to_thread(lambda: tuple(itertools.islice(ahead, query.count)))
    return wire.Upcoming(
        from_at=after,
        items=tuple(
            wire.Coming(
                at=each.at,
                action=each.action,
                schedule=each.schedule.name,
                selector=each.schedule.selector,
            )
            for each in items
        ),
        complete=complete,
        frozen=blocking.frozen(blocks, now=call.now),
    )


async def why_stack(call: Call, query: wire.WhyQuery) -> wire.Why:
    """Return what decided the state of a stack at an instant, and what did not."""
    services = call.services
    ref = model.StackRef(call.path["host"], call.path["stack"])
    at = call.now
    if query.at is not None:
        at = until.gone(query.at, cron.zone(services.zone), now=call.now, path="at")
        if at > call.now:
            message = f"`{query.at}` is in the future: see `dockschedctl plan` for what will be"
            raise Invalid(Fault(path="at", code="at-future", message=message))
    is_now = query.at is None
    stack = services.inventory.stack(ref)
    groups = await services.groups()
    async with services.store.reading() as unit:
        runs = await unit.runs.planned_by(ref, until=at, limit=_MOST_RUNS)
        if stack is None and not runs:
            raise targets.absent(services.inventory, selectors.Selector(ref.host, ref.name))
        last_success = await unit.runs.last_success(ref, until=at)
        matcher = matching.Matcher(services.inventory, (ref,), groups=groups)
        found = await matching.concerning(unit, matcher, enabled_only=False)
        changes = await unit.audit.of_schedules(
            since=at - _CHANGES_SINCE, until=at, limit=_MOST_CHANGES
        )
        blocks = await unit.holds.blocks()
        endings = await unit.endings.times(ref.host) if is_now else {}
        required = await requiring.graph(unit, services.inventory)
    seen = None
    if is_now:
        ids = () if stack is None else (c.id for c in stack.containers if not c.is_up)
        seen = why.Seen(
            status=_status(call, stack),
            ended_at=max((endings[key] for key in ids if key in endings), default=None),
            unreachable=_unreachable(call, ref, stack),
        )
    told = why.Told(
        ref=ref,
        runs=runs,
        last_success=last_success,
        schedules=tuple(schedule for schedule, _ in found.items),
        changes=tuple(map(_change, changes)),
        seen=seen,
        held=blocks.cause(ref, at=at, now=at),
        off=blocks.days_off.get(ref.host),
        needs=requiring.lacking(required, services.inventory, ref) if is_now else (),
    )
    lines = await asyncio.to_thread(why.explain, told, at=at)
    return wire.Why(
        stack=str(ref),
        at=at,
        status=seen.status if seen is not None else None,
        lines=tuple(map(mapping.why_line, lines)),
    )


def _status(call: Call, stack: model.Stack | None) -> model.StackStatus:
    if stack is None:
        return model.StackStatus.UNKNOWN
    host = call.services.inventory.host(stack.ref.host)
    return statuses.summarize(stack, reachable=host is not None and host.reachable).status


def _unreachable(call: Call, ref: model.StackRef, stack: model.Stack | None) -> str | None:
    """Return why nothing is known of the stack now; None where it is."""
    host = call.services.inventory.host(ref.host)
    if host is None:
        return f"there is no host `{ref.host}` any more"
    if not host.reachable:
        why_not = f": {host.error}" if host.error else ""
        since = f"; last seen {instants.to_text(host.seen_at)}" if host.seen_at else ""
        return f"the host `{ref.host}` cannot be reached{why_not}{since}"
    return f"there is no stack `{ref}` any more" if stack is None else None


def _change(entry: people.AuditEntry) -> why.Change:
    """Return the fact, without where it was done from."""
    record = entry.record
    what = record.action.removeprefix("schedule.")
    detail = record.detail if what == "edit" else ""
    return why.Change(
        at=record.at, schedule=record.target, what=what, actor=record.actor, detail=detail
    )


def _duration(text: str, *, path: str) -> timedelta:
    try:
        return instants.parse_duration(text)
    except ValueError as error:
        raise Invalid(Fault(path=path, code=f"{path}-invalid", message=str(error))) from error
