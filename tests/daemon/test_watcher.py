"""The inventory follows what happens on the engine, and knows what it does not know."""

from __future__ import annotations

from datetime import timedelta

from dockschedd.core import certificates, model
from tests.engines import eventually
from tests.fake_hosts import Service

WEB = model.StackRef("local", "web")


def states(daemon):
    stack = daemon.inventory.stack(WEB)
    return {c.name: c.state.value for c in stack.containers} if stack else None


async def test_what_somebody_does_by_hand_is_seen_at_once(world):
    """A `docker stop` from outside shows in the inventory by the engine's event."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        before = states(daemon)
        world.hosts.docker_stop("local/web")
        await eventually(lambda: states(daemon) == {"web-a-1": "exited"})

    assert before == {"web-a-1": "running"}


async def test_stacks_come_and_go(world):
    """A new stack appears and a removed one disappears."""
    async with world.daemon() as daemon:
        world.hosts.add_stack("local", "web", ["a"], state=model.ContainerState.EXITED)
        world.hosts.docker_start("local/web")
        await eventually(lambda: states(daemon) == {"web-a-1": "running"})
        world.hosts.docker_rm("local/web")
        await eventually(lambda: daemon.inventory.refs() == ())


async def test_a_lost_engine_leaves_the_last_known_state_with_its_age(world):
    """The host is unreachable with a reason; its stacks stay as they were last seen."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        world.hosts.host_down()
        await eventually(lambda: not daemon.inventory.hosts()[0].reachable)
        (host,) = daemon.inventory.hosts()
        known = states(daemon)
        world.hosts.docker_stop("local/web")
        world.hosts.host_up()
        await daemon.pass_time(timedelta(seconds=20))
        await eventually(lambda: states(daemon) == {"web-a-1": "exited"})
        back = daemon.inventory.hosts()[0]

    assert host.error
    assert known == {"web-a-1": "running"}
    assert back.reachable


async def test_a_certificate_that_ends_soon_is_warned_of_once_a_day(world, caplog):
    """In what is known of the host, until it was renewed, and in the log."""
    ends = world.clock.now() + timedelta(days=12)
    engine = world.hosts.engines["local"]
    engine.certificates = [
        certificates.Certificate(owner="the engine", begins_at=world.clock.now(), ends_at=ends)
    ]
    async with world.daemon() as daemon:

        def warnings():
            return daemon.inventory.host("local").warnings

        await eventually(warnings)
        first = warnings()
        await daemon.pass_time(timedelta(seconds=130))
        engine.certificates = []
        await daemon.pass_time(timedelta(seconds=61))
        await eventually(lambda: warnings() == ())

    assert len(first) == 1
    assert first[0].startswith("the certificate of the engine expires in")
    logged = [each for each in caplog.records if each.getMessage() == "host.certificate"]
    assert 1 <= len(logged) == len({each.reason for each in logged})


async def test_an_engine_that_hangs_is_noticed(world):
    """An engine that answers nothing is unreachable after its time limit."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        world.hosts.hang()
        await daemon.pass_time(timedelta(seconds=25))
        await eventually(lambda: not daemon.inventory.hosts()[0].reachable)


async def test_how_a_container_ended_survives_the_daemon(world):
    """A one-shot that finished by itself is known as such after a restart of the daemon."""
    world.hosts.add_stack("local", "web", ["a", "once"])
    async with world.daemon() as daemon:
        world.hosts.finish("local/web", "once")

        async def remembered():
            async with daemon.store.reading() as unit:
                return await unit.endings.all("local")

        await eventually(remembered)
    world.hosts.engines["local"].log.clear()
    async with world.daemon() as daemon:
        stack = daemon.inventory.stack(WEB)
        ended = {c.service: c.ended for c in stack.containers}

    assert ended == {"a": None, "once": model.Ended.FINISHED}


async def test_a_stopped_service_is_not_taken_for_a_one_shot(world):
    """Somebody stops one of two services, which exits with 0: a start brings it back."""
    world.hosts.add_stack("local", "web", ["a", "b"])
    async with world.daemon() as daemon:
        world.hosts.docker_stop("local/web", "b")
        await eventually(lambda: states(daemon)["web-b-1"] == "exited")
        run = await daemon.act("start", "local/web")
        await daemon.ended(run.id)

    assert world.hosts.states("local/web") == {"a-1": "running", "b-1": "running"}


async def test_a_finished_one_shot_is_not_run_again(world):
    """A service that ended by itself with 0 stays as it is when the stack is started."""
    world.hosts.add_stack("local", "web", ["a", "once"])
    async with world.daemon() as daemon:
        world.hosts.finish("local/web", "once")
        await eventually(lambda: states(daemon)["web-once-1"] == "exited")
        for action in ("stop", "start"):
            run = await daemon.act(action, "local/web")
            await daemon.ended(run.id)

    assert world.hosts.states("local/web") == {"a-1": "running", "once-1": "exited"}


async def test_containers_that_went_down_with_the_engine_are_not_one_shots(world):
    """After the engine went away and came back, what it took down counts as stopped."""
    world.hosts.add_stack("local", "web", {"a": Service(restart="always"), "b": Service()})
    async with world.daemon() as daemon:
        world.hosts.host_down()
        await eventually(lambda: not daemon.inventory.hosts()[0].reachable)
        container = world.hosts.container("local/web", "b")
        engine = world.hosts.engines["local"]
        engine.end(container, 0)
        engine.log.clear()
        world.hosts.host_up()
        await daemon.pass_time(timedelta(seconds=20))
        await eventually(lambda: states(daemon) == {"web-a-1": "running", "web-b-1": "exited"})
        run = await daemon.act("start", "local/web")
        await daemon.ended(run.id)

    assert world.hosts.states("local/web") == {"a-1": "running", "b-1": "running"}


def lists(world):
    return sum(call.verb == "containers" for call in world.hosts.calls)


async def test_a_run_that_waits_for_nothing_lists_its_stack_twice(world):
    """Before and after, however many containers it stops: the engine has enough to do."""
    world.hosts.add_stack("local", "web", [f"s{number}" for number in range(20)])
    async with world.daemon() as daemon:
        before = lists(world)
        run = await daemon.act("stop", "local/web")
        await daemon.ended(run.id)
        known = set(states(daemon).values())
        await daemon.pass_time(timedelta(seconds=2))
        asked = lists(world) - before

    assert known == {"exited"}
    assert asked == 2


async def test_a_long_run_is_seen_while_it_goes_on(world):
    """What has stopped shows half a second later, although the run is not over."""
    services = {"a": Service(), "slow": Service(stop_takes=timedelta(seconds=5))}
    world.hosts.add_stack("local", "web", services)
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/web")
        await eventually(lambda: world.hosts.states("local/web")["a-1"] == "exited")
        await daemon.pass_time(timedelta(seconds=1))
        seen = states(daemon)
        status = (await daemon.run(run.id)).status
        await daemon.pass_time(timedelta(seconds=5))
        await daemon.ended(run.id)

    assert status is model.RunStatus.RUNNING
    assert seen == {"web-a-1": "exited", "web-slow-1": "running"}


async def test_what_happens_after_a_run_is_seen_at_once_again(world):
    """A run leaves nothing behind that would keep its stack from being looked at."""
    world.hosts.add_stack("local", "web", ["a"])
    async with world.daemon() as daemon:
        run = await daemon.act("stop", "local/web")
        await daemon.ended(run.id)
        world.hosts.docker_start("local/web")
        await eventually(lambda: states(daemon) == {"web-a-1": "running"})
