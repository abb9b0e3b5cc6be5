"""Words and small helpers that the tests of core.reconcile share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st

from dockschedd.core import model, plan, reconcile
from tests.core import stack_strategies as make

State, Verb, Action = model.ContainerState, model.Verb, model.Action
OPTIONS = model.RunOptions()
IN_PLACE = model.RunOptions(in_place=True)
RERUN = model.RunOptions(rerun_oneshots=True)
SINCE = datetime(2026, 11, 24, 7, tzinfo=UTC)
BEGINS = {Verb.START, Verb.UNPAUSE, Verb.RESTART}
UNUSABLE = {State.DEAD, State.REMOVING}

every_action = pytest.mark.parametrize("action", list(Action))


def steps_of(action, stack, options=OPTIONS, **more):
    return reconcile.reconcile(action, stack, options, **more)


def text(action, *containers, options=OPTIONS, **more):
    """Return the rendered plan without its first line."""
    rendered = plan.render(steps_of(action, make.stack(*containers), options, **more))
    return rendered.splitlines()[1:]


#: Of hypothesis.
options = st.builds(model.RunOptions, in_place=st.booleans(), rerun_oneshots=st.booleans())
actions = st.sampled_from(Action)
