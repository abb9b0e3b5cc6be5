"""The five fields that a repeated phrase means, or why five fields cannot mean it.

Day of month and weekday are never both restricted: cron would take them for an OR.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedd.core import cron_fields
from dockschedd.core.phrase_words import wrong

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockschedd.core.phrase_days import Said

_DAY: Final = 24 * 60
_SHORTEST_RANGE: Final = 3


def expression(said: Said) -> str:
    """Return the cron expression. Raises Invalid."""
    minute, hour = _stepped(said) if said.steps else _at(said)
    day, month, weekday = _days(said)
    return f"{minute} {hour} {day} {month} {weekday}"


# ---------------------------------------------------------------- minute and hour


def _at(said: Said) -> tuple[str, str]:
    if said.between:
        raise wrong(
            "how often between those times?", "for example `every 2 hours between 8 and 18`"
        )
    if said.past is not None:
        raise wrong("a minute alone is past each hour", "write `every hour at :20`")
    if not said.times:
        raise wrong("at what time of day?", "add for example `at 22:00`")
    return _product(said.times, "make one schedule for each of these times")


def _product(times: Sequence[int], hint: str) -> tuple[str, str]:
    """Return minutes and hours whose combinations are these times of day and no others."""
    minutes = sorted({each % 60 for each in times})
    hours = sorted({each // 60 for each in times})
    if len(minutes) * len(hours) != len(times):
        raise wrong("one cron expression cannot say these times and no others", hint)
    return _numbers(minutes, 60), _numbers(hours, 24)


def _stepped(said: Said) -> tuple[str, str]:
    assert said.steps
    count, unit = said.steps
    if said.times:
        raise wrong(
            "it says both how often and at what time",
            "write one of them, or the minute: `every hour at :20`",
        )
    if unit == "minute" and said.past is not None:
        raise wrong("a minute of the hour goes with hours", "write `every hour at :20`")
    size, end = (count, 60) if unit == "minute" else (count * 60, _DAY)
    if said.between:
        return _span(said, size)
    if count < 1 or end % size or (unit == "minute" and count == end):
        raise wrong(*_uneven(count, unit))
    step = "*" if count == 1 else f"*/{count}"
    if unit == "minute":
        return step, "*"
    if size == end:
        raise wrong("every 24 hours beginning when?", "write for example `every day at 06:00`")
    return str(said.past or 0), step


def _uneven(count: int, unit: str) -> tuple[str, str]:
    whole = 60 if unit == "minute" else 24
    if unit == "minute" and count >= whole and count % whole == 0:
        hours = count // whole
        return "minutes go up to 59", f"write `every {f'{hours} hours' if hours > 1 else 'hour'}`"
    even = [n for n in range(1, whole) if whole % n == 0]
    near = min(even, key=lambda n: (abs(n - count), n))
    around = "hour" if unit == "minute" else "day"
    message = f"{count} {unit}s do not come out even in {'an' if whole == 60 else 'a'} {around}"  # noqa: PLR2004
    return message, f"write for example `every {near} {unit}{'s' if near > 1 else ''}`"


def _span(said: Said, size: int) -> tuple[str, str]:
    """Return the times from the first to the last, both included, in steps."""
    assert said.between
    first, last = said.between
    if size < 1:
        raise wrong("how often?", "for example `every 2 hours between 8 and 18`")
    if last < first:
        if said.days not in ("", "daily"):
            raise wrong(
                "the span goes over midnight: of which day are the hours after it?",
                "make one schedule before midnight and one after it",
            )
        last += _DAY
    if said.past is not None:
        first = first - first % 60 + said.past + (60 if said.past < first % 60 else 0)
    times = sorted({each % _DAY for each in range(first, last + 1, size)})
    if len(times) < 2:  # noqa: PLR2004  a step has two ends
        raise wrong("the steps are longer than the span", "write the time itself: `at 08:00`")
    return _product(times, _span_hint(first, last, size))


def _span_hint(first: int, last: int, size: int) -> str:
    fits = size < 60 and 60 % size == 0 and first % 60 == 0 and last % 60 == 0  # noqa: PLR2004
    if not fits:
        return "make one schedule for each of these times"
    end = (last - size) % _DAY
    return f"the last time belongs to it; write it as `{end // 60:02}:{end % 60:02}`"


def _numbers(numbers: Sequence[int], whole: int) -> str:
    first, last = numbers[0], numbers[-1]
    step = numbers[1] - first if len(numbers) > 1 else 0
    even = len(numbers) >= _SHORTEST_RANGE and list(numbers) == list(range(first, last + 1, step))
    if even and first == 0 and whole % step == 0 and last + step == whole and whole == 60:  # noqa: PLR2004
        return "*" if step == 1 else f"*/{step}"
    if even:
        return f"{first}-{last}" if step == 1 else f"{first}-{last}/{step}"
    return ",".join(map(str, numbers))


# ---------------------------------------------------------------- days


def _days(said: Said) -> tuple[str, str, str]:
    if said.date is not None:
        return _yearly(said)
    if said.rhythm == "weekly" and said.days != "weekdays":
        raise wrong("on which day of the week?", "for example `weekly on mondays at 06:00`")
    if said.rhythm == "monthly" and said.days not in ("month-days", "nth"):
        raise wrong("on which day of the month?", "for example `on the 1st of the month at 03:00`")
    if said.rhythm == "yearly":
        raise wrong(
            "on which day of the year?", "for example `every year on 24 december at 18:00`"
        )
    if not said.days and not said.steps:
        raise wrong("once, or every day?", "write `every day at …`, or `tomorrow at …`")
    month = ",".join(cron_fields.MONTHS[n - 1] for n in said.months) or "*"
    match said.days:
        case "weekdays":
            return "*", month, _weekdays(said.weekdays)
        case "nth":
            return "*", month, ",".join(_nth(day, n) for day, n in said.nth)
        case "month-days":
            plain = [each for each in said.month_days if each != cron_fields.LAST]
            last = cron_fields.LAST in said.month_days
            return ",".join([*map(str, plain), *(["L"] if last else [])]), month, "*"
        case _:
            return "*", month, "*"


def _yearly(said: Said) -> tuple[str, str, str]:
    assert said.date
    day, month, year = said.date
    if year is not None or said.days or said.months:
        raise wrong(
            "it names one day and repeats as well",
            "for example `every year on 24 december at 18:00`",
        )
    return ("L" if day == cron_fields.LAST else str(day)), cron_fields.MONTHS[month - 1], "*"


def _weekdays(days: tuple[int, ...]) -> str:
    if days == (1, 2, 3, 4, 5):
        return "mon-fri"
    if len(days) == len(cron_fields.WEEKDAYS):
        return "*"
    # A week begins on Monday for whoever reads it.
    return ",".join(cron_fields.WEEKDAYS[day] for day in sorted(days, key=lambda n: (n - 1) % 7))


def _nth(day: int, which: int) -> str:
    return f"L{day}" if which == cron_fields.LAST else f"{cron_fields.WEEKDAYS[day]}#{which}"
