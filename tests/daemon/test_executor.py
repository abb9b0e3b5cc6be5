"""Recorded runs are carried out once, in order, and always come to an end that is recorded."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

from dockschedd import errors
from dockschedd.core import model
from tests.engines import eventually
from tests.fake_hosts import Service

WEB = {
    "db": Service(healthy_after=timedelta(seconds=1)),
    "app": Service(depends_on={"db": "service_healthy"}),
}


async def test_a_stop_goes_through_dependents_first_and_is_recorded_step_by_step(world):
    """Stopping a stack stops what depends before what it depends on."""
    world.hosts.add_stack("local", "web", WEB)
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/web")
        ended = await daemon.ended(run.id)

    assert ended.status is model.RunStatus.SUCCEEDED
    assert [(s.container, s.status.value) for s in ended.steps] == [
        ("web-app-1", "succeeded"),
        ("web-db-1", "succeeded"),
    ]
    assert [c.container for c in world.hosts.calls if c.verb == "stop"] == [
        "web-app-1",
        "web-db-1",
    ]


async def test_a_start_waits_for_health_on_the_engines_events(world):
    """A dependent starts only after its dependency has become healthy."""
    world.hosts.add_stack("local", "web", WEB, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        run = await daemon.act("start", "local/web")
        await eventually(lambda: world.hosts.states("local/web")["db-1"] == "running")
        before = world.hosts.states("local/web")["app-1"]
        await daemon.pass_time(timedelta(seconds=2))
        ended = await daemon.ended(run.id)

    assert before == "exited"
    assert ended.status is model.RunStatus.SUCCEEDED
    assert world.hosts.states("local/web") == {"app-1": "running", "db-1": "running"}


async def test_an_unhealthy_dependency_fails_its_dependents_with_that_cause(world):
    """The run ends partial; the dependent is skipped and says why."""
    world.hosts.add_stack(
        "local",
        "web",
        WEB | {"db": Service(healthy_after=timedelta(seconds=1), turns=model.Health.UNHEALTHY)},
        state=model.ContainerState.EXITED,
    )
    async with world.daemon() as daemon:
        run = await daemon.act("start", "local/web")
        await eventually(lambda: world.hosts.states("local/web")["db-1"] == "running")
        await daemon.pass_time(timedelta(seconds=2))
        ended = await daemon.ended(run.id)

    assert ended.status is model.RunStatus.PARTIAL
    assert [(s.verb.value, s.status.value) for s in ended.steps] == [
        ("start", "succeeded"),
        ("wait-healthy", "failed"),
        ("start", "skipped"),
    ]
    assert "unhealthy" in (ended.steps[1].error or "")
    assert "db-1" in (ended.steps[2].error or "")


async def test_a_wait_ends_at_its_time_limit(world):
    """A dependency that never becomes healthy fails the wait, naming the limit."""
    world.hosts.add_stack(
        "local",
        "web",
        WEB | {"db": Service(healthy_after=timedelta(hours=1))},
        state=model.ContainerState.EXITED,
    )
    async with world.daemon() as daemon:
        run = await daemon.act(
            "start",
            "local/web",
            options=model.RunOptions(wait_timeout=timedelta(milliseconds=200)),
        )
        ended = await daemon.ended(run.id)

    assert ended.steps[1].error_code == "wait-timeout"
    assert "200ms" in (ended.steps[1].error or "")


async def test_one_refused_container_does_not_keep_its_siblings(world):
    """Independent containers are stopped although one cannot be; the run is partial."""
    world.hosts.add_stack("local", "web", ["a", "b", "c"])
    world.hosts.fail_next("stop", errors.HostRefused("no"), container="web-b-1")
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/web")
        ended = await daemon.ended(run.id)

    assert ended.status is model.RunStatus.PARTIAL
    assert world.hosts.states("local/web") == {"a-1": "exited", "b-1": "running", "c-1": "exited"}
    assert ended.error is not None
    assert "web-b-1" in ended.error


async def test_two_runs_on_one_stack_never_overlap(world):
    """A stop that is asked for during a start waits for it, and then runs."""
    world.hosts.add_stack("local", "web", WEB, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        first = await daemon.act("start", "local/web")
        await eventually(lambda: world.hosts.states("local/web")["db-1"] == "running")
        second = await daemon.act("stop", "local/web")
        await daemon.pass_time(timedelta(seconds=1))
        one, two = await daemon.ended(first.id), await daemon.ended(second.id)

    assert one.finished_at is not None
    assert two.started_at is not None
    assert two.started_at >= one.finished_at
    assert world.hosts.states("local/web") == {"app-1": "exited", "db-1": "exited"}


async def test_a_cancelled_run_ends_its_wait_and_begins_nothing_more(world):
    """Cancelling between steps leaves the rest undone and says who cancelled."""
    world.hosts.add_stack("local", "web", WEB, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        run = await daemon.act("start", "local/web")
        await eventually(lambda: world.hosts.states("local/web")["db-1"] == "running")
        assert await daemon.executor.cancel(run.id, actor="alice")
        ended = await daemon.ended(run.id)

    assert ended.status is model.RunStatus.CANCELLED
    assert ended.error == "cancelled by alice"
    assert world.hosts.states("local/web")["app-1"] == "exited"


async def test_a_planned_run_is_cancelled_before_it_begins(world):
    """A run that waits behind another can be cancelled; it never touches the stack."""
    world.hosts.add_stack("local", "web", WEB, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        first = await daemon.act("start", "local/web")
        second = await daemon.act("stop", "local/web")
        assert await daemon.executor.cancel(second.id, actor="bob")
        await eventually(lambda: world.hosts.states("local/web")["db-1"] == "running")
        await daemon.pass_time(timedelta(seconds=2))
        await daemon.ended(first.id)
        ended = await daemon.ended(second.id)

    assert ended.status is model.RunStatus.CANCELLED
    assert ended.started_at is None
    assert world.hosts.states("local/web") == {"app-1": "running", "db-1": "running"}


async def test_a_stack_without_containers_is_skipped_with_its_cause(world):
    """A run on a stack that is gone is skipped, and says so."""
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/gone")
        ended = await daemon.ended(run.id)

    assert ended.status is model.RunStatus.SKIPPED
    assert ended.cause == "stack `local/gone` has no container"


async def test_a_lost_answer_is_never_assumed(world):
    """An engine call whose answer is lost interrupts the run; the next attempt observes."""
    world.hosts.add_stack("local", "web", ["a"])
    world.hosts.fail_next("stop", errors.HostTimeout("silence"), after=True)
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/web")
        first = await daemon.ended(run.id)
        assert first.superseded_by is not None
        second = await daemon.ended(first.superseded_by)

    assert first.status is model.RunStatus.INTERRUPTED
    assert second.status is model.RunStatus.SUCCEEDED
    assert (second.attempt, second.steps) == (2, ())
    assert len([c for c in world.hosts.calls if c.verb == "stop"]) == 1


async def test_an_engine_lost_in_the_middle_loses_nothing(world):
    """What is left is done when the engine is back, by an attempt that says why it exists."""
    world.hosts.add_stack("local", "web", WEB)
    world.hosts.fail_next("stop", errors.HostUnreachable("gone"), container="web-db-1")
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/web")
        first = await daemon.ended(run.id)
        assert first.superseded_by is not None
        second = await daemon.ended(first.superseded_by)

    assert first.status is model.RunStatus.INTERRUPTED
    assert second.status is model.RunStatus.SUCCEEDED
    assert world.hosts.states("local/web") == {"app-1": "exited", "db-1": "exited"}


async def test_a_scheduled_run_waits_for_its_host_within_the_deadline(world):
    """An engine that is down at the planned instant gets its run when it is back."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule("nightly", "stop", "local/web", cron="1 12 * * *")
        world.hosts.host_down()
        await eventually(lambda: not daemon.inventory.hosts()[0].reachable)
        await daemon.pass_time(timedelta(minutes=5))
        (waiting,) = await daemon.runs()
        world.hosts.host_up()
        await daemon.pass_time(timedelta(seconds=30))
        (ended,) = await daemon.all_ended(1)

    assert waiting.status is model.RunStatus.PLANNED
    assert ended.status is model.RunStatus.SUCCEEDED
    assert world.hosts.states("local/web") == {"a-1": "exited"}


