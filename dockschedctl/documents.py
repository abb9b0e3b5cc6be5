"""Documents of schedules: read from YAML, TOML and JSON, and written so that people can edit.

What is written reads back as the same. The entries are those of the API, `ScheduleNew`, which
the daemon checks; here only what surrounds them is. PyYAML is imported when YAML is read.
"""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dockschedctl import durations, yaml_reading
from dockschedctl.failures import Usage
from dockschedctl.output import data
from dockschedctl.wording import did_you_mean
from dockschedd.wire import runs, schedules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

VERSION: Final = 1
LARGEST: Final = 10_000_000
_KEYS: Final = ("version", "schedules")
_INTRODUCTION: Final = "Schedules of dockschedd; `dockschedctl schedule apply -f FILE` reads this."
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule of a document, with what is said about it in comments."""

    fields: Mapping[str, Any]
    comments: tuple[str, ...] = ()


# ---------------------------------------------------------------- reading


def read(text: str, *, name: str) -> tuple[dict[str, Any], ...]:
    """Return the entries. `name` is that of the file; its ending says the format.

    Raises Usage, with all that is wrong around the entries.
    """
    document = _parsed(text, name)
    if not isinstance(document, dict):
        raise _wrong(name, ["it is empty" if document is None else "it is no table of keys"])
    faults = []
    for key in sorted(map(str, document.keys() - set(_KEYS))):
        hint = did_you_mean(key, _KEYS)
        faults.append(f"{key}: there is no such key" + (f"; {hint}" if hint else ""))
    version = document.get("version")
    if version is None:
        faults.append("version: it is missing; write `version: 1`")
    elif version != VERSION or isinstance(version, bool):
        faults.append(f"version: this program knows version {VERSION}")
    entries = document.get("schedules")
    if not isinstance(entries, list):
        faults.append(
            "schedules: it is missing" if entries is None else "schedules: it is no list"
        )
    else:
        faults += [
            f"schedules[{position}]: it is no table of fields"
            for position, entry in enumerate(entries)
            if not isinstance(entry, dict)
        ]
    if faults or not isinstance(entries, list):
        raise _wrong(name, faults)
    plain: tuple[dict[str, Any], ...] = tuple(_plain(entry) for entry in entries)
    return plain


def _parsed(text: str, name: str) -> Any:
    if len(text) > LARGEST:
        raise _wrong(name, [f"it is longer than {LARGEST:,} characters"])
    text = text.removeprefix("\ufeff")
    try:
        match _format(text, name):
            case "toml":
                return tomllib.loads(text)
            case "json":
                return json.loads(text, object_pairs_hook=_once)
            case _:
                return yaml_reading.load(text)
    except (ValueError, RecursionError) as exc:
        reason = "it is nested too deeply" if isinstance(exc, RecursionError) else str(exc)
        raise _wrong(name, [reason]) from exc


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise ValueError(f"`{twice}` is there twice")
    return found


def _format(text: str, name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    if ending in ("toml", "json", "yaml", "yml"):
        return ending
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first.startswith("{"):
        return "json"
    return "toml" if re.match(r"\[|[\w-]+\s*=", first) else "yaml"


def _plain(value: Any) -> Any:
    """Return the value as JSON can say it: a date or a time of TOML as its text."""
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case datetime():
            return value.isoformat(sep=" ")
        case str() | bool() | int() | float() | None:
            return value
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _wrong(name: str, faults: Sequence[str]) -> Usage:
    first, *rest = faults
    failure = Usage(f"{name}: {first}" if not rest else f"{name}: {len(faults)} things are wrong")
    failure.details = tuple(faults) if rest else ()
    return failure


# ---------------------------------------------------------------- entries


def entry_of(schedule: schedules.Schedule) -> Entry:
    """Return the entry that makes this schedule, without what it would have anyway."""
    usual = {field.name: field.default for field in msgspec.structs.fields(schedules.ScheduleNew)}
    values = {name: _value(schedule, name) for name in usual}
    found = {
        name: value for name, value in values.items() if value is not None and value != usual[name]
    }
    comments = ["it has fired and is done"] if schedule.done else []
    return Entry(fields=found, comments=(schedule.reads, *comments))


def _value(schedule: schedules.Schedule, name: str) -> Any:
    """Return what the field would be written as; None where it has its default."""
    usual = {"if_busy": "wait", "deadline_seconds": 3600.0, "spread_seconds": 0.0}
    usual["catch_up"] = "skip" if schedule.action == "restart" else "latest"
    if name == "at":
        return None if schedule.at is None else _local(schedule.at, schedule.zone)
    if name == "options":
        default = msgspec.to_builtins(runs.Options())
        now: dict[str, Any] = msgspec.to_builtins(schedule.options)
        return {key: value for key, value in now.items() if value != default[key]} or None
    seconds = f"{name}_seconds"
    attribute = seconds if seconds in schedule.__struct_fields__ else name
    value = getattr(schedule, attribute, None)
    if value is None or value == usual.get(attribute):
        return None
    return durations.written(value) if attribute == seconds else value


def _local(at: datetime, zone: str) -> str:
    try:
        return at.astimezone(ZoneInfo(zone)).isoformat()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return at.isoformat()


# ---------------------------------------------------------------- writing


def as_yaml(entries: Sequence[Entry], *, trailer: Iterable[str] = ()) -> str:
    """Return the document as YAML, with comments above the entries and at the end."""
    lines = [*_comments([_INTRODUCTION]), f"version: {VERSION}"]
    lines.append("schedules:" if entries else "schedules: []")
    for entry in entries:
        lines += [f"  {line}" for line in _comments(entry.comments)]
        lines += [f"  {line}" for line in data.as_yaml([entry.fields]).splitlines()]
    return "\n".join([*lines, *_comments(trailer)]) + "\n"


def as_json(entries: Sequence[Entry]) -> str:
    """Return the document as JSON, which has no comments."""
    return data.as_json({"version": VERSION, "schedules": [entry.fields for entry in entries]})


def as_toml(entries: Sequence[Entry], *, trailer: Iterable[str] = ()) -> str:
    """Return the document as TOML, with comments above the entries and at the end."""
    lines = [*_comments([_INTRODUCTION]), f"version = {VERSION}"]
    if not entries:
        lines.append("schedules = []")
    for entry in entries:
        lines += ["", *_comments(entry.comments), "[[schedules]]"]
        lines += [f"{_key(key)} = {_toml(value)}" for key, value in entry.fields.items()]
    return "\n".join([*lines, *_comments(trailer)]) + "\n"


def _comments(lines: Iterable[str]) -> list[str]:
    found = []
    for line in lines:
        shown = "".join(c if c.isprintable() else " " for c in line)
        found.append(f"# {shown}".rstrip())
    return found


def _toml(value: Any) -> str:
    match value:
        case dict():
            inside = ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            # Text, numbers, true and false look as in JSON, where DEL and what lies beyond
            # the BMP are told otherwise.
            text = json.dumps(value, ensure_ascii=False)
            return text.replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)
