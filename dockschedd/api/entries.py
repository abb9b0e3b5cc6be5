"""The entries of a document of schedules: read field by field, all that is wrong at once.

Every fault has the path of its field in the document: `schedules[3].cron`. Instants that are
over are left to the caller, who knows whether they were there before.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dockschedd.api import drafts, targets
from dockschedd.core import cron, model, phrases, selectors, suggest, validate
from dockschedd.errors import DockschedError, Fault, Invalid
from dockschedd.wire import schedules as wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dockschedd import ports
    from dockschedd.core import home_zones, triggers

#: With this as now no instant is over.
_BEGINNING: Final = datetime(1971, 1, 1, tzinfo=UTC)
_TRIGGERS: Final = ("cron", "at", "when", "window")
_REQUIRED: Final = ("name", "action", "selector")
#: How a request is to be carried out is no part of a schedule.
_OF_THE_REQUEST: Final = frozenset({"strict"})
#: Stand in for what cannot be read, so that the rest is checked all the same.
_STAND_INS: Final = {"name": "x", "action": "stop", "selector": "x"}
_KINDS: Final = {"str": "text", "bool": "true or false", "object": "a table", "float": "a number"}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry that is right, as far as it says so itself."""

    path: str
    body: wire.ScheduleNew
    checked: validate.Checked
    options: model.RunOptions


def read(
    entries: Sequence[Mapping[str, Any]],
    *,
    homes: home_zones.Hosts,
    calendars: Mapping[str, triggers.Calendar],
) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """Return the entries that are right, and all that is wrong with the others."""
    found: list[Entry] = []
    faults: list[Fault] = []
    first: dict[str, str] = {}
    for position, raw in enumerate(entries):
        path = f"schedules[{position}]"
        body, wrong = _fields(raw, path)
        name = raw.get("name")
        if isinstance(name, str) and (before := first.setdefault(name, path)) != path:
            message = f"`{name[:64]}` is the name of {before} as well"
            wrong.append(Fault(path=f"{path}.name", code="name-repeated", message=message))
        try:
            home = homes.home(body.selector)
            right = _check(body, zone=home.zone, calendars=calendars)
        except Invalid as exc:
            told = {fault.path for fault in wrong}
            wrong.extend(fault for fault in at(exc.faults, path) if fault.path not in told
                         and not _follows(fault, told, path))  # fmt: skip
            right = None
        faults.extend(wrong)
        if not wrong and right is not None:
            found.append(Entry(path=path, body=body, checked=right[0], options=right[1]))
    return tuple(found), tuple(faults)


def at(faults: Iterable[Fault], path: str) -> tuple[Fault, ...]:
    """Return the faults of one entry with their paths in the document."""
    return tuple(replace(f, path=f"{path}.{f.path}" if f.path else path) for f in faults)


def faults(error: DockschedError, path: str) -> tuple[Fault, ...]:
    """Return an error as what is wrong at that place of the document."""
    if isinstance(error, Invalid):
        return error.faults
    return (Fault(path=path, code=error.code, message=error.message, hint=error.hint),)


def absent(inventory: ports.Inventory, ref: model.StackRef, path: str) -> tuple[Fault, ...]:
    """Return that there is no such stack; one on a host that is away may exist."""
    try:
        targets.refuse_absent(inventory, selectors.Selector(ref.host, ref.name))
    except DockschedError as exc:
        return faults(exc, path)
    return ()


def _follows(fault: Fault, told: set[str], path: str) -> bool:
    """Whether it is there only because a trigger could not be read."""
    return fault.code == "trigger-missing" and any(f"{path}.{t}" in told for t in _TRIGGERS)


def _check(
    body: wire.ScheduleNew, *, zone: str, calendars: Mapping[str, triggers.Calendar]
) -> tuple[validate.Checked, model.RunOptions]:
    faults: list[Fault] = []
    if body.when is not None:
        try:
            known = cron.zone(zone if body.zone is None else body.zone)
        except Invalid:
            known = cron.zone("UTC")
        try:
            meaning = phrases.parse(body.when, now=_BEGINNING, zone=known)
            if meaning.passing:
                message = f"`{body.when[:64]}` means another instant tomorrow"
                hint = "in a document write the date with its year: `on 24 december 2026 at 18:00`"
                faults.append(Fault(path="when", code="when-passing", message=message, hint=hint))
        except Invalid as exc:
            faults.extend(exc.faults)
        if faults and body.cron is None and body.at is None:
            # Checked with any trigger, for what else is wrong.
            body = msgspec.structs.replace(body, when=None, cron="@daily")
    try:
        checked, options = drafts.new(body, zone=zone, now=_BEGINNING, calendars=calendars)
    except Invalid as exc:
        raise Invalid(*faults, *exc.faults) from exc
    if faults:
        raise Invalid(*faults)
    return checked, options


def _fields(raw: Mapping[str, Any], path: str) -> tuple[wire.ScheduleNew, list[Fault]]:
    """Return the entry with its fields that can be read, and what is wrong with the others."""
    fields = msgspec.structs.fields(wire.ScheduleNew)
    kinds = {field.name: field.type for field in fields if field.name not in _OF_THE_REQUEST}
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, value in raw.items():
        where = f"{path}.{name[:100]}"
        if name not in kinds:
            near = suggest.closest(name[:100], kinds)
            hint = f"did you mean `{near}`?" if near else None
            message = f"there is no field `{name[:100]}`"
            faults.append(Fault(path=where, code="unknown-field", message=message, hint=hint))
            continue
        try:
            values[name] = msgspec.convert(value, kinds[name])
        except msgspec.ValidationError as exc:
            faults.append(_wrong(str(exc), where))
    for name in _REQUIRED:
        if name not in raw:
            where = f"{path}.{name}"
            faults.append(Fault(path=where, code="missing", message=f"`{name}` is missing"))
    return wire.ScheduleNew(**{**_STAND_INS, **values}), faults


def _wrong(said: str, where: str) -> Fault:
    reason, _, inside = said.partition(" - at `$")
    inside = inside.rstrip("`")
    for kind, word in _KINDS.items():
        reason = reason.replace(f"`{kind} | null`", word).replace(f"`{kind}`", word)
    message = reason.replace("`int`", "a number").replace("`array`", "a list")
    hint = "write it in quotes" if "Expected text" in message and "number" in message else None
    return Fault(
        path=where + inside,
        code="wrong-type",
        message=f"{message[:1].lower()}{message[1:]}",
        hint=hint,
    )
