"""Stacks are summed up once for as long as they stay as they are."""

from __future__ import annotations

from dockschedd.api.summaries import Summaries
from dockschedd.core import model
from tests.api.daemon import container

WEB = model.StackRef("local", "web")


def stack(*containers: model.Container) -> model.Stack:
    return model.Stack(ref=WEB, containers=containers)


def test_a_stack_is_summed_up_once() -> None:
    """The same observation gives the same summary, not only an equal one."""
    known, seen = Summaries(), stack(container("app"))

    assert known.of(seen, reachable=True) is known.of(seen, reachable=True)


def test_a_host_that_goes_away_makes_its_stacks_unknown() -> None:
    """Although nothing has been observed that differs."""
    known, seen = Summaries(), stack(container("app"))

    assert known.of(seen, reachable=True).status is model.StackStatus.RUNNING
    assert known.of(seen, reachable=False).status is model.StackStatus.UNKNOWN
    assert known.of(seen, reachable=True).status is model.StackStatus.RUNNING


def test_a_new_observation_is_summed_up_anew() -> None:
    """Under the same name."""
    known = Summaries()
    known.of(stack(container("app")), reachable=True)

    exited = container("app", state=model.ContainerState.EXITED, exit_code=0)
    assert known.of(stack(exited), reachable=True).status is model.StackStatus.STOPPED
