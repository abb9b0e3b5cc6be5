"""Between the core's values and the wire's structs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.api import mapping, upcoming
from dockschedd.core import model, selectors, triggers
from dockschedd.errors import Invalid
from dockschedd.wire import access, runs, schedules
from tests import strategies
from tests.fake_clock import START

MILLISECONDS = st.integers(0, 86_400_000 * 365).map(lambda n: timedelta(milliseconds=n))
OPTIONS = st.builds(
    model.RunOptions,
    stop_timeout=st.none() | MILLISECONDS,
    wait_timeout=MILLISECONDS,
    in_place=st.booleans(),
    rerun_oneshots=st.booleans(),
    on_error=st.sampled_from(model.OnError),
)


@given(OPTIONS)
def test_options_come_back_as_they_went(options) -> None:
    """Also through JSON; what is read back is what was asked for."""
    sent = msgspec.json.encode(mapping.options_out(options))

    assert mapping.options_in(msgspec.json.decode(sent, type=runs.Options)) == options


def encoded(struct: msgspec.Struct) -> msgspec.Struct:
    """What a client reads of it."""
    return msgspec.json.decode(msgspec.json.encode(struct), type=type(struct))


@given(strategies.runs)
def test_every_run_has_a_form_on_the_wire(run) -> None:
    """All of it, under the words of the wire, and a client reads what was sent."""
    sent = mapping.run(run)

    assert encoded(sent) == sent
    for name in set(sent.__struct_fields__) - {"stack", "schedule", "steps"}:
        assert getattr(sent, name) == getattr(run, name)
    assert (sent.stack, sent.schedule) == (str(run.stack), run.schedule_name)
    assert len(sent.steps) == len(run.steps)


@given(st.builds(replace, strategies.schedules, options=OPTIONS))
def test_every_schedule_has_a_form_on_the_wire(schedule) -> None:
    """With exactly one of cron and at, and its trigger as a sentence."""
    sent = mapping.schedule(schedule, warnings=("w",))

    assert encoded(sent) == sent
    assert (sent.cron is None) != (sent.at is None)
    assert sent.trigger == ("at" if sent.cron is None else "cron")
    assert sent.reads
    assert sent.deadline_seconds == schedule.deadline.total_seconds()
    assert sent.warnings == ("w",)


def test_a_schedule_whose_zone_has_gone_is_still_shown() -> None:
    """An update of the machine's zones must not hide it."""
    trigger = triggers.AtTrigger(at=START, zone="Europe/Atlantis")

    assert mapping.reads(trigger) == ""


def test_what_is_secret_has_no_form_on_the_wire() -> None:
    """No struct that is sent has a field for a hash or a password."""
    replies = (access.User, access.UserPage, access.Me, access.AuditEntry, schedules.Schedule)
    for struct in replies:
        for name in struct.__struct_fields__:
            assert "hash" not in name
            assert name == "password_changed_at" or "password" not in name


@pytest.mark.parametrize(
    ("state", "health"), list(product(model.ContainerState, model.Health)), ids=str
)
def test_every_state_of_a_container_can_be_shown(state, health) -> None:
    """Nothing that an engine says leaves a stack without an answer."""
    container = model.Container(
        id="i", name="n", service="s", number=1, state=state, health=health
    )
    stack = model.Stack(ref=model.StackRef("h", "s"), containers=(container,))
    host = model.HostView(name="h", url="unix:///s", reachable=True)
    shown = mapping.stack(stack, host=host, upcoming=None, last_run=None)

    assert encoded(shown) == shown
    assert (shown.containers[0].state, shown.containers[0].health) == (state, health)


def test_a_stack_without_containers_can_be_shown() -> None:
    """It has just gone."""
    stack = model.Stack(ref=model.StackRef("h", "s"), containers=())
    host = model.HostView(name="h", url="unix:///s", reachable=False)

    assert mapping.stack(stack, host=host, upcoming=None, last_run=None).containers == ()


HOSTS = st.sampled_from(["a", "b", "ab"])
STACKS = st.sampled_from(["web", "db", "web2"])
REFS = st.sets(st.builds(model.StackRef, HOSTS, STACKS), max_size=6).map(sorted).map(tuple)
SELECTORS = st.sampled_from(
    ["web", "a/web", "b/db", "*", "*/web", "a*/*", "*/*b*", "c/web", "a/*2", "nothing"]
)


@given(REFS, st.lists(SELECTORS, max_size=6))
def test_the_next_occurrence_of_a_stack_is_that_of_the_first_schedule_that_matches(
    refs, texts
) -> None:
    """As one would find it by asking each schedule in turn."""
    found = tuple(
        model.Schedule(
            id=str(n),
            name=f"s{n}",
            enabled=True,
            trigger=triggers.CronTrigger(expression="* * * * *", zone="UTC"),
            action=model.Action.STOP,
            selector=text,
            catch_up=model.CatchUp.LATEST,
            deadline=timedelta(hours=1),
            owner="local",
            created_at=START,
            updated_at=START,
            next_at=START + timedelta(minutes=n),
        )
        for n, text in enumerate(texts)
    )
    expected = {}
    for schedule in reversed(found):
        try:
            matched = selectors.resolve(selectors.parse(schedule.selector), refs, {})
        except Invalid:
            continue
        expected |= dict.fromkeys(matched, schedule.name)

    answer = upcoming._find(found, refs, {}, {})
    assert {ref: coming.schedule for ref, coming in answer.items()} == expected
