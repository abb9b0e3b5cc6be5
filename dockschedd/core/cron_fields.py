"""The text of a cron expression: what its five fields say, or everything that is wrong with it.

Grammar: crontab(5) of Debian, with names in lists and ranges, `L` and `#`. What other
schedulers add or read differently is refused with what to write instead, never guessed.
Knows nothing of instants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from dockschedd.errors import Fault, Invalid

#: In `Fields.nth`: the last such weekday of the month.
LAST: Final = -1

MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_LONGEST = 256
_MOST_NTH = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """What an expression says, as sorted numbers."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    #: The last day of the month, whatever its number, beside `days`.
    last_day: bool
    months: tuple[int, ...]
    #: 0 is Sunday.
    weekdays: tuple[int, ...]
    #: (weekday, which one of the month: 1 to 5, or LAST), beside `weekdays`.
    nth: tuple[tuple[int, int], ...]
    #: Day of month and weekday must both match, because one of them starts with `*`.
    both_days: bool
    #: Minute or hour starts with `*`: follows elapsed time through clock changes.
    wildcard: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five: its bounds, and its names in the order of their numbers from `low`."""

    label: str
    low: int
    #: Where `*` ends.
    high: int
    names: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[int, ...]:
        """All numbers, ascending."""
        return tuple(range(self.low, self.high + 1))

    @property
    def highest(self) -> int:
        """The highest number that may be written."""
        return 7 if self is WEEKDAY else self.high


MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY = Field("day of month", 1, 31)
MONTH = Field("month", 1, 12, MONTHS)
WEEKDAY = Field("weekday", 0, 6, WEEKDAYS)
_FIVE = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)
_SHAPE = "five fields: minute, hour, day of month, month, weekday"

_Which = tuple[int, int]
#: Stands for the last day of the month; no weekday has this number.
_LAST_DAY: _Which = (LAST, LAST)

#: What other schedulers write, and what to write here; each matches a whole item.
_FOREIGN = tuple(
    (re.compile(pattern), hint)
    for pattern, hint in (
        (r"\?", "write `*`"),
        (r"[hr](\(.*\))?(/.*)?|.*~.*", "no time is drawn by chance; write a number"),
        (r"\d*w\d*|lw|wl", "the nearest weekday is unknown here; write days, weekdays or `L`"),
        (r"l-.*", "only the last day itself can be counted from the month's end; write `L`"),
        (r"l", "`L` is a day of the month; `L5` as a weekday is the last Friday of the month"),
        (r"([a-z]{3}|\d)l", "`L` stands before the weekday: `L5` is the last Friday of the month"),
    )
)


def read(text: str) -> Fields:
    """Return what the five fields, or an alias such as `@daily`, say.

    Raises Invalid with one fault for each thing that is wrong, all with the path `cron`.
    """
    parts = _split(text)
    faults: list[Fault] = []
    numbers: list[tuple[int, ...]] = []
    which: set[_Which] = set()
    for field, part in zip(_FIVE, parts, strict=True):
        found: set[int] = set()
        for item in part.split(","):
            try:
                plain, special = _read_item(field, item.lower())
            except Invalid as exc:
                faults.extend(exc.faults)
            else:
                found.update(plain)
                which.update(special)
        numbers.append(tuple(sorted(found)))
    if faults:
        raise Invalid(*faults)
    minutes, hours, days, months, weekdays = numbers
    return Fields(
        minutes=minutes,
        hours=hours,
        days=days,
        last_day=_LAST_DAY in which,
        months=months,
        weekdays=weekdays,
        nth=tuple(sorted(which - {_LAST_DAY})),
        both_days=parts[2].startswith("*") or parts[4].startswith("*"),
        wildcard=parts[0].startswith("*") or parts[1].startswith("*"),
    )


def wrong(code: str, message: str, hint: str | None = None) -> Invalid:
    """Return the error of one fault in a cron expression."""
    return Invalid(Fault(path="cron", code=code, message=message, hint=hint))


# ---------------------------------------------------------------- the whole


def _split(text: str) -> list[str]:
    """Return the five fields as written, aliases expanded."""
    shown = text.strip(" \t")
    if not shown:
        raise wrong("cron-syntax", "the cron expression is empty", f"write {_SHAPE}")
    if len(text) > _LONGEST:
        message = f"the cron expression is longer than {_LONGEST} characters"
        raise wrong("cron-syntax", message, "split it into several schedules")
    if not all(" " <= letter <= "~" or letter == "\t" for letter in text):
        hint = "type it again: pasted text may hold blanks and dashes of another kind"
        raise wrong("cron-syntax", "the cron expression holds more than plain ASCII", hint)
    parts = shown.split()
    if parts[0].startswith("@"):
        return _expand(shown)
    if "=" in parts[0]:
        name, _, value = parts[0].partition("=")
        hint = f"leave it out: `{' '.join(parts[1:])}`"
        if name.upper().endswith("TZ"):
            hint = f"give the zone beside the expression: --tz {value}, `{' '.join(parts[1:])}`"
        raise wrong("cron-unsupported", f"`{parts[0]}` cannot stand in a cron expression", hint)
    if len(parts) < len(_FIVE):
        count = "one field" if len(parts) == 1 else f"{len(parts)} fields"
        message = f"`{shown}` has {count}; a cron expression has {_SHAPE}"
        raise wrong("cron-fields", message, "for example `30 2 * * mon-fri`")
    if len(parts) > len(_FIVE):
        raise _too_many(parts)
    return parts


def _expand(alias: str) -> list[str]:
    known = _ALIASES.get(alias.lower())
    if known is not None:
        return known.split()
    hint = f"known are {', '.join(_ALIASES)}"
    if alias.lower() == "@reboot":
        hint = "whether containers start with the machine is for their restart policy to say"
    elif every := re.fullmatch(r"@every\s+(\d{1,2})([hm])", alias.lower()):
        count, unit = int(every[1]), every[2]
        if count and (60 if unit == "m" else 24) % count == 0:
            hint = f"write `*/{count} * * * *`" if unit == "m" else f"write `0 */{count} * * *`"
    raise wrong("cron-unsupported", f"`{alias}` is not known", hint)


def _too_many(parts: list[str]) -> Invalid:
    shown = " ".join(parts)
    plain = ["*" if part == "?" else part for part in parts]
    # Seven fields, and `?`, come from schedulers that write seconds first and the year last.
    found = {"first": plain[1:6]} | ({} if "?" in parts else {"last": plain[:5]})
    if len(parts) > len(_FIVE) + 2 or not all(_LIKE_A_FIELD.fullmatch(each) for each in parts):
        five = " ".join(parts[:5])
        hint = f"leave out what follows: `{five}`" if _is_right(five) else f"write {_SHAPE}"
        return wrong("cron-fields", f"`{shown}` goes on after the five fields", hint)
    if len(parts) > len(_FIVE) + 1:
        found.pop("last", None)
    choices = {where: " ".join(five) for where, five in found.items()}
    right = {where: five for where, five in choices.items() if _is_right(five)}
    hints = [
        f"if the {where} field is seconds, write `{five}`" if len(right) > 1 else f"write `{five}`"
        for where, five in right.items()
    ]
    if "?" in parts and re.search(r"\d", plain[5]):
        hints.append("where `?` is written 1 is Sunday as a weekday, here it is Monday")
    message = f"`{shown}` has {len(parts)} fields; dockschedd works to the minute"
    return wrong("cron-six-fields", message, "; ".join(hints) or f"write {_SHAPE}")


_LIKE_A_FIELD = re.compile(r"[\d*?/,L#W-]+|(?:[A-Za-z]{3}|\d)(?:[,-](?:[A-Za-z]{3}|\d))*")


def _is_right(text: str) -> bool:
    try:
        read(text)
    except Invalid:
        return False
    return True


# ---------------------------------------------------------------- one item of a list


def _read_item(field: Field, item: str) -> tuple[tuple[int, ...], tuple[_Which, ...]]:
    """Return the plain numbers and the special days of one item between commas."""
    if field is DAY and item == "l":
        return (), (_LAST_DAY,)
    _refuse_foreign(field, item)
    if field is WEEKDAY and "#" in item:
        base, _, text = item.partition("#")
        if not re.fullmatch(f"[1-{_MOST_NTH}]", text):
            message = f"`{item}` in the weekday field: after `#` stands a number from 1 to 5"
            raise wrong("cron-out-of-range", message, "`fri#2` is the second Friday of the month")
        return (), tuple((day, int(text)) for day in _plain(field, base, None))
    if field is WEEKDAY and item.startswith("l"):
        return (), ((_value(field, item[1:]) % 7, LAST),)
    base, slash, text = item.partition("/")
    return _plain(field, base, _step(field, text) if slash else None), ()


def _refuse_foreign(field: Field, item: str) -> None:
    if not item:
        message = f"the {field.label} field has nothing between two commas, or at one end"
        raise wrong("cron-syntax", message, "take the comma away")
    for pattern, hint in _FOREIGN:
        if pattern.fullmatch(item):
            message = f"`{item.upper()}` in the {field.label} field is not known"
            raise wrong("cron-unsupported", message, hint)


def _plain(field: Field, base: str, step: int | None) -> tuple[int, ...]:
    if base == "*":
        numbers = range(field.low, field.high + 1)
    elif "-" in base:
        numbers = _range(field, base)
    elif step is None:
        numbers = range(begin := _value(field, base), begin + 1)
    else:
        # `5/15` goes on to the field's end, as other schedulers read it; crontab(5) is silent.
        begin = _value(field, base)
        numbers = range(0 if begin > field.high else begin, field.high + 1)
    return tuple(n % 7 if field is WEEKDAY else n for n in numbers[:: step or 1])


def _range(field: Field, text: str) -> range:
    first, _, last = text.partition("-")
    low = _value(field, first)
    high = field.high if field is DAY and last == "l" else _value(field, last)
    if low == high:
        message = f"`{text}` in the {field.label} field is a range of one"
        raise wrong("cron-range", message, f"write `{first}`")
    if low > high:
        ends = field.names if first.isalpha() else tuple(map(str, field.every))
        until = first if low >= field.high else f"{first}-{ends[-1]}"
        since = last if high == field.low else f"{ends[0]}-{last}"
        message = f"`{text}` in the {field.label} field runs backwards"
        raise wrong("cron-range", message, f"write `{until},{since}`")
    return range(low, high + 1)


def _value(field: Field, text: str) -> int:
    if text.isdigit():
        number = int(text)
        if field.low <= number <= field.highest:
            return number
        sunday = ", where 0 and 7 are Sunday" if field is WEEKDAY else ""
        bounds = f"which goes from {field.low} to {field.highest}{sunday}"
        message = f"`{text}` is outside the {field.label} field, {bounds}"
        raise wrong("cron-out-of-range", message)
    if text in field.names:
        return field.low + field.names.index(text)
    if not text:
        raise wrong("cron-syntax", f"something is missing in the {field.label} field")
    hint = "write numbers, `*`, ranges such as `1-5`, and steps such as `*/15`, joined by commas"
    if len(text) > 3 and text[:3] in field.names:  # noqa: PLR2004  names have three letters
        hint = f"write `{text[:3]}`"
    elif field.names:
        hint = f"the names are {', '.join(field.names)}"
    raise wrong("cron-syntax", f"`{text}` in the {field.label} field is not understood", hint)


def _step(field: Field, text: str) -> int:
    most = len(field.every)
    if not text.isdigit():
        message = f"the step `/{text}` in the {field.label} field is not a number"
        raise wrong("cron-syntax", message, "for example `*/15`")
    if not 1 <= int(text) <= most:
        message = f"the step `/{text}` in the {field.label} field is not from 1 to {most}"
        hint = None
        if field is MINUTE and int(text) > most:
            hint = "write the minutes and hours themselves, for example `0 */2 * * *`"
        raise wrong("cron-step", message, hint)
    return int(text)
