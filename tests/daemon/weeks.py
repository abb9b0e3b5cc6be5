"""A week, minute by minute, as the design tells it: what comes, what becomes of it, what is up.

Written from the rules alone: it shares no code with what it is compared with, and knows no
next instant, no interval and no transaction. Slow where that is simple.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = 24 * 60
WEEK = 7 * DAY
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
#: A window's edge may be this far behind the end of the week.
HORIZON = 2 * WEEK + 2
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UP = {"start": True, "restart": True, "stop": False}


@lru_cache(maxsize=64)
def walls(start: datetime, zone: str) -> tuple[tuple[int, int], ...]:
    """Return for each minute what clocks show, and the latest that they have shown so far.

    In minutes since a Monday. The first is that of the day before the start.
    """
    here, reached, offset = ZoneInfo(zone), 0, 0
    found = []
    for minute in range(-DAY, HORIZON):
        at = start + minute * MINUTE
        if minute % 30 == 0:  # no clock changes in between
            offset = at.astimezone(here).utcoffset() // MINUTE
        shown = (at - MONDAY) // MINUTE + offset
        reached = max(reached, shown)
        found.append((shown, reached))
    return tuple(found)


def _passed(start: datetime, zone: str, minute: int) -> range:
    """Return the wall times that have come with this minute, for the first time."""
    marks = walls(start, zone)
    return range(marks[minute + DAY - 1][1] + 1, marks[minute + DAY][1] + 1)


@dataclass(frozen=True)
class Cron:
    """Fires at these times on these days."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...] | None
    days: tuple[int, ...]
    zone: str
    action: str
    #: `*/20` for the minutes.
    every: int | None = None
    state = False

    @property
    def text(self) -> str:
        minutes = f"*/{self.every}" if self.every else ",".join(map(str, self.minutes))
        hours = "*" if self.hours is None else ",".join(map(str, self.hours))
        return f"{minutes} {hours} * * {','.join(NAMES[day] for day in self.days)}"

    def comes(self, start: datetime, minute: int) -> str | None:
        fixed = self.hours is not None and self.every is None
        shown = walls(start, self.zone)[minute + DAY][0]
        seen = _passed(start, self.zone, minute) if fixed else [shown]
        return self.action if any(map(self._matches, seen)) else None

    def _matches(self, wall: int) -> bool:
        return (
            wall % 60 in self.minutes
            and (self.hours is None or wall % DAY // 60 in self.hours)
            and wall // DAY % 7 in self.days
        )


@dataclass(frozen=True)
class At:
    """Fires once."""

    minute: int
    action: str
    zone: str
    state = False

    def comes(self, start: datetime, minute: int) -> str | None:
        return self.action if minute == self.minute else None


@dataclass(frozen=True)
class Side:
    """A window with one side: an action at a time of some days."""

    time: int
    opens: bool
    days: tuple[int, ...]
    zone: str
    wants: str
    state = False

    @property
    def text(self) -> str:
        time, days = _time(self.time), ",".join(NAMES[day] for day in self.days)
        return f"{days} {time}-" if self.opens else f"{days} -{time}"

    def comes(self, start: datetime, minute: int) -> str | None:
        for wall in _passed(start, self.zone, minute):
            if wall % DAY == self.time and wall // DAY % 7 in self.days:
                return "start" if (self.wants == "awake") is self.opens else "stop"
        return None


@dataclass(frozen=True)
class Window:
    """Items of days, a begin, and an end that may be on the next day."""

    items: tuple[tuple[tuple[int, ...], int, int], ...]
    zone: str
    wants: str
    state = True

    @property
    def text(self) -> str:
        return ", ".join(
            f"{','.join(NAMES[day] for day in days)} {_time(opens)}-{_time(closes)}"
            for days, opens, closes in self.items
        )

    def awake(self, start: datetime, minute: int) -> bool:
        wall = walls(start, self.zone)[minute + DAY][1]
        inside = wall % WEEK in _inside(self)
        return inside is (self.wants == "awake")

    def comes(self, start: datetime, minute: int) -> str | None:
        now = self.awake(start, minute)
        if now is self.awake(start, minute - 1):
            return None
        return "start" if now else "stop"


@lru_cache(maxsize=512)
def _inside(window: Window) -> frozenset[int]:
    """Return the minutes of the week that are in one of its items."""
    return frozenset(
        (day * DAY + minute) % WEEK
        for days, opens, closes in window.items
        for day in days
        for minute in range(opens, closes)
    )


def _time(minutes: int) -> str:
    minutes = minutes if minutes <= DAY else minutes - DAY
    return f"{minutes // 60:02}:{minutes % 60:02}"


Trigger = Cron | At | Side | Window


@lru_cache(maxsize=512)
def coming(trigger: Trigger, start: datetime) -> tuple[tuple[int, str], ...]:
    """Return all that comes in the week and after it, with its minute."""
    found = ((minute, trigger.comes(start, minute)) for minute in range(1, HORIZON))
    return tuple((minute, action) for minute, action in found if action is not None)


@dataclass(frozen=True)
class Plan:
    """One schedule of the week."""

    name: str
    trigger: Trigger
    catch_up: str
    #: In minutes.
    deadline: int


@dataclass(frozen=True)
class Block:
    """Schedules are kept away from `since` to `until`, in minutes."""

    since: int
    until: int

    def covers(self, minute: int) -> bool:
        return self.since <= minute < self.until


@dataclass(frozen=True)
class Week:
    """What is planned, and what befalls it. Intervals are [from, to) in minutes."""

    start: datetime
    plans: tuple[Plan, ...]
    #: Nobody watches the clock: the daemon is down, or its machine is suspended.
    away: tuple[tuple[int, int], ...] = ()
    #: The engine does not answer.
    engine: tuple[tuple[int, int], ...] = ()
    block: Block | None = None

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE


@dataclass
class _Word:
    plan: Plan
    minute: int
    action: str
    deadline: int
    fate: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[int, str]:
        return self.minute, self.plan.name


class Model:
    """Lives through the week; `fates` and `up` are what is to be compared."""

    def __init__(self, week: Week) -> None:
        self.week = week
        self.words = sorted(
            (
                _Word(plan, minute, action, _deadline(week, plan, minute))
                for plan in week.plans
                for minute, action in coming(plan.trigger, week.start)
                if minute < WEEK
            ),
            key=lambda word: word.key,
        )
        #: The state of the stack after each minute in which something could happen.
        self.up = {0: True}
        self._waiting: list[_Word] = []

    def live(self) -> Model:
        back = {end: since for since, end in self.week.away}
        by_minute: dict[int, list[_Word]] = {}
        for word in self.words:
            by_minute.setdefault(word.minute, []).append(word)
        up, unseen = True, False
        begins = {since for since, _ in self.week.away}
        for minute in range(1, WEEK):
            unseen = unseen or minute in begins
            if unseen and minute not in back:
                continue
            if minute in back:
                unseen = False
                missed = [
                    word
                    for each in range(back[minute], minute + 1)
                    for word in by_minute.get(each, ())
                ]
                self._late(missed, minute)
            else:
                for word in by_minute.get(minute, ()):
                    self._judge(word, minute)
            if self._waiting:
                up = self._work(minute, up=up)
            self.up[minute] = up
        return self

    def fates(self) -> dict[tuple[str, datetime], set[str]]:
        return {(w.plan.name, self.week.at(w.minute)): w.fate for w in self.words if w.fate}

    def _blocked(self, word: _Word, now: int) -> bool:
        block = self.week.block
        return block is not None and (block.covers(word.minute) or block.covers(now))

    def _overruled(self, word: _Word) -> bool:
        """Return whether another window wants it awake: awake wins."""
        return (
            word.action == "stop"
            and isinstance(word.plan.trigger, Window | Side)
            and any(
                plan.trigger.awake(self.week.start, word.minute)
                for plan in self.week.plans
                if isinstance(plan.trigger, Window) and plan is not word.plan
            )
        )

    def _judge(self, word: _Word, now: int) -> None:
        if self._blocked(word, now) or self._overruled(word):
            word.fate = {"skipped"}
        else:
            self._waiting.append(word)

    def _late(self, missed: list[_Word], now: int) -> None:
        """Fold: of each stack only the last word that changes its state counts."""
        words = [w for w in missed if not self._blocked(w, now) and not self._overruled(w)]
        for word in missed:
            own = [w for w in missed if w.plan is word.plan and w.key > word.key]
            if self._blocked(word, now) or self._overruled(word):
                word.fate = {"skipped"}
            elif word.plan.catch_up == "skip":
                word.fate = {"missed"}
            elif word.plan.catch_up == "latest" and any(
                w.key > word.key and (w.action != "restart" or word.action == "restart")
                for w in words
            ):
                word.fate = {"superseded"}
            elif (not word.plan.trigger.state and now - word.minute > word.plan.deadline) or (
                word.plan.catch_up == "all" and len(own) >= 100
            ):
                word.fate = {"missed"}
            else:
                self._waiting.append(word)

    def _work(self, now: int, *, up: bool) -> bool:
        """Carry out what waits, one after the other, if the engine answers."""
        gone = any(since <= now < until for since, until in self.week.engine)
        blocked = self.week.block is not None and self.week.block.covers(now)
        self._waiting.sort(key=lambda word: word.key)
        while self._waiting:
            word, *behind = self._waiting
            if blocked:
                word.fate = {"skipped"}
            elif behind and {word.action, behind[0].action} == {"start", "stop"}:
                word.fate = {"superseded"}
            elif now > word.deadline:
                word.fate = {"missed"}
            elif gone:
                break
            else:
                word.fate = {"succeeded"}
                up = UP[word.action]
            self._waiting = behind
        return up


def _deadline(week: Week, plan: Plan, minute: int) -> int:
    """Return when a run must have begun: what a window wants, it wants until its next edge."""
    if not plan.trigger.state:
        return minute + plan.deadline
    later = (at for at, _ in coming(plan.trigger, week.start) if at > minute)
    return next(later, 10 * WEEK)


#: With a change of clocks in most of them.
STARTS = tuple(
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((3, 4), (3, 26), (4, 2), (6, 1), (10, 1), (10, 22), (10, 29))
)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
