"""A host's calendar: on its dates no schedule acts on its stacks, and after them windows do.

The world's clock stands at noon, so that midnight of the zones here is minutes away.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dockschedd.core import dates, fleet, holds, model, triggers
from tests.daemon.world import World
from tests.fake_clock import START
from tests.fake_hosts import FakeHosts

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)
#: Where the date changes at noon UTC, when the world begins.
DATE_LINE = "Etc/GMT-12"


@pytest.fixture
def world(tmp_path) -> World:
    """Two hosts with a stack `web` each, that runs; `edge` has the 25th off."""
    found = World(tmp_path / "dockschedd.db")
    found.configured = ("core", "edge")
    found.hosts = FakeHosts(found.clock, found.configured)
    for host in found.hosts.names():
        found.hosts.add_stack(host, "web", ["app"])
    return found


async def closed(daemon, *days: date, zone: str = "UTC") -> None:
    """Give `edge` a calendar with those dates, as the API does."""
    kept = dates.Kept(
        calendar=triggers.Calendar(name="holidays", dates=frozenset(days)),
        owner="local",
        updated_at=START,
    )
    host = fleet.Host(
        name="edge",
        endpoint=fleet.Endpoint(url="unix:///edge.sock"),
        zone=zone,
        calendar="holidays",
        owner="local",
        updated_at=START,
    )
    async with daemon.store.transaction() as unit:
        if await unit.calendars.get("holidays") is None:
            await unit.calendars.add(kept)
            await unit.hosts.add(host)
        else:
            await unit.calendars.replace(kept)
            await unit.hosts.replace(host)
    daemon.ticker.wake()
    daemon.executor.wake()
    daemon.enforcer.wake()


def window(expression: str, **changes) -> triggers.WindowTrigger:
    values = {"expression": expression, "zone": "UTC", "wants": triggers.Wish.ASLEEP, **changes}
    return triggers.WindowTrigger(**values)


def is_up(world: World, host: str) -> bool:
    state = world.hosts.container(f"{host}/web", "app").state
    return state is model.ContainerState.RUNNING


async def test_on_a_day_off_a_schedule_acts_on_the_other_hosts_only(world):
    """What would have happened is recorded as skipped, with the calendar and until when."""
    async with world.daemon() as daemon:
        await closed(daemon, TODAY)
        await daemon.schedule("soon", "stop", "*/web", cron="1 12 * * *")
        await daemon.pass_time(MINUTE + SECOND)
        runs = {run.stack.host: run for run in await daemon.all_ended(2)}

    assert runs["core"].status is model.RunStatus.SUCCEEDED
    assert runs["edge"].status is model.RunStatus.SKIPPED
    assert runs["edge"].cause == (
        "calendar `holidays` keeps schedules from host `edge` until 00:00 on 25 November 2026, UTC"
    )
    assert (is_up(world, "core"), is_up(world, "edge")) == (False, True)


async def test_the_date_is_that_of_the_hosts_zone(world):
    """Where the day is over already, schedules act."""
    async with world.daemon() as daemon:
        await closed(daemon, TODAY, zone=DATE_LINE)
        await daemon.schedule("soon", "stop", "edge/web", cron="1 12 * * *")
        await daemon.pass_time(MINUTE + SECOND)
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.SUCCEEDED


async def test_a_person_acts_on_a_day_off_all_the_same(world):
    """Only schedules are kept away."""
    async with world.daemon() as daemon:
        await closed(daemon, TODAY)
        await daemon.act("stop", "edge/web")
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.SUCCEEDED


@pytest.mark.parametrize("enforce", list(triggers.Enforce))
async def test_windows_are_evaluated_when_the_days_are_over(world, enforce):
    """Also those that act at their edges only: the edge of the day off was left out."""
    world.clock._now = START - 2 * MINUTE  # two minutes before midnight on the date line
    async with world.daemon() as daemon:
        await closed(daemon, TODAY, zone=DATE_LINE)
        await daemon.schedule(
            "night", "-", "*/web", trigger=window("11:59-13:00", enforce=enforce)
        )
        await daemon.pass_time(MINUTE + 30 * SECOND)
        assert (is_up(world, "core"), is_up(world, "edge")) == (False, True)
        await daemon.pass_time(45 * SECOND)
        runs = [run for run in await daemon.all_ended(3) if run.stack.host == "edge"]

    assert [run.status for run in runs] == [model.RunStatus.SKIPPED, model.RunStatus.SUCCEEDED]
    assert runs[1].cause_kind is model.CauseKind.HOLD_EXPIRY
    assert runs[1].planned_at == START
    assert runs[1].cause == (
        "schedule `night` wants it asleep until 13:00 on 24 November 2026, UTC; "
        "the dates of calendar `holidays` are over"
    )
    assert not is_up(world, "edge")


async def test_windows_are_evaluated_when_the_days_ended_while_dockschedd_was_down(world):
    """At the start, as for any edge that was missed."""
    world.clock._now = START - 2 * MINUTE
    async with world.daemon() as daemon:
        await closed(daemon, TODAY, zone=DATE_LINE)
        await daemon.schedule("night", "-", "edge/web", trigger=window("11:59-13:00"))
        await daemon.pass_time(MINUTE + 30 * SECOND)
    world.clock._now = START + MINUTE
    async with world.daemon() as daemon:
        await daemon.pass_time(2 * SECOND)
        runs = await daemon.all_ended(2)

    assert [run.status for run in runs] == [model.RunStatus.SKIPPED, model.RunStatus.SUCCEEDED]
    assert not is_up(world, "edge")


async def test_a_calendar_that_changes_ends_the_day_at_once(world):
    """Windows are evaluated then; what was left out before is not made up for."""
    async with world.daemon() as daemon:
        await closed(daemon, TODAY)
        await daemon.schedule("soon", "stop", "edge/web", cron="1 12 * * *")
        night = window("11:00-13:00", enforce=triggers.Enforce.ALWAYS)
        await daemon.schedule("night", "-", "edge/web", trigger=night)
        await daemon.pass_time(90 * SECOND)
        assert is_up(world, "edge")
        await closed(daemon, TOMORROW)
        await daemon.pass_time(2 * SECOND)
        runs = await daemon.all_ended(2)

    assert [(run.schedule_name, run.status.value) for run in runs] == [
        ("soon", "skipped"),
        ("night", "succeeded"),
    ]


async def test_what_waits_when_a_day_off_begins_is_left_out(world):
    """A run that was due before and has not begun yet: it would act on the day off."""
    world.clock._now = START - 2 * MINUTE
    world.hosts.host_down("edge")
    async with world.daemon() as daemon:
        await closed(daemon, TOMORROW, zone=DATE_LINE)
        await daemon.schedule("soon", "stop", "edge/web", cron="59 11 * * *")
        await daemon.pass_time(90 * SECOND)
        assert [run.status.value for run in await daemon.runs()] == ["planned"]
        await daemon.pass_time(MINUTE)
        (run,) = await daemon.all_ended(1)

    assert run.status is model.RunStatus.SKIPPED
    assert "calendar `holidays`" in run.cause


async def test_what_was_missed_before_a_day_off_is_not_caught_up_on_it(world):
    """Back on the day off: only after it anything acts again."""
    world.clock._now = START - 2 * MINUTE
    async with world.daemon() as daemon:
        await closed(daemon, TOMORROW, zone=DATE_LINE)
        await daemon.schedule("soon", "stop", "*/web", cron="59 11 * * *")
    world.clock._now = START + MINUTE
    async with world.daemon() as daemon:
        await daemon.pass_time(2 * SECOND)
        runs = {run.stack.host: run for run in await daemon.all_ended(2)}

    assert runs["core"].status is model.RunStatus.SUCCEEDED
    assert runs["edge"].status is model.RunStatus.SKIPPED


async def test_a_held_stack_stays_held_when_the_days_are_over(world):
    """The hold's end evaluates it, not the calendar's."""
    world.clock._now = START - MINUTE
    async with world.daemon() as daemon:
        await closed(daemon, TODAY, zone=DATE_LINE)
        trigger = window("11:00-13:00", enforce=triggers.Enforce.ALWAYS)
        await daemon.schedule("night", "-", "edge/web", trigger=trigger)
        hold = holds.Hold(
            stack=model.StackRef("edge", "web"),
            wants=holds.Wanted.UP,
            owner="local",
            reason="",
            zone="UTC",
            since=START - MINUTE,
            until=START + MINUTE,
        )
        async with daemon.store.transaction() as unit:
            await unit.holds.place(hold)
        daemon.ticker.wake()
        await daemon.pass_time(MINUTE + 30 * SECOND)
        assert await daemon.runs() == []
        await daemon.pass_time(45 * SECOND)
        (run,) = await daemon.all_ended(1)

    assert run.cause.endswith("the hold on it has ended")
