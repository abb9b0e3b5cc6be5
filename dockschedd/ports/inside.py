"""The loops of the daemon, as those see them who start work or watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from dockschedd.core import changes, measures, model


class Bus(Protocol):
    """What happens, told to whoever watches: never a place where something could be lost."""

    def publish_run(self, run: model.Run) -> None:
        """Tell that the run or one of its steps changed."""

    def publish_stack(self, ref: model.StackRef) -> None:
        """Tell that the stack changed, came or went."""

    def publish_change(self, change: changes.Change) -> None:
        """Tell that something that people set up changed, or that a host was lost or found."""

    def subscribe(
        self, *, at_once: bool = False
    ) -> AbstractAsyncContextManager[AsyncIterator[model.Run | model.StackRef | changes.Change]]:
        """Enter a subscription; changes gather for a moment, unless they are wanted at once.

        Per run, per stack and per name of each noun only the newest state is kept for a slow
        reader, so that it is bounded and the last state always arrives. What changes in quick
        succession is told together, but the end of a run is told at once.
        """

    def newest(self, run: model.Run) -> model.Run:
        """Return a run that was read as it is now: its steps are stored a moment later."""


class Meter(Protocol):
    """Whoever counts and times what happens."""

    def measured(self) -> measures.Measured:
        """Return everything since the start of the daemon."""


class Executor(Protocol):
    """Whoever carries out recorded runs."""

    def wake(self) -> None:
        """Say that there may be planned runs."""

    async def cancel(self, run_id: str, *, actor: str) -> bool:
        """Cancel a planned run at once, a running one between steps.

        Returns False when it is over or unknown.
        """


class Enforcer(Protocol):
    """Whoever brings stacks where their windows want them."""

    def wake(self) -> None:
        """Say that schedules have changed."""

    def evaluate(self, hosts: Collection[str], *, why: str) -> None:
        """Bring the stacks of these hosts where windows want them now, as if at an edge.

        `why`: what has changed, for the causes of the runs.
        """


class Ticker(Protocol):
    """Whoever watches the clock."""

    def wake(self) -> None:
        """Say that schedules have changed."""

    def progressed_at(self) -> datetime | None:
        """Return the instant of the last completed tick."""
