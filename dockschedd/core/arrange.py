"""What requirements make of the runs of one request or one tick: their order, and more runs.

A run that brings a stack up comes after those that bring up what it needs; what is down is
started by an extra run. A run that takes a stack down comes after those that take down what
needs it; what is up and stays up makes it refused, or is taken down first, as its options say.
Pure: what exists, what is open and the ids are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING, Final

from dockschedd.core import model, runs, status

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from datetime import datetime

    from dockschedd.core.requirements import Graph

#: Actions that leave a stack up; the others leave it down.
UP: Final = frozenset({model.Action.START, model.Action.UNPAUSE, model.Action.RESTART})
_RUNNING: Final = frozenset({model.ContainerState.RUNNING, model.ContainerState.RESTARTING})


class Standing(Enum):
    """Whether a stack that another one needs is there for it."""

    READY = "ready"
    #: Not wholly running, not healthy, or not known.
    LACKING = "lacking"
    #: There is no such stack.
    ABSENT = "absent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What is so at one moment."""

    graph: Graph
    stacks: Callable[[model.StackRef], model.Stack | None]
    #: Hosts that cannot be asked.
    away: Container[str]
    #: Runs that are running, or planned and may begin.
    open: Sequence[model.Run] = ()

    def is_up(self, ref: model.StackRef) -> bool:
        """Return whether any container of the stack runs, as last known."""
        stack = self.stacks(ref)
        return stack is not None and any(each.state in _RUNNING for each in stack.containers)

    def standing(self, ref: model.StackRef) -> Standing:
        """Return whether the stack runs and is healthy, where it has health checks."""
        if ref.host in self.away:
            return Standing.LACKING
        stack = self.stacks(ref)
        if stack is None:
            return Standing.ABSENT
        found = status.summarize(stack, reachable=True)
        healthy = found.health in {model.Health.HEALTHY, model.Health.NONE}
        running = found.status is model.StackStatus.RUNNING
        return Standing.READY if running and healthy else Standing.LACKING


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a run may not be: the stacks that need its stack and are up."""

    run: model.Run
    dependents: tuple[model.StackRef, ...]
    #: As a sentence that goes on from the stack's name.
    cause: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Arranged:
    """The runs, in order, with the extra ones before those that need them."""

    runs: tuple[model.Run, ...]
    #: Of runs that were asked for by a person; those of schedules are skipped, with the cause.
    refusals: tuple[Refusal, ...] = ()


def arrange(asked: Sequence[model.Run], scene: Scene, *, new_id: Callable[[], str]) -> Arranged:
    """Return the runs with what they come after, and the extra runs that they need.

    Those that are not planned are left as they are. Of what is due at one instant, all is
    weighed together; what is due later finds what is due before.
    """
    if not scene.graph:
        return Arranged(runs=tuple(asked))
    desk = _Desk(asked, scene, new_id)
    planned = sorted((run for run in asked if _is_planned(run)), key=_instant)
    for _, group in groupby(planned, key=_instant):
        desk.weigh(tuple(group))
    return Arranged(runs=desk.in_order(), refusals=tuple(desk.refusals))


def _instant(run: model.Run) -> datetime:
    return run.planned_at


def _is_planned(run: model.Run) -> bool:
    return run.status is model.RunStatus.PLANNED


def _turn(run: model.Run) -> tuple[datetime, str]:
    return runs.begins_at(run), run.id


class _Desk:
    """The runs while they are being arranged."""

    def __init__(
        self, asked: Sequence[model.Run], scene: Scene, new_id: Callable[[], str]
    ) -> None:
        self.refusals: list[Refusal] = []
        self._scene, self._graph, self._new_id = scene, scene.graph, new_id
        self._runs = {run.id: run for run in asked}
        #: Run → the extra runs that were made for it, in order.
        self._extra: dict[str, list[str]] = {}
        #: What a schedule's occurrence does to a stack: it has no second run there.
        self._taken: dict[tuple[str | None, datetime, model.StackRef], str] = {
            (run.schedule_id, run.planned_at, run.stack): run.id
            for run in asked
            if run.schedule_id is not None
        }
        #: The last run on each stack before the instant that is weighed.
        self._before = {run.stack: run for run in sorted(scene.open, key=_turn)}
        #: The last run on each stack at that instant.
        self._now: dict[model.StackRef, str] = {}

    def in_order(self) -> tuple[model.Run, ...]:
        """Return all of them."""
        extra = {made for each in self._extra.values() for made in each}
        return tuple(
            self._runs[key]
            for run_id in self._runs
            if run_id not in extra
            for key in (*self._extra.get(run_id, ()), run_id)
        )

    def weigh(self, group: tuple[model.Run, ...]) -> None:
        """Arrange what is planned for one instant."""
        self._now = {run.stack: run.id for run in sorted(group, key=_turn)}
        rank = self._graph.rank
        downs = [run for run in group if run.action not in UP]
        for run in sorted(downs, key=lambda each: rank(each.stack), reverse=True):
            self._take_down(run)
        ups = [run for run in group if run.action in UP]
        for run in sorted(ups, key=lambda each: (_turn(each)[0], rank(each.stack))):
            self._bring_up(run)
        for ref, run_id in self._now.items():
            if _is_planned(self._runs[run_id]):
                self._before[ref] = self._runs[run_id]

    # ------------------------------------------------------------ down

    def _take_down(self, run: model.Run) -> None:
        policy = run.options.dependents
        if policy is model.Dependents.IGNORE:
            return
        up = [ref for ref in self._graph.all_needing(run.stack) if self._stays_up(ref)]
        if up and policy is model.Dependents.REFUSE:
            self._refuse(run, up, f"{which_are_up(up)} (dependents: refuse)")
            return
        for ref in up:
            starting = self._planned(ref)
            if starting is not None:
                self._refuse(run, up, f"`{ref}`, which needs it, is to {starting.action} as well")
                return
            taken = self._taken_by(run, ref)
            if taken is not None:
                why = f"`{ref}`, which needs it, is up and is not taken down: {taken.cause}"
                self._refuse(run, up, why)
                return
        for ref in up:
            cause = f"it needs `{run.stack}`, which is to {run.action}: {run.cause}"
            extra = self._add(run, ref, action=run.action, cause=cause)
            self._put(replace(extra, after=self._nearest(ref, self._graph.needed_by, up=False)))
        self._put(replace(run, after=self._nearest(run.stack, self._graph.needed_by, up=False)))

    def _stays_up(self, ref: model.StackRef) -> bool:
        last = self._planned(ref) or self._before.get(ref)
        return self._scene.is_up(ref) if last is None else last.action in UP

    def _refuse(self, run: model.Run, up: Sequence[model.StackRef], cause: str) -> None:
        if run.schedule_id is None:
            self.refusals.append(Refusal(run=run, dependents=tuple(up), cause=cause))
        self._skip(run, cause)

    # ------------------------------------------------------------ up

    def _bring_up(self, run: model.Run) -> None:
        warnings = list(self._graph.warnings(run.stack))
        for ref in self._graph.all_needed(run.stack):
            last = self._planned(ref) or self._before.get(ref)
            standing = self._scene.standing(ref) if last is None else Standing.LACKING
            if last is not None and last.action in UP:
                continue
            if standing is Standing.ABSENT:
                warnings.append(f"it needs `{ref}`, which does not exist; that is ignored")
            elif standing is Standing.LACKING:
                taken = self._taken_by(run, ref)
                if taken is not None:
                    why = f"`{ref}`, which it needs, is not up and is not started: {taken.cause}"
                    self._skip(run, why)
                    return
                cause = f"required by `{run.stack}`: {run.cause}"
                extra = self._add(run, ref, action=model.Action.START, cause=cause)
                self._put(replace(extra, after=self._nearest(ref, self._graph.needs, up=True)))
        after = self._nearest(run.stack, self._graph.needs, up=True)
        self._put(replace(run, after=after, warnings=(*run.warnings, *warnings)))

    # ------------------------------------------------------------ both

    def _planned(self, ref: model.StackRef) -> model.Run | None:
        """Return the last run on the stack at this instant, unless it has been ended."""
        run = self._runs.get(self._now.get(ref, ""))
        return run if run is not None and _is_planned(run) else None

    def _taken_by(self, run: model.Run, ref: model.StackRef) -> model.Run | None:
        """Return the run that the same occurrence has on the stack already."""
        return self._runs.get(self._taken.get((run.schedule_id, run.planned_at, ref), ""))

    def _nearest(
        self,
        ref: model.StackRef,
        edges: Callable[[model.StackRef], Iterable[model.StackRef]],
        *,
        up: bool,
    ) -> tuple[str, ...]:
        """Return the runs to wait for: on each way, that of the first stack that has one."""
        found: dict[str, None] = {}
        seen: set[model.StackRef] = set()
        todo = list(edges(ref))
        while todo:
            each = todo.pop(0)
            if each in seen:
                continue
            seen.add(each)
            run = self._planned(each) or self._before.get(each)
            if run is not None and (run.action in UP) is up:
                found[run.id] = None
            else:
                todo.extend(edges(each))
        return tuple(found)

    def _add(
        self, run: model.Run, ref: model.StackRef, *, action: model.Action, cause: str
    ) -> model.Run:
        options = replace(run.options, in_place=False, rerun_oneshots=False, everything=False)
        open_run, begins = self._before.get(ref), run.start_at
        if open_run is not None and runs.begins_at(open_run) > runs.begins_at(run):
            # What was missed goes by an old instant: it follows what is open there all the same.
            begins = runs.begins_at(open_run)
        extra = replace(
            run,
            id=self._new_id(),
            stack=ref,
            action=action,
            cause_kind=model.CauseKind.REQUIREMENT,
            cause=cause,
            options=options,
            first_started_at=None,
            start_at=begins,
            if_busy=model.IfBusy.WAIT,
            after=(),
            warnings=(),
        )
        self._put(extra)
        self._extra.setdefault(run.id, []).append(extra.id)
        self._now[ref] = extra.id
        if run.schedule_id is not None:
            self._taken[run.schedule_id, run.planned_at, ref] = extra.id
        return extra

    def _put(self, run: model.Run) -> None:
        self._runs[run.id] = run

    def _skip(self, run: model.Run, cause: str) -> None:
        self._put(
            replace(run, status=model.RunStatus.SKIPPED, cause=cause, finished_at=run.created_at)
        )


def which_are_up(refs: Sequence[model.StackRef]) -> str:
    """Return that these stacks, which need another one, are up."""
    if len(refs) == 1:
        return f"`{refs[0]}`, which needs it, is up"
    *front, last = (f"`{ref}`" for ref in refs)
    return f"{', '.join(front)} and {last}, which need it, are up"


def in_turn(asked: Iterable[model.Run]) -> tuple[model.Run, ...]:
    """Return the runs with each after those that it comes after, else as they come."""
    known = {run.id: run for run in asked}
    out: dict[str, model.Run] = {}
    for run in known.values():
        todo = [run]
        while todo:
            ahead = [key for key in todo[-1].after if key in known and key not in out]
            if ahead:
                todo.append(known[ahead[0]])
            else:
                each = todo.pop()
                out[each.id] = each
    return tuple(out.values())
