"""How long a plan takes, from what is known."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import forecast, model, plan, stats
from tests.core import stack_strategies as make

Verb = model.Verb
SECOND = timedelta(seconds=1)
NO_OPTIONS = model.RunOptions()


def planned(*steps: tuple[Verb, tuple[int, ...]]) -> plan.Plan:
    """A plan of those verbs, each after the steps of those positions."""
    return plan.Plan(
        ref=make.REF,
        action=model.Action.STOP,
        steps=tuple(
            model.Step(
                position=position,
                verb=verb,
                container_id=str(position),
                container=f"web-{position}",
                service="web",
                after=after,
                cause="it is running",
            )
            for position, (verb, after) in enumerate(steps, start=1)
        ),
        warnings=(),
        leaves=(),
    )


@st.composite
def plans(draw):
    """Plans of stops, each after some of those before it."""
    steps = []
    for position in range(draw(st.integers(1, 8))):
        after = st.sets(st.integers(1, position)) if position else st.just(set())
        steps.append((Verb.STOP, tuple(sorted(draw(after)))))
    return planned(*steps)


@given(plans())
def test_the_worst_case_is_the_longest_chain_and_not_the_sum(what):
    """With ten seconds of grace each, it is ten seconds for each step of the longest chain."""
    options = model.RunOptions(stop_timeout=10 * SECOND)
    depth: dict[int, int] = {}
    for step in what.steps:
        depth[step.position] = 1 + max((depth[each] for each in step.after), default=0)

    assert forecast.longest_path(what, options) == 10 * max(depth.values()) * SECOND


def test_containers_own_stop_timeouts_make_it_unknown():
    """Only the engine knows them: nothing is guessed."""
    found = forecast.expect(planned((Verb.STOP, ())), NO_OPTIONS, history=None)

    assert (found.worst, found.longest) == (None, None)
    assert found.text.startswith("unknown: there is no history")


def test_waits_count_with_their_limit():
    """A start that waits for a health check takes at most as long as may be waited."""
    options = model.RunOptions(wait_timeout=90 * SECOND)
    what = planned((Verb.START, ()), (Verb.WAIT_HEALTHY, (1,)), (Verb.START, (2,)))
    found = forecast.expect(what, options, history=None)

    assert found.longest == 90 * SECOND
    assert "1m30s at most" in found.text


def test_the_history_comes_first():
    """p95 is what is reckoned with; the sentence says of how many runs it is."""
    history = stats.Tally(
        stack=make.REF,
        action=model.Action.STOP,
        runs=12,
        failures=2,
        measured=10,
        p50=timedelta(milliseconds=3210),
        p95=5 * SECOND,
    )
    options = model.RunOptions(stop_timeout=10 * SECOND)
    found = forecast.expect(planned((Verb.STOP, ())), options, history=history)

    assert (found.longest, found.worst) == (5 * SECOND, 10 * SECOND)
    assert found.text == "half of the runs took up to 3.3s, 95 % up to 5s (10 runs)"


def test_nothing_to_do_takes_no_time():
    """A stack that is as it is wanted needs no history."""
    found = forecast.expect(planned(), NO_OPTIONS, history=None)

    assert (found.longest, found.text) == (timedelta(), "there is nothing to do")
