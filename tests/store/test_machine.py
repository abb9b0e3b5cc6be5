"""Random histories over a real SQLite file, with crashes, against a model in memory."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dockschedd.core import model
from tests.store import nouns
from tests.store.conftest import opened
from tests.store.nouns import MINUTE, NOON


class Crash(Exception):
    """The daemon is gone."""


class History(RuleBasedStateMachine):
    """A daemon that ticks, claims and ends runs, and may crash before any commit."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="dockschedd-store-"))
        self.runner = asyncio.Runner()
        self.lives = 0
        self.file = self.directory / "0" / "dockschedd.db"
        self.file.parent.mkdir()
        self.store = self.runner.run(opened(f"sqlite://{self.file}"))
        self.now = NOON
        self.next_at: dict[str, object] = {}
        self.occurrences: set[tuple[str, object]] = set()
        self.runs: dict[str, model.RunStatus] = {}
        self.stacks: dict[str, str] = {}
        self.entries = 0

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        shutil.rmtree(self.directory)

    def transact(self, body, *, crash: bool) -> bool:
        """Carry out the transaction; False: the daemon crashed just before its commit."""

        async def attempt() -> None:
            async with self.store.transaction() as unit:
                await body(unit)
                await unit.audit.append(nouns.record())
                if crash:
                    # The disk at this moment is what the next life finds.
                    self.lives += 1
                    after = self.directory / str(self.lives)
                    shutil.copytree(self.file.parent, after)
                    raise Crash

        try:
            self.runner.run(attempt())
        except Crash:
            self.runner.run(self.store.close())
            self.file = self.directory / str(self.lives) / "dockschedd.db"
            self.store = self.runner.run(opened(f"sqlite://{self.file}"))
            return False
        self.entries += 1
        return True

    @precondition(lambda self: len(self.next_at) < 4)
    @rule(crash=st.booleans(), ahead=st.integers(min_value=0, max_value=2))
    def add(self, crash: bool, ahead: int) -> None:
        """Somebody writes a schedule."""
        schedule = nouns.schedule(nouns.new_id(), next_at=self.now + ahead * MINUTE)

        async def body(unit) -> None:
            await unit.schedules.add(schedule)

        if self.transact(body, crash=crash):
            self.next_at[schedule.id] = schedule.next_at

    @rule(crash=st.booleans(), minutes=st.integers(min_value=0, max_value=3))
    def tick(self, crash: bool, minutes: int) -> None:
        """Time passes, and what is due is recorded with its runs."""
        self.now += minutes * MINUTE
        recorded: list[model.Run] = []

        async def body(unit) -> None:
            due = await unit.schedules.due(self.now, limit=100)
            assert {each.id for each in due} == {
                name for name, at in self.next_at.items() if at <= self.now
            }
            new = await unit.schedules.record_all(
                [
                    model.Occurrence(
                        schedule_id=each.id, planned_at=each.next_at, recorded_at=self.now
                    )
                    for each in due
                ]
            )
            assert all(new)
            for each in due:
                stack = f"stack-{sum(each.id.encode()) % 3}"
                run = nouns.run(stack, schedule_id=each.id, planned_at=each.next_at)
                recorded.append(run)
            assert all(await unit.runs.add_all(recorded))
            moved = await unit.schedules.advance_all(
                [(each.id, each.next_at, each.next_at + MINUTE, False) for each in due]
            )
            assert all(moved)

        if self.transact(body, crash=crash):
            for run in recorded:
                self.occurrences.add((run.schedule_id, run.planned_at))
                self.next_at[run.schedule_id] = run.planned_at + MINUTE
                self.runs[run.id] = model.RunStatus.PLANNED
                self.stacks[run.id] = run.stack.name

    def with_status(self, status: model.RunStatus) -> list[str]:
        """The ids of the runs that have it."""
        return sorted(run_id for run_id, has in self.runs.items() if has is status)

    @precondition(lambda self: self.with_status(model.RunStatus.PLANNED))
    @rule(crash=st.booleans(), pick=st.integers(min_value=0))
    def claim(self, crash: bool, pick: int) -> None:
        """A planned run begins, if its stack is free."""
        planned = self.with_status(model.RunStatus.PLANNED)
        run_id = planned[pick % len(planned)]
        busy = {self.stacks[each] for each in self.with_status(model.RunStatus.RUNNING)}

        async def body(unit) -> None:
            claimed = await unit.runs.claim(run_id, at=self.now)
            assert claimed is (self.stacks[run_id] not in busy)

        if self.transact(body, crash=crash) and self.stacks[run_id] not in busy:
            self.runs[run_id] = model.RunStatus.RUNNING

    @precondition(lambda self: self.with_status(model.RunStatus.RUNNING))
    @rule(crash=st.booleans(), pick=st.integers(min_value=0))
    def finish(self, crash: bool, pick: int) -> None:
        """A running run ends."""
        running = self.with_status(model.RunStatus.RUNNING)
        run_id = running[pick % len(running)]

        async def body(unit) -> None:
            assert await unit.runs.finish(run_id, status=model.RunStatus.SUCCEEDED, at=self.now)

        if self.transact(body, crash=crash):
            self.runs[run_id] = model.RunStatus.SUCCEEDED

    @invariant()
    def everything_is_there_once(self) -> None:
        """The store holds exactly what was committed, and the audit log is sound."""

        async def look() -> None:
            async with self.store.reading() as unit:
                verdict = await unit.audit.verify()
                assert (verdict.ok, verdict.checked) == (True, self.entries)
                found = await unit.schedules.page(after=None, limit=100)
                assert {each.id: each.next_at for each in found} == self.next_at
                runs = await unit.runs.page(before=None, limit=1000)
                assert {each.id: each.status for each in runs} == self.runs
                assert {(each.schedule_id, each.planned_at) for each in runs} == self.occurrences
                assert len(runs) == len(self.occurrences)

        self.runner.run(look())


TestHistory = History.TestCase
TestHistory.__doc__ = "Whatever happens in whatever order, nothing is lost and nothing doubled."
TestHistory.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)
