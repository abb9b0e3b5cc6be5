"""What was missed, folded per stack across schedules: only the last word on a stack counts.

A word is an occurrence that something was or would have been done for. A later word that
changes the state takes the place of every missed one before it, a later restart that of missed
restarts. The answer for one occurrence depends on the last words alone, not on how a backlog is
cut. Schedules that catch up `all` or `skip` are not folded; they have their word all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockschedd.core import model

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One occurrence on one stack, or a run that a person asked for."""

    #: When it was to begin.
    at: datetime
    action: model.Action
    #: The run of it.
    run_id: str
    #: None for a run that a person asked for.
    schedule_id: str | None
    planned_at: datetime
    #: Who said it: `schedule `morning``.
    by: str

    @property
    def key(self) -> tuple[datetime, str]:
        """Order on one stack: at the same instant, schedules follow by id and people first."""
        return self.at, self.schedule_id or ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Last:
    """The last words on one stack."""

    #: The last one that changes the state.
    state: Word | None = None
    restart: Word | None = None

    def over(self, *, at: datetime, schedule_id: str, action: model.Action) -> Word | None:
        """Return the word that takes the place of a missed occurrence; None: it is the last."""
        words = [self.state]
        if action is model.Action.RESTART:
            words.append(self.restart)
        later = [word for word in words if word is not None and word.key > (at, schedule_id)]
        return max(later, key=lambda word: word.key, default=None)


def last(words: Iterable[Word]) -> Last:
    """Return the last ones of the words on one stack, in whatever order they come."""
    state: Word | None = None
    restart: Word | None = None
    for word in words:
        if word.action is model.Action.RESTART:
            restart = word if restart is None or word.key > restart.key else restart
        else:
            state = word if state is None or word.key > state.key else state
    return Last(state=state, restart=restart)
