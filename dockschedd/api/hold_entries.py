"""The holds of a document: placed and released as by hand, and nothing is done to the stacks.

A document that has none says nothing about them: they stay as they are. One that is as it is
written stays its owner's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from dockschedd.api import blocking, entries, targets
from dockschedd.core import cron, holds, model, validate
from dockschedd.errors import DockschedError, Fault, Invalid
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.wire.holds import HoldEntry

_HINT = "write it with its offset: `2026-12-24T18:00:00+01:00`"
_TOLD = ("wants", "until", "reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What has to be done to holds."""

    added: list[holds.Hold] = field(default_factory=list)
    #: What holds, and what takes its place.
    changed: list[tuple[holds.Hold, holds.Hold]] = field(default_factory=list)
    removed: list[holds.Hold] = field(default_factory=list)
    unchanged: list[holds.Hold] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


async def compare(
    unit: ports.Unit,
    call: Call,
    written: tuple[HoldEntry, ...] | msgspec.UnsetType,
    *,
    prune: bool,
) -> tuple[Difference, tuple[Fault, ...]]:
    """Return the difference, and all that is wrong with the entries."""
    if isinstance(written, msgspec.UnsetType):
        return Difference(), ()
    blocks = await unit.holds.blocks()
    found, faults = Difference(), list[Fault]()
    first: dict[model.StackRef, str] = {}
    for position, entry in enumerate(written):
        path = f"holds[{position}]"
        try:
            ref = targets.named(call.services.inventory, entry.stack, path=f"{path}.stack")
        except DockschedError as exc:
            faults.extend(entries.faults(exc, f"{path}.stack"))
            ref = None
        if ref is not None and (before := first.setdefault(ref, path)) != path:
            message = f"`{ref}` is the stack of {before} as well"
            faults.append(Fault(path=f"{path}.stack", code="stack-repeated", message=message))
        old = None if ref is None else blocking.of(blocks, ref, now=call.now)
        if ref is not None and old is None:
            faults.extend(entries.absent(call.services.inventory, ref, f"{path}.stack"))
        try:
            new = _wanted(call, entry, path, ref=ref, old=old)
        except Invalid as exc:
            faults.extend(exc.faults)
            continue
        if old is None:
            found.added.append(new)
        elif any(getattr(old, name) != getattr(new, name) for name in _TOLD):
            found.changed.append((old, new))
        else:
            found.unchanged.append(old)
    if prune:
        active = (blocking.of(blocks, ref, now=call.now) for ref in sorted(blocks.holds))
        found.removed.extend(
            each for each in active if each is not None and each.stack not in first
        )
    return found, tuple(faults)


def _wanted(
    call: Call,
    entry: HoldEntry,
    path: str,
    *,
    ref: model.StackRef | None,
    old: holds.Hold | None,
) -> holds.Hold:
    """Return the hold that the entry means. Raises Invalid with all that is wrong.

    `ref`: None where that is wrong already; then the hold is of no use.
    """
    faults: list[Fault] = []
    wants, reason, until = holds.Wanted.UP, "", None
    try:
        wants = validate.choice(holds.Wanted, entry.wants, path=f"{path}.wants")
    except Invalid as exc:
        faults.extend(exc.faults)
    try:
        until = _until(entry.until, f"{path}.until", now=call.now)
    except Invalid as exc:
        faults.extend(exc.faults)
    try:
        reason = holds.reason(entry.reason, path=f"{path}.reason")
    except Invalid as exc:
        faults.extend(exc.faults)
    if faults:
        raise Invalid(*faults)
    return holds.Hold(
        stack=ref or model.StackRef("", ""),
        wants=wants,
        owner=call.who.name,
        reason=reason,
        zone=call.services.zone if old is None else old.zone,
        since=call.now,
        until=until,
    )


def _until(text: str | None, path: str, *, now: datetime) -> datetime | None:
    """Return the instant. Raises Invalid (`until-invalid`, `until-past`)."""
    if text is None:
        return None
    try:
        at = validate.instant(text, cron.zone("UTC"), path=path)
    except Invalid as exc:
        message = exc.faults[0].message
        fault = Fault(path=path, code="until-invalid", message=message, hint=_HINT)
        raise Invalid(fault) from exc
    if datetime.fromisoformat(text.strip().upper()).tzinfo is None:
        message = f"`{text.strip()}` has no offset: it is another instant in each zone"
        raise Invalid(Fault(path=path, code="until-invalid", message=message, hint=_HINT))
    if at <= now:
        message = f"`{text.strip()}` is in the past"
        hint = "leave the hold out, or give it another end"
        raise Invalid(Fault(path=path, code="until-past", message=message, hint=hint))
    return at


async def keep(unit: ports.Unit, call: Call, found: Difference) -> None:
    """Release holds and place others; each is in the audit log."""
    for old in found.removed:
        await unit.holds.release(old.stack, at=call.now, actor=call.who.name)
        record = call.record("hold.release", str(old.stack), detail=holds.held(old))
        await unit.audit.append(record)
    placed = [(new, f"; in place of: {holds.held(old)}") for old, new in found.changed]
    placed += [(new, "") for new in found.added]
    for new, instead in placed:
        await unit.holds.place(new)
        detail = f"{holds.held(new)}{instead}"
        await unit.audit.append(call.record("hold.place", str(new.stack), detail=detail))


def announce(call: Call, found: Difference) -> None:
    """Tell everybody who has to know; after the transaction."""
    if not found:
        return
    call.services.holds_changed()
    for each in (*found.added, *(new for _, new in found.changed), *found.removed):
        call.services.bus.publish_stack(each.stack)


def reply(found: Difference) -> wire.HoldsApplied:
    """Return what was done, or would be."""
    return wire.HoldsApplied(
        added=_lines(found.added),
        changed=tuple(
            wire.HoldChange(stack=str(new.stack), fields=_fields(old, new))
            for old, new in sorted(found.changed, key=lambda pair: pair[1].stack)
        ),
        removed=_lines(found.removed),
        unchanged=tuple(str(each.stack) for each in _sorted(found.unchanged)),
    )


def _fields(old: holds.Hold, new: holds.Hold) -> tuple[wire.FieldChange, ...]:
    return tuple(
        wire.FieldChange(field=name, old=_text(before), new=_text(after))
        for name in _TOLD
        if (before := getattr(old, name)) != (after := getattr(new, name))
    )


def _text(value: object) -> str:
    shown = value.astimezone(UTC) if isinstance(value, datetime) else value
    return msgspec.json.encode(shown).decode()


def _lines(found: Iterable[holds.Hold]) -> tuple[wire.HoldLine, ...]:
    return tuple(
        wire.HoldLine(stack=str(each.stack), reads=holds.held(each)) for each in _sorted(found)
    )


def _sorted(found: Iterable[holds.Hold]) -> list[holds.Hold]:
    return sorted(found, key=lambda each: each.stack)
