"""Recorded answers of a real engine, and answers that no engine gives."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core.model import (
    Condition,
    Container,
    ContainerState,
    Dependency,
    Health,
    Since,
)
from dockschedd.hosts import observe

RECORDED = Path(__file__).parent / "recorded"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def listed() -> dict[str, Container]:
    """The recorded list, by container name."""
    return {
        container.name: container
        for containers in observe.stacks(recorded("list")).values()
        for container in containers
    }


def test_the_list_is_grouped_by_stack_without_oneoffs() -> None:
    """A container of `compose run` is left out; one that joined by label is there."""
    found = observe.stacks(recorded("list"))

    assert list(found) == ["clinic", "deaf", "jobs", "policies", "shop"]
    assert [each.name for each in found["shop"]] == [
        "shop-app-1",
        "shop-db-1",
        "joined",
        "shop-migrate-1",
    ]


@pytest.mark.parametrize(
    ("name", "state", "health", "code"),
    [
        ("shop-db-1", ContainerState.RUNNING, Health.NONE, None),
        ("shop-migrate-1", ContainerState.EXITED, Health.NONE, 0),
        ("jobs-job-1", ContainerState.EXITED, Health.NONE, 3),
        ("jobs-app-1", ContainerState.PAUSED, Health.NONE, None),
        ("deaf-one-second-1", ContainerState.EXITED, Health.NONE, 137),
        ("clinic-sick-1", ContainerState.RUNNING, Health.UNHEALTHY, None),
        ("clinic-well-1", ContainerState.PAUSED, Health.NONE, None),
        ("policies-crashing-1", ContainerState.RESTARTING, Health.NONE, 4),
        ("joined", ContainerState.CREATED, Health.NONE, None),
    ],
)
def test_state_health_and_exit_code_come_from_the_list(
    listed: dict[str, Container],
    name: str,
    state: ContainerState,
    health: Health,
    code: int | None,
) -> None:
    """Health and exit code are read from the text of the status."""
    found = listed[name]

    assert (found.state, found.health, found.exit_code) == (state, health, code)
    assert found.restart_policy is None
    assert found.ended is None


def test_the_list_tells_what_a_container_depends_on(listed: dict[str, Container]) -> None:
    """As the label has it, in order of name."""
    assert listed["shop-app-1"].depends_on == (
        Dependency(service="db", condition=Condition.STARTED),
        Dependency(service="migrate", condition=Condition.COMPLETED),
    )


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("Up 5 seconds (health: starting)", Health.STARTING),
        ("Up 2 minutes (healthy)", Health.HEALTHY),
        ("Up 3 weeks (unhealthy)", Health.UNHEALTHY),
        ("Up 3 weeks", Health.NONE),
        ("", Health.NONE),
    ],
)
def test_health_is_read_from_the_status(status: str, health: Health) -> None:
    """In the words of every engine since 1.12."""
    assert one(State="running", Status=status).health is health


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("exited", "Exited (0) Less than a second ago", 0),
        ("exited", "Exited (137) 3 months ago", 137),
        ("exited", "Exited (-1) 3 months ago", -1),
        ("dead", "Dead", None),
        ("running", "Up 3 seconds", None),
        ("exited", "", None),
        ("exited", "Exited (99999999999999999999) ago", None),
    ],
)
def test_the_exit_code_is_read_from_the_status(state: str, status: str, code: int | None) -> None:
    """Of what has ended only."""
    assert one(State=state, Status=status).exit_code == code


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("stopped", ContainerState.EXITED),
        ("configured", ContainerState.CREATED),
        ("stopping", ContainerState.RUNNING),
        ("invented", ContainerState.EXITED),
        (None, ContainerState.EXITED),
    ],
)
def test_a_state_that_docker_does_not_know_never_claims_to_run(
    word: str | None, state: ContainerState
) -> None:
    """Podman's words have their meanings; what is unknown is not up."""
    assert one(State=word).state is state


def test_a_legacy_links_alias_is_not_the_name() -> None:
    """The name is the one without a second slash, wherever it stands."""
    assert one(Names=["/other/alias", "/web-1"]).name == "web-1"
    assert one(Names=None).name == "0123456789ab"


