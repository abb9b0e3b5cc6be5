"""What ports.Hosts promises, on the fake and on a real engine."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.core.model import Condition, ContainerState, Dependency, Health
from tests.contracts.rigs import HOST, LIMIT
from tests.engines import eventually

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.core import model
    from tests.contracts.rigs import Rig

GONE = "0" * 64


async def container(rig: Rig, stack: str, service: str) -> model.Container:
    """Return a container as a list shows it."""
    listed = await rig.hosts.containers(HOST, stack=stack)
    return next(each for each in listed[stack] if each.service == service)


async def take(rig: Rig, count: int, *, since: datetime | None) -> list[ports.HostEvent]:
    """Return the first events of a stream."""
    found: list[ports.HostEvent] = []
    async with asyncio.timeout(5), contextlib.aclosing(rig.hosts.events(HOST, since=since)) as got:
        async for event in got:
            found.append(event)
            if len(found) == count:
                break
    return found


# ---------------------------------------------------------------- what is seen


async def test_names_and_urls_are_those_configured(rig: Rig) -> None:
    """The hosts are known without asking any engine."""
    assert rig.hosts.names() == (HOST,)
    assert rig.hosts.url(HOST).startswith("unix:///")


async def test_an_engine_that_answers_tells_its_version(rig: Rig) -> None:
    """The version proves that the engine answers."""
    assert (await rig.hosts.version(HOST))[0].isdigit()


async def test_a_host_that_is_not_configured_is_refused(rig: Rig) -> None:
    """A run that was recorded for a host which has been removed since gets a clear answer."""
    with pytest.raises(errors.HostRefused) as caught:
        await rig.hosts.version("nowhere")

    assert caught.value.code == "host-unknown"


async def test_a_list_shows_services_in_order_with_their_dependencies(rig: Rig) -> None:
    """Containers come by service and number, each with what its label says."""
    stack = rig.up("replicas")

    found = (await rig.hosts.containers(HOST))[stack]

    assert [(each.service, each.number) for each in found] == [
        ("front", 1),
        ("worker", 1),
        ("worker", 2),
        ("worker", 3),
    ]
    assert found[0].depends_on == (Dependency(service="worker", condition=Condition.STARTED),)
    assert {each.state for each in found} == {ContainerState.RUNNING}
    assert {each.exit_code for each in found} == {None}
    assert found[0].name == f"{stack}-front-1"
    assert len(found[0].id) == 64


async def test_a_list_of_one_stack_shows_that_stack_alone(rig: Rig) -> None:
    """The others are left out, and a stack without containers is absent."""
    one, other = rig.up("pair"), rig.up("pair")

    assert set(await rig.hosts.containers(HOST, stack=one)) == {one}
    assert set(await rig.hosts.containers(HOST)) >= {one, other}
    assert await rig.hosts.containers(HOST, stack="no-such-stack") == {}


async def test_a_list_shows_how_a_oneshot_ended(rig: Rig) -> None:
    """Its exit code is known without an inspect."""
    stack = rig.up("failing")

    async def job() -> model.Container | None:
        found = await container(rig, stack, "job")
        return found if found.state is ContainerState.EXITED else None

    assert (await eventually(job)).exit_code == 3


async def test_a_list_shows_health(rig: Rig) -> None:
    """Healthy, unhealthy and none are told apart without an inspect."""
    stack = rig.up("unhealthy")

    async def healths() -> bool:
        well = await container(rig, stack, "well")
        sick = await container(rig, stack, "sick")
        return (well.health, sick.health) == (Health.HEALTHY, Health.UNHEALTHY)

    await eventually(healths)


async def test_a_container_without_health_check_has_no_health(rig: Rig) -> None:
    """None is not the same as healthy."""
    stack = rig.up("pair")

    assert (await container(rig, stack, "a")).health is Health.NONE


async def test_a_started_container_is_starting_and_then_healthy(rig: Rig) -> None:
    """Its health begins anew with its process."""
    stack = rig.up("unhealthy")
    rig.docker_stop(stack, "well")
    assert (await container(rig, stack, "well")).health is Health.NONE

    rig.docker_start(stack, "well")

    assert (await container(rig, stack, "well")).health in {Health.STARTING, Health.HEALTHY}

    async def healthy() -> bool:
        return (await container(rig, stack, "well")).health is Health.HEALTHY

    await eventually(healthy)


async def test_an_inspect_tells_policy_stack_and_instants(rig: Rig) -> None:
    """What a list leaves out is there, and the instants lie around now."""
    stack = rig.up("restarting")
    found = await rig.hosts.inspect(HOST, rig.id(stack, "unless-stopped"))

    assert found.stack == stack
    assert found.container.service == "unless-stopped"
    assert found.container.restart_policy == "unless-stopped"
    assert found.container.state is ContainerState.RUNNING
    assert found.started_at is not None
    assert abs(datetime.now(UTC) - found.started_at) < timedelta(seconds=30)
    assert (await container(rig, stack, "never")).restart_policy is None
    never = await rig.hosts.inspect(HOST, rig.id(stack, "never"))
    assert never.container.restart_policy == "no"
    assert never.stop_timeout is None


async def test_an_inspect_tells_when_a_process_ended(rig: Rig) -> None:
    """finished_at is later than started_at once it has been stopped."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    await rig.hosts.stop(HOST, container_id, grace=None)

    found = await rig.hosts.inspect(HOST, container_id)

    assert found.container.exit_code == 0
    assert found.started_at is not None
    assert found.finished_at is not None
    assert found.finished_at >= found.started_at


