"""What ports.Hosts promises to show, on the fake and on a real engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.core.model import Condition, ContainerState, Dependency, Health
from tests.contracts.rigs import HOST, container
from tests.engines import eventually

if TYPE_CHECKING:
    from dockschedd.core import model
    from tests.contracts.rigs import Rig


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
