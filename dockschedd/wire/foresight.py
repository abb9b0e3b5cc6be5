"""What will be, what contradicts what, and why something is as it is, on the wire."""

from __future__ import annotations

import msgspec

from dockschedd.wire.holds import Freeze
from dockschedd.wire.instants import Instant
from dockschedd.wire.paging import Count


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One occurrence of one schedule."""

    at: Instant
    schedule: str
    action: str


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Schedules that contradict each other, or something worth knowing about them."""

    #: opposite, asleep, against, disagreement, required; notices: same, moved
    kind: str
    #: `HOST/STACK`; null where it is about a schedule whatever it acts on.
    stack: str | None
    #: The earliest occurrences that show it, ascending.
    witness: tuple[Point, ...]
    #: How often it comes about in the time that was looked at, up to 1000.
    count: int
    #: The same as a sentence.
    text: str


class Conflicts(msgspec.Struct, frozen=True, kw_only=True):
    """What enabled schedules will do that does not go together."""

    #: What was looked at, besides the next clock change of each zone.
    from_at: Instant
    until_at: Instant
    conflicts: tuple[Conflict, ...]
    notices: tuple[Conflict, ...]
    #: False: there are more schedules than were looked at.
    complete: bool


class ConflictQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far to look."""

    #: For example `14d`, at most 90 days.
    horizon: str = "14d"
    #: Only those of which this schedule is part.
    schedule: str | None = None


class WhyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an explanation."""

    #: decided, did-not, schedule, outside, held, needs, unknown, next
    kind: str
    at: Instant | None
    text: str
    run: str | None
    schedule: str | None


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """What decided the state of a stack at an instant, and what did not."""

    #: `HOST/STACK`
    stack: str
    at: Instant
    #: As the stack is now; null where the instant is in the past: states are not recorded.
    status: str | None
    #: What decided, what would have and did not, what is next.
    lines: tuple[WhyLine, ...]


class WhyQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When."""

    #: In the daemon's zone, the last such time: `07:00`, `yesterday 22:00`, `mon 08:00`,
    #: `2026-11-24 07:00`; or an instant with an offset; without it: now.
    at: str | None = None


class UpcomingQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when to when; times without an offset are in the daemon's zone."""

    #: `tomorrow`, `mon`, `22:00`, `2026-12-24`, …; without it: now.
    start: str | None = None
    #: The same; without it there is no end but `count`.
    until: str | None = None
    #: Only what happens to this stack: `HOST/STACK`, or `STACK` where one host has it.
    stack: str | None = None
    count: Count = 20


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """One occurrence that is still to come."""

    at: Instant
    action: str
    schedule: str
    selector: str


class Upcoming(msgspec.Struct, frozen=True, kw_only=True):
    """What enabled schedules will do, in order of time."""

    from_at: Instant
    items: tuple[Coming, ...]
    #: False: there are more schedules than were looked at.
    complete: bool
    #: All schedules are left out.
    frozen: Freeze | None = None
