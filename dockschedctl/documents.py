"""Documents of schedules: read from YAML, TOML and JSON, and written so that people can edit.

What is written reads back as the same. The entries are those of the API, `ScheduleNew`, which
the daemon checks; here only what surrounds them is. PyYAML is imported when YAML is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dockschedctl import durations, yaml_reading
from dockschedctl.failures import Usage
from dockschedctl.output import data
from dockschedctl.wording import did_you_mean
from dockschedd.wire import dates, runs, schedules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dockschedd.wire import calendars, groups, holds, requirements

VERSION: Final = 1
LARGEST: Final = 10_000_000
#: The lists of a document, as they are written.
_LISTS: Final = ("groups", "calendars", "schedules", "requirements", "holds")
_KEYS: Final = ("version", *_LISTS)
_INTRODUCTION: Final = "Schedules of dockschedd; `dockschedctl schedule apply -f FILE` reads this."
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule of a document, with what is said about it in comments."""

    fields: Mapping[str, Any]
    comments: tuple[str, ...] = ()


#: The entries of the other lists of a document, by key.
Others = Mapping[str, Sequence[Entry]]
_NO_OTHERS: Final[Others] = MappingProxyType({})


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What a document holds, as the API takes it."""

    schedules: tuple[dict[str, Any], ...]
    #: None: it says nothing about them.
    groups: tuple[dict[str, Any], ...] | None = None
    calendars: tuple[dict[str, Any], ...] | None = None
    requirements: tuple[dict[str, Any], ...] | None = None
    holds: tuple[dict[str, Any], ...] | None = None


# ---------------------------------------------------------------- reading


def read(text: str, *, name: str) -> tuple[dict[str, Any], ...]:
    """Return the entries of its schedules. Raises Usage as `read_whole` does."""
    return read_whole(text, name=name).schedules


def read_whole(text: str, *, name: str) -> Document:
    """Return the document. `name` is that of the file; its ending says the format.

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
    found = {key: _entries(document, key, faults) for key in _LISTS}
    entries = found.pop("schedules")
    if entries is None and "schedules" not in document:
        faults.append("schedules: it is missing")
    if faults or entries is None:
        raise _wrong(name, faults)
    return Document(schedules=entries, **found)


def _entries(
    document: dict[Any, Any], key: str, faults: list[str]
) -> tuple[dict[str, Any], ...] | None:
    """Return the entries below a key; None where they are not there or wrong."""
    if key not in document:
        return None
    entries = document[key]
    if not isinstance(entries, list):
        faults.append(f"{key}: it is {'missing' if entries is None else 'no list'}")
        return None
    faults += [
        f"{key}[{position}]: it is no table of fields"
        for position, entry in enumerate(entries)
        if not isinstance(entry, dict)
    ]
    return tuple(_plain(entry) for entry in entries)


def _parsed(text: str, name: str) -> Any:
    if len(text) > LARGEST:
        raise _wrong(name, [f"it is longer than {LARGEST:,} characters"])
    text = text.removeprefix("\ufeff")
    try:
        match _format(text, name):
            case "toml":
                import tomllib  # noqa: PLC0415 (10 ms, that most commands of schedules need not pay)

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


def calendar_of(calendar: calendars.Calendar) -> Entry:
    """Return the entry that makes this calendar."""
    return Entry(fields={"name": calendar.name, "dates": list(dates.written(calendar.dates))})


def group_of(group: groups.GroupSummary) -> Entry:
    """Return the entry that makes this group."""
    return Entry(fields={"name": group.name, "hosts": list(group.hosts)})


def requirements_of(found: Iterable[requirements.Requirement]) -> list[Entry]:
    """Return the entries that say what people say that stacks need; not what labels say."""
    needs: dict[str, list[str]] = {}
    for each in found:
        if each.origin == "command":
            needs.setdefault(each.stack, []).append(each.needs)
    return [
        Entry(fields={"stack": stack, "needs": sorted(needs[stack])}) for stack in sorted(needs)
    ]


def hold_of(hold: holds.Hold) -> Entry:
    """Return the entry that places this hold."""
    fields = {"stack": hold.stack, "wants": hold.wants}
    if hold.until_at is not None:
        fields["until"] = hold.until_at.isoformat()
    if hold.reason:
        fields["reason"] = hold.reason
    return Entry(fields=fields, comments=(hold.reads,))


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
    usual |= {"sleep_by": "stop", "enforce": "boundary"}
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
    if isinstance(value, tuple):
        return list(value) or None
    return durations.written(value) if attribute == seconds else value


def _local(at: datetime, zone: str) -> str:
    try:
        return at.astimezone(ZoneInfo(zone)).isoformat()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return at.isoformat()


# ---------------------------------------------------------------- writing


def as_yaml(
    entries: Sequence[Entry],
    *,
    trailer: Iterable[str] = (),
    others: Others = _NO_OTHERS,
) -> str:
    """Return the document as YAML, with comments above the entries and at the end."""
    lines = [*_comments([_INTRODUCTION]), f"version: {VERSION}"]
    for key, items in _sections(entries, others):
        lines.append(f"{key}:" if items else f"{key}: []")
        for entry in items:
            lines += [f"  {line}" for line in _comments(entry.comments)]
            lines += [f"  {line}" for line in data.as_yaml([entry.fields]).splitlines()]
    return "\n".join([*lines, *_comments(trailer)]) + "\n"


def as_json(entries: Sequence[Entry], *, others: Others = _NO_OTHERS) -> str:
    """Return the document as JSON, which has no comments."""
    sections = _sections(entries, others)
    items = {key: [entry.fields for entry in found] for key, found in sections}
    return data.as_json({"version": VERSION, **items})


def as_toml(
    entries: Sequence[Entry],
    *,
    trailer: Iterable[str] = (),
    others: Others = _NO_OTHERS,
) -> str:
    """Return the document as TOML, with comments above the entries and at the end."""
    lines = [*_comments([_INTRODUCTION]), f"version = {VERSION}"]
    if not entries:
        lines.append("schedules = []")
    for section, items in _sections(entries, others):
        for entry in items:
            lines += ["", *_comments(entry.comments), f"[[{section}]]"]
            lines += [f"{_key(key)} = {_toml(value)}" for key, value in entry.fields.items()]
    return "\n".join([*lines, *_comments(trailer)]) + "\n"


def _sections(entries: Sequence[Entry], others: Others) -> tuple[tuple[str, Sequence[Entry]], ...]:
    """Return the lists of the document with their keys; others that are empty are left out."""
    every = {**others, "schedules": entries}
    return tuple((key, every[key]) for key in _LISTS if key == "schedules" or every.get(key))


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
