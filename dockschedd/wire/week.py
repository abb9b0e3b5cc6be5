"""What schedules make of stacks over seven days, on the wire."""

from __future__ import annotations

from typing import Annotated

import msgspec

from dockschedd.wire.holds import Freeze
from dockschedd.wire.instants import Instant


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A time, up to before `until_at`, in which a stack is the same by the same."""

    from_at: Instant
    until_at: Instant
    #: awake, asleep, any: no schedule has decided that
    state: str
    #: The schedule that made it so; null: a hold, or nobody.
    schedule: str | None


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a schedule does, or would do if nothing were in its way."""

    at: Instant
    #: start, stop, restart, pause, unpause
    action: str
    schedule: str
    #: False: something keeps it from being done; `note` says what.
    acts: bool
    #: Why it is not done, what a clock change does to it, or what let it; "" nearly always.
    note: str
    #: It comes so often from `at` to `until_at`, on one day.
    times: int
    until_at: Instant


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A time, up to before `until_at`, in which schedules leave a stack alone."""

    from_at: Instant
    until_at: Instant
    #: freeze, hold, day-off
    kind: str
    #: The same as a sentence.
    text: str


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """Schedules that contradict each other."""

    #: opposite, asleep, against, disagreement, required
    kind: str
    schedules: tuple[str, ...]
    #: When it shows, one instant of each day on which it comes about.
    at: tuple[Instant, ...]
    #: How often it comes about, up to 1000.
    count: int
    #: The same as a sentence.
    text: str


class StackWeek(msgspec.Struct, frozen=True, kw_only=True):
    """The seven days of one stack."""

    #: `HOST/STACK`
    stack: str
    #: Ascending, without gaps.
    spans: tuple[Span, ...]
    #: By instant, then by name.
    marks: tuple[Mark, ...]
    blocks: tuple[Block, ...]
    #: null: there are too many schedules on the page; asked for alone, they are compared.
    conflicts: tuple[Clash, ...] | None
    #: So many more are not told: see `dockschedctl schedule conflicts`.
    more_conflicts: int
    #: More happens from then on than is told; null: all is told.
    told_until: Instant | None


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """Seven days of a page of stacks."""

    #: IANA name: whose days they are.
    zone: str
    #: When each of the days begins, and when the last one ends.
    days: tuple[Instant, ...]
    items: tuple[StackWeek, ...]
    #: False: there are more schedules than were looked at.
    complete: bool
    #: All schedules are left out.
    frozen: Freeze | None = None
    #: Pass as `cursor` to go on; null at the end.
    next: str | None = None


class WeekQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which stacks, and which days."""

    selector: str | None = None
    #: On which day it begins: `today`, `tomorrow`, `mon`, `2026-12-24`, …; without it: today.
    start: str | None = None
    #: IANA name: whose days they are; without it the daemon's.
    zone: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    cursor: str | None = None
