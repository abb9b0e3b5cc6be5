"""What a schedule will do next on a stack, as far as other windows let it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedd.core import due, spread, wants

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dockschedd.core import model

#: Edges in a row that are overruled before it counts as doing nothing.
_MOST_OVERRULED: Final = 50


def first(
    schedule: model.Schedule,
    ref: model.StackRef,
    others: Sequence[model.Schedule],
    *,
    after: datetime,
) -> tuple[datetime, model.Action] | None:
    """Return when it next acts on the stack, strictly later than `after`, and how.

    `others`: schedules of the stack; edges that windows among them overrule are passed over.
    None where it does nothing any more.
    """
    moved = spread.offset(schedule.id, ref, schedule.spread)
    at = due.first_at(schedule.trigger, after=after - moved)
    for _ in range(_MOST_OVERRULED):
        if at is None:
            return None
        if wants.overruled(schedule, ref, others, at=at + moved) is None:
            return at + moved, due.action_at(schedule, at)
        at = due.first_at(schedule.trigger, after=at)
    return None
