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

    from dockschedd.core import model, triggers


class Kind(StrEnum):
    """What is wrong, or worth knowing."""

    #: Opposite actions closer together than the first of them takes.
    OPPOSITE = "opposite"
    #: A restart or a pause between a stop and the next start, or a restart while a window wants
    #: the stack asleep.
    ASLEEP = "asleep"
    #: An action while a window wants the opposite.
    AGAINST = "against"
    #: Two windows that want the opposite of each other.
    DISAGREEMENT = "disagreement"
    #: A stack asleep while one that requires it is awake.
    REQUIRED = "required"
    #: Notice: the same action at the same instant.
    SAME = "same"
    #: Notice: a clock change moves an occurrence.
    MOVED = "moved"


#: What shows a conflict is not counted further than this.
MOST_COUNTED: Final = 1000
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


def against(stack: model.StackRef, acted: Point, window: str, period: Period, *, zone: str) -> str:
    """Return that something acts while a window wants the opposite; times in the zone."""
    return (
        f"`{acted.schedule}` would {acted.action} `{stack}` at {shown(acted.at, zone)}, "
        f"while `{window}` wants it {period.wish}, {period.told(zone)}"
    )


def disagreement(
    stack: model.StackRef, awake: str, asleep: str, period: Period, *, zone: str
) -> str:
    """Return that two windows want the opposite of each other; times in the zone."""
    return (
        f"`{awake}` wants `{stack}` awake and `{asleep}` wants it asleep, {period.told(zone)}; "
        f"awake wins"
    )


def required(
    needs: model.StackRef, awake: str, needed: model.StackRef, asleep: str, *, when: str
) -> str:
    """Return that a stack is asleep while one that requires it is awake."""
    return (
        f"`{needed}` is asleep at {when} by `{asleep}`, while `{needs}`, which requires it, "
        f"is awake by `{awake}`"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A time during which a window wants the same."""

    wish: triggers.Wish
    #: None: since ever.
    begin: datetime | None
    #: None: for ever.
    end: datetime | None

    def told(self, zone: str) -> str:
        """Return from when to when it is, as the zone's clocks show it."""
        match self.begin, self.end:
            case None, None:
                return "at all times"
            case begin, None:
                assert begin is not None
                return f"from {shown(begin, zone)} on"
            case None, end:
                assert end is not None
                return f"until {shown(end, zone)}"
            case begin, end:
                wall = instants.wall(begin, cron.zone(zone))
                since = f"{instants.clock(wall)} on {instants.date(wall)}"
                return f"from {since} to {shown(end, zone)}"


def ordered(*points: Point) -> tuple[Point, ...]:
    """Return them as a witness has them."""
    return tuple(sorted(points))


def shown(at: datetime, zone: str) -> str:
    """Return the instant as the zone's clocks show it."""
    wall = instants.wall(at, cron.zone(zone))
    return f"{instants.clock(wall)} on {instants.date(wall)}, {zone}"
