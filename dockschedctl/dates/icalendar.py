"""The whole days of an iCalendar file: its events' DTSTART, DTEND and DURATION (RFC 5545).

Nothing else of the format is understood, and nothing that would change the days is passed over:
events that recur, and events with a time of day, are refused by name.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from dockschedctl.dates.reading import Wrong
from dockschedd.wire import dates

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY: Final = timedelta(days=1)
#: A name, parameters with values that may be quoted, and the value behind the first free colon.
_LINE: Final = re.compile(
    r'(?P<name>[A-Za-z0-9-]+)(?P<parameters>(?:;[^=:;"]+=(?:"[^"]*"|[^":;])*)*):(?P<value>.*)',
    re.DOTALL,
)
_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_DAYS: Final = re.compile(r"\+?P(?:(?P<weeks>\d{1,4})W|(?P<days>\d{1,4})D)", re.ASCII)
_ESCAPE: Final = re.compile(r"\\(.)")
_LONGEST_NAME: Final = 60


class _Property(NamedTuple):
    line: int
    parameters: str
    value: str


class _Fault(Exception):
    def __init__(self, line: int, said: str) -> None:
        super().__init__(said)
        self.line = line


def looks_like(written: str) -> bool:
    """Return whether the text is an iCalendar file, whatever it is called."""
    return written.removeprefix("\ufeff").lstrip()[:15].upper() == "BEGIN:VCALENDAR"


def read(written: str) -> set[date]:
    """Return the dates on which its events are. Raises Wrong.

    An event without an end is on one day, and an end is the first day that is free again.
    One that is cancelled is on none.
    """
    found: set[date] = set()
    faults: list[tuple[int, str]] = []
    if not looks_like(written):
        raise Wrong([(1, "it does not begin with BEGIN:VCALENDAR")])
    for line, event in _events(written, faults):
        try:
            found.update(_days(line, event))
        except _Fault as fault:
            faults.append((fault.line, f"{_name(event)}: {fault}"))
    if faults:
        raise Wrong(sorted(faults))
    return found


def _events(
    written: str, faults: list[tuple[int, str]]
) -> Iterator[tuple[int, dict[str, _Property]]]:
    """Yield the properties of each event; those of what is inside of it are left out."""
    inside: list[str] = []
    event: dict[str, _Property] = {}
    begun = 0
    for number, line in _unfolded(written):
        found = _LINE.fullmatch(line)
        if found is None:
            faults.append((number, f"`{line[:_LONGEST_NAME]}` is no line of an iCalendar file"))
            continue
        name, value = found["name"].upper(), found["value"]
        if name == "BEGIN":
            inside.append(value.strip().upper())
            if inside[-1] == "VEVENT":
                event, begun = {}, number
        elif name == "END":
            if not inside or inside.pop() != value.strip().upper():
                faults.append((number, f"`{line[:_LONGEST_NAME]}` ends what has not begun"))
                return
            if value.strip().upper() == "VEVENT":
                yield begun, event
        elif inside and inside[-1] == "VEVENT":
            event.setdefault(name, _Property(number, found["parameters"], value))
    if inside:
        faults.append((len(written.splitlines()), f"END:{inside[-1]} is missing"))


def _unfolded(written: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with those that continue them, each with the number of its first one."""
    whole, begun = "", 0
    lines = written.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if line[:1] in (" ", "\t") and begun:
            whole += line[1:]
            continue
        if whole.strip():
            yield begun, whole
        whole, begun = line, number
    if whole.strip():
        yield begun, whole


def _days(line: int, event: dict[str, _Property]) -> tuple[date, ...]:
    if "STATUS" in event and event["STATUS"].value.strip().upper() == "CANCELLED":
        return ()
    for name in ("RRULE", "RDATE"):
        if name in event:
            said = f"it recurs ({name}), which is not understood; write its dates one by one"
            raise _Fault(event[name].line, said)
    if "DTSTART" not in event:
        raise _Fault(line, "it has no DTSTART")
    first = _date(event["DTSTART"])
    last = first
    if "DTEND" in event:
        # Some programs write the day itself as its end; there is no event without a day.
        last = max(_date(event["DTEND"]) - _DAY, first)
        if _date(event["DTEND"]) < first:
            raise _Fault(event["DTEND"].line, "it ends before it begins")
    elif "DURATION" in event:
        found = _DAYS.fullmatch(event["DURATION"].value.strip().upper())
        length = found and int(found["days"] or 0) + 7 * int(found["weeks"] or 0)
        if not length:
            said = f"its DURATION `{event['DURATION'].value[:20]}` is not in days or weeks"
            raise _Fault(event["DURATION"].line, said)
        last = first + (length - 1) * _DAY
    try:
        return dates.between(first, last)
    except ValueError as exc:
        raise _Fault(line, str(exc)) from exc


def _date(what: _Property) -> date:
    value = what.value.strip()
    found = _DATE.fullmatch(value)
    if found is None:
        said = f"`{value[:20]}` is no date: only events of whole days are understood"
        raise _Fault(what.line, said)
    try:
        return date(*map(int, found.groups()))
    except ValueError as exc:
        raise _Fault(what.line, f"there is no such date as {value}") from exc


def _name(event: dict[str, _Property]) -> str:
    """Return what an event is called, for whoever has to find it."""
    if "SUMMARY" not in event:
        return "an event without a name"
    said = _ESCAPE.sub(lambda c: " " if c[1] in "nN" else c[1], event["SUMMARY"].value).strip()
    return f"the event `{said[:_LONGEST_NAME]}`"
