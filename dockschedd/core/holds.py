"""What keeps schedules from a stack: a hold, the freeze of all schedules, its host's days off.

All are intervals [since, until): an occurrence is left out by its own instant, however late it
is recorded, so that time held is never missed time. Never decides what ends them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dockschedd.core import cron, days_off, instants, model
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TICK = timedelta(microseconds=1)
_LONGEST_REASON: Final = 500


class Wanted(StrEnum):
    """The state in which a hold keeps a stack."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A person's override of the schedules of one stack; a stack has one at most."""

    stack: model.StackRef
    wants: Wanted
    owner: str
    #: "" where none was given.
    reason: str
    #: The IANA zone in which its times are told.
    zone: str
    since: datetime
    #: None: until it is released.
    until: datetime | None
    #: Who released it, at `until`; the ticker has not taken it away yet.
    released_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Freeze:
    """All schedules at once are left out; there is one at most."""

    owner: str
    #: "" where none was given.
    reason: str
    #: The IANA zone in which its times are told.
    zone: str
    since: datetime
    #: None: until somebody thaws them.
    until: datetime | None
    #: Who thawed them, at `until`; the ticker has not taken it away yet.
    thawed_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingDay:
    """The days off of a host are over: schedules are let at its stacks again."""

    host: str
    #: The one whose dates they were.
    calendar: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocks:
    """Everything that keeps schedules from stacks, also what has ended and was not taken away."""

    freeze: Freeze | None = None
    holds: Mapping[model.StackRef, Hold] = field(default_factory=dict)
    #: By host.
    days_off: Mapping[str, days_off.DaysOff] = field(default_factory=dict)

    def cause(self, ref: model.StackRef, *, at: datetime, now: datetime) -> str | None:
        """Return why a schedule leaves the stack alone at the instant `at`; None: it does not.

        What was due by `now` is left out as well by a block that holds now: it began before
        the schedule came to it.
        """
        hold = self.holds.get(ref)
        if self.freeze is not None and _covers(self.freeze, at=at, now=now):
            return frozen(self.freeze)
        if hold is not None and _covers(hold, at=at, now=now):
            return f"`{ref}` is {held(hold)}"
        off = self.days_off.get(ref.host)
        if off is not None:
            if off.covers(at):
                return off.reads(at)
            if at <= now and off.covers(now):
                return off.reads(now)
        return None

    def ended(self, before: Mapping[str, str], *, now: datetime) -> Sequence[WorkingDay]:
        """Return for which hosts days off are over that had them, of their calendars, `before`."""
        off = self.off(now)
        return [
            WorkingDay(host=host, calendar=calendar)
            for host, calendar in sorted(before.items())
            if host not in off
        ]

    def off(self, now: datetime) -> Mapping[str, str]:
        """Return host → calendar, of the hosts that have a day off now."""
        return {host: off.calendar.name for host, off in self.days_off.items() if off.covers(now)}

    def next_working_day(self, now: datetime) -> datetime | None:
        """Return when the days off of a host that has one now are over first."""
        ends = (off.until(now) for off in self.days_off.values() if off.covers(now))
        return min(ends, default=None)

    def before(self, ref: model.StackRef, *, at: datetime, now: datetime) -> datetime | None:
        """Return the last instant before the block that covers `at`; None: it blocks up to now.

        Raises ValueError when no block covers it.
        """
        for block in (self.freeze, self.holds.get(ref)):
            if block is not None and _covers(block, at=at, now=now):
                return None if is_active(block, now) else block.since - _TICK
        off = self.days_off.get(ref.host)
        if off is not None and (off.covers(at) or (at <= now and off.covers(now))):
            return None if off.covers(now) else off.since(at) - _TICK
        raise ValueError(f"nothing blocks {ref}")


def reason(text: str, *, path: str = "reason") -> str:
    """Return the reason as it is kept. Raises Invalid (`reason-invalid`)."""
    if len(text) <= _LONGEST_REASON and (text.isprintable() or not text):
        return text.strip()
    message = f"a reason is one line of at most {_LONGEST_REASON} characters"
    raise Invalid(Fault(path=path, code="reason-invalid", message=message))


def is_active(block: Hold | Freeze, now: datetime) -> bool:
    """Return whether it holds at that instant."""
    return block.since <= now and (block.until is None or now < block.until)


def _covers(block: Hold | Freeze, *, at: datetime, now: datetime) -> bool:
    return is_active(block, at) or (at <= now and is_active(block, now))


def held(hold: Hold) -> str:
    """Return how it is held, by whom and until when: `held up by alice until 08:00 on …`."""
    until = "until it is released" if hold.until is None else f"until {_told(hold.until, hold)}"
    return f"held {hold.wants} by {hold.owner} {until}{_because(hold)}"


def frozen(freeze: Freeze) -> str:
    """Return who froze the schedules, since when and why."""
    until = "" if freeze.until is None else f" until {_told(freeze.until, freeze)}"
    since = _told(freeze.since, freeze)
    return f"all schedules are frozen by {freeze.owner} since {since}{until}{_because(freeze)}"


def _because(block: Hold | Freeze) -> str:
    return f": {block.reason}" if block.reason else ""


def _told(at: datetime, block: Hold | Freeze) -> str:
    shown = instants.wall(at, cron.zone(block.zone))
    return f"{instants.clock(shown)} on {instants.date(shown)}, {block.zone}"
