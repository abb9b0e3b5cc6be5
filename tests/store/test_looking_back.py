"""What explanations and statistics ask the database for, on both databases."""

from __future__ import annotations

from datetime import timedelta

from dockschedd.core import model
from tests.store import nouns
from tests.store.nouns import MINUTE, NOON

Status = model.RunStatus
WEB = model.StackRef("local", "web")


def over(stack="web", *, after=timedelta(), **changes) -> model.Run:
    """A run that began so long after noon and took a minute."""
    began = NOON + after
    fields = {"planned_at": began, "started_at": began, "finished_at": began + MINUTE}
    return nouns.run(stack, **({"status": Status.SUCCEEDED} | fields | changes))


async def add(store, *runs):
    async with store.transaction() as unit:
        assert all(await unit.runs.add_all(runs))


async def test_samples_are_of_runs_that_began_and_are_over(store):
    """The newest first, of all stacks or of one; those without steps had nothing to do."""
    acted, idle = over(), over(after=MINUTE)
    other = over("db", after=2 * MINUTE)
    skipped = nouns.run(status=Status.SKIPPED, finished_at=NOON)
    going = over(after=3 * MINUTE, status=Status.RUNNING, finished_at=None)
    await add(store, acted, idle, other, skipped, going)
    async with store.transaction() as unit:
        await unit.runs.plan_steps(acted.id, [nouns.step(1)])
    async with store.reading() as unit:
        found = await unit.runs.samples(since=NOON, limit=9)
        of_web = await unit.runs.samples(since=NOON, limit=9, stack=WEB)
        newest = await unit.runs.samples(since=NOON, limit=1)
        later = await unit.runs.samples(since=NOON + 2 * MINUTE, limit=9)

    assert [(s.stack.name, s.acted) for s in found] == [
        ("db", False),
        ("web", False),
        ("web", True),
    ]
    assert found[-1].took == MINUTE
    assert of_web == found[1:]
    assert newest == later == found[:1]


async def test_a_clock_that_was_put_back_makes_no_negative_duration(store):
    """It took no time, as far as is known."""
    await add(store, over(finished_at=NOON - MINUTE))
    async with store.reading() as unit:
        (sample,) = await unit.runs.samples(since=NOON, limit=9)

    assert sample.took == timedelta()


async def test_runs_of_a_stack_are_found_by_when_they_were_planned(store):
    """However late they were recorded; the newest first."""
    runs = [over(after=n * MINUTE, id=f"id-{9 - n}") for n in range(4)]
    await add(store, *runs, over("db"))
    async with store.reading() as unit:
        found = await unit.runs.planned_by(WEB, until=NOON + 2 * MINUTE, limit=2)

    assert found == (runs[2], runs[1])


async def test_the_last_success_is_the_newest_that_was_over_by_then(store):
    """Not one that had only begun, and not a failure."""
    first = over()
    failed = over(after=MINUTE, status=Status.FAILED)
    later = over(after=5 * MINUTE)
    await add(store, first, failed, later)
    async with store.reading() as unit:
        assert await unit.runs.last_success(WEB, until=NOON) is None
        assert await unit.runs.last_success(WEB, until=NOON + 5 * MINUTE) == first
        assert await unit.runs.last_success(WEB, until=NOON + 6 * MINUTE) == later


async def test_changes_of_schedules_are_found_in_the_audit_log(store):
    """Those that took place, in that time, the newest first; nothing else."""
    told = [
        nouns.record(action="schedule.add"),
        nouns.record(action="login", at=NOON + MINUTE),
        nouns.record(action="schedule.disable", at=NOON + 2 * MINUTE),
        nouns.record(action="schedule.edit", at=NOON + 2 * MINUTE, outcome="refused"),
        nouns.record(action="schedule.enable", at=NOON + 3 * MINUTE),
    ]
    async with store.transaction() as unit:
        await unit.audit.append_all(told)
    async with store.reading() as unit:
        found = await unit.audit.of_schedules(since=NOON, until=NOON + 2 * MINUTE, limit=9)
        one = await unit.audit.of_schedules(since=NOON, until=NOON + 9 * MINUTE, limit=1)

    assert [entry.record.action for entry in found] == ["schedule.disable", "schedule.add"]
    assert [entry.record.action for entry in one] == ["schedule.enable"]


async def test_when_containers_ended_is_known(store):
    """By their ids, of one host."""
    async with store.transaction() as unit:
        await unit.endings.remember("local", "a", ended=model.Ended.STOPPED, at=NOON)
        await unit.endings.remember("edge", "b", ended=model.Ended.STOPPED, at=NOON)
    async with store.reading() as unit:
        assert await unit.endings.times("local") == {"a": NOON}


async def test_selectors_are_of_schedules_that_may_still_fire(store):
    """All, only enabled ones, or at least those that may mean one stack."""
    exact = nouns.schedule("a", selector="local/web")
    bare = nouns.schedule("b", selector="web", enabled=False, next_at=None)
    pattern = nouns.schedule("c", selector="*/db")
    other = nouns.schedule("d", selector="local/db")
    done = nouns.schedule("e", selector="local/web", done=True, next_at=None)
    async with store.transaction() as unit:
        for each in (exact, bare, pattern, other, done):
            await unit.schedules.add(each)
    async with store.reading() as unit:
        every = await unit.schedules.selectors(enabled_only=False)
        enabled = await unit.schedules.selectors(enabled_only=True)
        of_web = await unit.schedules.selectors(enabled_only=False, stack=WEB)

    assert every == {each.id: each.selector for each in (exact, bare, pattern, other)}
    assert enabled == {each.id: each.selector for each in (exact, pattern, other)}
    assert of_web == {each.id: each.selector for each in (exact, bare, pattern)}
