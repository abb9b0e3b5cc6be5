"""What a tick must record: each planned instant of a schedule in an interval, with its verdict.

The partition law: however [next_at, now] is cut into calls, every instant comes out once, in
order, with the verdict that one call for the whole would have given. That is what lets the
ticker be late, early or restarted without losing or doubling an occurrence. Decides for one
schedule; which of several schedules' missed actions counts on a stack is core.fold's answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from dockschedd.core import cron, dates, explain, instants, model, triggers, wants

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: `all` catches up no more than this many, the newest.
MOST_CAUGHT_UP = 100
WHY_LATE = "missed while dockschedd was not running or the clock jumped"
_SECOND = timedelta(seconds=1)


class Verdict(StrEnum):
    """What becomes of an occurrence."""

    RUN = "run"
    MISSED = "missed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """One occurrence that has to be recorded."""

    schedule_id: str
    planned_at: datetime
    #: It fell into downtime, a suspend or a clock step.
    late: bool
    verdict: Verdict
    #: Why it is this verdict, as a sentence.
    cause: str
    #: The planned instant that takes its place; None unless superseded.
    superseded_by: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Dues:
    """What one call decided."""

    #: By planned instant, ascending.
    items: tuple[Due, ...]
    #: The first instant that is not among the items or before them; None when there is none.
    next_at: datetime | None
    #: A one-off has come.
    done: bool
    #: `next_at` is due as well: ask again, from there.
    more: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """One instant of a preview."""

    at: datetime
    #: The same instant, aware, in the trigger's zone.
    local: datetime
    #: What a clock change does to it, as a sentence; "" nearly always.
    note: str
    #: What a window does then; None for other triggers.
    action: model.Action | None = None


def due(
    schedule: model.Schedule, *, now: datetime, live_since: datetime, limit: int = 1000
) -> Dues:
    """Return the first `limit` occurrences in [schedule.next_at, now], each with its verdict.

    `live_since` is the instant since which the clock has been watched without a gap: what was
    planned up to then is late and falls under the schedule's catch-up policy, what was planned
    later is on time and runs. Calls that share one interval must be given the same `now` and
    `live_since`. Nothing is due for a disabled schedule or while `now` is before next_at.
    Raises Invalid when the trigger's expression or zone is not valid.
    """
    first = schedule.next_at
    if not schedule.enabled or first is None or now < first:
        return Dues(items=(), next_at=first, done=schedule.done, more=False)
    planned, next_at = _upcoming(schedule.trigger, first=first, until=now, limit=limit)
    late_until = min(now, live_since)
    late = [at for at in planned if at <= late_until]
    items = (
        *_judge_late(schedule, late, next_at=next_at, now=now, late_until=late_until),
        *(on_time(schedule, at) for at in planned[len(late) :]),
    )
    more = next_at is not None and next_at <= now
    return Dues(
        items=items,
        next_at=next_at,
        done=isinstance(schedule.trigger, triggers.AtTrigger),
        more=more,
    )


def first_at(trigger: triggers.Trigger, *, after: datetime) -> datetime | None:
    """Return the first instant of the trigger strictly later than `after`, in UTC, or None.

    Raises Invalid when its expression or zone is not valid.
    """
    match trigger:
        case triggers.CronTrigger():
            return dates.next_after(trigger, after)
        case triggers.AtTrigger():
            return instants.as_utc(trigger.at) if trigger.at > after else None
        case triggers.WindowTrigger():
            return wants.next_edge(trigger, after=after)
        case _:
            assert_never(trigger)


def again_at(schedule: model.Schedule, *, now: datetime) -> datetime | None:
    """Return next_at of a schedule of which calendars have changed.

    From now on, as what would have come before is not missed; what is due already stays due
    where it still exists.
    """
    if not schedule.enabled or schedule.done:
        return schedule.next_at
    after = now
    if schedule.next_at is not None and schedule.next_at <= now:
        after = schedule.next_at - timedelta.resolution
    return first_at(schedule.trigger, after=after)


def action_at(schedule: model.Schedule, at: datetime) -> model.Action:
    """Return what the schedule does at `at`, one of its planned instants."""
    trigger = schedule.trigger
    if isinstance(trigger, triggers.WindowTrigger):
        return _edge(trigger, at)
    assert schedule.action is not None
    return schedule.action


def _edge(trigger: triggers.WindowTrigger, at: datetime) -> model.Action:
    wish = wants.wish_at(trigger, at)
    assert wish is not None
    return wants.action(trigger, wish)


def expires(schedule: model.Schedule) -> bool:
    """Return whether its occurrences are too late at some time: a wanted state never is."""
    return not wants.is_state(schedule.trigger)


def preview(trigger: triggers.Trigger, *, after: datetime, count: int) -> tuple[Moment, ...]:
    """Return up to `count` instants strictly later than `after`, ascending.

    Raises Invalid when the trigger's expression or zone is not valid.
    """
    zone = cron.zone(trigger.zone)
    moments: list[Moment] = []
    at = first_at(trigger, after=after)
    while at is not None and len(moments) < count:
        note = explain.note(trigger, at)
        action = _edge(trigger, at) if isinstance(trigger, triggers.WindowTrigger) else None
        moments.append(Moment(at=at, local=at.astimezone(zone), note=note, action=action))
        at = first_at(trigger, after=at)
    return tuple(moments)


def _upcoming(
    trigger: triggers.Trigger, *, first: datetime, until: datetime, limit: int
) -> tuple[list[datetime], datetime | None]:
    """Return up to `limit` instants from `first`, which is one, to `until`; and the next one."""
    if isinstance(trigger, triggers.AtTrigger):
        return [first], None
    found: list[datetime] = []
    at: datetime | None = first
    while at is not None and at <= until and len(found) < limit:
        found.append(at)
        at = first_at(trigger, after=at)
    return found, at


# ---------------------------------------------------------------- verdicts


def on_time(schedule: model.Schedule, at: datetime) -> Due:
    """Return the occurrence at that instant as one that is not late."""
    note = explain.note(schedule.trigger, at)
    cause = said(schedule, at)
    return Due(
        schedule_id=schedule.id,
        planned_at=at,
        late=False,
        verdict=Verdict.RUN,
        cause=f"{cause}; {note}" if note else cause,
    )


def _judge_late(
    schedule: model.Schedule,
    late: Sequence[datetime],
    *,
    next_at: datetime | None,
    now: datetime,
    late_until: datetime,
) -> tuple[Due, ...]:
    """Return a verdict for each of the late ones; later ones may follow from `next_at` on."""
    if not late:
        return ()
    match schedule.catch_up:
        case model.CatchUp.SKIP:
            cause = "this schedule skips what it missed (catch-up: skip)"
            return tuple(missed(schedule, at, cause) for at in late)
        case model.CatchUp.LATEST:
            newest = newest_at(schedule.trigger, first=late[0], until=late_until)
            if expires(schedule) and now - newest > schedule.deadline:
                return tuple(missed(schedule, at, too_late(schedule, at, now)) for at in late)
            following = first_at(schedule.trigger, after=newest)
            on_time = following if following is not None and following <= now else None
            return tuple(
                caught_up(schedule, at, now)
                if at == newest and on_time is None
                else _superseded(schedule, at, on_time or newest)
                for at in late
            )
        case model.CatchUp.ALL:
            newer = _count(schedule.trigger, first=next_at, until=late_until)
            return tuple(
                _one_of_all(schedule, at, now, newer=newer + len(late) - place)
                for place, at in enumerate(late, start=1)
            )
        case _:
            assert_never(schedule.catch_up)


def _one_of_all(schedule: model.Schedule, at: datetime, now: datetime, *, newer: int) -> Due:
    if now - at > schedule.deadline:
        return missed(schedule, at, too_late(schedule, at, now))
    if newer >= MOST_CAUGHT_UP:
        return missed(schedule, at, f"only the newest {MOST_CAUGHT_UP} are caught up")
    return caught_up(schedule, at, now)


def caught_up(schedule: model.Schedule, at: datetime, now: datetime) -> Due:
    """Return the occurrence at that instant as one that is carried out late."""
    policy = f"caught up {_lateness(at, now)} late"
    if expires(schedule):
        policy += f" (catch-up: {schedule.catch_up})"
    return Due(
        schedule_id=schedule.id,
        planned_at=at,
        late=True,
        verdict=Verdict.RUN,
        cause=f"{said(schedule, at)}; {WHY_LATE}; {policy}",
    )


def missed(schedule: model.Schedule, at: datetime, because: str) -> Due:
    """Return the occurrence at that instant as one that is not carried out any more."""
    return Due(
        schedule_id=schedule.id,
        planned_at=at,
        late=True,
        verdict=Verdict.MISSED,
        cause=f"{WHY_LATE}; {because}",
    )


def _superseded(schedule: model.Schedule, at: datetime, by: datetime) -> Due:
    return Due(
        schedule_id=schedule.id,
        planned_at=at,
        late=True,
        verdict=Verdict.SUPERSEDED,
        cause=f"{WHY_LATE}; the one due at {shown(schedule, by)} takes its place",
        superseded_by=by,
    )


def too_late(schedule: model.Schedule, at: datetime, now: datetime) -> str:
    """Return how late it is, and that the schedule's deadline has passed."""
    deadline = instants.format_duration(schedule.deadline)
    return f"{_lateness(at, now)} late, which is more than the deadline of {deadline}"