# ---------------------------------------------------------------- what is done


async def test_stop_and_start_take_effect_before_they_return(rig: Rig) -> None:
    """Whoever asks afterwards sees the new state."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")

    await rig.hosts.stop(HOST, container_id, grace=None)
    assert (await container(rig, stack, "a")).state is ContainerState.EXITED

    await rig.hosts.start(HOST, container_id)
    assert (await container(rig, stack, "a")).state is ContainerState.RUNNING
    assert (await container(rig, stack, "b")).state is ContainerState.RUNNING


async def test_starting_what_runs_and_stopping_what_has_stopped_is_no_error(rig: Rig) -> None:
    """A repeated call does nothing, so that a lost answer can be followed by another try."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    before = (await rig.hosts.inspect(HOST, container_id)).started_at

    await rig.hosts.start(HOST, container_id)
    assert (await rig.hosts.inspect(HOST, container_id)).started_at == before

    await rig.hosts.stop(HOST, container_id, grace=None)
    ended = (await rig.hosts.inspect(HOST, container_id)).finished_at
    await rig.hosts.stop(HOST, container_id, grace=None)
    assert (await rig.hosts.inspect(HOST, container_id)).finished_at == ended


async def test_a_stop_honours_the_containers_own_timeout(rig: Rig) -> None:
    """A process that ignores the signal is killed after its own stop timeout."""
    stack = rig.up("stubborn")
    container_id = rig.id(stack, "one-second")
    assert (await rig.hosts.inspect(HOST, container_id)).stop_timeout == timedelta(seconds=1)
    began = time.monotonic()

    await rig.hosts.stop(HOST, container_id, grace=None)

    assert 0.9 < time.monotonic() - began < 4
    assert (await container(rig, stack, "one-second")).exit_code == 137


@pytest.mark.parametrize(("grace", "least", "most"), [(0, 0, 1), (0.2, 0.9, 4), (1, 0.9, 4)])
async def test_a_given_grace_overrides_the_containers_own(
    rig: Rig, grace: float, least: float, most: float
) -> None:
    """In whole seconds, rounded up; zero kills at once."""
    stack = rig.up("stubborn")
    began = time.monotonic()

    await rig.hosts.stop(HOST, rig.id(stack, "thirty-seconds"), grace=timedelta(seconds=grace))

    assert least <= time.monotonic() - began < most
    assert (await container(rig, stack, "thirty-seconds")).exit_code == 137


async def test_a_stop_sends_the_containers_own_signal(rig: Rig) -> None:
    """The exit code is that of its handler, and it takes no grace."""
    stack = rig.up("stubborn")
    began = time.monotonic()

    await rig.hosts.stop(HOST, rig.id(stack, "by-usr1"), grace=None)

    assert time.monotonic() - began < 2
    assert (await container(rig, stack, "by-usr1")).exit_code == 7


async def test_restart_gives_the_container_a_new_process(rig: Rig) -> None:
    """It runs as before, since later."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    before = await rig.hosts.inspect(HOST, container_id)

    await rig.hosts.restart(HOST, container_id, grace=None)

    after = await rig.hosts.inspect(HOST, container_id)
    assert after.container.state is ContainerState.RUNNING
    assert before.started_at is not None
    assert after.started_at is not None
    assert after.started_at > before.started_at


async def test_pause_and_unpause_are_repeatable(rig: Rig) -> None:
    """Already paused, and not paused, are no errors."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")

    for _ in range(2):
        await rig.hosts.pause(HOST, container_id)
        assert (await container(rig, stack, "a")).state is ContainerState.PAUSED
    for _ in range(2):
        await rig.hosts.unpause(HOST, container_id)
        assert (await container(rig, stack, "a")).state is ContainerState.RUNNING


