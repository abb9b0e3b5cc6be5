"""Writes down how the steps of one run go, many changes in one transaction.

The steps were recorded as planned before the first call; what a crash loses here is only
when each of them began and ended, and the next attempt observes anyway.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.daemon.batches import Batches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from dockschedd import ports
    from dockschedd.core import model

    Writes: TypeAlias = Batches[tuple[str, Sequence[model.Step]], None]

log = logging.getLogger(__name__)

#: Changes within this time share a transaction. Who looks at the run meanwhile gets them from
#: the bus.
TOGETHER = timedelta(milliseconds=200)


def writes(store: ports.Store) -> Writes:
    """Return what the recorders of that store share: runs that go on at once write together."""

    async def write(taken: Sequence[tuple[str, Sequence[model.Step]]]) -> Sequence[None]:
        async with store.transaction() as unit:
            for run_id, steps in taken:
                await unit.runs.update_steps(run_id, steps)
        return [None] * len(taken)

    return Batches(write)


class Recorder:
    """The steps of one running run, in memory first and in the store soon after."""

    def __init__(
        self, run: model.Run, *, writes: Writes, bus: ports.Bus, clock: ports.Clock
    ) -> None:
        self._run = run
        self._steps = {step.position: step for step in run.steps}
        self._writes = writes
        self._bus = bus
        self._clock = clock
        self._dirty: set[int] = set()
        self._changed = asyncio.Event()

    @property
    def run(self) -> model.Run:
        """The run with its steps as they are now."""
        return replace(self._run, steps=tuple(self._steps.values()))

    def step(self, position: int) -> model.Step:
        """Return the step as it is now."""
        return self._steps[position]

    def put(self, step: model.Step) -> None:
        """Take over the step's new state and tell it to whoever watches."""
        self._steps[step.position] = step
        self._dirty.add(step.position)
        self._changed.set()
        self._bus.publish_run(self.run)

    async def keep_writing(self) -> None:
        """Write what changes, until cancelled. What is lost here is written by `write_all`."""
        while True:
            await self._changed.wait()
            await self._clock.sleep(TOGETHER)
            self._changed.clear()
            dirty, self._dirty = self._dirty, set()
            try:
                await self._writes.add(
                    (self._run.id, [self._steps[position] for position in sorted(dirty)])
                )
            except errors.StoreError as error:
                log.warning("steps.unsaved", extra={"run": self._run.id, "reason": error.message})

    async def write_all(self, unit: ports.Unit) -> None:
        """Write every step, in the caller's transaction."""
        await unit.runs.update_steps(self._run.id, self._steps.values())
