"""Which runs are wanted, and those that are known of them, newest first. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl.ui.state import furthest
from dockschedctl.wording import printable
from dockschedd.wire.runs import RunQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Self

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import runs

#: What the daemon lists where only runs are asked for that did not end well.
TROUBLED: Final = frozenset({"failed", "partial", "missed", "interrupted"})
#: period → how it is said.
PERIODS: Final = {
    "all": "All",
    "night": "Last night",
    "today": "Today",
    "week": "7 days",
}
#: Last night began at this hour of yesterday.
_EVENING: Final = time(18)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs a person wants to see."""

    troubled: bool = False
    stack: str | None = None
    schedule: str | None = None
    status: str | None = None
    #: A key of PERIODS.
    period: str = "all"

    def changed(self, **changes: object) -> Self:
        """Return the same with changes."""
        return msgspec.structs.replace(self, **changes)

    def turned(self, field: str, value: str | None) -> Self:
        """Return the same with only what is like that; without, where that was so already."""
        is_on = getattr(self, field) is not None
        return self.changed(**{field: None if is_on else value})

    def query(self, limit: int, cursor: str | None) -> RunQuery:
        """Return what to ask the daemon for."""
        return RunQuery(
            stack=self.stack,
            schedule=self.schedule,
            status=self.status,
            troubled=True if self.troubled else msgspec.UNSET,
            limit=limit,
            cursor=cursor,
        )

    def since(self, moment: Moment) -> datetime | None:
        """Return from when on runs are wanted; None: from the first."""
        today = moment.now.astimezone(moment.zone).date()
        match self.period:
            case "night":
                return _local(datetime.combine(today - timedelta(days=1), _EVENING), moment)
            case "today":
                return _local(datetime.combine(today, time()), moment)
            case "week":
                return moment.now - timedelta(days=7)
            case _:
                return None

    def means(self, run: runs.Run, since: datetime | None) -> bool:
        """Return whether the run is wanted."""
        return (
            (not self.troubled or run.status in TROUBLED)
            and self.stack in (None, run.stack)
            and self.schedule in (None, run.schedule)
            and self.status in (None, run.status)
            and (since is None or run.created_at >= since)
        )

    def words(self, moment: Moment) -> Iterator[str]:
        """Yield what is wanted, in words."""
        if self.troubled:
            yield "✗ failed only"
        since = self.since(moment)
        if since is not None:
            yield f"since {moment.short(since)}"
        for noun, name in (("stack", self.stack), ("schedule", self.schedule)):
            if name is not None:
                yield f"{noun} {printable(name)}"
        if self.status is not None:
            yield f"{self.status} only"


def _local(wall: datetime, moment: Moment) -> datetime:
    """Return the instant at which clocks of the zone say that; the earlier one of two."""
    if moment.zone is None:
        return wall.astimezone()
    return wall.replace(tzinfo=moment.zone)


def current(
    items: Sequence[runs.Run] | None,
    known: Iterable[runs.Run],
    *,
    wanted: Wanted,
    since: datetime | None,
    more: bool,
) -> tuple[runs.Run, ...] | None:
    """Return what was read, as it is now, with what has come since, newest first.

    `more`: older ones were not read, and none of them is put behind the last that was. None:
    nothing was read, and none is known.
    """
    found = {run.id: run for run in items or ()}
    oldest = min(found, default="")
    for run in known:
        if run.id in found:
            found[run.id] = furthest(found[run.id], run)
        elif not more or run.id > oldest:
            found[run.id] = run
    some = sorted((run for run in found.values() if wanted.means(run, since)), key=_id)
    return tuple(reversed(some)) or (None if items is None else ())


def _id(run: runs.Run) -> str:
    """Ids are in the order in which runs were made."""
    return run.id
