"""The days of a phrase: weekdays, days of the month, dates, months; and what all clauses said.

Each clause says one thing; saying it twice is refused, as is what could be once or each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from dockschedd.core import cron_fields
from dockschedd.core import phrase_words as words
from dockschedd.core.phrase_words import Reader, wrong

_DAYS: Final = 31


@dataclass(slots=True)
class Said:
    """What the clauses have said so far."""

    #: Minutes since midnight.
    times: tuple[int, ...] = ()
    #: (count, minute or hour)
    steps: tuple[int, str] | None = None
    #: The minute of the hour.
    past: int | None = None
    #: First and last minute of the day.
    between: tuple[int, int] | None = None
    #: Any of daily, weekdays, nth, month-days.
    days: str = ""
    weekdays: tuple[int, ...] = ()
    nth: tuple[tuple[int, int], ...] = ()
    #: With cron_fields.LAST for the last one.
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    #: day, month, year
    date: tuple[int, int, int | None] | None = None
    #: weekly, monthly or yearly
    rhythm: str = ""
    #: Days from today.
    ahead: int | None = None
    delay: timedelta | None = None

    @property
    def is_once(self) -> bool:
        """Whether it names one instant."""
        dated = self.date is not None and self.rhythm != "yearly"
        return dated or self.ahead is not None or self.delay is not None


def rhythm(said: Said, name: str) -> None:
    if said.rhythm not in ("", name):
        raise wrong(f"it is both {said.rhythm} and {name}")
    said.rhythm = name


def claim(said: Said, kind: str) -> None:
    if said.days:
        hint = "days of the month and weekdays cannot be joined; make two schedules"
        raise wrong("it says twice on which days", hint)
    said.days = kind


def once(said: Said) -> None:
    if said.is_once or said.date:
        raise wrong("it names two dates", "make two schedules")


def day(reader: Reader, said: Said, *, every: bool) -> None:
    found = reader.peek()
    if found.text in ("weekday", "weekdays", "weekend", "weekends"):
        if not every and not found.text.endswith("s"):
            raise wrong(f"`{found.text}`: which one?", f"write `every {found.text}`")
        reader.take()
        claim(said, "weekdays")
        said.weekdays = (1, 2, 3, 4, 5) if found.text.startswith("weekday") else (0, 6)
    elif found.text in words.WEEKDAYS or found.text in words.MANY_WEEKDAYS:
        _named_days(reader, said, every=every)
    elif found.kind == "ordinal" or found.text in words.ORDINALS:
        _ordinals(reader, said, every=every)
    elif found.text in ("day", "days") and reader.peek(1).kind == "number":
        reader.take()
        claim(said, "month-days")
        said.month_days = _numbers(reader)
        _need_month(reader, said, "day 15")
    elif found.kind == "iso":
        reader.take()
        once(said)
        year, month, day = map(int, found.text.split("-"))
        said.date = (day, _month(month), year)
    elif found.text in words.MONTHS:
        reader.take()
        _dated(reader, said, _day_number(reader), words.MONTHS[found.text], every=every)
    elif found.kind == "number" and reader.peek(1).text in words.MONTHS:
        number = _day_number(reader)
        _dated(reader, said, number, words.MONTHS[reader.take().text], every=every)
    elif found.text in ("next", "this"):
        hint = "write the date itself, for example `on 24 december at 18:00`"
        raise wrong(f"`{found.text}`: of this week or of the one after?", hint)
    else:
        raise wrong(
            f"`{found.text}` is not understood here"
            if found.text
            else "the phrase ends in the middle"
        )


def _named_days(reader: Reader, said: Said, *, every: bool) -> None:
    single = reader.peek()
    found: list[int] = []
    while True:
        day = _weekday(reader)
        if reader.peek().text in words.TO:
            reader.take()
            last = _weekday(reader)
            found += [(day + ahead) % 7 for ahead in range((last - day) % 7 + 1)]
        else:
            found.append(day)
        after = reader.peek(1).text
        known = after in words.WEEKDAYS or after in words.MANY_WEEKDAYS
        if not (reader.peek().text in words.AND and known):
            break
        reader.take()
    rhythmic = every or said.rhythm == "weekly" or single.text in words.MANY_WEEKDAYS
    if len(found) == 1 and not rhythmic:
        hint = f"write `every {single.text}`, or the date itself, for example `on 24 december`"
        raise wrong(f"`{single.text}`: once, or every week?", hint)
    claim(said, "weekdays")
    said.weekdays = tuple(sorted(set(found)))


def _weekday(reader: Reader) -> int:
    found = reader.take().text
    day = words.WEEKDAYS.get(found, words.MANY_WEEKDAYS.get(found))
    if day is None:
        raise wrong(f"`{found}` is no weekday")
    return day


def _ordinals(reader: Reader, said: Said, *, every: bool) -> None:
    which = [_ordinal(reader)]
    while reader.peek().text in words.AND and (
        reader.peek(1).kind == "ordinal" or reader.peek(1).text in words.ORDINALS
    ):
        reader.take()
        which.append(_ordinal(reader))
    after = reader.peek().text
    if after in ("weekday", "weekdays"):
        hint = "name the weekday, for example `first monday of the month`"
        raise wrong("cron cannot count working days", hint)
    if after in words.WEEKDAYS or after in words.MANY_WEEKDAYS:
        claim(said, "nth")
        found = _counted(reader, which)
        while (
            reader.peek().text in words.AND
            and (reader.peek(1).kind == "ordinal" or reader.peek(1).text in words.ORDINALS)
            and reader.peek(2).text in words.WEEKDAYS
        ):
            reader.take()
            found += _counted(reader, [_ordinal(reader)])
        said.nth = tuple(sorted(set(found)))
        _need_month(reader, said, f"first {after}")
        return
    named = reader.accept("day", "days")
    if not named and (
        after in words.MONTHS or (after == "of" and reader.peek(1).text in words.MONTHS)
    ):
        reader.accept("of")
        if len(which) > 1:
            raise wrong("it names several dates", "write `on the 1st and 15th in january`")
        _dated(reader, said, _in_month(which[0]), words.MONTHS[reader.take().text], every=every)
        return
    if cron_fields.LAST in which and not named:
        raise wrong("`last`: the last what?", "write `last day of the month`")
    claim(said, "month-days")
    said.month_days = tuple(sorted({_in_month(each) for each in which}))
    if not _of_the_month(reader) and reader.peek().text == "of":
        raise wrong(
            "of that month once, or every year?",
            "write `last day of the month`, and behind it `in february`",
        )


def _counted(reader: Reader, which: list[int]) -> list[tuple[int, int]]:
    """Take weekdays; return each with each of the ordinals."""
    if any(each > 5 for each in which):  # noqa: PLR2004  weeks of a month
        raise wrong("no month has more than five of one weekday")
    weekdays = [_weekday(reader)]
    while reader.peek().text in words.AND and reader.peek(1).text in words.WEEKDAYS:
        reader.take()
        weekdays.append(_weekday(reader))
    return [(day, each) for day in weekdays for each in which]


def _ordinal(reader: Reader) -> int:
    found = reader.take()
    return found.value if found.kind == "ordinal" else words.ORDINALS[found.text]


def _need_month(reader: Reader, said: Said, example: str) -> None:
    if not _of_the_month(reader) and said.rhythm != "monthly":
        hint = f"write `{example} of the month`"
        if reader.peek().text == "of":
            hint += ", and a month behind it as `in january`"
        raise wrong("counted from the beginning of what?", hint)


def _of_the_month(reader: Reader) -> bool:
    """Take `of the month` or `of every month`; return whether it was there."""
    if reader.peek().text not in ("of", "in"):
        return False
    ahead = 2 if reader.peek(1).text in ("every", "each") else 1
    if reader.peek(ahead).text not in ("month", "months"):
        return False
    for _ in range(ahead + 1):
        reader.take()
    return True


def _numbers(reader: Reader) -> tuple[int, ...]:
    found = [_day_number(reader)]
    while reader.peek().text in (*words.AND, *words.TO) and reader.peek(1).kind == "number":
        if reader.take().text in words.TO:
            found += range(found[-1] + 1, _day_number(reader) + 1)
        else:
            found.append(_day_number(reader))
    if reader.peek().text in words.AND and reader.peek(1).text == "last":
        reader.take()
        reader.take()
        reader.accept("day")
        found.append(cron_fields.LAST)
    return tuple(sorted(set(found)))


# ---------------------------------------------------------------- dates and months


def _dated(reader: Reader, said: Said, day: int, month: int, *, every: bool) -> None:
    once(said)
    reader.accept(",")
    year = None
    if reader.peek().kind == "number" and reader.peek().value > 999:  # noqa: PLR2004  a year
        year = reader.take().value
    if every:
        rhythm(said, "yearly")
    said.date = (day, month, year)


def _day_number(reader: Reader) -> int:
    found = reader.take()
    if found.kind not in ("number", "ordinal"):
        raise wrong(f"`{found.text}` is no day of a month")
    return _in_month(found.value)


def _in_month(day: int) -> int:
    if day != cron_fields.LAST and not 1 <= day <= _DAYS:
        raise wrong(f"no month has a day {day}")
    return day


def _month(number: int) -> int:
    if not 1 <= number <= 12:  # noqa: PLR2004  months
        raise wrong(f"there is no month {number}")
    return number


def month_or_delay(reader: Reader, said: Said) -> None:
    if reader.peek().kind == "number":
        count, unit = reader.take().value, words.UNITS.get(reader.take().text)
        once(said)
        if unit in ("minute", "hour") and count:
            said.delay = timedelta(**{f"{unit}s": count})
        elif unit == "day":
            said.ahead = count
        else:
            raise wrong("in how many minutes, hours or days?", "for example `in 90 minutes`")
        return
    if said.months:
        raise wrong("it says twice in which months")
    found: list[int] = []
    while True:
        month = words.MONTHS.get(reader.peek().text)
        if month is None:
            raise wrong(f"`{reader.take().text}` is no month")
        reader.take()
        if reader.peek().text in words.TO and reader.peek(1).text in words.MONTHS:
            reader.take()
            last = words.MONTHS[reader.take().text]
            found += [(month + ahead - 1) % 12 + 1 for ahead in range((last - month) % 12 + 1)]
        else:
            found.append(month)
        if not (reader.peek().text in words.AND and reader.peek(1).text in words.MONTHS):
            break
        reader.take()
    said.months = tuple(sorted(set(found)))
