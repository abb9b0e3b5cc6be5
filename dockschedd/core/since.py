"""Since when a container is in its state, from what is told of it without asking for it alone.

Pure. Events have the exact instant. A list only has round words (`Up 3 hours`): they say roughly
since when it was so at the first sight, and show where an event was missed.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dockschedd.core import model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Phase(Enum):
    """States between which only a change of the container lies."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


_OF_STATE: Final[Mapping[model.ContainerState, Phase]] = MappingProxyType(
    {
        model.ContainerState.CREATED: Phase.CREATED,
        model.ContainerState.RUNNING: Phase.RUNNING,
        model.ContainerState.PAUSED: Phase.PAUSED,
        # Between two attempts of the engine to start it again its last one has ended.
        model.ContainerState.RESTARTING: Phase.ENDED,
        model.ContainerState.EXITED: Phase.ENDED,
        model.ContainerState.DEAD: Phase.ENDED,
        model.ContainerState.REMOVING: Phase.ENDED,
    }
)
_AFTER: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        "create": Phase.CREATED,
        "start": Phase.RUNNING,
        "unpause": Phase.RUNNING,
        "pause": Phase.PAUSED,
        "die": Phase.ENDED,
    }
)
#: Nothing but the end of its process brings a container there.
_OVER: Final = frozenset({model.ContainerState.EXITED, model.ContainerState.DEAD})
#: `Up 2 weeks` is said until nearly 21 days, `About a minute` until nearly two.
_ROUND: Final = 2
#: Clocks of hosts may differ by so much.
_SLACK: Final = timedelta(minutes=2)


class Moments:
    """What is known of many containers, by id."""

    def __init__(self) -> None:
        #: What events told, and what round words did. A list may be older than an event: what it
        #: says must not take the place of that.
        self._told: dict[str, tuple[Phase, model.Since]] = {}
        self._read: dict[str, tuple[Phase, model.Since]] = {}

    def happened(self, container_id: str, action: str, at: datetime) -> None:
        """Note an event; one that is older than what is known, or changes no state, is not."""
        phase = _AFTER.get(action)
        if phase is None:
            return
        known = self._told.get(container_id)
        if known is None or known[1].at <= at:
            self._told[container_id] = phase, model.Since(at=at, exact=True)

    def inspected(
        self, container_id: str, state: model.ContainerState, finished_at: datetime | None
    ) -> None:
        """Note when its process has ended, where it has, as an inspect tells it."""
        if state in _OVER and finished_at is not None:
            self.happened(container_id, "die", finished_at)

    def of(self, container: model.Container, now: datetime) -> model.Since | None:
        """Return since when it is in its state, None where nobody can say; keep what is new."""
        phase = _OF_STATE[container.state]
        for known in (self._told.get(container.id), self._read.get(container.id)):
            if known is not None and known[0] is phase and _can_be(known[1], container.age, now):
                return known[1]
        if container.since is not None:
            return container.since
        if container.age is None:
            return None
        found = model.Since(at=(now - container.age).replace(microsecond=0), exact=False)
        self._read[container.id] = phase, found
        return found

    def forget(self, container_id: str) -> None:
        """Let go what is known of a container that is gone."""
        self._told.pop(container_id, None)
        self._read.pop(container_id, None)


def _can_be(known: model.Since, age: timedelta | None, now: datetime) -> bool:
    """Return whether it may be so since then, although the list says for how long."""
    return age is None or now - known.at <= _ROUND * age + _SLACK