async def test_a_run_whose_host_stays_away_is_missed_and_names_it(world):
    """After the deadline the run is missed; the cause names the host."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        await daemon.schedule(
            "nightly", "stop", "local/web", cron="1 12 * * *", deadline=timedelta(minutes=2)
        )
        world.hosts.host_down()
        await eventually(lambda: not daemon.inventory.hosts()[0].reachable)
        await daemon.pass_time(timedelta(minutes=5))
        (ended,) = await daemon.all_ended(1)

    assert ended.status is model.RunStatus.MISSED
    assert "host `local` was unreachable until the deadline of 2m" in ended.cause


async def test_a_manual_run_on_a_lost_host_fails_with_its_cause(world):
    """Somebody who waits at the terminal is told at once."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        world.hosts.host_down()
        await eventually(lambda: not daemon.inventory.hosts()[0].reachable)
        run = await daemon.act("stop", "local/web")
        ended = await daemon.ended(run.id)

    assert ended.status is model.RunStatus.FAILED
    assert ended.error is not None


async def test_draining_hands_back_what_is_left(world):
    """Told to stop in the middle of a start, the daemon leaves the rest to its next start."""
    world.hosts.add_stack("local", "web", WEB, state=model.ContainerState.EXITED)
    async with world.daemon() as daemon:
        run = await daemon.act("start", "local/web")
        await eventually(lambda: world.hosts.states("local/web")["db-1"] == "running")
        await daemon.executor.drain(timedelta(seconds=5))
        first = await daemon.run(run.id)
    async with world.daemon() as daemon:
        await daemon.pass_time(timedelta(seconds=2))
        assert first.superseded_by is not None
        second = await daemon.ended(first.superseded_by)

    assert first.status is model.RunStatus.INTERRUPTED
    assert "told to stop" in (first.error or "")
    assert second.status is model.RunStatus.SUCCEEDED
    assert world.hosts.states("local/web") == {"app-1": "running", "db-1": "running"}


