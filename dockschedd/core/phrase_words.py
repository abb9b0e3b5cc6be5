"""The words of times as people write them: tokens, vocabulary, and how they are refused.

What is not in the vocabulary is refused with examples. Knows nothing of what phrases mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dockschedd.core import cron_fields, suggest
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

EXAMPLES: Final = (
    "every weekday at 22:00",
    "every 2 hours between 8 and 18",
    "mondays and thursdays at 6am",
    "first monday of the month at 06:30",
    "on the 1st and 15th at 03:00",
    "tomorrow at 18:00",
)
_LONGEST: Final = 200
_SHORTEST_NAME: Final = 3

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAY_NAMES = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS: Final = (
    {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
    | {name: number for number, name in enumerate(cron_fields.MONTHS, 1)}
    | {"sept": 9}
)
#: 0 is Sunday.
WEEKDAYS: Final = (
    {name: number for number, name in enumerate(_DAY_NAMES)}
    | {name: number for number, name in enumerate(cron_fields.WEEKDAYS)}
    | {"tues": 2, "wednes": 3, "thur": 4, "thurs": 4}
)
#: What can only mean each of them.
MANY_WEEKDAYS: Final = {f"{name}s": number for number, name in enumerate(_DAY_NAMES)}
ORDINALS: Final = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "last": cron_fields.LAST,
}
UNITS: Final = (
    dict.fromkeys(("minute", "minutes", "min", "mins", "m"), "minute")
    | dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), "hour")
    | dict.fromkeys(("day", "days"), "day")
    | dict.fromkeys(("week", "weeks"), "week")
    | dict.fromkeys(("month", "months"), "month")
    | dict.fromkeys(("year", "years"), "year")
)
_CLOCKS: Final = {"midnight": 0, "noon": 12 * 60}
TO: Final = ("to", "-", "until", "till", "through")
AND: Final = ("and", ",")
_KNOWN: Final = frozenset(
    {
        *MONTHS,
        *WEEKDAYS,
        *MANY_WEEKDAYS,
        *ORDINALS,
        *UNITS,
        *TO,
        *("weekday", "weekdays", "weekend", "weekends", "every", "each", "at", "on", "in", "of"),
        *("between", "from", "and", "daily", "hourly", "weekly", "monthly", "yearly", "annually"),
        *("today", "tomorrow", "noon", "midnight", "half", "during"),
    }
)

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<iso>\d{4}-\d{2}-\d{2})(?![\w-])
      | (?P<clock>\d{1,2}:\d{2})(?::00)?\s?(?P<half>[ap]m\b)?(?![\w:.])
      | (?P<hour>\d{1,2})\s?(?P<hour_half>[ap]m)\b
      | :(?P<past>\d{2})\b
      | (?P<ordinal>\d{1,2})(?:st|nd|rd|th)\b
      | (?P<number>\d{1,4})(?![\d:./])
      | (?P<word>[a-z]+)
      | (?P<mark>[,-])
    )\s*""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One word, number, time or date of a phrase."""

    #: iso, clock, past, ordinal, number or word; commas and dashes are words.
    kind: str
    text: str
    #: clock: minutes since midnight; past: minutes; ordinal, number: themselves.
    value: int = 0


def wrong(message: str, hint: str | None = None, *, code: str = "when-not-understood") -> Invalid:
    """Return the refusal of a phrase; without a hint it shows examples."""
    shown = ", ".join(f"`{each}`" for each in EXAMPLES)
    hint = hint or f"write for example {shown}"
    return Invalid(Fault(path="when", code=code, message=message, hint=hint))


def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a phrase, without `the`. Raises Invalid."""
    written = " ".join(text.split()).rstrip(".")
    if not written:
        raise wrong("the phrase is empty")
    if len(written) > _LONGEST:
        raise wrong(f"the phrase is longer than {_LONGEST} characters")
    if written.startswith("@") or re.fullmatch(r"[\d*][\d*,/-]*( [\w*,/#-]+){4}", written):
        raise wrong(f"`{written}` is a cron expression", "give it as `cron` (--cron)")
    lower = re.sub(r"\b([ap])\.m\b\.?", r"\1m", written.lower())
    found: list[Token] = []
    at = 0
    while at < len(lower):
        match = _TOKEN.match(lower, at)
        if match is None:
            rest = ascii(lower[at : at + 20].split()[0])[1:-1]
            raise wrong(f"`{rest}` is not understood", _number_hint(rest))
        at = match.end()
        token = _token(match)
        if token.text != "the":
            found.append(token)
    return tuple(found)


def _number_hint(text: str) -> str | None:
    if re.match(r"\d+\.\d+|\d+:\d+:\d+", text):
        return "write times as `06:30`, to the minute, and dates as `24 december` or `2026-12-24`"
    if re.match(r"\d+/\d+", text):
        return "day or month first? write `24 december` or `2026-12-24`"
    return None


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup or ""
    text = match[0].strip()
    if match["clock"] or match["hour"]:
        hour, _, minute = (match["clock"] or match["hour"]).partition(":")
        half = match["half"] or match["hour_half"]
        value = _minutes(text, int(hour), int(minute or 0), half)
        return Token(kind="clock", text=text, value=value)
    match kind:
        case "past":
            value = int(match["past"])
            if value > 59:  # noqa: PLR2004  minutes
                raise wrong(f"`{text}` is no minute of an hour")
            return Token(kind=kind, text=text, value=value)
        case "ordinal" | "number":
            return Token(kind=kind, text=text, value=int(match[kind]))
        case "iso":
            return Token(kind=kind, text=text)
        case _ if text in _CLOCKS:
            return Token(kind="clock", text=text, value=_CLOCKS[text])
        case _:
            return Token(kind="word", text=text if kind == "mark" else _word(text))


def _word(text: str) -> str:
    if text in _KNOWN or text in ("the", "other", "next", "this"):
        return text
    near = suggest.closest(text, {each for each in _KNOWN if len(each) >= _SHORTEST_NAME})
    hint = f"did you mean `{near}`?" if near else None
    raise wrong(f"`{text[:40]}` is not understood", hint)


def _minutes(text: str, hour: int, minute: int, half: str | None) -> int:
    if half and not 1 <= hour <= 12:  # noqa: PLR2004  a clock's face
        raise wrong(f"`{text}` is no time of day", "before am and pm stands an hour from 1 to 12")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if (hour, minute) == (24, 0):
        raise wrong(f"`{text}` is no time of day", "write `00:00`, with the day that begins then")
    if hour > 23 or minute > 59:  # noqa: PLR2004  a clock
        raise wrong(f"`{text}` is no time of day", "times go from `00:00` to `23:59`")
    return hour * 60 + minute


class Reader:
    """Tokens, one after the other."""

    def __init__(self, found: Iterable[Token]) -> None:
        self._rest = list(found)

    @property
    def is_done(self) -> bool:
        """Whether all have been read."""
        return not self._rest

    def peek(self, ahead: int = 0) -> Token:
        """Return the next one without taking it; an empty word at the end."""
        return self._rest[ahead] if ahead < len(self._rest) else Token(kind="word", text="")

    def take(self) -> Token:
        """Return the next one. Raises Invalid at the end."""
        if not self._rest:
            raise wrong("the phrase ends in the middle")
        return self._rest.pop(0)

    def accept(self, *words: str) -> bool:
        """Take the next one if it is one of these words."""
        found = self.peek()
        if self._rest and found.kind == "word" and found.text in words:
            self._rest.pop(0)
            return True
        return False
