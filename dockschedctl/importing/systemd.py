"""systemd's timer units with the services that they begin. Pure; never raises for any text."""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dockschedctl.importing import calendar, compose
from dockschedctl.importing.proposals import Found, Leftover, Proposal
from dockschedctl.importing.shell import Unclear

if TYPE_CHECKING:
    from collections.abc import Mapping

#: (section, key) → values, in the order of the file
Unit = dict[tuple[str, str], list[str]]

_RELATIVE: Final = (
    *("OnBootSec", "OnStartupSec", "OnActiveSec", "OnUnitActiveSec", "OnUnitInactiveSec"),
    *("OnClockChange", "OnTimezoneChange"),
)
_BESIDES: Final = ("ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost", "ExecCondition")
_TRUE: Final = frozenset({"yes", "true", "on", "1"})


def read(files: Mapping[str, str], known: compose.Known, *, zone: str | None = None) -> Found:
    """Return what the timers among the files would be: name of the file → its text."""
    proposals: list[Proposal] = []
    leftovers: list[Leftover] = []
    services = {posixpath.basename(name): text for name, text in files.items()}
    for name in sorted(files):
        if not name.endswith(".timer"):
            continue
        unit = parse(files[name])
        for text in unit.get(("Timer", "OnCalendar"), []) or ["-"]:
            shown = f"OnCalendar={text}" if text != "-" else "no OnCalendar="
            try:
                proposals += _proposals(
                    name, unit, text, services=services, known=known, zone=zone
                )
            except Unclear as exc:
                leftovers.append(Leftover(source=name, text=shown, reason=str(exc)))
    return Found(proposals=tuple(proposals), leftovers=tuple(leftovers))


def parse(text: str) -> Unit:
    """Return sections, keys and values; an empty value takes away those before it."""
    found: Unit = {}
    section = ""
    for raw in text.replace("\\\n", " ").splitlines():
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            continue
        key, equals, value = line.partition("=")
        if equals:
            values = found.setdefault((section, key.strip()), [])
            if value.strip():
                values.append(value.strip())
            else:
                values.clear()
    return found


def _proposals(
    name: str,
    unit: Unit,
    text: str,
    *,
    services: Mapping[str, str],
    known: compose.Known,
    zone: str | None,
) -> list[Proposal]:
    if text == "-":
        why = next((key for key in _RELATIVE if unit.get(("Timer", key))), "no time at all")
        raise Unclear(f"it has {why}: dockschedd goes by the clock on the wall")
    when: dict[str, Any] = dict(calendar.read(text))
    if zone is not None:
        when.setdefault("zone", zone)
    persistent = _last(unit, "Timer", "Persistent").lower() in _TRUE
    if not persistent:
        when["catch_up"] = "skip"
    started = _last(unit, "Timer", "Unit") or posixpath.basename(name).replace(
        ".timer", ".service"
    )
    if started not in services:
        raise Unclear(f"its service {started} is not among the files")
    service = parse(services[started])
    description = _last(unit, "Unit", "Description") or _last(service, "Unit", "Description")
    notes = [description] if description else []
    if _last(unit, "Timer", "RandomizedDelaySec"):
        notes.append("its RandomizedDelaySec= is left out; `spread` is something like it")
    return [
        Proposal(
            source=name,
            text=f"OnCalendar={text}",
            when=_for(each.action, when),
            action=each.action,
            selector=each.selector,
            options=each.options,
            notes=(*notes, *each.notes),
        )
        for each in _does(service, known)
    ]


def _for(action: str, when: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is usual for the action."""
    if action != "restart":
        return when
    late = {} if when.get("catch_up") == "skip" else {"catch_up": "latest"}
    return {key: value for key, value in when.items() if key != "catch_up"} | late


def _does(service: Unit, known: compose.Known) -> tuple[compose.Does, ...]:
    besides = next((key for key in _BESIDES if service.get(("Service", key))), None)
    if besides:
        raise Unclear(f"its service has {besides}= as well")
    lines = [line.lstrip("-@:+!") for line in service.get(("Service", "ExecStart"), [])]
    if not lines:
        raise Unclear("its service has no ExecStart=")
    variables = dict(known.variables)
    for line in service.get(("Service", "Environment"), []):
        try:
            pairs = shlex.split(line)
        except ValueError as exc:
            raise Unclear("its Environment= is not understood") from exc
        variables |= dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    directory = _last(service, "Service", "WorkingDirectory").lstrip("-") or None
    if any("%" in each.replace("%%", "") for each in [*lines, directory or ""]):
        raise Unclear("it has specifiers (`%`), which only systemd knows")
    own = msgspec.structs.replace(known, variables=variables, directory=directory)
    return compose.read(" && ".join(line.replace("%%", "%") for line in lines), own)


def _last(unit: Unit, section: str, key: str) -> str:
    values = unit.get((section, key))
    return values[-1] if values else ""
