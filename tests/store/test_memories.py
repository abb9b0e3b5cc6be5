"""ports.Memories and the windows of a stack, on both databases."""

from __future__ import annotations

from dataclasses import replace

from dockschedd.core import memory, model, triggers
from tests.store import nouns
from tests.store.nouns import MINUTE, NOON

WEB, DB = model.StackRef("local", "web"), model.StackRef("local", "db")
KEPT = memory.Memory(
    stack=WEB, containers=frozenset({("app", 1), ("app", 2), ("web-x", 0)}), run_id="r", at=NOON
)


def window(name: str, selector: str, **changes) -> model.Schedule:
    trigger = triggers.WindowTrigger(
        expression="mon-fri 08:00-18:00", zone="UTC", wants=triggers.Wish.AWAKE
    )
    return nouns.schedule(
        name, **{"trigger": trigger, "action": None, "selector": selector, **changes}
    )


async def test_a_memory_is_read_as_it_was_kept(store):
    """One of each stack, the newest; forgetting what is not there is no error."""
    async with store.transaction() as unit:
        await unit.memories.keep(replace(KEPT, containers=frozenset({("old", 1)})))
        await unit.memories.keep(KEPT)
    async with store.transaction() as unit:
        assert await unit.memories.get(WEB) == KEPT
        assert await unit.memories.get(DB) is None
        woken = replace(KEPT, woken_at=NOON + MINUTE)
        await unit.memories.keep(woken)
        assert await unit.memories.get(WEB) == woken
        await unit.memories.forget(WEB)
        await unit.memories.forget(DB)
        assert await unit.memories.get(WEB) is None


async def test_a_deviation_is_the_newest_one(store):
    """It is of one stack, and gone once it is forgotten."""
    async with store.transaction() as unit:
        await unit.memories.note_deviation(WEB, at=NOON)
        await unit.memories.note_deviation(WEB, at=NOON + MINUTE)
        assert await unit.memories.deviated_at(WEB) == NOON + MINUTE
        assert await unit.memories.deviated_at(DB) is None
        await unit.memories.forget_deviation(WEB)
        assert await unit.memories.deviated_at(WEB) is None


async def test_the_windows_of_a_stack_are_those_that_match_and_are_enabled(store):
    """By name, by name and host, and by pattern; no cron schedule is among them."""
    async with store.transaction() as unit:
        assert not await unit.schedules.has_windows()
        for name, selector in [
            ("full", "local/web"),
            ("bare", "web"),
            ("pattern", "l*/w*"),
            ("other", "local/webs"),
            ("elsewhere", "x*/web"),
        ]:
            await unit.schedules.add(window(name, selector))
        await unit.schedules.add(window("off", "web", enabled=False))
        await unit.schedules.add(nouns.schedule("cron", selector="local/web"))

        found = await unit.schedules.windows(WEB)
        names = [each.name for each in found]
        assert names == ["full", "bare", "pattern"]
        assert await unit.schedules.windows(DB) == ()
        assert await unit.schedules.has_windows()
        everything = await unit.schedules.all_windows()
        assert {each.name for each in everything} == {*names, "other", "elsewhere"}
        assert [each.id for each in everything] == sorted(each.id for each in everything)


async def test_a_window_is_read_as_it_was_written(store):
    """All that a window has comes back."""
    trigger = triggers.WindowTrigger(
        expression="daily 22:00-06:00",
        zone="Europe/Berlin",
        wants=triggers.Wish.ASLEEP,
        sleep_by=triggers.SleepBy.PAUSE,
        enforce=triggers.Enforce.ALWAYS,
    )
    kept = window("nights", "web", trigger=trigger)
    async with store.transaction() as unit:
        await unit.schedules.add(kept)
        assert await unit.schedules.get("nights") == kept


async def test_a_claim_keeps_the_warnings_and_what_comes_before(store):
    """What is worth knowing about a run, and the runs that it waits for, are read back."""
    run = nouns.run(after=("a", "b"))
    async with store.transaction() as unit:
        assert await unit.runs.add(run)
        assert await unit.runs.claim(run.id, at=NOON, warnings=("one; two", "ü"))
        found = await unit.runs.get(run.id)

    assert found is not None
    assert (found.after, found.warnings) == (("a", "b"), ("one; two", "ü"))
