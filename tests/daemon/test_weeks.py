"""Weeks with downtimes, suspends, holds and lost engines, compared with a minute-by-minute model.

The real ticker and its recording over a store in memory, and core.queue for what is carried out;
no time passes, so that hundreds of weeks take seconds.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dockschedd.core import due, holds, model, queue, runs, triggers
from dockschedd.daemon.bus import Bus
from dockschedd.daemon.ticker import Ticker
from dockschedd.errors import Invalid
from tests.daemon import weeks
from tests.fake_clock import CountingIds

REF = model.StackRef("local", "web")
Status = model.RunStatus
NO_WORDS = {Status.SKIPPED, Status.CANCELLED, Status.SUPERSEDED}


async def _nothing() -> tuple[()]:
    return ()


class Memory:
    """ports.Store and its unit for what the ticker asks, as one value."""

    def __init__(self) -> None:
        self.all: dict[str, model.Schedule] = {}
        self.made: dict[str, model.Run] = {}
        self.seen: set[tuple[str, object]] = set()
        self.hold: holds.Hold | None = None
        self.schedules = self.runs = self.holds = self.audit = self.groups = self
        self.requirements = SimpleNamespace(all=_nothing)

    @asynccontextmanager
    async def transaction(self):
        yield self

    reading = transaction

    async def due(self, now, *, limit, after=None):
        found = sorted(
            (each.next_at, each.id, each)
            for each in self.all.values()
            if each.enabled and each.next_at is not None and each.next_at <= now
        )
        begin = (after.next_at, after.id) if after else (now - timedelta(days=999), "")
        return tuple(each for at, name, each in found if (at, name) > begin)[:limit]

    async def get(self, name):
        return self.all.get(name)

    async def windows(self, ref):
        assert ref == REF
        return tuple(
            each
            for each in self.all.values()
            if isinstance(each.trigger, triggers.WindowTrigger) and each.enabled
        )

    async def advance_all(self, steps):
        for name, seen, at, done in steps:
            assert self.all[name].next_at == seen
            self.all[name] = replace(self.all[name], next_at=at, done=done)
        return tuple(True for _ in steps)

    async def record_all(self, occurrences):
        new = []
        for each in occurrences:
            new.append((each.schedule_id, each.planned_at) not in self.seen)
            self.seen.add((each.schedule_id, each.planned_at))
        return tuple(new)

    async def members(self):
        return {}

    async def blocks(self):
        return holds.Blocks(holds={REF: self.hold} if self.hold else {})

    async def next_end(self):
        return self.hold.until if self.hold else None

    async def take_ended(self, *, now):
        assert self.hold
        ended, self.hold = self.hold, None
        assert ended.until <= now
        return (ended,)

    async def append(self, record):
        assert record.action == "hold.expire"

    async def add_all(self, made):
        for run in made:
            assert run.id not in self.made
            self.made[run.id] = run
        return tuple(True for _ in made)

    async def last_words(self, ref, *, since):
        assert ref == REF
        words = [r for r in self.made.values() if r.planned_at >= since]
        words = sorted((r.planned_at, r.id) for r in words if r.status not in NO_WORDS)
        last = {self.made[name].action is model.Action.RESTART: name for _, name in words}
        return tuple(self.made[name] for name in last.values())

    def planned(self):
        waiting = [r for r in self.made.values() if r.status is Status.PLANNED]
        return sorted(waiting, key=lambda run: (runs.begins_at(run), run.id))

    def next_at(self):
        return min((s.next_at for s in self.all.values() if s.next_at), default=None)


class Life:
    """The daemon in that week."""

    def __init__(self, week: weeks.Week) -> None:
        self.week = week
        self.store = Memory()
        self.up = {0: True}
        for plan in week.plans:
            schedule = _schedule(plan, week)
            self.store.all[schedule.id] = schedule
        self.now = week.start
        inventory = SimpleNamespace(refs=lambda: (REF,), hosts=tuple, stacks=tuple)
        self.ticker = Ticker(
            store=self.store,
            inventory=inventory,
            clock=SimpleNamespace(now=lambda: self.now),
            ids=CountingIds(),
            bus=Bus(),
            on_recorded=lambda: None,
        )

    async def live(self) -> Life:
        back = {end for _, end in self.week.away}
        gone = {minute for since, end in self.week.away for minute in range(since, end)}
        block = self.week.block
        up, waits, due_at = True, False, self._next()
        for minute in range(1, weeks.WEEK):
            if minute in gone:
                continue
            held = block is not None and minute == block.since
            if waits or held or minute in back or minute >= due_at:
                self.now = self.week.at(minute)
                if held:
                    self.store.hold = _hold(block, self.week)
                if minute in back:
                    self.ticker._live_since = self.now
                await self.ticker._drain(self.now)
                due_at = self._next()
                for run in self._work(minute):
                    up = weeks.UP[run.action.value]
                waits = bool(self.store.planned())
            self.up[minute] = up
        return self

    def _next(self) -> int:
        """Return the minute in which the ticker wakes."""
        hold = self.store.hold
        found = [self.store.next_at(), hold.until if hold else None]
        first = min(filter(None, found), default=self.week.at(weeks.WEEK))
        return (first - self.week.start) // weeks.MINUTE

    def _work(self, minute: int):
        """Yield what is carried out."""
        gone = any(since <= minute < until for since, until in self.week.engine)
        while planned := self.store.planned():
            scene = queue.Scene(
                now=self.now,
                under_way={},
                blocks=holds.Blocks(holds={REF: self.store.hold} if self.store.hold else {}),
                away={"local": "gone"} if gone else {},
                outdated={},
                room=5,
            )
            decisions = queue.choose(planned[:1], planned[1:], scene)
            if not decisions:
                return
            match decisions[0]:
                case queue.Begin(run=run):
                    status = Status.SUCCEEDED
                    yield run
                case queue.End(run=run, status=status):
                    pass
            self.store.made[run.id] = replace(run, status=status)


def _schedule(plan: weeks.Plan, week: weeks.Week) -> model.Schedule:
    given = plan.trigger
    trigger: triggers.Trigger
    match given:
        case weeks.Cron():
            trigger = triggers.CronTrigger(expression=given.text, zone=given.zone)
        case weeks.At():
            trigger = triggers.AtTrigger(at=week.at(given.minute), zone=given.zone)
        case weeks.Side() | weeks.Window():
            trigger = triggers.WindowTrigger(
                expression=given.text, zone=given.zone, wants=triggers.Wish(given.wants)
            )
    action = getattr(given, "action", None)
    return model.Schedule(
        id=plan.name,
        name=plan.name,
        enabled=True,
        trigger=trigger,
        action=action and model.Action(action),
        selector=str(REF),
        catch_up=model.CatchUp(plan.catch_up),
        deadline=plan.deadline * weeks.MINUTE,
        owner="local",
        created_at=week.start,
        updated_at=week.start,
        next_at=due.first_at(trigger, after=week.start),
    )


def _hold(block: weeks.Block, week: weeks.Week) -> holds.Hold:
    return holds.Hold(
        stack=REF,
        wants=holds.Wanted.UP,
        owner="alice",
        reason="",
        zone="UTC",
        since=week.at(block.since),
        until=week.at(block.until),
    )


# ---------------------------------------------------------------- any week

DAYS = st.sampled_from(((0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 3, 4), (5, 6), (6,), (0, 3, 6)))
ZONES = st.sampled_from(weeks.ZONES)
ACTIONS = st.sampled_from(("start", "stop", "start", "stop", "restart"))
TIMES = st.one_of(
    st.sampled_from((90, 120, 135, 150, 180, 1320, 0)), st.integers(0, weeks.DAY - 1)
)


@st.composite
def crons(draw):
    every = draw(st.sampled_from((None, None, None, 20)))
    hours = draw(
        st.none() | st.lists(st.integers(0, 23), min_size=1, max_size=3, unique=True).map(tuple)
    )
    hours = draw(st.sampled_from((hours, (2,), (22,), (1, 2, 3))))
    minutes = tuple(range(0, 60, every)) if every else (draw(st.sampled_from((0, 17, 30))),)
    return weeks.Cron(minutes, hours, draw(DAYS), draw(ZONES), draw(ACTIONS), every)


@st.composite
def windows(draw):
    items = []
    for _ in range(draw(st.integers(1, 2))):
        opens = draw(TIMES)
        length = draw(st.integers(15, 20 * 60))
        items.append((draw(DAYS), opens, opens + length))
    return weeks.Window(tuple(items), draw(ZONES), draw(st.sampled_from(("awake", "asleep"))))


@st.composite
def intervals(draw, longest=2 * weeks.DAY):
    found, at = [], 0
    for _ in range(draw(st.integers(0, 3))):
        since = at + draw(st.integers(2, 3 * weeks.DAY))
        at = since + draw(st.integers(1, 240) | st.integers(1, longest))
        found.append((since, at))
    return tuple((since, end) for since, end in found if end < weeks.WEEK)


SIDES = st.builds(
    weeks.Side,
    time=TIMES,
    opens=st.booleans(),
    days=DAYS,
    zone=ZONES,
    wants=st.sampled_from(("awake", "asleep")),
)
ATS = st.builds(weeks.At, minute=st.integers(1, weeks.WEEK - 1), action=ACTIONS, zone=ZONES)


@st.composite
def any_week(draw):
    plans = []
    for number, trigger in enumerate(
        draw(st.lists(crons() | windows() | SIDES | ATS, min_size=1, max_size=4))
    ):
        catch_up = draw(st.sampled_from(("latest", "latest", "skip", "all")))
        plans.append(
            weeks.Plan(
                name=f"s{number}",
                trigger=trigger,
                catch_up="latest" if trigger.state else catch_up,
                deadline=draw(st.sampled_from((10, 60, 600, 3000))),
            )
        )
    away = draw(intervals())
    block = None
    since = draw(st.none() | st.integers(1, weeks.WEEK))
    if since is not None and not any(a <= since <= b for a, b in away):
        block = weeks.Block(since, since + draw(st.integers(1, weeks.DAY)))
    return weeks.Week(
        draw(st.sampled_from(weeks.STARTS)), tuple(plans), away, draw(intervals()), block
    )


@given(week=any_week())
@settings(max_examples=45, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_week_goes_as_the_simple_model_says(week):
    """Each occurrence comes once and ends as the model says; so is the stack at each minute."""
    try:
        life = Life(week)
    except Invalid:
        assume(False)
    asyncio.run(life.live())
    told = weeks.Model(week).live()

    made = {(run.schedule_id, run.planned_at): run for run in life.store.made.values()}
    assert len(made) == len(life.store.made)
    expected = told.fates()
    waits = {(word.plan.name, week.at(word.minute)): {"planned"} for word in told._waiting}
    expected |= waits
    assert made.keys() == expected.keys()
    wrong = {
        key: (run.status.value, run.cause, expected[key])
        for key, run in made.items()
        if run.status.value not in expected[key]
    }
    assert not wrong
    assert life.up == told.up