async def test_every_execution_is_in_the_audit_log(world):
    """Begin and end of each run are recorded with their outcome."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/web")
        await daemon.ended(run.id)
        async with daemon.store.reading() as unit:
            entries = [e.record async for e in unit.audit.entries()]

    assert [(e.action, e.target, e.outcome) for e in entries] == [
        ("run.start", "local/web", "ok"),
        ("run.finish", "local/web", "ok"),
    ]


async def test_a_claim_whose_answer_the_database_lost_blocks_nothing(world):
    """The claim was committed and reported as failed: the run is settled and continued."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        claiming = daemon.executor._claiming
        claiming._store = LosesOneCommit(claiming._store)
        run = await daemon.act("stop", "local/web")

        async def orphaned():
            return (await daemon.run(run.id)).status is model.RunStatus.RUNNING

        await eventually(orphaned)
        await daemon.pass_time(timedelta(seconds=15))
        first = await daemon.ended(run.id)
        second = await daemon.ended(first.superseded_by)

    assert first.status is model.RunStatus.INTERRUPTED
    assert second.status is model.RunStatus.SUCCEEDED
    assert world.hosts.states("local/web") == {"a-1": "exited"}


class LosesOneCommit:
    """A store whose first transaction is committed and then reported as failed."""

    def __init__(self, store):
        self._store = store
        self._left = 1

    @asynccontextmanager
    async def transaction(self):
        async with self._store.transaction() as unit:
            yield unit
        if self._left:
            self._left -= 1
            raise errors.StoreError("the connection broke", code="store-unavailable")

    def reading(self):
        return self._store.reading()


async def test_a_run_that_halts_makes_no_call_that_was_waiting_for_its_turn(world):
    """With one call at a time, the first failure keeps the second container from being asked."""
    world.hosts.add_stack("local", "web", ["a", "b"])
    world.hosts.fail_next("stop", errors.HostRefused("no"))
    async with world.daemon() as daemon:
        daemon.executor._calls["local"] = asyncio.Semaphore(1)
        options = model.RunOptions(on_error=model.OnError.HALT)
        run = await daemon.act("stop", "local/web", options=options)
        ended = await daemon.ended(run.id)

    assert ended.status is model.RunStatus.FAILED
    assert [s.status.value for s in ended.steps] == ["failed", "cancelled"]
    assert len([c for c in world.hosts.calls if c.verb == "stop"]) == 1
