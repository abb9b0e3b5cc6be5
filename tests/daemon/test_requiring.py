"""Stacks that need each other, under the daemon's loops: order, waits, and what goes wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dockschedd import errors
from dockschedd.core import holds, model, triggers
from tests.engines import eventually
from tests.fake_clock import START
from tests.fake_hosts import Service

MINUTE = timedelta(minutes=1)
DOWN = model.ContainerState.EXITED
SLOW = {"a": Service(healthy_after=timedelta(seconds=30))}


def calls(world) -> list[str]:
    """Engine calls that change something, in order: `stop web`."""
    return [
        f"{c.verb} {c.container.partition('-')[0]}"
        for c in world.hosts.calls
        if c.verb in ("start", "stop", "pause", "unpause")
    ]


def told(runs) -> dict[str, str]:
    return {f"{r.action} {r.stack.name}": r.status.value for r in runs}


async def settled(daemon, count: int) -> list[model.Run]:
    """Let time pass until there are so many runs and all are over."""
    await daemon.pass_time(MINUTE)
    return await daemon.all_ended(count)


@pytest.mark.parametrize("most", [1, 50])
async def test_a_start_starts_what_it_needs_and_waits_for_its_health(world, most):
    """db is healthy after 30 s; app begins then and not before, also where one may run."""
    world.max_parallel_runs = most
    world.hosts.add_stack("local", "db", SLOW, state=DOWN)
    world.hosts.add_stack("local", "app", ["a"], state=DOWN)
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.act_all("start", "local/app")
        await daemon.pass_time(timedelta(seconds=29))
        early = calls(world)
        runs = await settled(daemon, 2)

    assert early == ["start db"]
    assert calls(world) == ["start db", "start app"]
    assert told(runs) == {"start db": "succeeded", "start app": "succeeded"}
    began = {r.stack.name: r.started_at for r in runs}
    assert timedelta(seconds=30) <= began["app"] - began["db"] <= timedelta(seconds=31)


async def test_a_label_orders_as_a_command_does(world):
    """The engine's list says what a stack needs."""
    world.hosts.add_stack("local", "db", ["a"], state=DOWN)
    world.hosts.add_stack("local", "app", {"a": Service(requires=("db",))}, state=DOWN)
    async with world.daemon() as daemon:
        await daemon.act_all("start", "local/app")
        await settled(daemon, 2)

    assert calls(world) == ["start db", "start app"]


async def test_one_occurrence_on_many_stacks_goes_in_order(world):
    """A stop of all goes from the dependents down, a start from what is needed up."""
    for name in ("app", "db", "web"):
        world.hosts.add_stack("local", name, ["a"])
    async with world.daemon() as daemon:
        await daemon.require("web", "app")
        await daemon.require("app", "db")
        await daemon.schedule("down", "stop", "local/*", cron="1 12 * * *")
        await daemon.schedule("up", "start", "local/*", cron="3 12 * * *")
        await daemon.pass_time(4 * MINUTE)
        runs = await daemon.all_ended(6)

    assert {r.status.value for r in runs} == {"succeeded"}
    assert calls(world) == [
        *("stop web", "stop app", "stop db"),
        *("start db", "start app", "start web"),
    ]


async def test_several_schedules_of_one_tick_are_weighed_together(world):
    """Two schedules stop two stacks at once: no refusal, and in order."""
    for name in ("app", "db"):
        world.hosts.add_stack("local", name, ["a"])
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.schedule("one", "stop", "local/db", cron="1 12 * * *")
        await daemon.schedule("two", "stop", "local/app", cron="1 12 * * *")
        await daemon.pass_time(2 * MINUTE)
        runs = await daemon.all_ended(2)

    assert {r.status.value for r in runs} == {"succeeded"}
    assert calls(world) == ["stop app", "stop db"]


@pytest.mark.parametrize(
    ("dependents", "expected", "done"),
    [
        ("refuse", {"stop db": "skipped"}, []),
        ("stop", {"stop db": "succeeded", "stop app": "succeeded"}, ["stop app", "stop db"]),
        ("ignore", {"stop db": "succeeded"}, ["stop db"]),
    ],
)
async def test_a_schedule_stops_what_others_need_as_it_says(world, dependents, expected, done):
    """Refuse: skipped, with its cause. Stop: those first. Ignore: it alone."""
    for name in ("app", "db"):
        world.hosts.add_stack("local", name, ["a"])
    how = model.RunOptions(dependents=model.Dependents(dependents))
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.schedule("down", "stop", "local/db", cron="1 12 * * *", options=how)
        await daemon.pass_time(2 * MINUTE)
        runs = await daemon.all_ended(len(expected))

    assert told(runs) == expected
    assert calls(world) == done
    if dependents == "refuse":
        assert runs[0].cause == "`local/app`, which needs it, is up (dependents: refuse)"
    if dependents == "stop":
        extra = next(r for r in runs if r.stack.name == "app")
        assert extra.cause_kind is model.CauseKind.REQUIREMENT
        assert extra.schedule_name == "down"


