"""Windows: what they do at their edges, what is remembered, and what is put right in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dockschedd.core import holds, model, triggers
from dockschedd.daemon import enforcer as enforcers
from tests.fake_clock import START

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
WEB = model.StackRef("local", "web")


def window(expression="12:02-12:06", wants="asleep", **changes) -> triggers.WindowTrigger:
    """From 12:02 to 12:06; it is 12:00 in the beginning."""
    return triggers.WindowTrigger(
        expression=expression, zone="UTC", wants=triggers.Wish(wants), **changes
    )


async def nap(daemon, name="nap", **changes):
    """A schedule that puts `local/web` to sleep from 12:02 to 12:06."""
    trigger = changes.pop("trigger", None) or window(**changes)
    return await daemon.schedule(name, "-", "local/web", trigger=trigger)


def ends(runs):
    return [(run.action.value, run.status.value) for run in runs]


def verbs(world):
    return [(c.verb, c.container) for c in world.hosts.calls if c.verb in _ACTS]


_ACTS = {"start", "stop", "pause", "unpause", "restart"}


@pytest.fixture
def web(world):
    """A running stack of two services."""
    world.hosts.add_stack("local", "web", ["a", "b"])
    return world


ALWAYS = triggers.Enforce.ALWAYS


async def test_a_window_puts_to_sleep_and_wakes(web):
    """At its first edge the stack is stopped, at its second it is started."""
    async with web.daemon() as daemon:
        await nap(daemon)
        await daemon.pass_time(2 * MINUTE + SECOND)
        assert set(web.hosts.states("local/web").values()) == {"exited"}
        await daemon.pass_time(4 * MINUTE)
        runs = await daemon.all_ended(2)

    assert ends(runs) == [("stop", "succeeded"), ("start", "succeeded")]
    assert [run.cause_kind.value for run in runs] == ["window-edge"] * 2
    assert runs[0].cause == "schedule `nap`, asleep from 12:02 on 24 November 2026, UTC"
    assert runs[0].deadline_at == START + 6 * MINUTE
    assert set(web.hosts.states("local/web").values()) == {"running"}


async def test_asleep_by_pause_is_paused_and_unpaused(web):
    """`sleep_by: pause` pauses, and waking unpauses."""
    async with web.daemon() as daemon:
        await nap(daemon, sleep_by=triggers.SleepBy.PAUSE)
        await daemon.pass_time(2 * MINUTE + SECOND)
        assert set(web.hosts.states("local/web").values()) == {"paused"}
        await daemon.pass_time(4 * MINUTE)
        await daemon.all_ended(2)

    assert {verb for verb, _ in verbs(web)} == {"pause", "unpause"}
    assert set(web.hosts.states("local/web").values()) == {"running"}


async def test_what_was_stopped_by_hand_before_stays_stopped(web):
    """Waking starts what ran, leaves the rest, and says so in the run."""
    async with web.daemon() as daemon:
        web.hosts.docker_stop("local/web", "b")
        await nap(daemon)
        await daemon.pass_time(6 * MINUTE + SECOND)
        runs = await daemon.all_ended(2)

    assert ends(runs) == [("stop", "succeeded"), ("start", "succeeded")]
    assert web.hosts.states("local/web") == {"a-1": "running", "b-1": "exited"}
    assert runs[1].warnings == (
        "web-b-1 did not run when the stack was put to sleep: it stays as it is",
    )


async def test_the_set_outlives_crashes_and_a_second_stop(web):
    """Killed right after the stop, and stopped again meanwhile: what ran before is woken."""
    async with web.daemon() as daemon:
        web.hosts.docker_stop("local/web", "b")
        await nap(daemon)
        await daemon.schedule("again", "stop", "local/web", cron="4 12 * * *")
        await daemon.pass_time(2 * MINUTE + SECOND)
    async with web.daemon() as daemon:
        await daemon.pass_time(4 * MINUTE)
        await daemon.all_ended(3)

    assert web.hosts.states("local/web") == {"a-1": "running", "b-1": "exited"}


async def test_a_start_by_hand_wakes_what_slept_and_all_means_all(web):
    """Whoever starts a sleeping stack starts what ran; `everything` starts the rest as well."""
    async with web.daemon() as daemon:
        web.hosts.docker_stop("local/web", "b")
        await nap(daemon)
        await daemon.pass_time(2 * MINUTE + SECOND)
        run = await daemon.act("start", "local/web")
        await daemon.ended(run.id)
        assert web.hosts.states("local/web") == {"a-1": "running", "b-1": "exited"}
        run = await daemon.act("start", "local/web", options=model.RunOptions(everything=True))
        await daemon.ended(run.id)
        assert web.hosts.states("local/web") == {"a-1": "running", "b-1": "running"}
        async with daemon.store.reading() as unit:
            assert await unit.memories.get(WEB) is None


async def test_a_stack_that_was_down_already_is_woken_as_a_whole(web):
    """Where nothing ran there was nothing to remember."""
    async with web.daemon() as daemon:
        web.hosts.docker_stop("local/web")
        await nap(daemon)
        await daemon.pass_time(6 * MINUTE + SECOND)
        await daemon.all_ended(2)

    assert web.hosts.states("local/web") == {"a-1": "running", "b-1": "running"}


@pytest.mark.parametrize(("back", "verb"), [(4, "stop"), (12 * 60, "start")])
async def test_an_edge_missed_in_downtime_is_made_up_for_whatever_its_age(web, back, verb):
    """Back inside the window it stops, hours after it nothing but the newest edge counts."""
    if verb == "start":
        web.hosts.docker_stop("local/web")
    async with web.daemon() as daemon:
        await nap(daemon)
    await web.clock.advance(back * MINUTE)
    async with web.daemon() as daemon:
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(1)

    assert ends(runs)[-1] == (verb, "succeeded")
    assert {verb for verb, _ in verbs(web)} == {verb}
    assert [run.status.value for run in runs[:-1]] == ["superseded"] * (len(runs) - 1)


async def test_awake_wins_over_asleep(web):
    """An edge that would put the stack to sleep is left out while another wants it awake."""
    async with web.daemon() as daemon:
        await nap(daemon)
        await nap(daemon, name="show", trigger=window("12:01-12:04", "awake"))
        await daemon.pass_time(3 * MINUTE)
        assert set(web.hosts.states("local/web").values()) == {"running"}
        await daemon.pass_time(MINUTE + SECOND)
        runs = await daemon.runs()
        assert set(web.hosts.states("local/web").values()) == {"exited"}

    skipped = next(run for run in runs if run.status is model.RunStatus.SKIPPED)
    assert skipped.cause == (
        "schedule `show` wants it awake until 12:04 on 24 November 2026, UTC: awake wins"
    )


async def test_a_window_with_one_side_is_an_edge_and_nothing_more(web):
    """It acts at its instant and never again, whatever happens to the stack."""
    async with web.daemon() as daemon:
        await nap(daemon, trigger=window("-12:02", "awake"))
        await daemon.pass_time(2 * MINUTE + SECOND)
        assert set(web.hosts.states("local/web").values()) == {"exited"}
        web.hosts.docker_start("local/web")
        web.hosts.host_down()
        await daemon.pass_time(MINUTE)
        web.hosts.host_up()
        await daemon.pass_time(MINUTE + SECOND)
        assert ends(await daemon.all_ended(1)) == [("stop", "succeeded")]

    assert set(web.hosts.states("local/web").values()) == {"running"}


# ---------------------------------------------------------------- between edges


async def asleep(daemon, **changes):
    """Have the stack put to sleep by its window."""
    await nap(daemon, **changes)
    await daemon.pass_time(2 * MINUTE + SECOND)
    await daemon.all_ended(1)


async def test_a_change_by_hand_lives_until_the_next_edge(web):
    """At the boundary only: started by hand at night, also across restarts of everything."""
    async with web.daemon() as daemon:
        await asleep(daemon)
        web.hosts.docker_start("local/web", "a")
        await daemon.pass_time(30 * SECOND)
        web.hosts.host_down()
        await daemon.pass_time(30 * SECOND)
        web.hosts.host_up()
        await daemon.pass_time(MINUTE)
    async with web.daemon() as daemon:
        await daemon.pass_time(MINUTE)
        assert web.hosts.states("local/web")["a-1"] == "running"
        assert len(await daemon.runs()) == 1


async def test_what_an_engine_brought_back_is_put_back_to_sleep(web):
    """Nobody wanted it: the engine came back with it running, and the set stays remembered."""
    async with web.daemon() as daemon:
        web.hosts.docker_stop("local/web", "b")
        await asleep(daemon)
        web.hosts.host_down()
        await daemon.pass_time(30 * SECOND)
        web.hosts.docker_start("local/web")
        web.hosts.host_up()
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(2)
        assert set(web.hosts.states("local/web").values()) == {"exited"}
        await daemon.pass_time(4 * MINUTE)

    assert ends(runs) == [("stop", "succeeded")] * 2
    assert runs[1].cause_kind is model.CauseKind.ENFORCEMENT
    assert runs[1].cause == (
        "schedule `nap` wants it asleep until 12:06 on 24 November 2026, UTC, and the engine came "
        "back with it otherwise"
    )
    assert web.hosts.states("local/web") == {"a-1": "running", "b-1": "exited"}


async def test_what_came_back_while_dockschedd_was_down_is_put_back_to_sleep(web):
    """A host that was started anew: engine and daemon come back together."""
    async with web.daemon() as daemon:
        await asleep(daemon)
    web.hosts.docker_start("local/web")
    async with web.daemon() as daemon:
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(2)

    assert ends(runs) == [("stop", "succeeded")] * 2


async def test_an_awake_stack_is_brought_up_after_its_engine_came_back(web):
    """What the engine left down is started, in order of its dependencies."""
    async with web.daemon() as daemon:
        await nap(daemon, trigger=window("12:02-20:00", "awake"))
        await daemon.pass_time(2 * MINUTE + SECOND)
        web.hosts.host_down()
        await daemon.pass_time(MINUTE)
        web.hosts.docker_stop("local/web")
        web.hosts.host_up()
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(2)

    assert ends(runs)[-1] == ("start", "succeeded")
    assert set(web.hosts.states("local/web").values()) == {"running"}


async def test_drift_is_corrected_at_once_when_enforced_always(web):
    """Started by hand at night, it is stopped again; an added window acts without an edge."""
    async with web.daemon() as daemon:
        await nap(daemon, expression="11:00-12:06", enforce=ALWAYS)
        await daemon.pass_time(MINUTE)
        assert set(web.hosts.states("local/web").values()) == {"exited"}
        web.hosts.docker_start("local/web")
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(2)

    assert set(web.hosts.states("local/web").values()) == {"exited"}
    assert {run.cause_kind.value for run in runs} == {"enforcement"}
    assert runs[0].cause == (
        "schedule `nap` wants it asleep until 12:06 on 24 November 2026, UTC, and it was not "
        "(enforce: always)"
    )


async def test_what_drifts_again_and_again_is_corrected_with_growing_pauses(web):
    """A container that does not stay up does not keep the engine busy."""
    async with web.daemon() as daemon:
        await nap(daemon, trigger=window("11:00-15:00", "awake", enforce=ALWAYS))
        for _ in range(20):
            web.hosts.docker_stop("local/web", "a")
            await daemon.pass_time(timedelta(seconds=15))
        runs = await daemon.all_ended(3)

    assert 4 <= len(runs) <= 8


async def test_a_hold_keeps_enforcement_out_and_its_end_evaluates(web):
    """Held up at night it stays up; when the hold ends it is put to sleep."""
    async with web.daemon() as daemon:
        async with daemon.store.transaction() as unit:
            await unit.holds.place(
                holds.Hold(
                    stack=WEB,
                    wants=holds.Wanted.UP,
                    owner="alice",
                    reason="",
                    zone="UTC",
                    since=START,
                    until=START + 4 * MINUTE,
                )
            )
        await nap(daemon, enforce=ALWAYS)
        await daemon.pass_time(3 * MINUTE)
        assert set(web.hosts.states("local/web").values()) == {"running"}
        await daemon.pass_time(MINUTE + SECOND)
        runs = await daemon.all_ended(2)

    assert ends(runs) == [("stop", "skipped"), ("stop", "succeeded")]
    assert runs[1].cause_kind is model.CauseKind.HOLD_EXPIRY
    assert runs[1].cause == (
        "schedule `nap` wants it asleep until 12:06 on 24 November 2026, UTC; "
        "the hold on it has ended"
    )


@pytest.mark.parametrize("point", ["enforcement-before-commit", "enforcement-after-commit"])
async def test_a_crash_while_drift_is_corrected_changes_nothing(web, monkeypatch, point):
    """The stack ends up where it is wanted, once."""

    class Crash(Exception):
        pass

    left = [point]

    def crash(name: str) -> None:
        if name in left:
            left.remove(name)
            raise Crash

    monkeypatch.setattr(enforcers, "failpoint", crash)
    try:
        async with web.daemon() as daemon:
            await nap(daemon, expression="11:00-12:06", enforce=ALWAYS)
            await daemon.pass_time(MINUTE)
    except* (Crash, AssertionError):
        assert not left
    async with web.daemon() as daemon:
        await daemon.pass_time(MINUTE)
        runs = await daemon.all_ended(1)

    assert ends(runs) == [("stop", "succeeded")]
    assert [verb for verb, _ in verbs(web)] == ["stop", "stop"]


async def test_a_window_whose_owner_is_gone_enforces_nothing_and_says_so(web, caplog):
    """The stack stays as it is, no run is made, and the log has the reason."""
    async with web.daemon() as daemon:
        trigger = window("11:00-12:06", enforce=ALWAYS)
        await daemon.schedule("nap", "-", "local/web", trigger=trigger, owner="alice")
        await daemon.pass_time(30 * SECOND)
        assert await daemon.runs() == []

    assert set(web.hosts.states("local/web").values()) == {"running"}
    said = [record for record in caplog.records if record.message == "stack.not-enforced"]
    assert {record.reason for record in said} == {"its owner `alice` does not exist any more"}