async def test_what_does_not_run_cannot_be_paused(rig: Rig) -> None:
    """The refusal is an error with a sentence; unpausing it does nothing."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    rig.docker_stop(stack, "a")

    with pytest.raises(errors.HostRefused):
        await rig.hosts.pause(HOST, container_id)
    await rig.hosts.unpause(HOST, container_id)

    assert (await container(rig, stack, "a")).state is ContainerState.EXITED


async def test_a_paused_container_cannot_be_started(rig: Rig) -> None:
    """It has to be unpaused: the caller's decision."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    await rig.hosts.pause(HOST, container_id)

    with pytest.raises(errors.HostRefused):
        await rig.hosts.start(HOST, container_id)

    assert (await container(rig, stack, "a")).state is ContainerState.PAUSED


async def test_a_paused_container_can_be_stopped(rig: Rig) -> None:
    """The engine resumes it for its signal."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    await rig.hosts.pause(HOST, container_id)

    await rig.hosts.stop(HOST, container_id, grace=None)

    assert (await container(rig, stack, "a")).state is ContainerState.EXITED


async def test_calls_on_a_container_that_does_not_exist_say_so(rig: Rig) -> None:
    """Every call tells a removed container from a refusal."""
    hosts = rig.hosts
    for call in (
        hosts.inspect(HOST, GONE),
        hosts.start(HOST, GONE),
        hosts.stop(HOST, GONE, grace=None),
        hosts.stop(HOST, GONE, grace=timedelta()),
        hosts.restart(HOST, GONE, grace=timedelta()),
        hosts.pause(HOST, GONE),
        hosts.unpause(HOST, GONE),
    ):
        with pytest.raises(errors.ContainerGone):
            await call


async def test_a_container_removed_behind_our_back_is_gone(rig: Rig) -> None:
    """The id stays unknown for ever, and the list does not show it."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    rig.docker_rm(stack, "a")

    with pytest.raises(errors.ContainerGone):
        await rig.hosts.start(HOST, container_id)

    assert [each.service for each in (await rig.hosts.containers(HOST))[stack]] == ["b"]


async def test_a_cancelled_stop_is_carried_out_all_the_same(rig: Rig) -> None:
    """Cancelling ends the waiting at once and not the engine's work."""
    stack = rig.up("stubborn")
    grace = timedelta(seconds=1)
    stop = asyncio.ensure_future(rig.hosts.stop(HOST, rig.id(stack, "one-second"), grace=grace))
    events = rig.hosts.events(HOST, since=datetime.now(UTC) - timedelta(seconds=5))
    async with contextlib.aclosing(events):
        async for event in events:
            if event.action == "kill":
                break

    stop.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await stop

    assert time.monotonic() - began < 0.3

    async def ended() -> bool:
        return (await container(rig, stack, "one-second")).state is ContainerState.EXITED

    await eventually(ended)


# ---------------------------------------------------------------- events


