"""Schedules and their occurrences; the contract is ports.Schedules.

Never decides what is due: it answers with what next_at says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import selectors
from dockschedd.store import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from dockschedd.core import model
    from dockschedd.store.calendars import Calendars
    from dockschedd.store.connection import Connection, Row
    from dockschedd.store.groups import Groups

#: Greater than any character of a name: all that begin with a prefix are before prefix + this.
_BEYOND = "\U0010ffff"
#: So many names on each side of a word are compared with it.
_NEAR = 250


class Schedules:
    """ports.Schedules over one connection."""

    def __init__(self, connection: Connection, calendars: Calendars, groups: Groups) -> None:
        self._connection = connection
        self._calendars = calendars
        self._groups = groups

    async def add(self, schedule: model.Schedule) -> None:
        """Insert. Raises Conflict (`schedule-exists`) when the name is taken."""
        if not await self._connection.change("insert_schedule", **rows.schedule_values(schedule)):
            raise _name_taken(schedule)

    async def replace(self, schedule: model.Schedule) -> None:
        """Overwrite the one with the same id. Raises Conflict (`schedule-exists`), NotFound."""
        if await self._connection.change("replace_schedule", **rows.schedule_values(schedule)):
            return
        found = await self.get(schedule.id)
        if found is None or found.id != schedule.id:
            raise _unknown(schedule.id)
        raise _name_taken(schedule)

    async def remove(self, schedule_id: str) -> None:
        """Delete it; its occurrences and runs stay. Raises NotFound."""
        if not await self._connection.change("delete_schedule", id=schedule_id):
            raise _unknown(schedule_id)

    async def get(self, name: str) -> model.Schedule | None:
        """Return the one of that id or name; an id is found before a name that looks like it."""
        found = await self._connection.fetch("schedule_by_name", name=name)
        return (await self._read(found))[0] if found else None

    async def page(
        self, *, after: str | None, limit: int, prefix: str = ""
    ) -> tuple[model.Schedule, ...]:
        """Return up to `limit`, by name, those after the name `after` that begin so."""
        found = await self._connection.fetch(
            "page_schedules",
            first=max(prefix, after or ""),
            beyond=prefix + _BEYOND,
            after=after or "",
            limit=limit,
        )
        return await self._read(found)

    async def names(self, *, near: str | None = None) -> tuple[str, ...]:
        """Return all names, sorted; of very many only the 500 around `near`, for suggestions."""
        if near is None:
            found = await self._connection.fetch("schedule_names")
        else:
            found = await self._connection.fetch("schedule_names_near", near=near, limit=_NEAR)
        return tuple(row["name"] for row in found)

    async def count(self) -> int:
        """Return how many there are."""
        number: int = (await self._connection.fetch("count_schedules"))[0]["number"]
        return number

    async def due(
        self, now: datetime, *, limit: int, after: model.Schedule | None = None
    ) -> tuple[model.Schedule, ...]:
        """Return up to `limit` enabled ones with next_at <= now, by it and id, after one."""
        if after is None:
            found = await self._connection.fetch("due_schedules", now=rows.stamp(now), limit=limit)
        else:
            found = await self._connection.fetch(
                "due_schedules_after",
                now=rows.stamp(now),
                next_at=rows.stamp(after.next_at),
                id=after.id,
                limit=limit,
            )
        return await self._read(found)

    async def next_at(self) -> datetime | None:
        """Return the earliest next_at of all enabled ones."""
        found = await self._connection.fetch("next_schedule")
        return rows.instant(found[0]["next_at"]) if found else None

    async def upcoming(self, *, limit: int) -> tuple[model.Schedule, ...]:
        """Return up to `limit` enabled ones that have a next_at, earliest first."""
        found = await self._connection.fetch("upcoming_schedules", limit=limit)
        return await self._read(found)

    async def fired_once(self, *, since: datetime, limit: int) -> tuple[model.Schedule, ...]:
        """Return up to `limit` one-offs that have fired and were due since then, newest first."""
        found = await self._connection.fetch("fired_once", since=rows.stamp(since), limit=limit)
        return await self._read(found)

    async def selectors(
        self, *, enabled_only: bool, stack: model.StackRef | None = None
    ) -> Mapping[str, str]:
        """Return id → selector of all that have something left to fire, by id."""
        found = await self._connection.fetch(
            "schedule_selectors" if stack is None else "schedule_selectors_of_stack",
            enabled_only=int(enabled_only),
            full=str(stack),
            stack=None if stack is None else stack.name,
        )
        return {row["id"]: row["selector"] for row in found}

    async def windows(self, ref: model.StackRef) -> tuple[model.Schedule, ...]:
        """Return the enabled windows whose selector matches the stack, by id."""
        found = await self._connection.fetch("windows_of_stack", full=str(ref), stack=ref.name)
        groups = selectors.NO_GROUPS
        if any(selectors.group_of(row["selector"]) for row in found):
            groups = await self._groups.members()
        matching = [row for row in found if selectors.parse(row["selector"]).matches(ref, groups)]
        return await self._read(matching)

    async def all_windows(self) -> tuple[model.Schedule, ...]:
        """Return the enabled windows, by id."""
        return await self._read(await self._connection.fetch("all_windows"))

    async def has_windows(self) -> bool:
        """Return whether there is an enabled window at all."""
        return bool(await self._connection.fetch("any_window"))

    async def advance(
        self, schedule_id: str, *, seen: datetime, next_at: datetime | None, done: bool
    ) -> bool:
        """Move next_at forward, if it still is `seen`. Returns False when it is not."""
        changed = await self._connection.change(
            "advance_schedule",
            id=schedule_id,
            seen=rows.stamp(seen),
            next_at=rows.stamp(next_at),
            done=int(done),
        )
        return changed == 1

    async def advance_all(
        self, moves: Iterable[tuple[str, datetime, datetime | None, bool]]
    ) -> tuple[bool, ...]:
        """Do as `advance` for each (schedule_id, seen, next_at, done), in one round trip."""
        changed = await self._connection.change_each(
            "advance_schedule",
            [
                {
                    "id": schedule_id,
                    "seen": rows.stamp(seen),
                    "next_at": rows.stamp(next_at),
                    "done": int(done),
                }
                for schedule_id, seen, next_at, done in moves
            ],
        )
        return tuple(map(bool, changed))

    async def with_calendar(
        self, calendar: str, *, after: str | None, limit: int
    ) -> tuple[model.Schedule, ...]:
        """Return up to `limit` that name the calendar, by name, those after the name `after`."""
        found = await self._connection.fetch(
            "schedules_with_calendar", quoted=f'"{calendar}"', after=after or "", limit=limit
        )
        return await self._read(found)

    async def with_group(
        self, group: str, *, after: str | None, limit: int
    ) -> tuple[model.Schedule, ...]:
        """Return up to `limit` whose selector names it, by name, those after the name `after`."""
        begins = f"@{group}/"
        found = await self._connection.fetch(
            "schedules_with_group",
            begins=begins,
            length=len(begins),
            after=after or "",
            limit=limit,
        )
        return await self._read(found)

    async def move_all(self, moves: Iterable[tuple[str, datetime | None]]) -> None:
        """Set next_at of each (schedule_id, next_at), whatever it was."""
        await self._connection.change_each(
            "move_schedule",
            [{"id": each, "next_at": rows.stamp(next_at)} for each, next_at in moves],
        )

    async def record(self, occurrence: model.Occurrence) -> bool:
        """Insert the occurrence. Returns False when it had been recorded before."""
        return (await self.record_all((occurrence,)))[0]

    async def record_all(self, occurrences: Iterable[model.Occurrence]) -> tuple[bool, ...]:
        """Do as `record` for each, in one round trip."""
        changed = await self._connection.change_each(
            "insert_occurrence", [rows.occurrence_values(each) for each in occurrences]
        )
        return tuple(map(bool, changed))

    async def _read(self, found: Sequence[Row]) -> tuple[model.Schedule, ...]:
        """Return the schedules of rows; calendars are read only where one is named."""
        named = {
            name
            for row in found
            if row["calendars"] != "[]"
            for name in rows.calendar_names(row["calendars"])
        }
        known = await self._calendars.named(named)
        return tuple(rows.schedule(row, known) for row in found)


def _name_taken(schedule: model.Schedule) -> errors.Conflict:
    return errors.Conflict(
        f"there is a schedule `{schedule.name}` already",
        code="schedule-exists",
        hint="choose another name, or edit that one",
    )


def _unknown(schedule_id: str) -> errors.NotFound:
    return errors.NotFound(f"there is no schedule `{schedule_id}`", code="schedule-not-found")
