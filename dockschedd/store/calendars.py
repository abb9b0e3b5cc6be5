"""Calendars; the contract is ports.Calendars.

What a unit has read it keeps to its end: schedules ask for the same calendars again and again.
"""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import dates, triggers
from dockschedd.store import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dockschedd.store.connection import Connection, Row, Value


class Calendars:
    """ports.Calendars over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, triggers.Calendar] = {}

    async def add(self, kept: dates.Kept) -> None:
        """Insert. Raises Conflict (`calendar-exists`) when the name is taken."""
        name = kept.calendar.name
        if not await self._connection.change("insert_calendar", **values(kept)):
            raise errors.Conflict(
                f"there is a calendar `{name}` already",
                code="calendar-exists",
                hint="choose another name, or edit that one",
            )
        self._known.pop(name, None)

    async def replace(self, kept: dates.Kept) -> None:
        """Overwrite the one of that name. Raises NotFound."""
        if not await self._connection.change("replace_calendar", **values(kept)):
            raise _unknown(kept.calendar.name)
        self._known.pop(kept.calendar.name, None)

    async def remove(self, name: str) -> None:
        """Delete it. Raises NotFound."""
        if not await self._connection.change("delete_calendar", name=name):
            raise _unknown(name)
        self._known.pop(name, None)

    async def get(self, name: str) -> dates.Kept | None:
        """Return the one of that name."""
        found = await self._connection.fetch("calendar_by_name", name=name)
        return kept(found[0]) if found else None

    async def all(self) -> tuple[dates.Kept, ...]:
        """Return all of them, by name."""
        return tuple(map(kept, await self._connection.fetch("all_calendars")))

    async def named(self, names: Iterable[str]) -> Mapping[str, triggers.Calendar]:
        """Return those of these names that there are."""
        wanted = set(names)
        for name in sorted(wanted - self._known.keys()):
            found = await self.get(name)
            if found is not None:
                self._known[name] = found.calendar
        return {name: self._known[name] for name in wanted & self._known.keys()}

    async def used(self) -> Mapping[str, int]:
        """Return how many schedules name each that is named at all."""
        counts: dict[str, int] = {}
        for row in await self._connection.fetch("schedules_by_calendars"):
            for name in rows.calendar_names(row["calendars"]):
                counts[name] = counts.get(name, 0) + row["number"]
        return counts


def values(kept: dates.Kept) -> dict[str, Value]:
    """Return all columns of a calendar."""
    days = [day.isoformat() for day in sorted(kept.calendar.dates)]
    return {
        "name": kept.calendar.name,
        "dates": json.dumps(days, separators=(",", ":")),
        "owner": kept.owner,
        "updated_at": rows.stamp(kept.updated_at),
    }


def kept(row: Row) -> dates.Kept:
    """Return the calendar of a row."""
    return dates.Kept(
        calendar=_calendar(row["name"], row["dates"]),
        owner=row["owner"],
        updated_at=rows.instant(row["updated_at"]),
    )


# Read with every schedule that names one, and changed a few times a year.
@lru_cache(maxsize=32)
def _calendar(name: str, text: str) -> triggers.Calendar:
    days = frozenset(map(date.fromisoformat, json.loads(text)))
    return triggers.Calendar(name=name, dates=days)


def _unknown(name: str) -> errors.NotFound:
    return errors.NotFound(f"there is no calendar `{name}`", code="calendar-not-found")
