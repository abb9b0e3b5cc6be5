"""What the finder of conflicts has to say: conflicts and notices, with their witnesses.

Pure values and sentences. A witness is enough to check the finding again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dockschedd.core import cron, instants

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from dockschedd.core import model


class Kind(StrEnum):
    """What is wrong, or worth knowing."""

    #: Opposite actions closer together than the first of them takes.
    OPPOSITE = "opposite"
    #: A restart or a pause between a stop and the next start.
    ASLEEP = "asleep"
    #: Notice: the same action at the same instant.
    SAME = "same"
    #: Notice: a clock change moves an occurrence.
    MOVED = "moved"


_NOTICES: Final = frozenset({Kind.SAME, Kind.MOVED})


@dataclass(frozen=True, order=True, slots=True)
class Point:
    """One occurrence of one schedule."""

    at: datetime
    schedule: str
    action: model.Action


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One conflict or notice, with the earliest occurrences that show it, ascending."""

    kind: Kind
    #: None where it is about a schedule whatever it acts on.
    stack: model.StackRef | None
    witness: tuple[Point, ...]
    #: How often it comes about in the time that was looked at, up to MOST_COUNTED.
    count: int
    text: str

    @property
    def is_notice(self) -> bool:
        """Whether it contradicts nothing."""
        return self.kind in _NOTICES

    def names(self) -> frozenset[str]:
        """Return the schedules that are part of it."""
        return frozenset(point.schedule for point in self.witness)


def contradiction(
    stack: model.StackRef, early: Point, late: Point, *, takes: timedelta, zone: str
) -> str:
    """Return how two occurrences contradict each other; times in the zone."""
    when = shown(early.at, zone)
    if early.at == late.at:
        return (
            f"both act on `{stack}` at {when}: "
            f"`{early.schedule}` ({early.action}) and `{late.schedule}` ({late.action})"
        )
    gap = instants.format_duration(late.at - early.at)
    return (
        f"`{late.schedule}` ({late.action}) acts on `{stack}` {gap} after `{early.schedule}` "
        f"({early.action}), which begins at {when} and is expected to take "
        f"{instants.format_duration(takes)}"
    )


def while_asleep(
    stack: model.StackRef, stopped: Point, acted: Point, woken: Point, *, zone: str
) -> str:
    """Return that something acts between a stop and the next start; times in the zone."""
    return (
        f"`{acted.schedule}` would {acted.action} `{stack}` at {shown(acted.at, zone)}, "
        f"while it is asleep: `{stopped.schedule}` stops it at {shown(stopped.at, zone)}, "
        f"`{woken.schedule}` starts it at {shown(woken.at, zone)}"
    )


def shown(at: datetime, zone: str) -> str:
    """Return the instant as the zone's clocks show it."""
    wall = instants.wall(at, cron.zone(zone))
    return f"{instants.clock(wall)} on {instants.date(wall)}, {zone}"
