"""ports.Schedules, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dockschedd import errors
from dockschedd.core import model, triggers
from tests.store import nouns
from tests.store.nouns import MINUTE, NOON


async def test_what_was_added_is_found_by_name_and_by_id(store):
    """A schedule comes back as it was written, under its name and under its id."""
    cron = nouns.schedule("night")
    at = nouns.schedule(
        "once",
        trigger=triggers.AtTrigger(at=NOON, zone="Europe/Berlin"),
        options=model.RunOptions(stop_timeout=timedelta(seconds=3), in_place=True),
    )
    async with store.transaction() as unit:
        await unit.schedules.add(cron)
        await unit.schedules.add(at)

    async with store.reading() as unit:
        assert cron == await unit.schedules.get("night")
        assert cron == await unit.schedules.get(cron.id)
        assert at == await unit.schedules.get("once")
        assert await unit.schedules.get("other") is None


async def test_a_name_that_looks_like_an_id_hides_nothing(store):
    """Whoever names a schedule like another one's id does not get in its place."""
    first = nouns.schedule("first")
    second = nouns.schedule(first.id)
    async with store.transaction() as unit:
        await unit.schedules.add(second)
        await unit.schedules.add(first)

        assert first == await unit.schedules.get(first.id)


async def test_a_taken_name_is_a_conflict_and_the_transaction_goes_on(store):
    """Adding and renaming to a name that is taken raise Conflict; what was done before stays."""
    first, second = nouns.schedule("first"), nouns.schedule("second")
    async with store.transaction() as unit:
        await unit.schedules.add(first)
        await unit.schedules.add(second)
        with pytest.raises(errors.Conflict) as adding:
            await unit.schedules.add(nouns.schedule("first"))
        with pytest.raises(errors.Conflict) as renaming:
            await unit.schedules.replace(replace(second, name="first"))

    assert [adding.value.code, renaming.value.code] == ["schedule-exists"] * 2
    async with store.reading() as unit:
        assert await unit.schedules.names() == ("first", "second")


async def test_replace_overwrites_all_of_it(store):
    """A replaced schedule is the new one in every field, under a new name as well."""
    before = nouns.schedule("night")
    after = replace(
        nouns.schedule("evening"),
        id=before.id,
        trigger=triggers.AtTrigger(at=NOON, zone="UTC"),
        enabled=False,
        next_at=None,
        done=True,
    )
    async with store.transaction() as unit:
        await unit.schedules.add(before)
        await unit.schedules.replace(after)

        assert after == await unit.schedules.get(before.id)
        assert await unit.schedules.get("night") is None


async def test_what_is_not_there_cannot_be_replaced_or_removed(store):
    """Both raise NotFound; a name is not an id here."""
    known = nouns.schedule("night")
    async with store.transaction() as unit:
        await unit.schedules.add(known)
        with pytest.raises(errors.NotFound):
            await unit.schedules.replace(nouns.schedule("other"))
        with pytest.raises(errors.NotFound):
            await unit.schedules.replace(replace(nouns.schedule("other"), id="night"))
        with pytest.raises(errors.NotFound):
            await unit.schedules.remove("night")
        await unit.schedules.remove(known.id)
        with pytest.raises(errors.NotFound):
            await unit.schedules.remove(known.id)

        assert await unit.schedules.count() == 0


async def test_history_stays_when_its_schedule_is_removed(store):
    """Occurrences and runs are not removed with the schedule."""
    schedule = nouns.schedule()
    run = nouns.run(schedule_id=schedule.id)
    occurrence = model.Occurrence(schedule_id=schedule.id, planned_at=NOON, recorded_at=NOON)
    async with store.transaction() as unit:
        await unit.schedules.add(schedule)
        await unit.schedules.record(occurrence)
        await unit.runs.add(run)
        await unit.schedules.remove(schedule.id)

        assert run == await unit.runs.get(run.id)
        assert not await unit.schedules.record(occurrence)


async def test_pages_follow_each_other_by_name(store):
    """Pages join to all of them, in the order of bytes on every database."""
    names = ["B", "Z-a", "a", "a b", "a-b", "ab", "b", "é"]
    async with store.transaction() as unit:
        for name in reversed(names):
            await unit.schedules.add(nouns.schedule(name))

    async with store.reading() as unit:
        found: list[str] = []
        after = None
        while page := await unit.schedules.page(after=after, limit=3):
            assert len(page) <= 3
            found += [each.name for each in page]
            after = page[-1].name
        assert names == found == list(await unit.schedules.names())
        assert len(names) == await unit.schedules.count()


@pytest.mark.parametrize("prefix", ["", "a", "a-", "Z", "é", "z", "abc"])
async def test_pages_of_a_prefix_hold_the_names_that_begin_so(store, prefix):
    """Pages join to all names with the prefix, the prefix itself among them."""
    names = ["B", "Z-a", "a", "a b", "a-", "a-b", "ab", "b", "é", "éa"]
    async with store.transaction() as unit:
        for name in reversed(names):
            await unit.schedules.add(nouns.schedule(name))

    async with store.reading() as unit:
        found: list[str] = []
        after = None
        while page := await unit.schedules.page(after=after, limit=2, prefix=prefix):
            found += [each.name for each in page]
            after = page[-1].name
        assert [name for name in names if name.startswith(prefix)] == found