def test_a_row_seen_twice_counts_once() -> None:
    """Two filtered lists may both show a container."""
    rows = recorded("list")

    assert observe.stacks([*rows, *rows]) == observe.stacks(rows)


@pytest.mark.parametrize(
    ("name", "state", "health", "code", "policy", "timeout"),
    [
        ("clinic-sick", ContainerState.RUNNING, Health.UNHEALTHY, None, "no", None),
        ("jobs-job", ContainerState.EXITED, Health.NONE, 3, "no", None),
        ("jobs-app", ContainerState.PAUSED, Health.NONE, None, "no", None),
        ("deaf-one-second", ContainerState.EXITED, Health.NONE, 137, "no", 1),
        ("deaf-thirty-seconds", ContainerState.RUNNING, Health.NONE, None, "no", 30),
        ("policies-on-failure", ContainerState.RUNNING, Health.NONE, None, "on-failure", None),
        ("joined", ContainerState.CREATED, Health.NONE, None, "no", None),
    ],
)
def test_an_inspect_tells_state_policy_and_timeout(  # noqa: PLR0917 - the columns of the table
    name: str,
    state: ContainerState,
    health: Health,
    code: int | None,
    policy: str,
    timeout: int | None,
) -> None:
    """As the engine answered."""
    found = observe.inspected(recorded(f"inspect-{name}"))

    container = found.container
    assert (container.state, container.health, container.exit_code) == (state, health, code)
    assert container.restart_policy == policy
    assert found.stop_timeout == (None if timeout is None else timedelta(seconds=timeout))


def test_an_inspect_and_a_list_agree(listed: dict[str, Container]) -> None:
    """But for the restart policy, both yield the same container."""
    for name in ("clinic-sick", "jobs-job", "deaf-thirty-seconds"):
        found = observe.inspected(recorded(f"inspect-{name}")).container
        in_list = listed[f"{name}-1"]

        assert found.restart_policy is not None
        assert in_list == type(found)(
            id=found.id,
            name=found.name,
            service=found.service,
            number=found.number,
            state=found.state,
            health=found.health,
            exit_code=found.exit_code,
            depends_on=found.depends_on,
        )


def test_the_engines_zero_is_no_instant() -> None:
    """What never started and never ended has neither instant."""
    never = observe.inspected(recorded("inspect-joined"))
    ended = observe.inspected(recorded("inspect-jobs-job"))

    assert (never.started_at, never.finished_at) == (None, None)
    assert never.stack == "shop"
    assert ended.started_at is not None
    assert ended.started_at.tzinfo is UTC
    assert ended.finished_at is not None
    assert ended.started_at < ended.finished_at


def test_events_of_containers_are_read_and_others_are_not() -> None:
    """Networks and exec events are nothing of a stack's."""
    messages = recorded("events")
    found = [event for message in messages if (event := observe.event(message))]

    actions = {event.action for event in found}
    assert {"create", "start", "die", "kill", "destroy", "pause"} <= actions
    assert not any(action.startswith("exec_") for action in actions)
    assert len(found) < len(messages)
    dies = {(event.stack, event.exit_code) for event in found if event.action == "die"}
    assert ("policies", 4) in dies
    assert ("deaf", 137) in dies
    assert all(event.exit_code is None for event in found if event.action != "die")


def test_the_instant_of_an_event_is_the_engines_to_the_microsecond() -> None:
    """The nanoseconds are cut, never rounded up, so that `since` finds the event again."""
    message = {
        "Action": "start",
        "Actor": {"ID": "a", "Attributes": {}},
        "timeNano": 1_795_508_912_123_456_999,
    }

    found = observe.event(message)

    assert found is not None
    assert found.at == datetime(2026, 11, 24, 8, 28, 32, 123456, tzinfo=UTC)
    assert found.stack is None


@given(JSON)
def test_no_answer_makes_the_reading_fail(answer: object) -> None:
    """Whatever JSON comes, the list is made of containers, and an event is one or is None."""
    observe.stacks([answer])
    observe.inspected(answer)
    observe.event(answer)