async def test_what_is_needed_and_fails_keeps_what_needs_it_down(world):
    """The run ends failed, names the run that failed, and calls no engine."""
    world.hosts.add_stack("local", "db", ["a"], state=DOWN)
    world.hosts.add_stack("local", "app", ["a"], state=DOWN)
    world.hosts.fail_next("start", errors.HostRefused("no such image"))
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        made = await daemon.act_all("start", "local/app")
        runs = await settled(daemon, 2)

    assert told(runs) == {"start db": "failed", "start app": "failed"}
    app = next(r for r in runs if r.stack.name == "app")
    assert app.error == (
        f"`local/db`, which it needs, did not come up: start {made['db'].id} failed: "
        "start db-a-1 failed: no such image"
    )
    assert calls(world) == ["start db"]


async def test_what_is_needed_and_never_healthy_is_waited_for_no_longer_than_asked(world):
    """wait_timeout bounds the wait; unhealthy ends it at once."""
    never = {"a": Service(healthy_after=timedelta(hours=1))}
    sick = {"a": Service(healthy_after=timedelta(seconds=5), turns=model.Health.UNHEALTHY)}
    for name, services in (("db", never), ("mq", sick)):
        world.hosts.add_stack("local", name, services, state=DOWN)
    for name in ("app", "web"):
        world.hosts.add_stack("local", name, ["a"], state=DOWN)
    how = model.RunOptions(wait_timeout=timedelta(seconds=20))
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.require("web", "mq")
        await daemon.act_all("start", "local/app", "local/web", options=how)
        runs = await settled(daemon, 4)

    app, web = (next(r for r in runs if r.stack.name == name) for name in ("app", "web"))
    assert app.error == "`local/db`, which it needs, was not healthy within 20s"
    assert web.error == "`local/mq`, which it needs, is unhealthy: mq-a-1 is unhealthy"
    assert web.finished_at - web.planned_at <= timedelta(seconds=6)
    assert set(calls(world)) == {"start db", "start mq"}


async def test_a_held_stack_is_not_started_for_a_schedule_but_for_a_person(world):
    """The extra run of a schedule is skipped by the hold, and so is the run that needs it."""
    for name in ("app", "db"):
        world.hosts.add_stack("local", name, ["a"], state=DOWN)
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        async with daemon.store.transaction() as unit:
            await unit.holds.place(
                holds.Hold(
                    stack=model.StackRef("local", "db"),
                    wants=holds.Wanted.DOWN,
                    owner="bob",
                    reason="",
                    zone="UTC",
                    since=START,
                    until=None,
                )
            )
        await daemon.schedule("up", "start", "local/app", cron="1 12 * * *")
        await daemon.pass_time(2 * MINUTE)
        first = await daemon.all_ended(2)
        none = calls(world)
        await daemon.act_all("start", "local/app")
        await settled(daemon, 4)

    assert told(first) == {"start db": "skipped", "start app": "skipped"}
    app = next(r for r in first if r.stack.name == "app")
    assert "`local/db`, which it needs, did not come up" in app.cause
    assert "held down by bob" in app.cause
    assert none == []
    assert calls(world) == ["start db", "start app"]


async def test_a_cancelled_start_cancels_what_waits_for_it(world):
    """Cancelling db's run leaves app down, skipped with that cause."""
    world.hosts.add_stack("local", "db", {"a": Service(start_takes=MINUTE)}, state=DOWN)
    world.hosts.add_stack("local", "app", ["a"], state=DOWN)
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        made = await daemon.act_all("start", "local/app")
        await eventually(lambda: calls(world) == ["start db"])
        waiting = await daemon.run(made["app"].id)
        assert await daemon.executor.cancel(made["db"].id, actor="bob")
        runs = await settled(daemon, 2)

    assert waiting.status is model.RunStatus.PLANNED
    # The one call was under way already: what was asked for is done.
    assert told(runs)["start db"] in {"cancelled", "succeeded"}


async def test_a_stop_by_hand_overtakes_a_start_that_waits(world):
    """Nobody waits ten minutes for a stack that is not wanted any more."""
    world.hosts.add_stack("local", "db", {"a": Service(healthy_after=5 * MINUTE)}, state=DOWN)
    world.hosts.add_stack("local", "app", ["a"], state=DOWN)
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        start = (await daemon.act_all("start", "local/app"))["app"]
        await daemon.pass_time(timedelta(seconds=5))
        stop = await daemon.act("stop", "local/app")
        await daemon.pass_time(timedelta(seconds=5))
        first, second = await daemon.run(start.id), await daemon.run(stop.id)

    assert (first.status.value, second.status.value) == ("superseded", "succeeded")
    assert first.superseded_by == stop.id
    assert calls(world) == ["start db"]


async def test_a_deadline_ends_the_wait(world):
    """A schedule's run that waits longer than its deadline is missed, with what it waited for."""
    world.hosts.add_stack("local", "db", {"a": Service(healthy_after=5 * MINUTE)}, state=DOWN)
    world.hosts.add_stack("local", "app", ["a"], state=DOWN)
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.schedule("up", "start", "local/app", cron="1 12 * * *", deadline=MINUTE)
        await daemon.pass_time(3 * MINUTE)
        runs = await daemon.all_ended(2)

    assert told(runs) == {"start db": "succeeded", "start app": "missed"}
    app = next(r for r in runs if r.stack.name == "app")
    assert app.cause == (
        "it waits until `local/db`, which it needs, is healthy: its deadline of 1m has passed"
    )


