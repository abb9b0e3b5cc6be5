"""What several schedules missed on one stack is folded, whatever the chunks and the crashes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dockschedd.core import model, triggers
from dockschedd.daemon import ticker as tickers
from tests.fake_clock import START

HOUR = timedelta(hours=1)
WEB = model.StackRef("local", "web")


class Crash(Exception):
    """The process ends here."""


async def night(world):
    """A stop at 23:00 and a start at 07:00 every day, and a daemon that is away at night."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("stop", "stop", "local/web", cron="0 23 * * *")
        await daemon.schedule("start", "start", "local/web", cron="0 7 * * *")


async def test_only_the_last_word_of_the_night_is_done(world):
    """Missed 23:00 stop and 07:00 start, back at 08:00: only the start runs."""
    await night(world)
    await world.clock.advance(20 * HOUR)
    async with world.daemon() as daemon:
        stop, start = await daemon.all_ended(2)

    assert (stop.status.value, start.status.value) == ("superseded", "succeeded")
    assert stop.superseded_by == start.id
    assert [c.verb for c in world.hosts.calls if c.verb in ("stop", "start")] == []


@pytest.mark.parametrize("batch", [1, 250])
@pytest.mark.parametrize(
    "point", ["words-after-commit", "tick-after-commit", "tick-before-commit"]
)
async def test_a_crash_in_the_middle_of_a_backlog_changes_nothing(
    world, monkeypatch, batch, point
):
    """Recorded in chunks with a crash between them, it is what it would have been at once."""
    monkeypatch.setattr(tickers, "BATCH", batch)
    monkeypatch.setattr(tickers, "CHUNK", 2)
    await night(world)
    await world.clock.advance(timedelta(days=4) + 20 * HOUR)
    crashes = 0

    def crash(name: str) -> None:
        nonlocal crashes
        if name == point and crashes < 3:
            crashes += 1
            raise Crash

    monkeypatch.setattr(tickers, "failpoint", crash)
    while True:
        try:
            async with world.daemon() as daemon:
                runs = await daemon.all_ended(10)
            break
        except* (Crash, AssertionError, TimeoutError):
            assert crashes

    *folded, word = [run for run in runs if run.attempt == 1]
    assert len({(r.schedule_id, r.planned_at) for r in (*folded, word)}) == len(folded) + 1 == 10
    assert {(r.status.value, r.superseded_by) for r in folded} == {("superseded", word.id)}
    assert [r.status.value for r in runs if r.planned_at == word.planned_at][-1] == "succeeded"


async def test_a_late_one_gives_way_to_one_that_is_on_time(world):
    """A stop that fell into a suspend is superseded by the start that is due on waking."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("stop", "stop", "local/web", cron="30 12 * * *")
        await daemon.schedule("start", "start", "local/web", cron="0 13 * * *")
        await daemon.pass_time(timedelta(seconds=2))
        daemon.ticker._live_since = START + 45 * HOUR / 60
        world.clock.step(HOUR - timedelta(seconds=2))
        daemon.ticker._progressed_at = world.clock.now()
        await daemon.pass_time(timedelta(seconds=2))
        stop, start = await daemon.all_ended(2)

    assert (stop.status.value, start.status.value) == ("superseded", "succeeded")
    assert start.cause_kind is model.CauseKind.SCHEDULE


async def test_what_a_person_did_since_is_the_last_word(world):
    """A catch-up never undoes what was asked for by hand after it."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("stop", "stop", "local/web", cron="30 12 * * *")
    await world.clock.advance(40 * HOUR / 60)
    store_only = world.daemon(ticking=False)
    async with store_only as daemon:
        run = await daemon.act("start", "local/web")
        await daemon.ended(run.id)
    async with world.daemon() as daemon:
        stop, _ = await daemon.all_ended(2)

    assert (stop.status.value, stop.superseded_by) == ("superseded", run.id)
    assert world.hosts.states("local/web") == {"a-1": "running"}


async def test_an_edge_that_is_overruled_takes_the_place_of_nothing(world):
    """Awake wins, so the missed edge is left out, and the start before it is caught up."""
    world.hosts.add_stack("local", "web", ["a"])
    world.hosts.docker_stop("local/web")

    def window(expression: str, wants: str) -> triggers.WindowTrigger:
        return triggers.WindowTrigger(
            expression=expression, zone="UTC", wants=triggers.Wish(wants)
        )

    async with world.daemon() as daemon:
        await daemon.schedule("day", "-", "local/web", trigger=window("08:00-20:00", "awake"))
        await daemon.schedule("nap", "-", "local/web", trigger=window("12:30-12:50", "asleep"))
        await daemon.schedule("start", "start", "local/web", cron="10 12 * * *")
        await daemon.pass_time(timedelta(seconds=2))
        world.clock.step(timedelta(minutes=40))
        await daemon.pass_time(timedelta(seconds=2))
        start, edge = await daemon.all_ended(2)

    assert (start.status.value, edge.status.value) == ("succeeded", "skipped")
    assert world.hosts.states("local/web") == {"a-1": "running"}


async def test_the_last_word_comes_last_where_another_schedule_catches_up_all(world):
    """Recorded ahead of what comes before it, it is not carried out ahead of it."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule(
            "often", "pause", "local/web", cron="*/5 * * * *", catch_up=model.CatchUp.ALL
        )
        await daemon.schedule("up", "start", "local/web", cron="28 12 * * *")
        await daemon.pass_time(timedelta(seconds=2))
        world.clock.step(timedelta(minutes=29))
        await daemon.pass_time(timedelta(seconds=5))
        await daemon.all_ended(6)

    assert world.hosts.states("local/web") == {"a-1": "running"}