@given(st.data())
def test_recorded_answers_with_missing_or_strange_fields_are_read(data: st.DataObject) -> None:
    """Each field may be absent or of another type."""
    for name in ("list", "events", "inspect-clinic-sick"):
        answer = data.draw(mutated(recorded(name)))
        observe.stacks(answer if isinstance(answer, list) else [answer])
        observe.inspected(answer)
        for message in answer if isinstance(answer, list) else [answer]:
            observe.event(message)


@st.composite
def mutated(draw: st.DrawFn, answer: Any) -> Any:
    """Draw the answer with one field of one object removed or replaced."""
    inside = answer
    while isinstance(inside, dict | list) and inside:
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        key = draw(st.sampled_from(keys))
        deeper = inside[key]
        if isinstance(deeper, dict | list) and deeper and draw(st.booleans()):
            inside = deeper
            continue
        if isinstance(inside, dict) and draw(st.booleans()):
            del inside[key]
        else:
            inside[key] = draw(JSON)
        break
    return answer


def one(**fields: Any) -> Container:
    """Return the container of a row with those fields."""
    row = {
        "Id": "0123456789abcdef",
        "Names": ["/web-1"],
        "Labels": {"com.docker.compose.project": "web"},
        **fields,
    }
    ((found,),) = observe.stacks([row]).values()
    return found


def test_the_list_tells_what_a_container_says_that_its_stack_requires() -> None:
    """From the label, as the inspect does."""
    words = {"com.docker.compose.project": "app", "dockschedd.requires": "db, far/mq"}
    row = {"Id": "1", "Names": ["/app-1"], "State": "running", "Labels": words}
    (listed,) = observe.stacks([row])["app"]
    found = observe.inspected({"Id": "1", "Name": "/app-1", "Config": {"Labels": words}})

    assert listed.requires == found.container.requires == ("db", "far/mq")


def test_engines_are_told_apart_by_id_name_and_directory() -> None:
    """Copied machines share the id; engines on one machine share the id and the name."""
    said = {"ID": "AB:CD", "Name": "edge", "DockerRootDir": "/var/lib/docker"}
    others = [
        said | {"ID": "EF:01"},
        said | {"Name": "core"},
        said | {"DockerRootDir": "/srv/docker"},
    ]

    assert observe.identity(dict(said)) == observe.identity(said)
    assert observe.identity(said) not in map(observe.identity, others)
    assert [observe.identity(each) for each in ({}, {"ID": ""}, [], None)] == [""] * 4


@pytest.mark.parametrize(
    ("state", "status", "age"),
    [
        ("running", "Up Less than a second", 0),
        ("running", "Up 1 second", 1),
        ("running", "Up About a minute (healthy)", 60),
        ("running", "Up 59 minutes (health: starting)", 59 * 60),
        ("running", "Up About an hour", 3600),
        ("running", "Up 3 hours ago", 3 * 3600),
        ("exited", "Exited (0) 2 days ago", 2 * 86400),
        ("exited", "Exited (-1) 2 weeks ago", 14 * 86400),
        ("exited", "Exited (137) 3 months ago", 90 * 86400),
        ("restarting", "Restarting (4) 2 years ago", 730 * 86400),
        ("paused", "Up 3 hours (Paused)", None),
        ("exited", "Exited (0) 99999999999999999999 years ago", None),
        ("exited", "Exited (0) 999999999 years ago", None),
        ("exited", "Exited (0) a while ago", None),
        ("exited", "Exited (0) 5 fortnights ago", None),
        ("dead", "Dead", None),
        ("running", "", None),
    ],
)
def test_for_how_long_is_read_from_the_status(state: str, status: str, age: int | None) -> None:
    """In round words; of a paused one they speak of its process, not of the pause."""
    found = one(State=state, Status=status).age

    assert found == (None if age is None else timedelta(seconds=age))


@pytest.mark.parametrize("created", [0, -(10**30), 10**30, None, "x", []])
def test_strange_instants_of_creation_are_none(created: object) -> None:
    """And no exception."""
    assert one(State="created", Status="Created", Created=created).since is None


def test_the_list_tells_exactly_when_something_was_created() -> None:
    """Which is since when it is `created`; of a running one it says nothing."""
    at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    seconds = int(at.timestamp())

    assert one(State="created", Created=seconds).since == Since(at=at, exact=True)
    assert one(State="running", Status="Up 1 second", Created=seconds).since is None
