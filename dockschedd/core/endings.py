"""How a container's last run ended, from the engine's events.

The engine keeps the exit code and not whether somebody asked for the end. `docker stop`
sends the events kill, die, stop; a process that ends by itself sends die alone
(https://docs.docker.com/reference/cli/docker/system/events/). Only exits with code 0 matter:
a container that failed is never taken for a finished one-shot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockschedd.core import model

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How one container ended; None: it runs again, or is gone."""

    container_id: str
    ended: model.Ended | None
    at: datetime


class Judge:
    """Reads the events of one host in order."""

    def __init__(self) -> None:
        self._killed: set[str] = set()
        self._failed: set[str] = set()

    def see(
        self, action: str, *, container_id: str, at: datetime, exit_code: int | None
    ) -> Verdict | None:
        """Return what the event says about how the container ended; None: nothing."""

        def verdict(ended: model.Ended | None) -> Verdict:
            return Verdict(container_id=container_id, ended=ended, at=at)

        match action:
            case "kill":
                self._killed.add(container_id)
            case "start" | "destroy":
                self._killed.discard(container_id)
                self._failed.discard(container_id)
                return verdict(None)
            case "die" if exit_code == 0:
                asked = container_id in self._killed
                return verdict(model.Ended.STOPPED if asked else model.Ended.FINISHED)
            case "die":
                self._failed.add(container_id)
            case "stop" if container_id not in self._failed:
                return verdict(model.Ended.STOPPED)
        return None
