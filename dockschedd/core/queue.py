"""Which planned runs begin now, and what becomes of those that do not.

Pure: what is planned, under way, held and reachable are arguments. One run at a time on a
stack, in order of their instants; what is not named by a decision stays planned.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dockschedd.core import duplicates, instants, model, runs, turns

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping, Sequence
    from datetime import datetime

    from dockschedd.core import holds

_Action = model.Action
#: Earlier action → the later ones that make it pointless.
_OVERTAKEN_BY = {
    _Action.START: frozenset({_Action.STOP}),
    _Action.STOP: frozenset({_Action.START}),
    _Action.PAUSE: frozenset({_Action.UNPAUSE, _Action.START}),
    _Action.UNPAUSE: frozenset({_Action.PAUSE, _Action.STOP}),
    _Action.RESTART: frozenset[_Action](),
}


@dataclass(frozen=True, slots=True)
class Begin:
    """Carry it out."""

    run: model.Run


@dataclass(frozen=True, slots=True)
class End:
    """End it without steps."""

    run: model.Run
    status: model.RunStatus
    cause: str
    #: The run that takes its place.
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Expand:
    """Its host has been seen: it becomes a run of each stack that its pattern matches."""

    run: model.Run


@dataclass(frozen=True, slots=True)
class Replace:
    """Cancel the run that is under way, between steps, to make room for this one."""

    run: model.Run
    under_way: model.Run


Decision = Begin | End | Expand | Replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What is so at one moment."""

    now: datetime
    #: What is carried out, by stack.
    under_way: Mapping[model.StackRef, model.Run]
    blocks: holds.Blocks
    #: Host that cannot be reached → why.
    away: Mapping[str, str]
    #: Run that continues an interrupted one → the run that has come since.
    outdated: Mapping[str, model.Run]
    #: How many more runs may begin.
    room: int
    #: Run that comes after runs of other stacks → whether its turn has come.
    turns: Mapping[str, turns.Turn] = field(default_factory=dict)
    #: Hosts that have not answered for a moment: soon they have, or are away.
    silent: Collection[str] = ()
    #: Host → the one that is the same engine and is acted on in its place.
    stand_ins: Mapping[str, str] = field(default_factory=dict)


def choose(
    first: Sequence[model.Run], behind: Sequence[model.Run], scene: Scene
) -> tuple[Decision, ...]:
    """Return the decisions about the first planned run of each stack, in their order.

    `behind`: the planned runs that wait behind them, in order. An ended or replaced run makes
    room for others: ask again then. Where there is not room for all, the next place goes to
    the host on which the fewest are under way.
    """
    waiting: dict[model.StackRef, list[model.Run]] = {}
    for run in behind:
        waiting.setdefault(run.stack, []).append(run)
    found = [_about(run, waiting.get(run.stack, ()), scene) for run in first]
    begins = [decision.run for decision in found if isinstance(decision, Begin)]
    begin = {run.id for run in _fairly(begins, scene)}
    return tuple(
        decision
        for decision in found
        if decision is not None and (not isinstance(decision, Begin) or decision.run.id in begin)
    )


def room(most: int, under_way: Mapping[model.StackRef, model.Run], idle: Container[str]) -> int:
    """Return how many more runs may begin where `most` may be under way.

    A run whose host does not answer (one of `idle`) only waits, and takes no room from others.
    """
    return most - sum(ref.host not in idle for ref in under_way)


def _fairly(begins: Sequence[model.Run], scene: Scene) -> Sequence[model.Run]:
    """Return those for which there is room."""
    if len(begins) <= scene.room:
        return begins
    load = Counter(ref.host for ref in scene.under_way)
    places = []
    for position, run in enumerate(begins):
        places.append((load[run.stack.host], position, run))
        load[run.stack.host] += 1
    return [run for _, _, run in sorted(places, key=lambda place: place[:2])[: max(0, scene.room)]]


def blocked(run: model.Run, blocks: holds.Blocks, now: datetime) -> str | None:
    """Return why a run of a schedule may not begin now; None for a person's run."""
    return blocks.cause(run.stack, at=now, now=now) if run.schedule_id is not None else None


