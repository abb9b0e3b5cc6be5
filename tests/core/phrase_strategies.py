"""Phrases with what they mean, told without cron: which minutes of which days of a year."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WHICH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


@dataclass(frozen=True)
class Phrase:
    """Words, and the instants (naive, as if no clock changed) that they mean."""

    text: str
    on: Callable[[date], bool]
    #: Minutes since midnight.
    times: frozenset[int]


def clock(minutes: int, *, form: str = "24") -> str:
    hour, minute = divmod(minutes, 60)
    if form == "24":
        return f"{hour}:{minute:02}"
    half = "am" if hour < 12 else "pm"
    shown = hour % 12 or 12
    return f"{shown}{half}" if minute == 0 and form == "12" else f"{shown}:{minute:02} {half}"


def joined(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def is_nth(day: date, weekday: int, which: int) -> bool:
    if day.weekday() != weekday:
        return False
    if which == -1:
        return day.day + 7 > calendar.monthrange(day.year, day.month)[1]
    return (day.day - 1) // 7 + 1 == which


@st.composite
def days(draw: st.DrawFn) -> tuple[str, Callable[[date], bool]]:  # noqa: PLR0911  one per kind
    """Which days."""
    kind = draw(st.sampled_from(["daily", "weekday", "weekend", "named", "range", "nth", "month"]))
    match kind:
        case "daily":
            return draw(st.sampled_from(["every day", "daily", "each day"])), lambda _: True
        case "weekday":
            text = draw(st.sampled_from(["every weekday", "weekdays", "on weekdays"]))
            return text, lambda day: day.weekday() < 5
        case "weekend":
            text = draw(st.sampled_from(["every weekend", "weekends", "on weekends"]))
            return text, lambda day: day.weekday() >= 5
        case "named":
            named = draw(st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True))
            every = draw(st.booleans())
            names = joined([DAYS[n] + ("" if every else "s") for n in named])
            return ("every " if every else "on ") + names, lambda day: day.weekday() in named
        case "range":
            first = draw(st.integers(0, 5))
            last = draw(st.integers(first + 1, 6))
            form = draw(st.sampled_from(["{} to {}", "every {}-{}"]))
            short = draw(st.booleans())
            names = [DAYS[n][:3] if short else DAYS[n] for n in (first, last)]
            return form.format(*names), lambda day: first <= day.weekday() <= last
        case "nth":
            which = draw(st.lists(st.sampled_from(sorted(WHICH)), min_size=1, max_size=2,
                                  unique=True))  # fmt: skip
            weekday = draw(st.integers(0, 6))
            of = draw(st.sampled_from(["of the month", "of every month"]))
            names = joined([WHICH[n] for n in which])
            text = f"on the {names} {DAYS[weekday]} {of}"
            return text, lambda day: any(is_nth(day, weekday, n) for n in which)
        case _:
            numbers = draw(st.lists(st.integers(1, 31), min_size=1, max_size=3, unique=True))
            last = draw(st.booleans())
            names = [f"{n}{ENDINGS.get(n, 'th')}" for n in numbers]
            if last:
                text = f"on the {joined([*names, 'last day'])} of the month"
            else:
                text = f"on the {joined(names)}"
            return (
                text,
                lambda day: (
                    day.day in numbers or (last and (day + timedelta(days=1)).month != day.month)
                ),
            )


@st.composite
def times(draw: st.DrawFn) -> tuple[str, frozenset[int], bool]:
    """At what times, or how often; whether it needs to be told on which days."""
    kind = draw(st.sampled_from(["at", "hours", "minutes", "between", "span"]))
    match kind:
        case "at":
            minute = draw(st.integers(0, 59))
            hours = draw(st.lists(st.integers(0, 23), min_size=1, max_size=3, unique=True))
            form = draw(st.sampled_from(["24", "12", "12 long"]))
            found = [hour * 60 + minute for hour in hours]
            return "at " + joined([clock(n, form=form) for n in found]), frozenset(found), True
        case "hours":
            step = draw(st.sampled_from([1, 2, 3, 4, 6, 8, 12]))
            past = draw(st.integers(0, 59))
            text = "every hour" if step == 1 else f"every {step} hours"
            found = frozenset(hour * 60 + past for hour in range(0, 24, step))
            return f"{text} at :{past:02}" if past else text, found, False
        case "minutes":
            step = draw(st.sampled_from([1, 2, 5, 10, 15, 20, 30]))
            text = "every minute" if step == 1 else f"every {step} minutes"
            return text, frozenset(range(0, 1440, step)), False
        case "between":
            first = draw(st.integers(0, 11))
            last = draw(st.integers(13, 23))
            step = draw(st.integers(1, last - first))
            text = f"every {step} hours between {first} and {last}"
            return text, frozenset(range(first * 60, last * 60 + 1, step * 60)), False
        case _:
            step = draw(st.sampled_from([10, 15, 20, 30]))
            first = draw(st.integers(0, 20))
            last = draw(st.integers(first, 22)) * 60 + 60 - step
            text = f"every {step} minutes from {clock(first * 60)} to {clock(last)}"
            return text, frozenset(range(first * 60, last + 1, step)), False


@st.composite
def phrases(draw: st.DrawFn) -> Phrase:
    """Phrases that repeat."""
    on_text, on = draw(days())
    at_text, at, needs_days = draw(times())
    parts = [on_text, at_text] if needs_days or draw(st.booleans()) else [at_text]
    if len(parts) == 1:
        return Phrase(at_text, lambda _: True, at)
    if draw(st.booleans()):
        parts.reverse()
    if not draw(st.booleans()):
        return Phrase(draw(spelled(" ".join(parts))), on, at)
    months = draw(st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True))
    # A short day such as the 31st comes in no year when only short months are left.
    months = sorted({*months, 1})
    text = f"{' '.join(parts)} in {joined([MONTHS[n - 1] for n in months])}"
    return Phrase(draw(spelled(text)), lambda day: on(day) and day.month in months, at)


def spelled(text: str) -> st.SearchStrategy[str]:
    """The same words as people also type them."""
    return st.sampled_from(
        [text, text.upper(), text.title(), f"  {text} .", text.replace(" ", "  ")]
    )
