"""A week of four stacks, beside the wire values of samples.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dockschedd.wire import week

HOUR = timedelta(hours=1)
#: Tuesday in Berlin; samples.NOW is on it.
BEGIN = datetime(2026, 11, 23, 23, tzinfo=UTC)


def at(hours: float) -> datetime:
    """So long after the first day has begun."""
    return BEGIN + hours * HOUR


def span(begin: float, end: float, state: str, by: str | None = None) -> week.Span:
    return week.Span(from_at=at(begin), until_at=at(end), state=state, schedule=by)


def mark(when: float, action: str, by: str, note: str = "", **how) -> week.Mark:
    fields = {"acts": True, "times": 1, "until_at": at(when), **how}
    return week.Mark(at=at(when), action=action, schedule=by, note=note, **fields)


def stack(name: str, **changes) -> week.StackWeek:
    return week.StackWeek(
        **{
            "stack": name,
            "spans": (span(0, 168, "any"),),
            "marks": (),
            "blocks": (),
            "conflicts": (),
            "more_conflicts": 0,
            "told_until": None,
            **changes,
        }
    )


_OFFICE = tuple(
    each
    for day in range(7)
    for each in (
        span(24 * day, 24 * day + 8, "asleep", "office"),
        span(24 * day + 8, 24 * day + 18, "awake", "office"),
        span(24 * day + 18, 24 * day + 24, "asleep", "office"),
    )
)
_MARKS = (
    mark(27, "restart", "fresh"),
    mark(36, "restart", "noon", times=12, until_at=at(38)),
    *(mark(24 * day + 8, "start", "office") for day in range(7)),
    *(mark(24 * day + 18, "stop", "office") for day in range(7)),
)
WEEK = week.Week(
    zone="Europe/Berlin",
    days=tuple(at(24 * day) for day in range(8)),
    items=(
        stack("edge/cache"),
        stack(
            "local/db",
            spans=(span(0, 30, "awake", "office"), span(30, 168, "awake")),
            marks=(
                mark(42, "stop", "office", "`local/db` is held up by alice", acts=False),
                mark(66, "stop", "office", "`local/db` is held up by alice", acts=False),
            ),
            blocks=(
                week.Block(
                    from_at=at(30),
                    until_at=at(168),
                    kind="hold",
                    text="`local/db` is held up by alice until it is released: migration",
                ),
            ),
            conflicts=None,
        ),
        stack(
            "local/web",
            spans=_OFFICE,
            marks=_MARKS,
            conflicts=(
                week.Clash(
                    kind="asleep",
                    schedules=("fresh", "office"),
                    at=(at(27),),
                    count=1,
                    text="`fresh` would restart `local/web` at 03:00 on 25 November 2026, "
                    "Europe/Berlin, while `office` wants it asleep, from 18:00 on 24 November "
                    "2026 to 08:00 on 25 November 2026, Europe/Berlin",
                ),
            ),
        ),
        stack("local/worker", spans=(span(0, 100, "asleep", "busy"),), told_until=at(100)),
    ),
    complete=True,
)
