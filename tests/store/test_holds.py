"""ports.Holds, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings

from dockschedd.core import holds, model
from dockschedd.store import hold_rows
from tests import strategies
from tests.store import nouns
from tests.store.nouns import MINUTE, NOON

WEB = model.StackRef("local", "web")
here = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def hold(**changes) -> holds.Hold:
    return holds.Hold(
        **{
            "stack": WEB,
            "wants": holds.Wanted.UP,
            "owner": "alice",
            "reason": "",
            "zone": "UTC",
            "since": NOON,
            "until": NOON + 10 * MINUTE,
            **changes,
        }
    )


FREEZE = holds.Freeze(owner="bob", reason="x", zone="UTC", since=NOON, until=None)


@here
@given(strategies.holds, strategies.freezes)
async def test_a_hold_and_a_freeze_come_back(store, held, frozen):
    """Every field, on both databases."""
    assert held == hold_rows.hold(hold_rows.hold_values(held))
    async with store.transaction() as unit:
        await unit.holds.place(held)
        await unit.holds.place_freeze(frozen)
    async with store.reading() as unit:
        blocks = await unit.holds.blocks()
        assert await unit.holds.get(held.stack) == held

    assert blocks.holds[held.stack] == held
    assert blocks.freeze == frozen


async def test_a_stack_has_one_hold(store):
    """A later one takes the place of an earlier one."""
    async with store.transaction() as unit:
        await unit.holds.place(hold())
        await unit.holds.place(hold(owner="bob", wants=holds.Wanted.DOWN, until=None))
        blocks = await unit.holds.blocks()

    assert blocks.holds == {WEB: hold(owner="bob", wants=holds.Wanted.DOWN, until=None)}


async def test_a_hold_is_released_once(store):
    """It ends at that instant, and remembers who released it; a second time nothing is held."""
    async with store.transaction() as unit:
        await unit.holds.place(hold())
        assert await unit.holds.release(WEB, at=NOON + MINUTE, actor="bob")
        assert not await unit.holds.release(WEB, at=NOON + MINUTE, actor="bob")
        found = await unit.holds.get(WEB)

    assert found == hold(until=NOON + MINUTE, released_by="bob")


async def test_a_hold_that_has_expired_cannot_be_released(store):
    """From its end on nobody holds the stack."""
    async with store.transaction() as unit:
        await unit.holds.place(hold())
        assert not await unit.holds.release(WEB, at=NOON + 10 * MINUTE, actor="bob")
        await unit.holds.place_freeze(replace(FREEZE, until=NOON))
        assert not await unit.holds.thaw(at=NOON, actor="bob")


async def test_what_has_ended_is_taken_once(store):
    """Expired, released and thawed ones; what still holds stays."""
    stays = hold(stack=model.StackRef("local", "db"), until=None)
    async with store.transaction() as unit:
        await unit.holds.place(hold())
        await unit.holds.place(stays)
        await unit.holds.place_freeze(FREEZE)
        assert await unit.holds.next_end() == NOON + 10 * MINUTE
        assert await unit.holds.take_ended(now=NOON + 9 * MINUTE) == ()
        assert await unit.holds.thaw(at=NOON + MINUTE, actor="bob")
        assert await unit.holds.next_end() == NOON + MINUTE
        ended = await unit.holds.take_ended(now=NOON + 10 * MINUTE)
        again = await unit.holds.take_ended(now=NOON + 10 * MINUTE)
        blocks = await unit.holds.blocks()

    assert ended == (hold(), replace(FREEZE, until=NOON + MINUTE, thawed_by="bob"))
    assert again == ()
    assert blocks == holds.Blocks(holds={stays.stack: stays})


async def test_runs_are_taken_from_the_instant_on_at_which_they_may_begin(store):
    """A spread run, or one that waits for its next attempt, is not there yet and blocks nobody."""
    spread = nouns.run(start_at=NOON + 5 * MINUTE)
    plain = nouns.run(planned_at=NOON + MINUTE)
    third = nouns.run(planned_at=NOON + 2 * MINUTE)
    async with store.transaction() as unit:
        assert all(await unit.runs.add_all([spread, plain, third]))
        at = [await unit.runs.planned(now=NOON + n * MINUTE, limit=9) for n in (0, 1, 6)]
        waiting = [await unit.runs.waiting(now=NOON + n * MINUTE, limit=9) for n in (1, 2, 6)]
        coming = await unit.runs.next_start(after=NOON)
        none = await unit.runs.next_start(after=NOON + 5 * MINUTE)

    assert at == [(), (plain,), (plain,)]
    assert waiting == [(), (third,), (third, spread)]
    assert (coming, none) == (NOON + 5 * MINUTE, None)


async def test_the_last_words_on_a_stack_are_what_was_to_be_done_last(store):
    """Not what was skipped, cancelled or superseded, and the first of several attempts."""
    stop = nouns.run(status=model.RunStatus.MISSED)
    restart = nouns.run(action=model.Action.RESTART, planned_at=NOON + MINUTE)
    over = [
        nouns.run(status=status, planned_at=NOON + 2 * MINUTE)
        for status in (
            model.RunStatus.SKIPPED,
            model.RunStatus.CANCELLED,
            model.RunStatus.SUPERSEDED,
        )
    ]
    attempt = replace(stop, id=nouns.new_id(), attempt=2, start_at=NOON + 5 * MINUTE)
    async with store.transaction() as unit:
        await unit.runs.add_all([stop, restart, *over, attempt])
        found = await unit.runs.last_words(stop.stack, since=NOON)
        later = await unit.runs.last_words(stop.stack, since=NOON + MINUTE)

    assert (found, later) == ((stop, restart), (restart,))


async def test_due_schedules_come_in_pages(store):
    """Each once, by instant and id."""
    made = [nouns.schedule(f"s{n}", next_at=NOON + timedelta(minutes=n // 3)) for n in range(10)]
    async with store.transaction() as unit:
        for each in made:
            await unit.schedules.add(each)
        seen = []
        page = await unit.schedules.due(NOON + 5 * MINUTE, limit=4)
        while page:
            seen += page
            page = await unit.schedules.due(NOON + 5 * MINUTE, limit=4, after=page[-1])

    assert seen == made