@pytest.mark.parametrize("after", [timedelta(seconds=5), timedelta(seconds=15)])
async def test_a_crash_in_between_loses_nothing(world, after):
    """Killed while db starts, or while app waits for its health: each is started once."""
    slow = Service(start_takes=timedelta(seconds=10), healthy_after=timedelta(seconds=10))
    world.hosts.add_stack("local", "db", {"a": slow}, state=DOWN)
    world.hosts.add_stack("local", "app", ["a"], state=DOWN)
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.act_all("start", "local/app")
        await daemon.pass_time(after)
    async with world.daemon() as daemon:
        runs = await settled(daemon, 2)

    assert [r.status.value for r in runs if r.stack.name == "app"] == ["succeeded"]
    assert [r.status.value for r in runs if r.stack.name == "db"][-1] == "succeeded"
    assert world.hosts.states("local/app") == {"a-1": "running"}
    assert calls(world).count("start app") == 1


async def test_an_engine_lost_in_between_is_followed_to_the_next_attempt(world):
    """db's run is interrupted and continued; app waits for the attempt that succeeds."""
    for name in ("app", "db"):
        world.hosts.add_stack("local", name, ["a"], state=DOWN)
    world.hosts.fail_next("start", errors.HostTimeout("silence"))
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.schedule("up", "start", "local/app", cron="1 12 * * *")
        await daemon.pass_time(2 * MINUTE)
        runs = await daemon.all_ended(3)

    assert [r.status.value for r in runs if r.stack.name == "db"] == ["interrupted", "succeeded"]
    assert [r.status.value for r in runs if r.stack.name == "app"] == ["succeeded"]
    assert calls(world) == ["start db", "start db", "start app"]


async def test_what_was_missed_is_caught_up_in_order(world):
    """A start of all that fell into downtime begins with what is needed."""
    for name in ("app", "db"):
        world.hosts.add_stack("local", name, ["a"], state=DOWN)
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.schedule("up", "start", "local/*", cron="5 12 * * *")
    await world.clock.advance(10 * MINUTE)
    async with world.daemon() as daemon:
        runs = await daemon.all_ended(2)

    assert {r.cause_kind.value for r in runs} == {"catch-up"}
    assert calls(world) == ["start db", "start app"]


def nights(**changes) -> triggers.WindowTrigger:
    """Asleep from 12:02 to 12:08; it is 12:00 in the beginning."""
    return triggers.WindowTrigger(
        expression="12:02-12:08", zone="UTC", wants=triggers.Wish.ASLEEP, **changes
    )


async def test_a_window_leaves_up_what_others_need_and_sleeps_it_when_they_are_down(world):
    """Enforced always: skipped at its edge with the cause, once, and made up for later."""
    for name in ("app", "db"):
        world.hosts.add_stack("local", name, ["a"])
    always = nights(enforce=triggers.Enforce.ALWAYS)
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.schedule("nights", "-", "local/db", trigger=always)
        await daemon.pass_time(4 * MINUTE)
        (edge,) = await daemon.all_ended(1)
        await daemon.act("stop", "local/app")
        await daemon.pass_time(2 * MINUTE)
        runs = await daemon.all_ended(3)

    assert edge.status is model.RunStatus.SKIPPED
    assert edge.cause == "`local/app`, which needs it, is up (dependents: refuse)"
    assert calls(world) == ["stop app", "stop db"]
    assert runs[-1].cause_kind is model.CauseKind.ENFORCEMENT


async def test_windows_of_two_stacks_sleep_and_wake_them_in_order(world):
    """One window with a pattern: what needs sleeps first, what is needed wakes first."""
    for name in ("app", "db"):
        world.hosts.add_stack("local", name, ["a"])
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.schedule("nights", "-", "local/*", trigger=nights())
        await daemon.pass_time(9 * MINUTE)
        runs = await daemon.all_ended(4)

    assert {r.status.value for r in runs} == {"succeeded"}
    assert calls(world) == ["stop app", "stop db", "start db", "start app"]


async def test_a_person_wakes_what_sleeps_with_what_needs_it(world):
    """db sleeps by its window at its boundaries: a start of app wakes it, and it stays up."""
    for name in ("app", "db"):
        world.hosts.add_stack("local", name, ["a"])
    async with world.daemon() as daemon:
        await daemon.require("app", "db")
        await daemon.act("stop", "local/app")
        await daemon.schedule("nights", "-", "local/db", trigger=nights())
        await daemon.pass_time(3 * MINUTE)
        await daemon.act_all("start", "local/app")
        await daemon.pass_time(3 * MINUTE)
        await daemon.all_ended(4)

    assert calls(world) == ["stop app", "stop db", "start db", "start app"]
    assert world.hosts.states("local/db") == {"a-1": "running"}
