"""What labels say: names, numbers and dependencies, whatever is written in them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockschedd.core import labels
from dockschedd.core.model import Condition, Dependency

NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.", min_size=1, max_size=12)
CONDITIONS = st.sampled_from(Condition)
TEXTS = st.one_of(st.text(), st.text(":, \tservice_healthystartedtrue", max_size=60))


@given(TEXTS)
@example(":")
@example(",,:,")
@example("db:service_healthy:true:more")
@example("db\x00:service_healthy")
def test_no_text_makes_the_parser_fail(text: str) -> None:
    """Anything yields named services, each once and in order of name."""
    found = labels.parse_depends_on(text)

    services = [each.service for each in found]
    assert services == sorted(set(services))
    assert all(service == service.strip() and service for service in services)


@given(st.dictionaries(NAMES, st.tuples(CONDITIONS, st.booleans())), st.randoms())
def test_what_compose_writes_is_read_back_in_any_order(
    wanted: dict[str, tuple[Condition, bool]], order: Random
) -> None:
    """Every entry is found, and the order in the label is of no consequence."""
    entries = [
        f"{service}:{condition.value}:{str(restart).lower()}"
        for service, (condition, restart) in wanted.items()
    ]
    order.shuffle(entries)

    found = labels.parse_depends_on(",".join(entries))

    assert found == tuple(
        Dependency(service=service, condition=wanted[service][0]) for service in sorted(wanted)
    )


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("db", Condition.STARTED),
        ("db:", Condition.STARTED),
        ("db:service_healthy", Condition.HEALTHY),
        ("db:service_completed_successfully", Condition.COMPLETED),
        ("db:running_or_healthy:true", Condition.STARTED),
        ("db:service_invented:true", Condition.STARTED),
        (" db : service_healthy : true ", Condition.HEALTHY),
        ("db:service_healthy:true:required", Condition.HEALTHY),
        ("db:service_started:true,db:service_healthy:true", Condition.HEALTHY),
        ("db:service_healthy:true,db:service_started:true", Condition.HEALTHY),
    ],
)
def test_older_unknown_and_repeated_entries_keep_their_order(
    text: str, condition: Condition
) -> None:
    """Without a known condition the dependency has to be started; the strongest one counts."""
    assert labels.parse_depends_on(text) == (Dependency(service="db", condition=condition),)


def test_an_empty_label_is_no_dependency() -> None:
    """Compose writes an empty label for a service without any."""
    assert labels.parse_depends_on("") == ()


@pytest.mark.parametrize(
    ("words", "stack"),
    [
        ({}, None),
        ({labels.PROJECT: "web"}, "web"),
        ({labels.PROJECT: "web", labels.ONEOFF: "False"}, "web"),
        ({labels.PROJECT: "web", labels.ONEOFF: "True"}, None),
        ({labels.PROJECT: "web", labels.ONEOFF: "true"}, None),
        ({labels.PROJECT: "web", labels.HOOK: "pre_start"}, None),
        ({labels.STACK: "tools"}, "tools"),
        ({labels.PROJECT: "web", labels.STACK: "tools"}, "web"),
        ({labels.PROJECT: "", labels.STACK: "tools"}, "tools"),
        ({labels.STACK: "tools", labels.ONEOFF: "True"}, None),
        ({labels.STACK: " tools "}, "tools"),
    ],
)
def test_a_container_belongs_to_its_project_or_to_the_stack_it_names(
    words: dict[str, str], stack: str | None
) -> None:
    """Containers of `compose run` and of hooks belong to none."""
    assert labels.stack_of(words) == stack


@pytest.mark.parametrize("name", ["a/b", "*", "@edge", "a b", "a,b", "-a", "", "a" * 129, "a\n"])
def test_a_name_that_no_selector_could_say_is_no_stack(name: str) -> None:
    """Otherwise a label could pass for another host's stack or for a pattern."""
    assert labels.stack_of({labels.STACK: name, labels.PROJECT: ""}) in {None, name.strip()}
    if name.strip() == name:
        assert labels.stack_of({labels.PROJECT: name}) is None


@given(st.dictionaries(st.sampled_from([labels.PROJECT, labels.STACK]), st.text()))
def test_a_stack_has_no_slash_blank_or_wildcard(words: dict[str, str]) -> None:
    """Whatever the labels say."""
    stack = labels.stack_of(words)

    assert stack is None or not set(stack) & set("/* @,\n\t")


def test_service_and_number_come_from_compose() -> None:
    """A container that joined by label is its own service, with number 0."""
    words = {labels.SERVICE: "db", labels.NUMBER: "2"}

    assert labels.service_of(words, fallback="x") == "db"
    assert labels.number_of(words) == 2
    assert labels.service_of({}, fallback="joined") == "joined"
    assert labels.number_of({}) == 0


@given(st.text())
def test_any_number_label_is_a_number_from_zero(text: str) -> None:
    """Nonsense counts as none."""
    assert 0 <= labels.number_of({labels.NUMBER: text}) < 10**9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        (" , ,", ()),
        ("db", ("db",)),
        (" db , far/mq,db", ("db", "far/mq")),
        ("nonsense with blanks", ("nonsense with blanks",)),
    ],
)
def test_what_a_stack_requires_is_read_as_it_is_written(text, expected):
    """Each entry once, sorted; whether it names anything is not decided here."""
    assert labels.parse_requires(text) == expected
