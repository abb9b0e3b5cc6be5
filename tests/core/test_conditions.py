"""Conditions are met, waited for or broken as Compose decides it, for each container."""

from __future__ import annotations

import pytest

from dockschedd.core import conditions, model

State, Health, Verb = model.ContainerState, model.Health, model.Verb


def container(state, health=Health.NONE, exit_code=None):
    return model.Container(
        id="1",
        name="web-db-1",
        service="db",
        number=1,
        state=state,
        health=health,
        exit_code=exit_code,
    )


@pytest.mark.parametrize(
    ("state", "health", "expected"),
    [
        (State.RUNNING, Health.HEALTHY, "met"),
        (State.RUNNING, Health.STARTING, "waiting"),
        (State.RUNNING, Health.UNHEALTHY, "broken"),
        (State.RUNNING, Health.NONE, "broken"),
        (State.RESTARTING, Health.NONE, "waiting"),
        (State.EXITED, Health.NONE, "broken"),
        (State.CREATED, Health.NONE, "broken"),
    ],
)
def test_healthy(state, health, expected):
    """Only a healthy container meets it; without a health check it never comes true."""
    found = conditions.judge(Verb.WAIT_HEALTHY, container(state, health))

    assert found.standing == expected
    assert bool(found.reason) == (expected == "broken")


@pytest.mark.parametrize(
    ("state", "code", "expected"),
    [
        (State.RUNNING, None, "waiting"),
        (State.PAUSED, None, "waiting"),
        (State.EXITED, 0, "met"),
        (State.EXITED, 3, "broken"),
        (State.CREATED, None, "broken"),
    ],
)
def test_completed(state, code, expected):
    """Exit code 0 meets it; any other breaks it and is named."""
    found = conditions.judge(Verb.WAIT_COMPLETED, container(state, exit_code=code))

    assert found.standing == expected
    assert (str(code) in found.reason) == (code == 3)


def test_a_container_that_is_gone_breaks_it():
    """Nobody waits for what does not exist."""
    assert conditions.judge(Verb.WAIT_HEALTHY, None).standing == "broken"


def test_a_step_that_waits_for_nothing_is_a_mistake():
    """Only wait steps are judged."""
    with pytest.raises(ValueError, match="waits for nothing"):
        conditions.judge(Verb.STOP, container(State.RUNNING))
