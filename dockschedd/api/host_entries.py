"""Hosts as people write them: read with all that is wrong, compared, and told in words."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dockschedd.core import cron, endpoints, fleet, suggest, validate
from dockschedd.errors import Conflict, Fault, Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.core import model
    from dockschedd.wire import hosts as wire

_ENDPOINT: Final = tuple(each.name for each in fields(fleet.Endpoint))
_OTHERS: Final = ("zone", "calendar", "max_parallel_steps")
#: Names of each kind that an error tells.
_MOST_TOLD: Final = 5
#: What is enough of a run's id for people.
_SHORT: Final = 8


async def new(unit: ports.Unit, call: Call, body: wire.HostNew) -> fleet.Host:
    """Return the host to add. Raises Invalid."""
    host = fleet.Host(
        name=body.name,
        endpoint=fleet.Endpoint(**{name: getattr(body, name) for name in _ENDPOINT}),
        zone=body.zone,
        calendar=body.calendar,
        max_parallel_steps=body.max_parallel_steps,
        owner=call.who.name,
        updated_at=call.now,
    )
    await _check(unit, host)
    return host


async def changed(
    unit: ports.Unit, call: Call, old: fleet.Host, body: wire.HostEdit
) -> fleet.Host:
    """Return the host as it is to be; `old` where nothing is different. Raises Invalid."""
    end = old.endpoint
    given = _given(body, _ENDPOINT)
    if endpoints.kind(given.get("url", end.url)) != endpoints.kind(end.url):
        end = fleet.Endpoint(url=end.url)
    host = replace(old, endpoint=replace(end, **given), **_given(body, ("name", *_OTHERS)))
    if host == old:
        return old
    await _check(unit, host)
    return replace(host, owner=call.who.name, updated_at=call.now)


def _given(body: msgspec.Struct, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(body, name) for name in names}
    return {name: value for name, value in values.items() if value is not msgspec.UNSET}


async def _check(unit: ports.Unit, host: fleet.Host) -> None:
    faults = [*validate.name(host.name), *endpoints.faults(host.endpoint)]
    if host.zone is not None:
        try:
            cron.zone(host.zone)
        except Invalid as error:
            faults += [replace(each, path="zone") for each in error.faults]
    if host.calendar is not None and await unit.calendars.get(host.calendar) is None:
        known = [each.calendar.name for each in await unit.calendars.all()]
        near = suggest.closest(host.calendar, known)
        faults.append(
            Fault(
                path="calendar",
                code="calendar-unknown",
                message=f"there is no calendar `{host.calendar}`",
                hint=f"did you mean `{near}`?" if near else "see `dockschedctl calendar ls`",
            )
        )
    if faults:
        raise Invalid(*faults)


def missing(name: str, known: Iterable[str]) -> NotFound:
    """Return the error for a name that no host has."""
    near = suggest.closest(name, tuple(known))
    return NotFound(
        f"there is no host `{name}`",
        code="host-not-found",
        hint=f"did you mean `{near}`?" if near else None,
    )


def in_config(name: str, hosts_from: str) -> Conflict:
    """Return the error for a host that only the configuration can change."""
    if hosts_from.startswith("/"):
        hint = f"change [hosts.{name}] in {hosts_from} and restart dockschedd"
    else:
        hint = (
            f"it is there because the file of the configuration has no hosts; write [hosts.{name}]"
            " there, or an empty [hosts] to go without it"
        )
    return Conflict(
        f"the host `{name}` belongs to the configuration", code="host-in-config", hint=hint
    )


def told(old: fleet.Host, new: fleet.Host) -> str:
    """Return what is different, as text for the audit log."""
    said = [
        f"{name} {_shown(before)} → {_shown(after)}"
        for name, before, after in (
            *((each, getattr(old.endpoint, each), getattr(new.endpoint, each))
              for each in _ENDPOINT),
            *((each, getattr(old, each), getattr(new, each)) for each in _OTHERS),
        )
        if before != after
    ]  # fmt: skip
    return ", ".join(said)


def described(host: fleet.Host) -> str:
    """Return all that is set, as text for the audit log."""
    nothing = fleet.Host(name=host.name, endpoint=fleet.Endpoint(url=""))
    return told(nothing, host).replace("- → ", "")


def _shown(value: object) -> str:
    return "-" if value in (None, "", False) else str(value)


def uses(value: fleet.Uses) -> str:
    """Return what names a host, as a sentence without its end; "" when nothing does."""
    parts = [
        *_part("schedule", value.schedules),
        *_part("hold on", [str(each.stack) for each in value.holds]),
        *_part("requirement", [f"{e.stack} on {e.needs}" for e in value.requirements]),
        *_part("group", value.groups),
        *_part("run", [run(each) for each in (*value.running, *value.planned)]),
    ]
    return "; ".join(parts)


def run(value: model.Run) -> str:
    """Return a run as it is named in an error."""
    return f"{value.action} {value.stack.name} ({value.status}, {value.id[-_SHORT:]})"


def _part(noun: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        first = ", ".join(f"`{name}`" for name in names[:_MOST_TOLD])
        more = len(names) - _MOST_TOLD
        one, *rest = noun.split()
        plural = " ".join([one if len(names) == 1 else f"{one}s", *rest])
        yield f"{plural} {first}{f' and {more} more' if more > 0 else ''}"
