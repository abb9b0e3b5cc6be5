"""Windows, edits, crashes at every failpoint, a clock that goes back: what is wanted is reached.

The machine of test_machine with more that can happen. Two more promises after each step: where
nobody has had a word since a window's newest edge, the stack is as the window wants it; and the
recorded steps, replayed in order, end in the states that the engine has.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from dockschedd.core import holds, model, triggers
from dockschedd.daemon import enforcer, executor, expanding, recovery, ticker, walker
from dockschedd.failpoints import NAMES
from tests.daemon import replay
from tests.daemon.edits import Edits, names, window
from tests.daemon.spans import Span, spans
from tests.daemon.test_machine import MINUTE, SECOND, STACKS, Known

if TYPE_CHECKING:
    from tests.fake_hosts import FakeContainer

MODULES = (enforcer, executor, expanding, recovery, ticker, walker)
HALF = timedelta(milliseconds=500)
#: Patterns wait only for hosts that nobody has seen.
POINTS = sorted(name for name in NAMES if not name.startswith("pattern"))
#: What the engine is taken to have done by itself is put right within this time.
SETTLED = timedelta(seconds=30)


class Crash(BaseException):
    """The process ends here."""


class Wishes(Edits):
    """Remembers when anybody last had a word on each stack."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[tuple[datetime, str, str]] = []
        #: Up to here the clock has been before it was set back; what was so then.
        self.high = datetime.min.replace(tzinfo=UTC)
        self.base: dict[str, str] = {}
        self.before: set[str] = set()
        self.armed: str | None = None
        self.real = {module: module.failpoint for module in MODULES}
        for module in MODULES:
            module.failpoint = self._passes

    @initialize(span=spans(), enforce=st.sampled_from(triggers.Enforce))
    def begin(self, span: Span, enforce: triggers.Enforce) -> None:
        """A window on the first stack from the beginning, and something that comes often."""
        super().begin()

        async def it() -> None:
            trigger = window(span, enforce, triggers.SleepBy.STOP)
            nap = await self.daemon.schedule("window", "-", STACKS[0], trigger=trigger)
            often = await self.daemon.schedule("often", "stop", STACKS[1], cron="*/9 * * * *")
            self.known += [Known(each, [(self.now, None)]) for each in (nap, often)]
            self.spans[nap.id] = span

        self.do(it())

    def _passes(self, name: str) -> None:
        if name == self.armed:
            self.armed = None
            raise Crash

    # ------------------------------------------------------------ crashes

    @precondition(lambda self: self.daemon)
    @rule(
        point=st.sampled_from(POINTS),
        act=st.sampled_from(("stop", "start", "restart")),
        ref=st.sampled_from(STACKS),
        away=st.integers(0, 90),
    )
    def crash_at(self, point: str, act: str, ref: str, away: int) -> None:
        """The process ends at the first passing of a failpoint within two minutes, if at all.

        Something is done that leads there: an act, a gap, the end of a freeze, a change.
        """

        async def lives() -> None:
            await self.daemon.pass_time(HALF)
            match point.partition("-")[0]:
                case "run" | "step" | "recovery":
                    self._speak(ref)
                    await self.daemon.act(act, ref)
                case "words":
                    self.world.clock.step(11 * MINUTE)
                case "hold":
                    async with self.daemon.store.transaction() as unit:
                        await unit.holds.place_freeze(_frozen(self.now))
                    self._note(None, self.now + MINUTE)
                    self.daemon.ticker.wake()
                case "enforcement":
                    self._change(STACKS[0], up=act == "start")
            await self.daemon.pass_time(2 * MINUTE + HALF)

        async def it() -> None:
            self.armed = "step-after-call" if point.startswith("recovery") else point
            going = asyncio.ensure_future(lives())
            await asyncio.wait({going, self._life}, return_when=asyncio.FIRST_COMPLETED)
            if not self._life.done():
                self.armed = None
                await going
                return
            going.cancel()
            await asyncio.gather(going, self._life, return_exceptions=True)
            await self.world.clock.advance(away * MINUTE)
            self.armed = point if point.startswith("recovery") else None
            try:
                await self._live()
            except AssertionError:
                assert self.armed is None
                await asyncio.gather(self._life, return_exceptions=True)
                await self._live()
            self.armed = None

        self.do(it())

    # ------------------------------------------------------------ time

    @precondition(lambda self: self.spans)
    @rule(data=st.data(), how=st.sampled_from(("live", "down", "suspended", "engine away")))
    def over_an_edge(self, data, how: str) -> None:
        """The next edge of a window comes, and is seen, or missed in one of several ways."""
        span = self.spans[data.draw(st.sampled_from(sorted(self.spans)))]
        edge = self.now.replace(second=0, microsecond=0) + MINUTE
        while span.awake(edge) is span.awake(edge - MINUTE):
            edge += MINUTE

        async def it() -> None:
            if how == "down":
                await self._crash()
                self.world.clock.step(edge - self.now + 30 * SECOND)
                await self._live()
            elif how == "suspended":
                self.world.clock.step(edge - self.now + 30 * SECOND)
            else:
                self.world.clock.step(edge - self.now - 2 * SECOND)
                if how == "engine away":
                    await self.daemon.pass_time(SECOND)
                    self.world.hosts.host_down()
                    await self.daemon.pass_time(10 * SECOND)
                    self.world.hosts.host_up()
            await self.daemon.pass_time(25 * SECOND)

        self.do(it())

    @rule(minutes=st.integers(1, 100))
    def step_back(self, minutes: int) -> None:
        """The clock is set back: what has fired has fired."""

        async def it() -> None:
            await self.daemon.pass_time(HALF)
            self.high = max(self.high, self.now)
            for known in self.known:
                since, until = known.enabled[-1]
                if until is None:
                    reached = max(since, self.now)
                    known.enabled[-1:] = [(since, reached), (reached, None)]
            for ref in STACKS:
                self.spoken[ref] = self.high
            self.before = {run.id for run in await self._runs() if run.finished_at is not None}
            self.base = {
                each.id: each.state.value
                for each in self.world.hosts.engines["local"].containers.values()
            }
            self.outside.clear()
            self.world.clock.step(-minutes * MINUTE)
            await self.daemon.pass_time(3 * SECOND + HALF)

        self.do(it())

    # ------------------------------------------------------------ people

    def act(self, ref: str, action: str) -> None:
        """Stands in for the rule of the same name; see `by_hand_here`."""

    @rule(ref=st.sampled_from(STACKS), action=st.sampled_from(("start", "stop")))
    def by_hand_here(self, ref: str, action: str) -> None:
        """Through dockschedd; between two seconds, so that history has one order."""

        async def it() -> None:
            await self.daemon.pass_time(HALF)
            self._speak(ref)
            run = await self.daemon.act(action, ref)
            await self.daemon.pass_time(2 * SECOND + HALF)
            await self.daemon.ended(run.id)

        self.do(it())

    @rule(ref=st.sampled_from(STACKS), up=st.booleans())
    def manual_change(self, ref: str, up: bool) -> None:
        """Somebody uses docker."""

        async def it() -> None:
            await self.daemon.pass_time(HALF)
            self._change(ref, up=up)
            await self.daemon.pass_time(SECOND + HALF)

        self.do(it())

    def _change(self, ref: str, *, up: bool) -> None:
        (self.world.hosts.docker_start if up else self.world.hosts.docker_stop)(ref)
        self.by_hand[ref] = self.now
        self._speak(ref)
        for each in self._containers(ref):
            # Of what is paused, `docker start` makes nothing.
            self.outside.append((self.now, each.id, each.state.value))

    def _containers(self, ref: str) -> tuple[FakeContainer, ...]:
        return self.world.hosts.engines["local"].of(ref.partition("/")[2], None)

    # ------------------------------------------------------------ what is always so

    async def _check(self) -> None:
        self.known += self.gone
        try:
            await super()._check()
        finally:
            del self.known[len(self.known) - len(self.gone) :]
        runs = await self._runs()
        for ref in STACKS:
            here = [run for run in runs if str(run.stack) == ref]
            if all(run.finished_at is not None for run in here):
                self._check_wish(ref)
                begun = [run for run in here if run.started_at is not None]
                self._check_replay(ref, [await self.daemon.run(run.id) for run in begun])

    def _check_occurrences(self, runs: list[model.Run]) -> None:
        """Every occurrence once; of one that was changed, by each of its triggers."""
        wanted: dict[tuple[str, str], set[datetime]] = {}
        for known in self.known:
            refs = STACKS if "*" in known.schedule.selector else (known.schedule.selector,)
            for ref in refs:
                wanted.setdefault((known.schedule.id, ref), set()).update(known.expected(self.now))
        found: dict[tuple[str, str], list[datetime]] = {key: [] for key in wanted}
        for run in runs:
            edge = run.cause_kind not in {
                model.CauseKind.ENFORCEMENT,
                model.CauseKind.HOLD_EXPIRY,
            }
            if run.schedule_id is not None and run.attempt == 1 and edge:
                found[run.schedule_id, str(run.stack)].append(run.planned_at)
        assert {key: sorted(all_) for key, all_ in found.items()} == {
            key: sorted(all_) for key, all_ in wanted.items()
        }

    def _check_blocks(self, runs: list[model.Run]) -> None:
        """Of what began before the clock was set back, nobody can tell the order any more."""
        super()._check_blocks([r for r in runs if r.started_at and r.started_at > self.high])

    def _check_state(self, ref: str, runs: list[model.Run]) -> None:
        """See `_check_blocks`."""
        begun = [run.started_at for run in runs if run.started_at is not None]
        if begun and max(begun) > self.high:
            super()._check_state(ref, runs)

    def _check_wish(self, ref: str) -> None:
        """Where a window's edge was the last word, the stack is as it wants."""
        if any(
            r in (None, ref) and (until is None or until > self.now - SETTLED)
            for r, _, until in self.blocks
        ):
            return
        on = [k for k in self.known if k.enabled[-1][1] is None and k.schedule.selector == ref]
        windows = [(k, self.spans[k.schedule.id]) for k in on if k.schedule.id in self.spans]
        if not windows:
            return
        last = max(span.last_edge(self.now) for _, span in windows)
        words = [self.spoken.get(ref, last - SECOND)]
        for known in self.known:
            if known.schedule.id not in self.spans or known.enabled[-1][1] is not None:
                words += [at for at in known.expected(self.now) if names(known, ref)]
        begun = max(known.enabled[-1][0] for known, _ in windows)
        if max(words) >= last or begun >= last or self.now - last < SECOND:
            return
        awake = any(span.awake(self.now) for _, span in windows)
        down = {"exited", "paused"}
        states = set(self.world.hosts.states(ref).values())
        assert states <= ({"running"} if awake else down), (ref, states, last, awake)

    def _check_replay(self, ref: str, runs: list[model.Run]) -> None:
        """Every change that the engine has seen is in the history."""
        here = {each.id: each for each in self._containers(ref)}
        begins = {each: self.base.get(each, "running") for each in here}
        new = [run for run in runs if run.id not in self.before]
        outside = [each for each in self.outside if each[1] in here]
        for container, state in replay.states(begins, new, outside).items():
            if state is not None:
                assert here[container].state.value == state, (ref, container, state)

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            for module, real in self.real.items():
                module.failpoint = real


def _frozen(now: datetime) -> holds.Freeze:
    return holds.Freeze(owner="bob", reason="", zone="UTC", since=now, until=now + MINUTE)


def test_what_is_wanted_is_reached_and_the_history_tells_it() -> None:
    """In any order of edits, windows, crashes, losses and people."""
    run_state_machine_as_test(
        Wishes,
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
