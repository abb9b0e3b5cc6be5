"""Requirements between stacks, where a person asks for something: what they add, and refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedd.api import targets
from dockschedd.core import arrange, model, requirements, status
from dockschedd.errors import Conflict, HostUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.wire import runs as wire

_HINT: Final = (
    "take them down as well with `--dependents stop`, or leave them up with `--dependents ignore`"
)
#: Warnings about one schedule.
_FEW: Final = 5
_DONE: Final = {model.Action.STOP: "stopped", model.Action.PAUSE: "paused"}


async def graph(unit: ports.Unit, inventory: ports.Inventory) -> requirements.Graph:
    """Return which stack needs which, now."""
    return requirements.graph(await unit.requirements.all(), inventory.stacks())


async def arranged(
    unit: ports.Unit, call: Call, asked: Sequence[model.Run], *, hint: str = _HINT
) -> tuple[model.Run, ...]:
    """Return the runs that a person asks for, in turn, with those that requirements add.

    `hint`: what to do about dependents that are up. Raises Conflict (`dependents-up`), and
    HostUnreachable where a run would be needed on a host that cannot be asked.
    """
    found = await weighed(unit, call, asked)
    if found.refusals:
        raise Conflict(refused(found.refusals), code="dependents-up", hint=hint)
    refuse_away(call.services.inventory, found.runs)
    return found.runs


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """What requirements make of runs."""

    #: In turn: each after those that it comes after.
    runs: tuple[model.Run, ...]
    refusals: tuple[arrange.Refusal, ...]
    #: Run → its stack, of those that are open as well.
    stacks: dict[str, model.StackRef]


async def weighed(unit: ports.Unit, call: Call, asked: Sequence[model.Run]) -> Weighed:
    """Return what requirements make of the runs, also where they refuse them."""
    inventory = call.services.inventory
    found = await graph(unit, inventory)
    open_runs = await unit.runs.open(now=call.now) if found else ()
    scene = arrange.Scene(
        graph=found,
        stacks=inventory.stack,
        away={view.name for view in inventory.hosts() if not view.reachable},
        open=open_runs,
    )
    arranged = arrange.arrange(asked, scene, new_id=call.services.ids.new)
    return Weighed(
        runs=arrange.in_turn(arranged.runs),
        refusals=arranged.refusals,
        stacks={run.id: run.stack for run in (*open_runs, *arranged.runs)},
    )


def refused(refusals: Iterable[arrange.Refusal]) -> str:
    """Return which runs are refused, and why, as a sentence."""
    return "; ".join(
        f"`{refusal.run.stack}` is not {_DONE[refusal.run.action]}: "
        f"{arrange.which_are_up(refusal.dependents)}"
        for refusal in refusals
    )


def refuse_away(inventory: ports.Inventory, runs: Iterable[model.Run]) -> None:
    """Raise HostUnreachable where a run that requirements add could not begin now."""
    for run in runs:
        view = inventory.host(run.stack.host)
        extra = run.cause_kind is model.CauseKind.REQUIREMENT and run.deadline_at is None
        if extra and (view is None or not view.reachable):
            why = f": {view.error}" if view is not None and view.error else ""
            message = f"the host `{run.stack.host}` of `{run.stack}` cannot be reached{why}"
            hint = f"nothing was done; {run.action} {run.stack} would be {run.cause}"
            raise HostUnreachable(message, hint=hint)


def told(plans: Iterable[wire.Plan], weighed: Weighed) -> tuple[wire.Plan, ...]:
    """Return the plans of those runs with what they come after, and why they are there."""
    refusals = {each.run.id: each for each in weighed.refusals}
    out = []
    for plan, run in zip(plans, weighed.runs, strict=True):
        warnings = plan.warnings + run.warnings
        if run.id in refusals:
            why = refused((refusals[run.id],))
            warnings += (f"it would be refused as things are: {why}",)
        extra = run.cause_kind is model.CauseKind.REQUIREMENT
        out.append(
            msgspec.structs.replace(
                plan,
                cause=run.cause if extra else "",
                after=tuple(str(weighed.stacks[key]) for key in run.after),
                warnings=warnings,
            )
        )
    return tuple(out)


def lacking(
    graph: requirements.Graph, inventory: ports.Inventory, ref: model.StackRef
) -> tuple[str, ...]:
    """Return what the stack needs and is not there for it now, each as a sentence."""
    found = ((each, _lacks(inventory, each)) for each in graph.all_needed(ref))
    return tuple(f"it needs `{each}`, {why}" for each, why in found if why)


def _lacks(inventory: ports.Inventory, ref: model.StackRef) -> str:
    """Return why it is not there, going on from its name; "" where it is."""
    host, stack = inventory.host(ref.host), inventory.stack(ref)
    if host is not None and not host.reachable:
        return "whose host cannot be reached"
    if stack is None:
        return "which does not exist"
    found = status.summarize(stack, reachable=True)
    if found.status is not model.StackStatus.RUNNING:
        return f"which is {found.status}"
    match found.health:
        case model.Health.UNHEALTHY:
            return "which is unhealthy"
        case model.Health.STARTING:
            return "which is not healthy yet"
        case _:
            return ""


async def kept_up(call: Call, schedule: model.Schedule) -> tuple[str, ...]:
    """Return which stacks a schedule will leave up while others need them, a few of them."""
    downs = {None, model.Action.STOP, model.Action.PAUSE}
    if schedule.options.dependents is not model.Dependents.REFUSE or schedule.action not in downs:
        return ()
    inventory = call.services.inventory
    groups = await call.services.groups()
    refs = targets.now(schedule.selector, inventory.refs(), groups)
    async with call.services.store.reading() as unit:
        found = await graph(unit, inventory)
    out = []
    for ref in refs:
        needing = [f"`{each}`" for each in found.all_needing(ref) if each not in refs]
        if needing:
            names = ", ".join(sorted(needing))
            out.append(
                f"while {names} is up, `{ref}`, which is needed, is left up (dependents: refuse)"
            )
    return tuple(out[:_FEW])
