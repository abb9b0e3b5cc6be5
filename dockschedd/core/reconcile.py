"""What has to be done to a stack, and why: from the action and the containers as observed.

Every container either gets steps or is left alone, and both have a cause that a person can
read. The same containers in any order give the same plan, and what has been carried out is
not planned again. Never touches a container outside the stack, never does anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, assert_never

from dockschedd.core import gates, memory, model, plan
from dockschedd.core import scene as scenes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from dockschedd.core.scene import Scene

_State = model.ContainerState
_NOT_KNOWN: Mapping[str, datetime] = MappingProxyType({})


def reconcile(
    action: model.Action,
    stack: model.Stack,
    options: model.RunOptions,
    *,
    started_at: Mapping[str, datetime] = _NOT_KNOWN,
    since: datetime | None = None,
    remembered: memory.Memory | None = None,
) -> plan.Plan:
    """Return the steps that the action takes on the stack as it is.

    - start: a container begins as soon as its own dependencies allow. One that is up speaks for
      itself; a finished one-shot does not run again, and what it waited for is waited for
      by its dependents instead. A restarting container is left to the engine.
    - stop and pause: a container follows all that depend on it, also through services that
      are down already.
    - restart: everything that is up is stopped in reverse, then that and whatever was stopped
      (as in Compose) is started forward. In place, the engine's restart in the order of a
      start, replicas one after another.
    - unpause: dependencies first; paused containers only.

    A restart, or a rerun of one-shots, that goes on after an interruption gives `since`, when
    its first attempt began, and `started_at`, container id → when its process started: what
    started at or after `since` has had its turn. Such a restart also never guesses that a
    stopped container is a finished one-shot: the first attempt may have stopped it.

    A start of what is `remembered` leaves alone what did not run then, and says so; what
    depends on it does not wait for it.
    """
    goes_on = action is model.Action.RESTART and since is not None
    had_its_turn = frozenset(
        container.id
        for container in stack.containers
        if since is not None and container.id in started_at and started_at[container.id] >= since
    )
    draft = plan.Draft()
    if remembered is not None:
        stack = _as_it_was(draft, stack, remembered)
    scene = scenes.observe(stack, guess=not goes_on, had_its_turn=had_its_turn)
    for cycle in scene.graph.cycles:
        draft.warn(str(cycle))
    match action:
        case model.Action.START:
            _start(draft, scene, options)
        case model.Action.RESTART:
            _restart(draft, scene, options)
        case model.Action.STOP:
            _take_down(draft, scene, model.Verb.STOP, _to_stop(draft, scene))
        case model.Action.PAUSE:
            _take_down(draft, scene, model.Verb.PAUSE, _to_pause(draft, scene))
        case model.Action.UNPAUSE:
            _unpause(draft, scene)
        case _ as unreachable:
            assert_never(unreachable)
    return draft.plan(stack.ref, action)


def _as_it_was(draft: plan.Draft, stack: model.Stack, remembered: memory.Memory) -> model.Stack:
    """Return the stack without what is to stay asleep."""
    left = memory.left_asleep(stack, remembered)
    for container in left:
        why = "did not run when the stack was put to sleep"
        draft.leave(container, why)
        draft.warn(f"{container.name} {why}: it stays as it is")
    for name in memory.gone(stack, remembered):
        draft.warn(f"{name} ran when the stack was put to sleep, and is not there any more")
    asleep = {container.id for container in left}
    return replace(stack, containers=tuple(c for c in stack.containers if c.id not in asleep))


# ---------------------------------------------------------------- up


def _start(draft: plan.Draft, scene: Scene, options: model.RunOptions) -> None:
    begins: dict[str, gates.Begin] = {}
    for container in scene.containers:
        match container.state:
            case _State.RUNNING:
                draft.leave(container, "is already running")
            case _State.RESTARTING:
                draft.leave(container, "is restarting: the engine is starting it again")
            case _State.PAUSED:
                begins[container.id] = gates.Begin(verb=model.Verb.UNPAUSE, cause="it is paused")
            case _:
                begin = _begin_stopped(draft, scene, container, options)
                if begin is not None:
                    begins[container.id] = begin
    gates.bring_up(draft, scene, begins)


def _restart(draft: plan.Draft, scene: Scene, options: model.RunOptions) -> None:
    begins: dict[str, gates.Begin] = {}
    stops: dict[str, str] = {}
    for container in scene.containers:
        if not container.is_up:
            begin = _begin_stopped(draft, scene, container, options)
            if begin is not None:
                begins[container.id] = begin
        elif container.id in scene.had_its_turn:
            draft.leave(container, "has been restarted already")
        elif options.in_place:
            cause = f"it is {container.state}"
            begins[container.id] = gates.Begin(verb=model.Verb.RESTART, cause=cause)
        else:
            stops[container.id] = f"it is {container.state}, and is stopped before it is started"
    down = _take_down(draft, scene, model.Verb.STOP, stops)
    for container in scene.containers:
        if container.id in stops:
            begins[container.id] = gates.Begin(
                verb=model.Verb.START,
                cause="it was stopped in order to be restarted",
                after=(down.steps[container.id],),
            )
        elif container.id in begins:
            begin = begins[container.id]
            begins[container.id] = gates.Begin(
                verb=begin.verb, cause=begin.cause, after=down.before[container.service]
            )
    gates.bring_up(draft, scene, begins, rolling=options.in_place)


def _begin_stopped(
    draft: plan.Draft, scene: Scene, container: model.Container, options: model.RunOptions
) -> gates.Begin | None:
    """Return how a container that is not up starts; None, with a reason in the draft, if not."""
    name = container.name
    if container.state in (_State.DEAD, _State.REMOVING):
        why = _why_unusable(container)
        draft.leave(container, why)
        draft.warn(f"{name} {why} and cannot be started")
        return None
    if container.id not in scene.oneshots.finished:
        if container.id in scene.oneshots.unclear:
            draft.warn(f"cannot tell whether {name} finished or was stopped; it is started")
        return gates.Begin(verb=model.Verb.START, cause=_why_start(container))
    if not options.rerun_oneshots:
        draft.leave(container, "is a finished one-shot")
        return None
    if container.id in scene.had_its_turn:
        draft.leave(container, "is a finished one-shot and has run again already")
        return None
    return gates.Begin(
        verb=model.Verb.START, cause="it is a finished one-shot that is to run again"
    )


def _why_start(container: model.Container) -> str:
    if container.state is _State.CREATED:
        return "it has never been started"
    if not container.exit_code or container.ended is model.Ended.STOPPED:
        return "it is stopped"
    return f"it is stopped (exited with {container.exit_code})"


def _why_unusable(container: model.Container) -> str:
    return "is dead" if container.state is _State.DEAD else "is being removed"


# ---------------------------------------------------------------- down, and unpause


@dataclass(frozen=True, kw_only=True, slots=True)
class _Down:
    """The steps that take containers down."""

    #: Container id → position.
    steps: Mapping[str, int]
    #: Service → what its containers go after.
    before: Mapping[str, tuple[int, ...]]


def _to_stop(draft: plan.Draft, scene: Scene) -> dict[str, str]:
    causes: dict[str, str] = {}
    for container in scene.containers:
        match container.state:
            case _State.RUNNING | _State.PAUSED | _State.RESTARTING:
                causes[container.id] = f"it is {container.state}"
            case _State.CREATED:
                draft.leave(container, "has never been started")
            case _State.EXITED:
                draft.leave(container, "is already stopped")
            case _State.DEAD | _State.REMOVING:
                draft.leave(container, _why_unusable(container))
            case _ as unreachable:
                assert_never(unreachable)
    return causes


def _to_pause(draft: plan.Draft, scene: Scene) -> dict[str, str]:
    causes: dict[str, str] = {}
    for container in scene.containers:
        match container.state:
            case _State.RUNNING:
                causes[container.id] = "it is running"
            case _State.PAUSED:
                draft.leave(container, "is already paused")
            case _State.RESTARTING:
                draft.leave(container, "is restarting")
                draft.warn(f"{container.name} is restarting and cannot be paused")
            case _:
                draft.leave(container, "is not running")
    return causes


def _take_down(
    draft: plan.Draft, scene: Scene, verb: model.Verb, causes: Mapping[str, str]
) -> _Down:
    """Add a step for each container that has a cause, dependents first."""
    graph = scene.graph
    return _sweep(draft, scene, verb, causes, reversed(graph.services), graph.stop_after)


def _unpause(draft: plan.Draft, scene: Scene) -> None:
    causes: dict[str, str] = {}
    for container in scene.containers:
        if container.state is _State.PAUSED:
            causes[container.id] = "it is paused"
        else:
            draft.leave(container, "is not paused")

    def first(service: str) -> Iterable[str]:
        return (dependency.service for dependency in scene.graph.start_after(service))

    _sweep(draft, scene, model.Verb.UNPAUSE, causes, scene.graph.services, first)


def _sweep(  # noqa: PLR0917  two callers, both above
    draft: plan.Draft,
    scene: Scene,
    verb: model.Verb,
    causes: Mapping[str, str],
    services: Iterable[str],
    goes_after: Callable[[str], Iterable[str]],
) -> _Down:
    """Add the steps service by service; one without any passes on what it goes after."""
    steps: dict[str, int] = {}
    before: dict[str, tuple[int, ...]] = {}
    passed_on: dict[str, tuple[int, ...]] = {}
    for service in services:
        gate = sorted({position for name in goes_after(service) for position in passed_on[name]})
        before[service] = tuple(gate)
        own = [c for c in scene.of(service) if c.id in causes]
        for container in own:
            cause = causes[container.id]
            steps[container.id] = draft.add(verb, container, after=gate, cause=cause)
        passed_on[service] = tuple(steps[c.id] for c in own) or before[service]
    return _Down(steps=steps, before=before)
