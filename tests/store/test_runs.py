"""ports.Runs, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dockschedd import errors
from dockschedd.core import model
from tests.store import nouns
from tests.store.nouns import MINUTE, NOON

Status = model.RunStatus


async def test_a_run_comes_back_with_its_steps(store):
    """Steps are found by position, whatever order they were given in."""
    run = nouns.run()
    first, second = nouns.step(1), nouns.step(2, after=(1,))
    async with store.transaction() as unit:
        assert await unit.runs.add(run)
        assert await unit.runs.claim(run.id, at=NOON + MINUTE)
        await unit.runs.plan_steps(run.id, [second, first])

    running = replace(
        run,
        status=Status.RUNNING,
        started_at=NOON + MINUTE,
        first_started_at=NOON + MINUTE,
        steps=(first, second),
    )
    async with store.reading() as unit:
        assert running == await unit.runs.get(run.id)
        assert (running,) == await unit.runs.running()


async def test_the_same_attempt_of_an_occurrence_on_a_stack_is_added_once(store):
    """A second one is refused without ending the transaction; others are not in its way."""
    run = nouns.run(idempotency_key=None)
    same = replace(run, id=nouns.new_id())
    others = (
        replace(same, attempt=2),
        replace(same, id=nouns.new_id(), stack=model.StackRef("local", "db")),
        replace(same, id=nouns.new_id(), stack=model.StackRef("edge", "web")),
        replace(same, id=nouns.new_id(), planned_at=NOON + MINUTE),
        replace(same, id=nouns.new_id(), schedule_id=nouns.new_id()),
    )
    async with store.transaction() as unit:
        assert await unit.runs.add(run)
        assert not await unit.runs.add(same)
        assert await unit.runs.add_all([same, *others]) == (False, True, True, True, True, True)
        assert await unit.runs.add_all(()) == ()
        assert await unit.runs.get(same.id) == others[0]


async def test_a_request_that_is_sent_twice_is_one(store):
    """The same key on the same stack is refused; another stack or attempt is not the same."""
    manual = {"schedule_id": None, "schedule_name": None, "cause_kind": model.CauseKind.MANUAL}
    web = nouns.run("web", idempotency_key="k", **manual)
    db = nouns.run("db", idempotency_key="k", **manual)
    again = replace(web, id=nouns.new_id(), planned_at=NOON + MINUTE)
    second = replace(web, id=nouns.new_id(), attempt=2)
    async with store.transaction() as unit:
        assert await unit.runs.add_all([web, db, again, second]) == (True, True, False, True)
        assert await unit.runs.claim(db.id, at=NOON)
        await unit.runs.plan_steps(db.id, [nouns.step(1)])

    async with store.reading() as unit:
        found = await unit.runs.by_key("k")
        assert [web.id, db.id] == [each.id for each in found]
        assert [(), (nouns.step(1),)] == [each.steps for each in found]
        assert await unit.runs.by_key("other") == ()


async def test_a_prefix_finds_a_run_when_only_one_has_it(store):
    """An ambiguous or unknown prefix finds nothing, and no character is a wildcard."""
    one = nouns.run(id="0190aaaa-0000-7000-8000-000000000001")
    two = nouns.run(id="0190aabb-0000-7000-8000-000000000002")
    async with store.transaction() as unit:
        await unit.runs.add_all([one, two])

        assert one == await unit.runs.get("0190aaa")
        assert two == await unit.runs.get("0190aab")
        assert one == await unit.runs.get(one.id)
        for prefix in ("0190aa", "", "0190ab", "%", "0190aaa_", one.id + "0"):
            assert await unit.runs.get(prefix) is None


async def test_a_whole_id_is_found_beside_a_longer_one(store):
    """An exact id is never ambiguous."""
    short, long = nouns.run(id="0190"), nouns.run(id="01901")
    async with store.transaction() as unit:
        await unit.runs.add_all([short, long])

        assert short == await unit.runs.get("0190")


async def test_pages_are_newest_first_and_filtered(store):
    """Every combination of filters gives what a filter in Python gives, page by page."""
    schedule_id = nouns.new_id()
    runs = [
        replace(
            nouns.run(stack, schedule_id=schedule, planned_at=NOON + number * MINUTE),
            stack=model.StackRef(host, stack),
            status=status,
        )
        for number, (host, stack, schedule, status) in enumerate(
            (host, stack, schedule, status)
            for host in ("local", "edge")
            for stack in ("web", "db")
            for schedule in (schedule_id, None)
            for status in (Status.FAILED, Status.PLANNED)
        )
    ]
    async with store.transaction() as unit:
        assert all(await unit.runs.add_all(runs))

    async with store.reading() as unit:
        for host in (None, "local"):
            for stack in (None, "web"):
                for schedule in (None, schedule_id):
                    for status in (None, Status.FAILED):
                        expected = [
                            each
                            for each in reversed(runs)
                            if host in (None, each.stack.host)
                            and stack in (None, each.stack.name)
                            and schedule in (None, each.schedule_id)
                            and status in (None, each.status)
                        ]
                        found: list[model.Run] = []
                        before = None
                        while page := await unit.runs.page(
                            before=before,
                            limit=3,
                            host=host,
                            stack=stack,
                            schedule_id=schedule,
                            status=status,
                        ):
                            found += page
                            before = page[-1].id
                        assert expected == found


async def test_troubled_is_what_did_not_end_well(store):
    """Failed, partial, missed and interrupted ones, the newest first, up to the limit."""
    bad = {Status.FAILED, Status.PARTIAL, Status.MISSED, Status.INTERRUPTED}
    runs = [
        replace(nouns.run(f"s{number}"), status=status)
        for number, status in enumerate([*Status, *Status])
    ]
    async with store.transaction() as unit:
        assert all(await unit.runs.add_all(runs))

    async with store.reading() as unit:
        expected = [each for each in reversed(runs) if each.status in bad]
        assert tuple(expected) == await unit.runs.troubled(limit=100)
        assert tuple(expected[:3]) == await unit.runs.troubled(limit=3)
        before = expected[2].id
        assert tuple(expected[3:5]) == await unit.runs.troubled(limit=2, before=before)


async def test_a_claim_is_won_once(store):
    """Of many that claim at the same time exactly one wins."""
    run = nouns.run()
    async with store.transaction() as unit:
        await unit.runs.add(run)

    async def claim():
        async with store.transaction() as unit:
            return await unit.runs.claim(run.id, at=NOON)

    won = await asyncio.gather(*(claim() for _ in range(30)))

    assert [each for each in won if each] == [True]


async def test_one_stack_has_one_running_run(store):
    """Of many runs of one stack, claimed at the same time, exactly one begins."""
    runs = [nouns.run() for _ in range(20)]
    other = nouns.run("other")
    async with store.transaction() as unit:
        await unit.runs.add_all([*runs, other])

    async def claim(run_id):
        async with store.transaction() as unit:
            return await unit.runs.claim(run_id, at=NOON)

    won = await asyncio.gather(*(claim(run.id) for run in runs))
    async with store.transaction() as unit:
        assert await unit.runs.claim(other.id, at=NOON)
        assert sum(won) == 1
        winner = runs[won.index(True)].id
        assert await unit.runs.finish(winner, status=Status.SUCCEEDED, at=NOON)
        assert await unit.runs.claim(runs[won.index(False)].id, at=NOON)


async def test_a_refused_claim_leaves_the_transaction_usable(store):
    """What follows a claim that was lost is committed."""
    first, second = nouns.run(), nouns.run()
    async with store.transaction() as unit:
        await unit.runs.add_all([first, second])
        assert await unit.runs.claim(first.id, at=NOON)
        assert not await unit.runs.claim(second.id, at=NOON)
        assert not await unit.runs.claim(first.id, at=NOON)
        assert not await unit.runs.claim("unknown", at=NOON)
        await unit.audit.append(nouns.record())

    async with store.reading() as unit:
        assert (await unit.audit.head())[0] == 1


async def test_the_first_start_is_kept(store):
    """A claim sets started_at always, and first_started_at only where it was not set."""
    run = nouns.run(attempt=2, first_started_at=NOON - MINUTE)
    async with store.transaction() as unit:
        await unit.runs.add(run)
        await unit.runs.claim(run.id, at=NOON + MINUTE)

        found = await unit.runs.get(run.id)
        assert found is not None
        assert (found.started_at, found.first_started_at) == (NOON + MINUTE, NOON - MINUTE)


async def test_the_database_itself_refuses_two_running_runs(store):
    """A run that is inserted as running beside another one does not get in."""
    async with store.transaction() as unit:
        assert await unit.runs.add(nouns.run(status=Status.RUNNING))
        assert not await unit.runs.add(nouns.run(status=Status.RUNNING))


async def test_steps_are_overwritten_one_by_one(store):
    """Status, instants and errors change; what a step is does not."""
    run = nouns.run()
    first, second = nouns.step(1), nouns.step(2)
    done = replace(
        first,
        status=model.StepStatus.FAILED,
        started_at=NOON,
        finished_at=NOON + MINUTE,
        error_code="host-refused",
        error="no",
    )
    async with store.transaction() as unit:
        await unit.runs.add(run)
        await unit.runs.claim(run.id, at=NOON)
        await unit.runs.plan_steps(run.id, [first, second])
        await unit.runs.update_steps(run.id, [replace(done, cause="other", service="other")])
        await unit.runs.update_steps(run.id, ())

        found = await unit.runs.get(run.id)
        assert found is not None
        assert (done, second) == found.steps


async def test_a_run_ends_once(store):
    """finish takes running ones only, settle planned ones only; both say whether they did."""
    run, waiting = nouns.run(), nouns.run()
    async with store.transaction() as unit:
        await unit.runs.add_all([run, waiting])
        assert not await unit.runs.finish(run.id, status=Status.FAILED, at=NOON)
        await unit.runs.claim(run.id, at=NOON)
        assert not await unit.runs.settle(run.id, status=Status.SKIPPED, at=NOON, cause="x")
        assert await unit.runs.finish(
            run.id, status=Status.INTERRUPTED, at=NOON, error="e", superseded_by=waiting.id
        )
        assert not await unit.runs.finish(run.id, status=Status.SUCCEEDED, at=NOON)
        assert await unit.runs.settle(
            waiting.id, status=Status.SUPERSEDED, at=NOON, cause="later", superseded_by="z"
        )
        assert not await unit.runs.settle(waiting.id, status=Status.MISSED, at=NOON, cause="x")

        assert await unit.runs.get(run.id) == replace(
            run,
            status=Status.INTERRUPTED,
            started_at=NOON,
            first_started_at=NOON,
            finished_at=NOON,
            error="e",
            superseded_by=waiting.id,
        )
        assert await unit.runs.get(waiting.id) == replace(
            waiting, status=Status.SUPERSEDED, finished_at=NOON, cause="later", superseded_by="z"
        )


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"planned_at": NOON + MINUTE}, True),
        ({"planned_at": NOON + MINUTE, "status": Status.SUCCEEDED, "started_at": NOON}, True),
        ({"planned_at": NOON + MINUTE, "status": Status.CANCELLED, "started_at": NOON}, True),
        ({"planned_at": NOON + MINUTE, "status": Status.CANCELLED}, False),
        ({"planned_at": NOON + MINUTE, "status": Status.SKIPPED}, False),
        ({"planned_at": NOON - MINUTE}, False),
        ({"planned_at": NOON}, True),
        ({"planned_at": NOON + MINUTE, "stack": model.StackRef("edge", "web")}, False),
        ({"planned_at": NOON + MINUTE, "schedule_id": None}, True),
    ],
)
async def test_later_is_what_has_the_last_word(store, changes, counts):
    """A later run counts when it still may run or has run; a skipped one never had a say."""
    run = nouns.run()
    other = nouns.run(**changes)
    async with store.transaction() as unit:
        await unit.runs.add_all([run, other])

        assert (other if counts else None) == await unit.runs.later(run)


async def test_the_newest_later_one_is_returned(store):
    """Of several later ones it is the last by planned instant, then id."""
    run, first, last, same = (
        nouns.run(planned_at=NOON + minutes * MINUTE) for minutes in (0, 1, 2, 2)
    )
    async with store.transaction() as unit:
        await unit.runs.add_all([run, same, last, first])

        assert same == await unit.runs.later(run)
        assert same == await unit.runs.later(first)
        assert await unit.runs.later(same) is None


@pytest.mark.parametrize("schedule_id", ["0190a000-0000-7000-8000-00000000aaaa", None])
async def test_an_attempt_is_not_later_than_its_own_run(store, schedule_id):
    """A further attempt of the same occurrence, or of the same request, does not count."""
    run = nouns.run(schedule_id=schedule_id)
    attempt = replace(run, id=nouns.new_id(), attempt=2)
    async with store.transaction() as unit:
        assert await unit.runs.add_all([run, attempt]) == (True, True)

        assert await unit.runs.later(run) is None


async def test_latest_is_the_last_that_started(store):
    """By when it started, not by when it was planned; waiting and skipped ones do not count."""
    first = nouns.run(status=Status.FAILED, started_at=NOON)
    second = nouns.run(status=Status.SUCCEEDED, started_at=NOON + MINUTE, planned_at=NOON - MINUTE)
    waiting = nouns.run(planned_at=NOON + MINUTE)
    async with store.transaction() as unit:
        assert await unit.runs.latest("local", "web") is None
        await unit.runs.add_all([first, second, waiting])

        assert second == await unit.runs.latest("local", "web")
        assert await unit.runs.latest("edge", "web") is None


async def test_steps_of_an_unknown_run_are_refused(store):
    """A step without its run is an error of the store, not a foreign exception."""
    with pytest.raises(errors.StoreError):
        async with store.transaction() as unit:
            await unit.runs.plan_steps("unknown", [nouns.step(1)])


async def test_what_no_database_can_hold_is_replaced(store):
    """A NUL or a lone surrogate in an engine's answer never keeps a run from ending."""
    run = nouns.run()
    async with store.transaction() as unit:
        await unit.runs.add(run)
        await unit.runs.claim(run.id, at=NOON)
        await unit.runs.finish(
            run.id, status=Status.FAILED, at=NOON, error="a\0b\ud800c\U0001f433"
        )

        found = await unit.runs.get(run.id)
        assert found is not None
        assert found.error == "a\ufffdb\ufffdc\U0001f433"
        assert await unit.runs.get("a\0b\ud800") is None


async def test_the_depth_counts_what_waits_and_what_is_under_way(store):
    """Also what is for later; what is over is in neither."""
    waiting, later, running, over = (nouns.run(name) for name in ("a", "b", "c", "d"))
    async with store.transaction() as unit:
        assert await unit.runs.depth() == (0, 0)
        later = replace(later, start_at=NOON + MINUTE)
        await unit.runs.add_all([waiting, later, running, over])
        await unit.runs.claim(running.id, at=NOON)
        await unit.runs.settle(over.id, status=model.RunStatus.SKIPPED, at=NOON, cause="held")

        assert await unit.runs.depth() == (2, 1)
