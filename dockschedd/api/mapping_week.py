"""The week of a stack, from core values to wire structs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedd.wire import week as wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockschedd.core import clashes, week


#: They are for people to read.
_MOST_TOLD: Final = 20


def stack(course: week.Course, found: Sequence[clashes.Clash] | None) -> wire.StackWeek:
    """Return the week of one stack, with its conflicts; None: they were not looked for."""
    return wire.StackWeek(
        stack=str(course.ref),
        spans=tuple(
            wire.Span(from_at=each.begin, until_at=each.end, state=each.state, schedule=each.by)
            for each in course.spans
        ),
        marks=tuple(
            wire.Mark(
                at=each.at,
                action=each.action,
                schedule=each.schedule,
                acts=each.acts,
                note=each.note,
                times=each.times,
                until_at=each.until,
            )
            for each in course.marks
        ),
        blocks=tuple(
            wire.Block(from_at=each.begin, until_at=each.end, kind=each.kind, text=each.text)
            for each in course.blocks
        ),
        conflicts=None if found is None else tuple(map(_clash, found[:_MOST_TOLD])),
        more_conflicts=max(0, len(found or ()) - _MOST_TOLD),
        told_until=course.told_until,
    )


def _clash(value: clashes.Clash) -> wire.Clash:
    return wire.Clash(
        kind=value.finding.kind,
        schedules=tuple(sorted(value.finding.names())),
        at=value.at,
        count=value.finding.count,
        text=value.finding.text,
    )
