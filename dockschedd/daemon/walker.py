"""Carries out the plan of one run: each step as soon as the steps before it have succeeded.

It decides nothing: which step may begin is core.progress' answer, what a wait waits for is
core.conditions'. One step is one engine call, or one wait.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from dockschedd import errors
from dockschedd.core import conditions, instants, model, progress
from dockschedd.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.daemon import limits
    from dockschedd.daemon.inventory import Inventory
    from dockschedd.daemon.recorder import Recorder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _End:
    status: model.StepStatus
    error: errors.DockschedError | None = None


class Walker:
    """One run under way."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        hosts: ports.Hosts,
        inventory: Inventory,
        clock: ports.Clock,
        calls: limits.Limit,
        on_first_call: Callable[[model.Run, datetime], None] | None = None,
    ) -> None:
        self._recorder = recorder
        self._run = recorder.run
        self._hosts = hosts
        self._inventory = inventory
        self._clock = clock
        self._calls = calls
        self._on_first_call = on_first_call
        self._progress = progress.Progress(self._run.steps, on_error=self._run.options.on_error)
        self._halts = self._run.options.on_error is model.OnError.HALT
        self._tasks: dict[asyncio.Task[_End], model.Step] = {}
        #: Whether the first call has been begun, or will not be.
        self._has_begun = asyncio.Event()
        #: How steps end that have not called yet: set when nothing may begin any more.
        self._cut_short: model.StepStatus | None = None

    async def walk(self) -> None:
        """Return when every step has ended."""
        waits = any(map(_is_wait, self._run.steps))
        with nullcontext() if waits else self._inventory.calm(self._run.stack):
            await self._walk()

    async def _walk(self) -> None:
        async with asyncio.TaskGroup() as group:
            await self._begin_first(group)
            while self._tasks:
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    step = self._tasks.pop(task)
                    self._end(step, self._not_done() if task.cancelled() else task.result())
                self._begin(group)

    def cancel(self, cause: str) -> None:
        """Begin nothing any more and end the waits; calls under way are left to return."""
        self._put(self._progress.cancel(at=self._clock.now(), cause=cause))
        self._end_waits(model.StepStatus.CANCELLED)

    def interrupt(self, cause: str) -> None:
        """The same, and leave what is not done to a next attempt."""
        self._put(self._progress.interrupt(at=self._clock.now(), cause=cause))
        self._end_waits(model.StepStatus.INTERRUPTED)

    def _end_waits(self, status: model.StepStatus) -> None:
        self._cut_short = status
        for task, step in self._tasks.items():
            if _is_wait(step):
                task.cancel()

    def _not_done(self) -> _End:
        return _End(self._cut_short or model.StepStatus.CANCELLED)

    async def _begin_first(self, group: asyncio.TaskGroup) -> None:
        """Begin, one step ahead of the others.

        Of many runs that are claimed together each makes a call before any makes its second.
        """
        first, *others = self._progress.begin(at=self._clock.now()) or (None,)
        if first is not None:
            self._add(group, first)
            await self._has_begun.wait()
        for step in others:
            self._add(group, step)

    def _begin(self, group: asyncio.TaskGroup) -> None:
        for step in self._progress.begin(at=self._clock.now()):
            self._add(group, step)

    def _add(self, group: asyncio.TaskGroup, step: model.Step) -> None:
        self._put((step,))
        self._tasks[group.create_task(self._carry_out(step))] = step

    def _end(self, step: model.Step, end: _End) -> None:
        reason = end.error.message if end.error else None
        log.info(
            "step.ended",
            extra={
                "run": self._run.id,
                "container": step.container,
                "verb": step.verb.value,
                "status": end.status.value,
                **({"reason": reason} if reason else {}),
            },
        )
        self._put(
            self._progress.finished(
                step.position,
                end.status,
                at=self._clock.now(),
                error_code=end.error.code if end.error else None,
                error=reason,
            )
        )

    def _put(self, steps: Iterable[model.Step]) -> None:
        for step in steps:
            self._recorder.put(step)

    async def _carry_out(self, step: model.Step) -> _End:
        if _is_wait(step):
            self._has_begun.set()
            if self._cut_short is not None:
                return self._not_done()
            return await self._judged(self._wait(step))
        async with self._calls:
            self._has_begun.set()
            if self._cut_short is not None:
                return self._not_done()  # the run ended while this step waited for its turn
            self._tell_first_call()
            failpoint("step-before-call")
            end = await self._judged(self._call(step))
            failpoint("step-after-call")
            if end.status is model.StepStatus.INTERRUPTED:
                self._cut_short = end.status
            elif end.status is model.StepStatus.FAILED and self._halts:
                self._cut_short = model.StepStatus.CANCELLED
            return end

    def _tell_first_call(self) -> None:
        tell, self._on_first_call = self._on_first_call, None
        if tell is not None:
            tell(self._run, self._clock.now())

    async def _judged(self, work: Awaitable[errors.DockschedError | None]) -> _End:
        try:
            error = await work
        except errors.HostUnreachable as lost:
            return _End(model.StepStatus.INTERRUPTED, lost)
        except errors.HostError as failure:
            return _End(model.StepStatus.FAILED, failure)
        return _End(model.StepStatus.FAILED if error else model.StepStatus.SUCCEEDED, error)

    async def _call(self, step: model.Step) -> None:
        host, container_id = self._run.stack.host, step.container_id
        grace = self._run.options.stop_timeout
        match step.verb:
            case model.Verb.START:
                await self._hosts.start(host, container_id)
            case model.Verb.STOP:
                await self._hosts.stop(host, container_id, grace=grace)
            case model.Verb.RESTART:
                await self._hosts.restart(host, container_id, grace=grace)
            case model.Verb.PAUSE:
                await self._hosts.pause(host, container_id)
            case model.Verb.UNPAUSE:
                await self._hosts.unpause(host, container_id)
            case model.Verb.WAIT_HEALTHY | model.Verb.WAIT_COMPLETED:
                raise AssertionError(step.verb)
            case _ as never:
                assert_never(never)

    async def _wait(self, step: model.Step) -> errors.DockschedError | None:
        """Wait on the engine's events until the condition is met; return why it is not."""
        limit = self._run.options.wait_timeout
        try:
            async with asyncio.timeout(limit.total_seconds()):
                return await self._until_settled(step)
        except TimeoutError:
            verb = step.verb.removeprefix("wait-")
            return errors.DockschedError(
                f"{step.container} was not {verb} within {instants.format_duration(limit)}",
                code="wait-timeout",
            )

    async def _until_settled(self, step: model.Step) -> errors.DockschedError | None:
        ref = self._run.stack
        container: model.Container | None = await self._look(step)
        while True:
            judgement = conditions.judge(step.verb, container)
            if judgement.standing is conditions.Standing.BROKEN:
                # The inventory may be a moment behind the engine: only the engine is believed.
                container = await self._look(step)
                judgement = conditions.judge(step.verb, container)
            match judgement.standing:
                case conditions.Standing.MET:
                    return None
                case conditions.Standing.BROKEN:
                    return errors.DockschedError(judgement.reason, code="condition-broken")
                case conditions.Standing.WAITING:
                    await self._inventory.changed(ref.host)
            view = self._inventory.host(ref.host)
            if view is not None and not view.reachable:
                raise errors.HostUnreachable(view.error)
            stack = self._inventory.stack(ref)
            seen = stack.containers if stack else ()
            container = next((c for c in seen if c.id == step.container_id), None)

    async def _look(self, step: model.Step) -> model.Container | None:
        try:
            return await self._inventory.look(self._run.stack, step.container_id)
        except errors.ContainerGone:
            return None


def _is_wait(step: model.Step) -> bool:
    return step.verb in (model.Verb.WAIT_HEALTHY, model.Verb.WAIT_COMPLETED)
