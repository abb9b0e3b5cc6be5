"""Runs: asking for them, looking at them, cancelling them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dockschedd.api import manual, mapping, targets
from dockschedd.core import instants, model, stats, validate
from dockschedd.core import runs as lifecycle
from dockschedd.errors import Conflict, Fault, Invalid, NotFound
from dockschedd.wire import runs as wire

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.api.call import Call

#: Statistics are of no more runs than these, the newest.
_MOST_SAMPLES: Final = 20_000
_TROUBLED_PAGE: Final = 500


async def act(call: Call, body: wire.RunRequest) -> wire.Runs:
    """Plan one run per stack that the selectors match, and have them carried out."""
    order = manual.Order(
        action=validate.choice(model.Action, body.action, path="action"),
        options=mapping.options_in(body.options),
        selectors=body.selectors,
        cause=f"asked for by {call.who.name}",
    )
    return await manual.answer(call, await manual.place(call, order))


async def list_runs(call: Call, query: wire.RunQuery) -> wire.RunPage:
    """Return a page of runs, newest first, without steps."""
    status = None
    if query.status is not None:
        status = validate.choice(model.RunStatus, query.status, path="status")
    ref = None
    if query.stack is not None:
        ref = targets.named(call.services.inventory, query.stack, path="stack")
    async with call.services.store.reading() as unit:
        schedule = query.schedule and await unit.schedules.get(query.schedule)
        if query.schedule and not schedule:
            raise NotFound(
                f"there is no schedule `{query.schedule}`",
                code="schedule-not-found",
                hint="`dockschedctl schedule ls` lists them",
            )
        if query.troubled is True:
            asked = _Asked(ref=ref, schedule=schedule or None, status=status)
            found = await _troubled(unit, query, asked)
        else:
            found = await unit.runs.page(
                before=query.cursor,
                limit=query.limit,
                host=ref.host if ref else None,
                stack=ref.name if ref else None,
                schedule_id=schedule.id if schedule else None,
                status=status,
            )
    return wire.RunPage(
        items=tuple(mapping.run(each) for each in found),
        next=found[-1].id if len(found) == query.limit else None,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """Which runs are asked for; None: all."""

    ref: model.StackRef | None
    schedule: model.Schedule | None
    status: model.RunStatus | None

    def means(self, run: model.Run) -> bool:
        return (
            self.ref in (None, run.stack)
            and (self.schedule is None or self.schedule.id == run.schedule_id)
            and self.status in (None, run.status)
        )


async def _troubled(
    unit: ports.Unit, query: wire.RunQuery, asked: _Asked
) -> tuple[model.Run, ...]:
    """Return those of few among many that are asked for."""
    found: list[model.Run] = []
    before = query.cursor
    while len(found) < query.limit:
        page = await unit.runs.troubled(limit=_TROUBLED_PAGE, before=before)
        found += filter(asked.means, page)
        if len(page) < _TROUBLED_PAGE:
            break
        before = page[-1].id
    return tuple(found[: query.limit])


async def show_run(call: Call) -> wire.Run:
    """Return one run with its steps."""
    async with call.services.store.reading() as unit:
        run = await _named(unit, call.path["run"])
    return mapping.run(call.services.bus.newest(run))


async def cancel_run(call: Call) -> wire.Run:
    """Cancel a planned run at once, a running one between steps."""
    services = call.services
    async with services.store.transaction() as unit:
        run = await _named(unit, call.path["run"])
        if run.status not in {model.RunStatus.PLANNED, model.RunStatus.RUNNING}:
            raise _over(run)
        detail = f"{run.action} {run.stack}"
        await unit.audit.append(call.record("run.cancel", run.id, detail=detail))
    cancelled = await services.executor.cancel(run.id, actor=call.who.name)
    async with services.store.reading() as unit:
        run = await _named(unit, run.id)
    if not cancelled:
        raise _over(run)
    return mapping.run(run)


async def resume_run(call: Call) -> wire.Run:
    """Do what is left of a run: the same action again, of which only what is not done happens."""
    async with call.services.store.reading() as unit:
        old = await _named(unit, call.path["run"])

    async def check(unit: ports.Unit) -> None:
        run = await _named(unit, old.id)
        problem = lifecycle.resumable(run, later=await unit.runs.later(run))
        if problem is not None:
            raise Conflict(problem.message, code="run-not-resumable", hint=problem.hint)

    order = manual.Order(
        action=old.action,
        options=old.options,
        selectors=(str(old.stack),),
        cause=f"{call.who.name} resumed run {old.id}",
        schedule_name=old.schedule_name,
        first_started_at=old.first_started_at,
        check=check,
    )
    placed = await manual.place(call, order)
    return mapping.run(next(run for run in placed if run.stack == old.stack))


async def run_stats(call: Call, query: wire.StatsQuery) -> wire.Stats:
    """Return how often runs failed and how long they took, by stack and action."""
    try:
        since = call.now - instants.parse_duration(query.since)
    except ValueError as error:
        fault = Fault(path="since", code="since-invalid", message=str(error))
        raise Invalid(fault) from error
    ref = None
    if query.stack is not None:
        ref = targets.named(call.services.inventory, query.stack, path="stack")
    async with call.services.store.reading() as unit:
        samples = await unit.runs.samples(since=since, limit=_MOST_SAMPLES, stack=ref)
    return wire.Stats(
        since_at=since,
        items=tuple(map(mapping.tally, stats.tally(samples))),
        complete=len(samples) < _MOST_SAMPLES,
    )


async def _named(unit: ports.Unit, name: str) -> model.Run:
    run = await unit.runs.get(name)
    if run is None:
        raise NotFound(
            f"there is no run `{name}`",
            code="run-not-found",
            hint="`dockschedctl run ls` lists them",
        )
    return run


def _over(run: model.Run) -> Conflict:
    return Conflict(f"the run `{run.id}` is over: {run.status}", code="run-over")