def _lateness(at: datetime, now: datetime) -> str:
    """Return it rounded up, so that it never reads as within a deadline that it is past."""
    return instants.format_duration(-((at - now) // _SECOND) * _SECOND)


def said(schedule: model.Schedule, at: datetime) -> str:
    """Return what comes at `at`, one of its planned instants, as its owner reads it."""
    trigger = schedule.trigger
    if isinstance(trigger, triggers.WindowTrigger):
        return f"{wants.wish_at(trigger, at)} from {shown(schedule, at)}"
    return f"due at {shown(schedule, at)}"


def shown(schedule: model.Schedule, at: datetime) -> str:
    """Return the instant as the schedule's owner reads it."""
    zone = schedule.trigger.zone
    wall = instants.wall(at, cron.zone(zone))
    return f"{instants.clock(wall)} on {instants.date(wall)}, {zone}"


# ---------------------------------------------------------------- looking ahead


def newest_at(trigger: triggers.Trigger, *, first: datetime, until: datetime) -> datetime:
    """Return the newest instant in [first, until], of which `first` is one.

    Halves the interval instead of walking through it: a year of minutes takes 25 questions.
    """
    newest, end = first, until
    while end - newest >= _SECOND:
        middle = newest + (end - newest) / 2
        found = first_at(trigger, after=middle)
        if found is not None and found <= end:
            newest = found
        else:
            end = middle
    return newest


def _count(trigger: triggers.Trigger, *, first: datetime | None, until: datetime) -> int:
    """Return how many instants there are in [first, until], or MOST_CAUGHT_UP if more."""
    if first is None:
        return 0
    return len(_upcoming(trigger, first=first, until=until, limit=MOST_CAUGHT_UP)[0])
