"""The clauses of a phrase, from left to right: at what times, how often, on which days.

Collected, not yet weighed; saying one thing twice is refused.
"""

from __future__ import annotations

from typing import Final

from dockschedd.core import phrase_days
from dockschedd.core import phrase_words as words
from dockschedd.core.phrase_days import Said
from dockschedd.core.phrase_words import Reader, wrong

#: Hours that both halves of a day have.
_AMBIGUOUS: Final = range(1, 13)
_HOURS: Final = 24


def read(reader: Reader) -> Said:
    """Return what all clauses say. Raises Invalid."""
    said = Said()
    while not reader.is_done:
        _clause(reader, said)
        reader.accept(",")
    return said


def _clause(reader: Reader, said: Said) -> None:
    first = reader.peek()
    if first.kind in ("clock", "past") or reader.accept("at"):
        _at(reader, said)
    elif reader.accept("between"):
        _between(reader, said, ("and", *words.TO))
    elif first.text == "from" and reader.peek(1).text not in words.WEEKDAYS:
        reader.take()
        _between(reader, said, words.TO)
    elif first.text in ("in", "of", "during"):
        reader.take()
        phrase_days.month_or_delay(reader, said)
    elif reader.accept("every", "each"):
        _every(reader, said)
    elif reader.accept("today", "tomorrow"):
        phrase_days.once(said)
        said.ahead = 0 if first.text == "today" else 1
    elif reader.accept("daily"):
        phrase_days.claim(said, "daily")
    elif reader.accept("hourly"):
        _steps(said, 1, "hour")
    elif reader.accept("weekly", "monthly", "yearly", "annually"):
        phrase_days.rhythm(said, "yearly" if first.text == "annually" else first.text)
    else:
        reader.accept("on", "from")
        phrase_days.day(reader, said, every=False)


# ---------------------------------------------------------------- times


def _at(reader: Reader, said: Said) -> None:
    if said.times or said.past is not None:
        raise wrong("it says twice at what time", "join them: `at 6:00 and 18:00`")
    if reader.peek().kind == "past":
        said.past = reader.take().value
        return
    found = [_clock(reader)]
    while _goes_on(reader):
        reader.take()
        found.append(_clock(reader))
    said.times = tuple(sorted(set(found)))


def _goes_on(reader: Reader) -> bool:
    after = reader.peek(1)
    return reader.peek().text in words.AND and after.kind in ("clock", "number")


def _clock(reader: Reader) -> int:
    found = reader.take()
    if found.kind == "clock":
        return found.value
    if found.kind != "number":
        raise wrong(f"`{found.text}` is no time of day", "write for example `at 22:00`")
    if found.value in _AMBIGUOUS:
        hour = found.value % 12
        hint = f"write `{hour:02}:00` or `{hour + 12}:00`"
        raise wrong(f"`{found.text}` is an hour of the morning or of the evening", hint)
    if found.value >= _HOURS:
        raise wrong(f"`{found.text}` is no time of day", "write for example `22:00`")
    return found.value * 60


def _between(reader: Reader, said: Said, to: tuple[str, ...]) -> None:
    if said.between:
        raise wrong("it says twice between what times")
    first = reader.take()
    if not reader.accept(*to):
        raise wrong(
            f"`{first.text}` begins a span that does not end", "for example `between 8 and 18`"
        )
    last = reader.take()
    for each in (first, last):
        if each.kind not in ("clock", "number") or (each.kind == "number" and each.value > 23):  # noqa: PLR2004
            raise wrong(f"`{each.text}` is no time of day", "for example `between 8 and 18`")
    bare = [each.value for each in (first, last) if each.kind == "number"]
    if len(bare) == len((first, last)) and all(each in _AMBIGUOUS for each in bare):
        hint = f"write `{bare[0]:02}:00` and `{bare[1]:02}:00`, or add am and pm"
        raise wrong(
            f"`{first.text}` and `{last.text}` are hours of the morning or of the evening", hint
        )
    said.between = (
        first.value if first.kind == "clock" else first.value * 60,
        last.value if last.kind == "clock" else last.value * 60,
    )
    if said.between[0] == said.between[1]:
        raise wrong("the span begins when it ends")


def _steps(said: Said, count: int, unit: str) -> None:
    if said.steps:
        raise wrong("it says twice how often")
    said.steps = (count, unit)


# ---------------------------------------------------------------- every


def _every(reader: Reader, said: Said) -> None:
    found = reader.peek()
    if found.kind == "number" and reader.peek(1).text in words.UNITS:
        reader.take()
        _every_so_many(said, found.value, words.UNITS[reader.take().text])
    elif found.text == "half" and reader.peek(1).text == "hour":
        reader.take()
        reader.take()
        _steps(said, 30, "minute")
    elif found.text in ("other", "second") and reader.peek(1).text in words.UNITS:
        _every_so_many(said, 2, words.UNITS[reader.peek(1).text])
        reader.take()
        reader.take()
    elif found.text == "other":
        raise wrong("cron cannot leave out every other one", "name the days themselves")
    elif found.text in words.UNITS:
        _every_so_many(said, 1, words.UNITS[reader.take().text])
    else:
        reader.accept("on")
        phrase_days.day(reader, said, every=True)


def _every_so_many(said: Said, count: int, unit: str) -> None:
    if unit in ("minute", "hour"):
        _steps(said, count, unit)
    elif count != 1:
        raise wrong(
            f"cron cannot count {unit}s: it would begin anew with each month or year",
            "name the days, for example `on the 1st and 15th at 03:00`",
        )
    elif unit == "day":
        phrase_days.claim(said, "daily")
    else:
        phrase_days.rhythm(said, {"week": "weekly", "month": "monthly", "year": "yearly"}[unit])
