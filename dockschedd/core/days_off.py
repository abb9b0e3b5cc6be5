"""A host's calendar: on its dates, in the host's zone, no schedule acts on the host's stacks.

Pure: what the clocks of the zone show decides, also where a clock change skips a date or brings
one back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.core import cron, instants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from dockschedd.core import fleet, triggers

_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta.resolution
#: A date lasts less than this, whatever clocks do meanwhile.
_LONGER: Final = timedelta(days=3)


@dataclass(frozen=True, kw_only=True, slots=True)
class DaysOff:
    """The dates of the calendar of one host."""

    host: str
    calendar: triggers.Calendar
    #: IANA name.
    zone: str

    def covers(self, at: datetime) -> bool:
        """Return whether the instant is on one of the dates."""
        return instants.wall(at, cron.zone(self.zone)).date() in self.calendar.dates

    def until(self, at: datetime) -> datetime:
        """Return the first instant after `at`, which is covered, that is not."""
        zone = cron.zone(self.zone)
        end = _next_date(at, zone)
        while self.covers(end):
            end = _next_date(end, zone)
        return end

    def since(self, at: datetime) -> datetime:
        """Return the first of the instants up to `at`, which is covered, that all are."""
        zone = cron.zone(self.zone)
        begin = _begin_of_date(at, zone)
        while self.covers(begin - _TICK):
            begin = _begin_of_date(begin - _TICK, zone)
        return begin

    def between(self, begin: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """Return when it covers anything in [begin, end), each as [from, to), within those."""
        zone = cron.zone(self.zone)
        found = []
        at = begin
        while at < end:
            if self.covers(at):
                until = min(self.until(at), end)
                found.append((at, until))
                at = until
            else:
                at = _next_date(at, zone)
        return tuple(found)

    def reads(self, at: datetime) -> str:
        """Return what keeps schedules from the host at an instant that is covered, until when."""
        end = instants.wall(self.until(at), cron.zone(self.zone))
        until = f"{instants.clock(end)} on {instants.date(end)}, {self.zone}"
        name = self.calendar.name
        return f"calendar `{name}` keeps schedules from host `{self.host}` until {until}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Configured:
    """What the configuration says that decides which host has which days off."""

    #: A host in the database with one of their names does not count.
    hosts: Mapping[str, fleet.Host] = field(default_factory=dict)
    #: The daemon's zone, that of hosts without one.
    zone: str = "UTC"

    def asked(self, added: Iterable[fleet.Host]) -> Mapping[str, fleet.Host]:
        """Return the hosts that name a calendar, of these and of those that were added."""
        every = {each.name: each for each in added} | dict(self.hosts)
        return {name: host for name, host in every.items() if host.calendar is not None}

    def days_off(
        self, asked: Mapping[str, fleet.Host], known: Mapping[str, triggers.Calendar]
    ) -> Mapping[str, DaysOff]:
        """Return host → its days off; a calendar that is not known has no dates."""
        return {
            name: DaysOff(host=name, calendar=calendar, zone=host.zone or self.zone)
            for name, host in asked.items()
            if host.calendar is not None and (calendar := known.get(host.calendar)) is not None
        }


def _next_date(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant after `at` at which the zone's clocks show another date."""
    day = instants.wall(at, zone).date()
    begin = at
    while True:
        change = instants.first_change(begin, at + _LONGER, zone)
        midnight = begin + (_midnight(day + _DAY) - instants.wall(begin, zone))
        if change is None or midnight < change:
            return midnight
        if instants.wall(change, zone).date() != day:
            return change
        begin = change


def _begin_of_date(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first of the instants up to `at` at which the clocks show its date."""
    day = instants.wall(at, zone).date()
    end = at
    while True:
        change = instants.last_change(end, zone)
        midnight = end - (instants.wall(end, zone) - _midnight(day))
        if change is None or midnight >= change:
            return midnight
        if instants.wall(change - _TICK, zone).date() != day:
            return change
        end = change - _TICK


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