async def test_events_tell_what_happens_in_order(rig: Rig) -> None:
    """A stop and a start are seen as kill, die, stop, start, of the right stack."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    began = datetime.now(UTC)

    await rig.hosts.stop(HOST, container_id, grace=None)
    await rig.hosts.start(HOST, container_id)
    found = await take(rig, 4, since=began)

    assert [event.action for event in found] == ["kill", "die", "stop", "start"]
    assert {event.container_id for event in found} == {container_id}
    assert {event.stack for event in found} == {stack}
    assert [event.exit_code for event in found] == [None, 0, None, None]
    instants = [event.at for event in found]
    assert instants == sorted(instants)
    assert began <= instants[0] <= datetime.now(UTC)


async def test_a_stream_goes_on_from_the_kept_events_to_those_that_happen(rig: Rig) -> None:
    """Nothing is lost between a list and the stream that follows from its instant."""
    stack = rig.up("pair")
    began = datetime.now(UTC)
    rig.docker_stop(stack, "a")

    async with (
        asyncio.timeout(5),
        contextlib.aclosing(rig.hosts.events(HOST, since=began)) as stream,
    ):
        first = [(await anext(stream)).action for _ in range(3)]
        rig.docker_start(stack, "a")
        then = await anext(stream)

    assert first == ["kill", "die", "stop"]
    assert then.action == "start"
    assert then.container_id == rig.id(stack, "a")


async def test_without_since_only_what_happens_from_now_on_is_seen(rig: Rig) -> None:
    """Older events do not come again."""
    stack = rig.up("pair")
    stream = rig.hosts.events(HOST, since=None)
    async with contextlib.aclosing(stream):
        first = asyncio.ensure_future(anext(stream))

        async def seen() -> bool:
            rig.docker_stop(stack, "b")
            rig.docker_start(stack, "b")
            return first.done()

        # When the stream is open is not told; what happens again and again is seen then.
        await eventually(seen, every=0.1)

        assert (await first).at > datetime.now(UTC) - timedelta(seconds=4)


async def test_changes_of_health_are_events(rig: Rig) -> None:
    """Whoever waits for a healthy service needs no polling."""
    stack = rig.up("unhealthy")
    began = datetime.now(UTC)
    rig.turn_healthy(stack)

    async with (
        asyncio.timeout(5),
        contextlib.aclosing(rig.hosts.events(HOST, since=began)) as stream,
    ):
        async for event in stream:
            if event.action == "health_status: healthy":
                break
            assert not event.action.startswith("exec_")


async def test_pauses_are_events(rig: Rig) -> None:
    """Paused and unpaused by whomever."""
    stack = rig.up("pair")
    began = datetime.now(UTC)
    await rig.hosts.pause(HOST, rig.id(stack, "a"))
    await rig.hosts.unpause(HOST, rig.id(stack, "a"))

    assert [each.action for each in await take(rig, 2, since=began)] == ["pause", "unpause"]


async def test_a_removed_container_is_an_event(rig: Rig) -> None:
    """destroy comes last, with the stack that it belonged to."""
    stack = rig.up("pair")
    rig.docker_stop(stack, "a")
    began = datetime.now(UTC)
    rig.docker_rm(stack, "a")

    (event,) = await take(rig, 1, since=began)

    assert (event.action, event.stack) == ("destroy", stack)


# ---------------------------------------------------------------- engines that fail


async def test_an_engine_that_is_down_is_unreachable_at_once(rig: Rig) -> None:
    """Every call says so quickly, with what to look at, and works when the engine is back."""
    stack = rig.up("pair")
    container_id = rig.id(stack, "a")
    rig.engine_down()
    began = time.monotonic()
    hosts = rig.hosts

    for call in (
        hosts.version(HOST),
        hosts.containers(HOST),
        hosts.containers(HOST, stack=stack),
        hosts.inspect(HOST, container_id),
        hosts.start(HOST, container_id),
        hosts.stop(HOST, container_id, grace=None),
        hosts.restart(HOST, container_id, grace=timedelta()),
        hosts.pause(HOST, container_id),
        hosts.unpause(HOST, container_id),
        anext(hosts.events(HOST, since=None)),
    ):
        with pytest.raises(errors.HostUnreachable):
            await call

    assert time.monotonic() - began < 2
    rig.engine_up()
    assert stack in await hosts.containers(HOST)


async def test_a_stream_ends_when_its_engine_dies(rig: Rig) -> None:
    """It ends by itself or as unreachable, and a new one follows when the engine is back."""
    stack = rig.up("pair")
    began = datetime.now(UTC)
    rig.docker_stop(stack, "a")
    stream = rig.hosts.events(HOST, since=began)
    for _ in range(3):
        await anext(stream)

    rig.engine_down()

    async with asyncio.timeout(2):
        with contextlib.suppress(errors.HostUnreachable):
            async for _ in stream:
                pass
    rig.engine_up()
    again = datetime.now(UTC)
    rig.docker_start(stack, "a")

    assert (await take(rig, 1, since=again))[0].stack == stack


async def test_a_call_under_way_when_the_engine_dies_loses_its_answer(rig: Rig) -> None:
    """It is a timeout: what the engine did is not known."""
    stack = rig.up("stubborn")
    # An engine that starts again first stops what its predecessor left, with its own timeout.
    await rig.hosts.stop(HOST, rig.id(stack, "thirty-seconds"), grace=timedelta())
    began = datetime.now(UTC)
    grace = timedelta(seconds=30)
    stop = asyncio.ensure_future(rig.hosts.stop(HOST, rig.id(stack, "one-second"), grace=grace))
    await take(rig, 1, since=began)

    rig.engine_down()

    async with asyncio.timeout(2):
        with pytest.raises(errors.HostTimeout) as caught:
            await stop
    assert caught.value.code == "host-answer-lost"


async def test_an_engine_that_hangs_is_a_timeout_within_the_limit(rig: Rig) -> None:
    """No call waits longer, and all goes on when the engine does."""
    stack = rig.up("pair")
    assert stack in await rig.hosts.containers(HOST)
    rig.hang()
    began = time.monotonic()

    results = await asyncio.gather(
        *(rig.hosts.containers(HOST) for _ in range(3)), return_exceptions=True
    )

    took = time.monotonic() - began
    rig.resume()
    assert [type(each) for each in results] == [errors.HostTimeout] * 3
    assert took < LIMIT.total_seconds() + 1
    assert stack in await rig.hosts.containers(HOST)


async def test_the_stream_of_an_engine_that_hangs_can_be_closed(rig: Rig) -> None:
    """Closing returns at once, whether the stream was open or still being opened."""
    stack = rig.up("pair")
    began = datetime.now(UTC)
    rig.docker_stop(stack, "a")
    opened = rig.hosts.events(HOST, since=began)
    await anext(opened)
    rig.hang()
    waiting = asyncio.ensure_future(anext(rig.hosts.events(HOST, since=began)))
    await asyncio.sleep(0)
    closing = time.monotonic()

    await opened.aclose()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert time.monotonic() - closing < 0.3
    rig.resume()