@pytest.mark.parametrize(
    ("near", "first", "last"), [("n0300", 50, 549), ("n0300x", 51, 550), ("a", 0, 249),
                                ("z", 350, 599)]
)  # fmt: skip
async def test_of_very_many_names_those_around_a_word_are_suggested(store, near, first, last):
    """Half of them before the word, half from it on, sorted; fewer at the ends."""
    names = [f"n{number:04}" for number in range(600)]
    async with store.transaction() as unit:
        for name in names:
            await unit.schedules.add(nouns.schedule(name))

    async with store.reading() as unit:
        assert tuple(names[first : last + 1]) == await unit.schedules.names(near=near)


async def test_due_is_what_is_enabled_and_not_after_now(store):
    """Due schedules come earliest first, up to the limit; `next_at` and `upcoming` agree."""
    late, early, now, future = (
        nouns.schedule(name, next_at=NOON + minutes * MINUTE)
        for name, minutes in (("late", -1), ("early", -2), ("now", 0), ("future", 1))
    )
    disabled = nouns.schedule("disabled", enabled=False, next_at=NOON - 5 * MINUTE)
    over = nouns.schedule("over", next_at=None, done=True)
    async with store.transaction() as unit:
        for each in (late, early, now, future, disabled, over):
            await unit.schedules.add(each)

        assert (early, late, now) == await unit.schedules.due(NOON, limit=10)
        assert (early,) == await unit.schedules.due(NOON, limit=1)
        assert (early, late, now, future) == await unit.schedules.upcoming(limit=10)
        assert (early, late) == await unit.schedules.upcoming(limit=2)
        assert early.next_at == await unit.schedules.next_at()


async def test_one_offs_that_have_fired_are_found_again(store):
    """The newest ones first; not what is still to come, nor what was disabled."""
    early, late, old, coming, off = (
        nouns.schedule(
            name,
            trigger=triggers.AtTrigger(at=NOON + minutes * MINUTE, zone="UTC"),
            next_at=None,
            done=name != "coming",
            enabled=name != "off",
        )
        for name, minutes in (("early", 1), ("late", 2), ("old", -1), ("coming", 3), ("off", 4))
    )
    async with store.transaction() as unit:
        for each in (early, late, old, coming, off, nouns.schedule("daily")):
            await unit.schedules.add(each)

        assert (late, early) == await unit.schedules.fired_once(since=NOON, limit=10)
        assert (late,) == await unit.schedules.fired_once(since=NOON, limit=1)


async def test_nothing_is_next_when_there_is_nothing(store):
    """An empty store has no next instant."""
    async with store.reading() as unit:
        assert await unit.schedules.next_at() is None
        assert await unit.schedules.due(NOON, limit=10) == ()


async def test_next_at_moves_only_from_what_was_seen(store):
    """An edit in between is not overwritten; the last instant leaves none."""
    schedule = nouns.schedule()
    async with store.transaction() as unit:
        await unit.schedules.add(schedule)

        async def advance(seen, next_at, *, done=False):
            return await unit.schedules.advance(schedule.id, seen=seen, next_at=next_at, done=done)

        assert not await advance(NOON - MINUTE, NOON + MINUTE)
        assert await advance(NOON, NOON + MINUTE)
        assert not await advance(NOON, NOON + MINUTE)
        assert await advance(NOON + MINUTE, None, done=True)
        assert replace(schedule, next_at=None, done=True) == await unit.schedules.get(schedule.id)


async def test_many_are_moved_at_once_each_by_itself(store):
    """`advance_all` tells of each whether it moved."""
    first, second = nouns.schedule("first"), nouns.schedule("second")
    async with store.transaction() as unit:
        await unit.schedules.add(first)
        await unit.schedules.add(second)

        moved = await unit.schedules.advance_all(
            [
                (first.id, NOON, NOON + MINUTE, False),
                (first.id, NOON, NOON + 2 * MINUTE, False),
                (second.id, NOON, None, True),
                ("unknown", NOON, None, True),
            ]
        )

        assert moved == (True, False, True, False)
        assert await unit.schedules.advance_all(()) == ()


async def test_an_occurrence_is_recorded_once(store):
    """The second record of the same instant of the same schedule says so, in any transaction."""
    occurrence = model.Occurrence(schedule_id="s", planned_at=NOON, recorded_at=NOON)
    again = replace(occurrence, recorded_at=NOON + MINUTE)
    async with store.transaction() as unit:
        assert await unit.schedules.record(occurrence)
        assert not await unit.schedules.record(again)
    async with store.transaction() as unit:
        assert await unit.schedules.record_all(
            [
                again,
                replace(occurrence, planned_at=NOON + MINUTE),
                replace(occurrence, schedule_id="t"),
                replace(occurrence, schedule_id="t"),
            ]
        ) == (False, True, True, False)
