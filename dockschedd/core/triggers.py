"""What makes a schedule come: cron, at (once), or a window, as immutable values.

A trigger has all that decides its instants, its calendars' dates among it. The rules are
core.cron's and core.windows'. No behaviour beyond what follows from a value's own fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


class Wish(StrEnum):
    """What a window wants of a stack while it lasts; outside of it the opposite holds."""

    AWAKE = "awake"
    ASLEEP = "asleep"


class SleepBy(StrEnum):
    """What puts a stack to sleep."""

    STOP = "stop"
    PAUSE = "pause"


class Enforce(StrEnum):
    """When a window acts."""

    #: At its edges, and where one was missed: a change by hand lives until the next edge.
    BOUNDARY = "boundary"
    #: Also whenever the stack is not as it wants.
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """A named set of dates."""

    name: str
    dates: frozenset[date]


@dataclass(frozen=True, kw_only=True, slots=True)
class CronTrigger:
    """Five fields in an IANA zone; the rules are those of core.cron."""

    expression: str
    zone: str
    #: On their dates, in the zone, it does not fire.
    except_on: tuple[Calendar, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AtTrigger:
    """One instant; `zone` is the one that a person wrote it in."""

    at: datetime
    zone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowTrigger:
    """A window in an IANA zone; the rules are those of core.windows. Each edge is an instant."""

    expression: str
    zone: str
    wants: Wish
    sleep_by: SleepBy = SleepBy.STOP
    enforce: Enforce = Enforce.BOUNDARY
    #: On their dates, in the zone, it wants the stack asleep all day.
    also_asleep: tuple[Calendar, ...] = ()


Trigger = CronTrigger | AtTrigger | WindowTrigger
