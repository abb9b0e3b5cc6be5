"""The schedules of a document, compared with those that are there, and kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dockschedd.api import drafts, entries, mapping, removing, targets
from dockschedd.core import model, triggers
from dockschedd.errors import DockschedError, Fault, Invalid
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.core import selectors

_PAGE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What has to be done to schedules, and which are as they should be."""

    added: list[model.Schedule] = field(default_factory=list)
    changed: list[tuple[model.Schedule, model.Schedule]] = field(default_factory=list)
    removed: list[model.Schedule] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    #: Name → place in the document.
    places: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def touched(self) -> list[model.Schedule]:
        """Return what is added or changed, by name."""
        found = [*self.added, *(new for _, new in self.changed)]
        return sorted(found, key=lambda each: each.name)


async def compare(
    unit: ports.Unit, call: Call, read: Sequence[entries.Entry], *, groups: selectors.Groups
) -> tuple[Difference, tuple[Fault, ...]]:
    """Return the difference, without what is to be removed, and all that is wrong."""
    found, wrong = Difference(), list[Fault]()
    for entry in read:
        old = await unit.schedules.get(entry.body.name)
        if old is not None and old.name != entry.body.name:
            old = None  # found by its id
        try:
            new = _wanted(call, entry, old, groups)
        except Invalid as exc:
            wrong.extend(exc.faults)
            continue
        found.places[new.name] = entry.path
        if old is None:
            found.added.append(new)
        elif _differences(old, new):
            found.changed.append((old, replace(new, owner=call.who.name, updated_at=call.now)))
        else:
            found.unchanged.append(old.name)
    return found, tuple(wrong)


async def prune(unit: ports.Unit, found: Difference, read: Sequence[entries.Entry]) -> None:
    """Let those go that are not in the document."""
    kept = {entry.body.name for entry in read}
    after = None
    while page := await unit.schedules.page(after=after, limit=_PAGE):
        found.removed.extend(each for each in page if each.name not in kept)
        after = page[-1].name


async def keep(unit: ports.Unit, call: Call, found: Difference) -> tuple[model.Run, ...]:
    """Remove, change and add; each is in the audit log. Return the runs that are cancelled."""
    cancelled: list[model.Run] = []
    for schedule in found.removed:
        cancelled += await removing.remove(unit, call, schedule)
    for old, new in found.changed:
        await unit.schedules.replace(new)
        detail = drafts.told(_differences(old, new))
        await unit.audit.append(call.record("schedule.edit", new.name, detail=detail))
    for schedule in found.added:
        await unit.schedules.add(schedule)
        detail = f"{schedule.does} {schedule.selector} {mapping.reads(schedule.trigger)}"
        await unit.audit.append(call.record("schedule.add", schedule.name, detail=detail))
    return tuple(cancelled)


def _wanted(
    call: Call, entry: entries.Entry, old: model.Schedule | None, groups: selectors.Groups
) -> model.Schedule:
    """Return the schedule that the entry means. Raises Invalid."""
    faults = [*_past(entry, old, call), *_absent(entry, old, call, groups)]
    if faults:
        raise Invalid(*faults)
    new = drafts.made(
        entry.body,
        entry.checked,
        entry.options,
        id=call.services.ids.new(),
        owner=call.who.name,
        now=call.now,
    )
    if old is None:
        return new
    new = replace(
        new, id=old.id, owner=old.owner, created_at=old.created_at, updated_at=old.updated_at
    )
    if old.trigger == new.trigger and (old.done or old.enabled == new.enabled):
        return replace(new, next_at=old.next_at, done=old.done)
    return new


def _past(entry: entries.Entry, old: model.Schedule | None, call: Call) -> Iterator[Fault]:
    trigger = entry.checked.trigger
    if old is not None and old.trigger == trigger:
        return
    if isinstance(trigger, triggers.AtTrigger) and trigger.at <= call.now:
        name = "when" if entry.body.when is not None else "at"
        message = f"`{getattr(entry.body, name)}` is in the past"
        yield Fault(path=f"{entry.path}.{name}", code="at-past", message=message)


def _absent(
    entry: entries.Entry, old: model.Schedule | None, call: Call, groups: selectors.Groups
) -> Iterator[Fault]:
    selector = entry.checked.selector
    if old is not None and old.selector == str(selector):
        return
    try:
        targets.refuse_absent(call.services.inventory, selector, groups)
    except Invalid as exc:
        yield from entries.at(exc.faults, entry.path)
    except DockschedError as exc:
        where = f"{entry.path}.selector"
        yield Fault(path=where, code=exc.code, message=exc.message, hint=exc.hint)


def _differences(old: model.Schedule, new: model.Schedule) -> tuple[tuple[str, str, str], ...]:
    found = drafts.differences(old, new)
    if old.enabled == new.enabled:
        return found
    return (*found, ("enabled", str(old.enabled).lower(), str(new.enabled).lower()))


def lines(found: Iterable[model.Schedule]) -> tuple[wire.ScheduleLine, ...]:
    """Return them on a line each, by name."""
    return tuple(
        wire.ScheduleLine(
            name=each.name,
            action=each.does,
            selector=each.selector,
            reads=mapping.reads(each.trigger),
        )
        for each in sorted(found, key=lambda schedule: schedule.name)
    )


def changes(found: Difference) -> tuple[wire.ScheduleChange, ...]:
    """Return what is changed, field by field, by name."""
    return tuple(
        wire.ScheduleChange(
            name=new.name,
            fields=tuple(
                wire.FieldChange(field=name, old=before, new=after)
                for name, before, after in _differences(old, new)
            ),
        )
        for old, new in sorted(found.changed, key=lambda pair: pair[1].name)
    )
