"""Calendars, named sets of dates, on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from dockschedd.wire import dates
from dockschedd.wire.instants import Instant

#: Each a date or a range: `2026-12-24`, `2026-12-24..2027-01-06`.
Dates = Annotated[tuple[str, ...], msgspec.Meta(max_length=dates.MOST)]


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """A named set of dates, and the schedules that name it."""

    name: str
    #: Ascending.
    dates: tuple[date, ...]
    #: Whoever changed it last.
    owner: str
    updated_at: Instant
    #: How many schedules name it.
    schedules: int
    #: Their names, the first hundred.
    used_by: tuple[str, ...]
    #: Hosts that name it.
    hosts: tuple[str, ...] = ()
    #: Things that are allowed and still worth knowing.
    warnings: tuple[str, ...] = ()


class CalendarSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar as a row of a list."""

    name: str
    #: How many dates it has.
    count: int
    #: null where it has none.
    first: date | None
    last: date | None
    owner: str
    updated_at: Instant
    #: How many schedules name it.
    schedules: int


class Calendars(msgspec.Struct, frozen=True, kw_only=True):
    """All calendars, by name."""

    items: tuple[CalendarSummary, ...]


class CalendarNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar to add."""

    name: str
    #: Dates and ranges, in any order; one that is there twice counts once.
    dates: Dates = ()


class CalendarEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a calendar: all its dates, or some that come and go."""

    #: These in place of all that it has.
    dates: Dates | msgspec.UnsetType = msgspec.UNSET
    add: Dates | msgspec.UnsetType = msgspec.UNSET
    #: Taken away after the others have been added.
    remove: Dates | msgspec.UnsetType = msgspec.UNSET


class CalendarRemoval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a calendar is removed."""

    #: Take it out of all schedules that name it.
    force: bool = False


class CalendarRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar that is no more."""

    name: str
    #: The schedules that named it until now, by name.
    taken_out_of: tuple[str, ...]
    #: The hosts that did.
    taken_off_hosts: tuple[str, ...] = ()