def overtaken(run: model.Run, behind: Sequence[model.Run]) -> model.Run | None:
    """Return the run that waits next behind and makes this one pointless.

    A person's run that waits for other stacks has not begun any more than one of a schedule.
    """
    if not behind or (run.schedule_id is None and not run.after):
        return None
    return behind[0] if behind[0].action in _OVERTAKEN_BY[run.action] else None


def _left_out(run: model.Run, scene: Scene) -> str | None:
    stand_in = scene.stand_ins.get(run.stack.host)
    if stand_in is not None:
        return duplicates.cause(run.stack.host, stand_in)
    return blocked(run, scene.blocks, scene.now)


def _about(run: model.Run, behind: Sequence[model.Run], scene: Scene) -> Decision | None:
    cause = _left_out(run, scene)
    if cause is not None:
        return End(run, model.RunStatus.SKIPPED, cause)
    by = scene.outdated.get(run.id) or overtaken(run, behind)
    if by is not None:
        cause = f"it was overtaken while it waited, by the {by.action} of {_who(by)}"
        return End(run, model.RunStatus.SUPERSEDED, cause, by.id)
    if run.deadline_at is not None and scene.now > run.deadline_at:
        return End(run, model.RunStatus.MISSED, _too_late(run, scene))
    under_way = _under_way(run, scene)
    turn = scene.turns.get(run.id, turns.COME)
    if turn.standing is not turns.Standing.COME:
        return _without_its_turn(run, turn, is_busy=under_way is not None)
    if under_way is not None:
        return _while_busy(run, under_way)
    return _free(run, scene)


def _under_way(run: model.Run, scene: Scene) -> model.Run | None:
    """Return what is carried out on the stack, by whatever name its engine goes."""
    host, name = run.stack.host, run.stack.name
    others = (other for other, stand_in in scene.stand_ins.items() if stand_in == host)
    refs = (run.stack, *(model.StackRef(other, name) for other in others))
    return next((scene.under_way[ref] for ref in refs if ref in scene.under_way), None)


def _free(run: model.Run, scene: Scene) -> Decision | None:
    """Return what becomes of a run whose turn has come, on a stack where nothing is under way."""
    if run.stack.host in scene.silent:
        return None
    if run.deadline_at is not None and run.stack.host in scene.away:
        # A run with a deadline waits for its host; one without fails at once.
        return None
    return Expand(run) if "*" in run.stack.name else Begin(run)


def _without_its_turn(run: model.Run, turn: turns.Turn, *, is_busy: bool) -> Decision | None:
    """Return what becomes of a run whose turn has not come: it disturbs nobody on its stack."""
    if turn.standing is turns.Standing.WAITING:
        return None
    if not turn.fault:
        return End(run, model.RunStatus.SKIPPED, turn.reason)
    # To have failed it must have begun, for a moment: one run at a time on a stack.
    return None if is_busy else End(run, model.RunStatus.FAILED, turn.reason)


def _while_busy(run: model.Run, under_way: model.Run) -> Decision | None:
    if run.schedule_id is None:
        return None
    match run.if_busy:
        case model.IfBusy.SKIP:
            cause = f"{under_way.action} {under_way.id} of {_who(under_way)} was under way"
            return End(run, model.RunStatus.SKIPPED, f"{cause} (if-busy: skip)")
        case model.IfBusy.REPLACE:
            return Replace(run, under_way)
        case model.IfBusy.WAIT:
            return None


def _too_late(run: model.Run, scene: Scene) -> str:
    assert run.deadline_at is not None
    late = instants.format_duration(run.deadline_at - runs.begins_at(run))
    host = run.stack.host
    if host in scene.away:
        return f"host `{host}` was unreachable until the deadline of {late}: {scene.away[host]}"
    if host in scene.silent:
        return f"host `{host}` did not answer until the deadline of {late}"
    under_way = _under_way(run, scene)
    if under_way is not None:
        busy = f"{under_way.action} {under_way.id} of {_who(under_way)} was under way"
        return f"{busy} until the deadline of {late}"
    turn = scene.turns.get(run.id)
    if turn is not None and turn.reason:
        return f"{turn.reason}: its deadline of {late} has passed"
    return f"it could not start before its deadline of {late}"


def _who(run: model.Run) -> str:
    at = runs.begins_at(run)
    who = f"schedule `{run.schedule_name}`" if run.schedule_id is not None else run.actor
    return f"{who} at {instants.clock(at)} on {instants.date(at)}, UTC"
