"""Plans, and how they are printed."""

from __future__ import annotations

from dockschedd.core import model, plan
from tests.core import stack_strategies as make


def test_a_plan_prints_its_steps_with_what_they_wait_for_and_why():
    """One line for each step, then what is left alone, then the warnings."""
    draft = plan.Draft()
    db, cache, web = (make.down(service) for service in ("db", "cache", "web"))
    first = draft.add(model.Verb.START, db, after=(), cause="it is stopped")
    second = draft.add(model.Verb.START, cache, after=(), cause="it is stopped")
    draft.add(model.Verb.START, web, after=(second, first, first), cause="it is stopped")
    draft.leave(make.container("job"), "is already running")
    draft.warn("something is odd")

    assert plan.render(draft.plan(make.REF, model.Action.START)) == (
        "start local/shop\n"
        "[] -> 1 start db-1: it is stopped\n"
        "[] -> 2 start cache-1: it is stopped\n"
        "[1,2] -> 3 start web-1: it is stopped\n"
        "left alone: job-1 is already running\n"
        "warning: something is odd"
    )


def test_a_plan_without_steps_says_so():
    """An empty plan is a sentence too."""
    found = plan.Draft().plan(make.REF, model.Action.STOP)

    assert plan.render(found) == "stop local/shop\nnothing to do"


def test_a_step_names_its_container():
    """A step holds what the executor and a reader need."""
    draft = plan.Draft()
    position = draft.add(model.Verb.STOP, make.container("web"), after=(), cause="it is running")

    assert draft.plan(make.REF, model.Action.STOP).steps == (
        model.Step(
            position=position,
            verb=model.Verb.STOP,
            container_id="id-web-1",
            container="web-1",
            service="web",
            after=(),
            cause="it is running",
        ),
    )
