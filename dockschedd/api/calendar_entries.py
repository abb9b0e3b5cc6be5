"""The calendars of a document: read with all that is wrong at once, compared, and kept.

A document that has none says nothing about calendars: they stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dockschedd.api import calendars
from dockschedd.core import dates, triggers, validate
from dockschedd.errors import Fault, Invalid
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.wire.calendars import CalendarNew


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What has to be done to calendars, and what they all are afterwards."""

    added: list[triggers.Calendar] = field(default_factory=list)
    changed: list[tuple[dates.Kept, triggers.Calendar]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    known: dict[str, triggers.Calendar] = field(default_factory=dict)


def read(
    entries: Sequence[CalendarNew],
) -> tuple[tuple[triggers.Calendar, ...], tuple[Fault, ...]]:
    """Return the calendars that are right, and all that is wrong with the others."""
    found: dict[str, triggers.Calendar] = {}
    faults: list[Fault] = []
    for position, entry in enumerate(entries):
        path = f"calendars[{position}]"
        wrong = list(validate.name(entry.name, path=f"{path}.name"))
        if entry.name in found:
            message = f"`{entry.name}` is the name of another one as well"
            wrong.append(Fault(path=f"{path}.name", code="name-repeated", message=message))
        try:
            days = calendars.read(entry.dates, path=f"{path}.dates")
        except Invalid as exc:
            wrong.extend(exc.faults)
            days = frozenset()
        faults.extend(wrong)
        # One with a fault in its dates is there all the same for those who name it.
        found.setdefault(entry.name, triggers.Calendar(name=entry.name, dates=days))
    return tuple(found.values()), tuple(faults)


def compare(stored: Mapping[str, dates.Kept], wanted: Sequence[triggers.Calendar]) -> Difference:
    """Return the difference, without what is to be removed."""
    found = Difference(known={name: kept.calendar for name, kept in stored.items()})
    for each in wanted:
        found.known[each.name] = each
        old = stored.get(each.name)
        if old is None:
            found.added.append(each)
        elif old.calendar.dates != each.dates:
            found.changed.append((old, each))
        else:
            found.unchanged.append(each.name)
    return found


def prune(
    found: Difference, *, wanted: Sequence[triggers.Calendar], used: Collection[str]
) -> None:
    """Let those go that are not wanted and that no schedule names."""
    kept = {each.name for each in wanted} | set(used)
    found.removed.extend(sorted(found.known.keys() - kept))


async def keep(unit: ports.Unit, call: Call, found: Difference) -> None:
    """Add and change calendars; each change is in the audit log."""
    for each in found.added:
        kept = dates.Kept(calendar=each, owner=call.who.name, updated_at=call.now)
        await unit.calendars.add(kept)
        detail = calendars.told(each.dates, frozenset())
        await unit.audit.append(call.record("calendar.add", each.name, detail=detail))
    for old, new in found.changed:
        await calendars.change(unit, call, old, new.dates)


async def settle(unit: ports.Unit, call: Call, found: Difference) -> tuple[str, ...]:
    """Move what the changed ones move, and remove the others; after the schedules."""
    warnings: tuple[str, ...] = ()
    for _, new in found.changed:
        warnings += await calendars.move(unit, new.name, now=call.now)
    for name in found.removed:
        await unit.calendars.remove(name)
        await unit.audit.append(call.record("calendar.remove", name))
    return warnings


def reply(found: Difference) -> wire.CalendarsApplied:
    """Return what was done, or would be."""
    return wire.CalendarsApplied(
        added=tuple(sorted(each.name for each in found.added)),
        changed=tuple(
            wire.CalendarChange(name=new.name, text=calendars.told(new.dates, old.calendar.dates))
            for old, new in sorted(found.changed, key=lambda pair: pair[1].name)
        ),
        removed=tuple(found.removed),
        unchanged=tuple(sorted(found.unchanged)),
    )
