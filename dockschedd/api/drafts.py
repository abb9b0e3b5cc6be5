"""Schedules as people write them: new ones, and changes to those that are there.

All faults come at once, each with the path of its field.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar, assert_never

import msgspec

from dockschedd.api import mapping
from dockschedd.core import cron, dates, due, instants, model, triggers, validate, wants
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from dockschedd.wire import runs as wire_runs
    from dockschedd.wire import schedules as wire

#: Names of calendars: on whose dates it does not fire, and on which it is also asleep.
Days = tuple[tuple[str, ...], tuple[str, ...]]
#: Stands in where the trigger is not asked again: a one-off that has fired is in the past.
_ANY_CRON: Final = "@daily"
#: What the audit log tells of an edit.
_TOLD: Final = (
    *("name", "action", "selector", "cron", "at", "window", "sleep_by", "enforce", "zone"),
    *("catch_up", "deadline_seconds", "if_busy", "spread_seconds", "options"),
    *("except_on", "also_asleep"),
)


def new(
    body: wire.ScheduleNew, *, zone: str, now: datetime, calendars: Mapping[str, triggers.Calendar]
) -> tuple[validate.Checked, model.RunOptions]:
    """Return what a new schedule means; `zone` is for one that names none. Raises Invalid.

    `calendars` are all that there are, if it names any.
    """
    draft = validate.Draft(
        name=body.name,
        action=body.action,
        selector=body.selector,
        zone=zone if body.zone is None else body.zone,
        cron=body.cron,
        at=body.at,
        when=body.when,
        window=body.window,
        sleep_by=body.sleep_by,
        enforce=body.enforce,
        catch_up=body.catch_up,
        deadline=body.deadline,
        if_busy=body.if_busy,
        spread=body.spread,
    )
    days = (body.except_on, body.also_asleep)
    return _check(draft, body.options, now=now, days=days, calendars=calendars)


def made(
    body: wire.ScheduleNew,
    checked: validate.Checked,
    options: model.RunOptions,
    *,
    id: str,  # noqa: A002  as the field is called
    owner: str,
    now: datetime,
) -> model.Schedule:
    """Return the schedule that has been checked, as it is from now on."""
    first = due.first_at(checked.trigger, after=now) if body.enabled else None
    return model.Schedule(
        id=id,
        name=body.name,
        enabled=body.enabled,
        trigger=checked.trigger,
        action=checked.action,
        selector=str(checked.selector),
        options=options,
        catch_up=checked.catch_up,
        deadline=checked.deadline,
        if_busy=checked.if_busy,
        spread=checked.spread,
        owner=owner,
        created_at=now,
        updated_at=now,
        next_at=first,
    )


def edited(
    old: model.Schedule,
    body: wire.ScheduleEdit,
    *,
    now: datetime,
    calendars: Mapping[str, triggers.Calendar],
) -> model.Schedule:
    """Return the schedule with the changes; next_at is left to the caller. Raises Invalid."""
    given = any(
        getattr(body, name) is not msgspec.UNSET for name in ("cron", "at", "when", "window")
    )
    # A one-off that has fired is in the past: it is not asked again for nothing.
    again = (
        given or body.zone is not msgspec.UNSET or isinstance(old.trigger, triggers.WindowTrigger)
    )
    written = {} if given else _written(old.trigger) if again else {"cron": _ANY_CRON}
    states = wants.is_state(old.trigger) or body.window is not msgspec.UNSET
    draft = validate.Draft(
        name=_or(body.name, old.name),
        action=_or(body.action, str(old.does)),
        selector=_or(body.selector, old.selector),
        zone=_or(body.zone, old.trigger.zone),
        cron=_or(body.cron, written.get("cron")),
        at=_or(body.at, written.get("at")),
        when=_or(body.when, None),
        window=_or(body.window, written.get("window")),
        sleep_by=_or(body.sleep_by, _kept(old, body, "sleep_by")),
        enforce=_or(body.enforce, _kept(old, body, "enforce")),
        catch_up=_or(body.catch_up, None if states else str(old.catch_up)),
        deadline=_or(body.deadline, None if states else instants.format_duration(old.deadline)),
        if_busy=_or(body.if_busy, str(old.if_busy)),
        spread=_or(body.spread, instants.format_duration(old.spread)),
    )
    checked, options = _check(
        draft,
        _or(body.options, mapping.options_out(old.options)),
        now=now,
        days=((), ()),
        calendars=calendars,
    )
    trigger = checked.trigger if again else old.trigger
    except_on, also_asleep = _days(body, old, trigger)
    with_days = dates.chosen(
        trigger, except_on=except_on, also_asleep=also_asleep, known=calendars, now=now
    )
    assert with_days is not None
    return replace(
        old,
        name=draft.name,
        action=checked.action,
        selector=draft.selector,
        trigger=with_days,
        catch_up=checked.catch_up,
        deadline=checked.deadline,
        if_busy=checked.if_busy,
        spread=checked.spread,
        options=options,
    )


def restarted(old: model.Schedule, new: model.Schedule, *, now: datetime) -> model.Schedule:
    """Return the edited schedule with its next instant: one with another trigger begins now."""
    if new.trigger == old.trigger:
        return new
    first = due.first_at(new.trigger, after=now) if new.enabled else None
    return replace(new, next_at=first, done=False)


def _days(body: wire.ScheduleEdit, old: model.Schedule, trigger: triggers.Trigger) -> Days:
    """Return the calendars that an edited schedule names.

    Those of its trigger stay as long as it is of the same kind: what they mean is another thing
    for another kind.
    """
    before = mapping.schedule(old)
    same = type(trigger) is type(old.trigger)
    return (
        _or(body.except_on, before.except_on if same else ()),
        _or(body.also_asleep, before.also_asleep if same else ()),
    )


def changes(old: model.Schedule, new: model.Schedule) -> str:
    """Return what is different, as text for the audit log; "" where nothing is."""
    return told(differences(old, new))


def told(found: Iterable[tuple[str, str, str]]) -> str:
    """Return differences as text for the audit log."""
    return "; ".join(f"{name}: {before} → {after}" for name, before, after in found)


def differences(old: model.Schedule, new: model.Schedule) -> tuple[tuple[str, str, str], ...]:
    """Return the fields that are different: name, old value and new value as JSON."""
    before, after = mapping.schedule(old), mapping.schedule(new)
    return tuple(
        (name, _text(getattr(before, name)), _text(getattr(after, name)))
        for name in _TOLD
        if getattr(before, name) != getattr(after, name)
    )


def _check(
    draft: validate.Draft,
    options: wire_runs.Options,
    *,
    now: datetime,
    days: Days,
    calendars: Mapping[str, triggers.Calendar],
) -> tuple[validate.Checked, model.RunOptions]:
    faults: list[Fault] = []
    checked, understood = None, None
    except_on, also_asleep = days
    try:
        checked = validate.schedule(draft, now=now)
    except Invalid as exc:
        faults.extend(exc.faults)
    try:
        # Where the trigger cannot be read, names are checked all the same.
        trigger = dates.chosen(
            checked.trigger if checked else None,
            except_on=except_on,
            also_asleep=also_asleep,
            known=calendars,
            now=now,
        )
        if checked is not None and trigger is not None:
            checked = replace(checked, trigger=trigger)
    except Invalid as exc:
        faults.extend(exc.faults)
        checked = None
    try:
        understood = mapping.options_in(options)
    except Invalid as exc:
        faults.extend(exc.faults)
    if checked is None or understood is None:
        raise Invalid(*faults)
    return checked, understood


def _written(trigger: triggers.Trigger) -> dict[str, str]:
    """Return the trigger as it was written, without the zone."""
    match trigger:
        case triggers.CronTrigger():
            return {"cron": trigger.expression}
        case triggers.AtTrigger():
            wall = instants.wall(trigger.at, cron.zone(trigger.zone))
            return {"at": wall.isoformat(sep=" ", timespec="seconds")}
        case triggers.WindowTrigger():
            return {"window": trigger.expression}
        case _:
            assert_never(trigger)


def _kept(old: model.Schedule, body: wire.ScheduleEdit, name: str) -> str | None:
    """Return what a window had, unless it is to be no window any more."""
    others = (body.cron, body.at, body.when)
    if not isinstance(old.trigger, triggers.WindowTrigger) or any(
        each is not msgspec.UNSET for each in others
    ):
        return None
    return str(getattr(old.trigger, name))


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


_T = TypeVar("_T")
_U = TypeVar("_U")


def _or(value: _T | msgspec.UnsetType, old: _U) -> _T | _U:
    return old if isinstance(value, msgspec.UnsetType) else value
