"""Selectors: which stacks a person means."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockschedd import errors
from dockschedd.core import model, selectors

names = st.text("ab-", min_size=1, max_size=6)
patterns = st.text("ab*", min_size=1, max_size=7)
refs = st.lists(st.builds(model.StackRef, names, names), max_size=8)
REFS = tuple(
    model.StackRef(*text.split("/")) for text in ("local/web", "local/db", "edge/web", "edge/mail")
)


def codes(text):
    with pytest.raises(errors.Invalid) as caught:
        selectors.parse(text)
    assert all(fault.path == "selector" and fault.hint for fault in caught.value.faults)
    return [fault.code for fault in caught.value.faults]


@given(patterns, names)
@example("a*ab", "aab")
@example("a*a", "a")
@example("*a*a*", "a")
def test_a_star_stands_for_any_text(pattern, name):
    """Matching agrees with the regular expression that says the same."""
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name)

    assert selectors.parse(pattern).matches(model.StackRef("h", name)) == bool(expected)


@given(patterns | names, st.none() | patterns | names, refs)
def test_resolving_gives_what_matches_sorted_and_once(name, host, known):
    """The answer is the sorted set of matches, for every order of the stacks."""
    selector = selectors.Selector(host, name)
    try:
        found = selectors.resolve(selector, [*known, *reversed(known)])
    except selectors.Ambiguous:
        assert host is None
        return
    assert list(found) == sorted({ref for ref in known if selector.matches(ref)})


@given(st.text(max_size=12))
def test_any_text_is_parsed_back_to_itself_or_refused_with_a_fault(text):
    """Nothing but Invalid is ever raised."""
    try:
        selector = selectors.parse(text)
    except errors.Invalid:
        return
    assert str(selector) == text


@pytest.mark.parametrize("text", ["web", "local/web", "Web_1.2-x", "größe"])
def test_a_name_without_a_star_is_exact(text):
    """It names one stack."""
    assert selectors.parse(text).is_exact


@pytest.mark.parametrize("text", ["*", "*/web", "prod-*/db-*", "local/*"])
def test_a_pattern_is_not_exact(text):
    """It may name any number of stacks."""
    assert not selectors.parse(text).is_exact


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("db", ["local/db"]),
        ("local/web", ["local/web"]),
        ("*/web", ["edge/web", "local/web"]),
        ("w*", ["edge/web", "local/web"]),
        ("edge/*", ["edge/mail", "edge/web"]),
        ("*", ["edge/mail", "edge/web", "local/db", "local/web"]),
        ("nothing", []),
    ],
)
def test_selectors_resolve(text, found):
    """Examples of what is meant."""
    assert list(map(str, selectors.resolve(selectors.parse(text), REFS))) == found


def test_an_exact_name_that_several_hosts_have_is_refused_and_names_them():
    """Which one is meant cannot be guessed."""
    with pytest.raises(selectors.Ambiguous) as caught:
        selectors.resolve(selectors.parse("web"), REFS)

    assert caught.value.faults == (
        errors.Fault(
            path="selector",
            code="selector-ambiguous",
            message="several hosts have a stack `web`: edge, local",
            hint="write `edge/web` for one of them, or `*/web` for all",
        ),
    )


@pytest.mark.parametrize(
    "text",
    ["", "a b", "a\tb", "a\x00", "a\u202eb", "a/b/c", "/web", "local/", "/", "x" * 201, "@edge/x"],
)
def test_what_is_no_selector_is_refused_with_a_hint(text):
    """Whitespace, unseen characters, empty parts, too many slashes, length, and groups."""
    assert codes(text) == ["selector-invalid"]


def test_every_fault_is_told():
    """A selector with several faults is refused with all of them."""
    assert len(codes("@a b/c/d" + "x" * 200)) == 4


def test_a_long_pattern_costs_little():
    """Many stars over a long name end at once; a regular expression would not."""
    selector = selectors.Selector(None, "*a" * 90 + "*b")

    assert not selector.matches(model.StackRef("h", "a" * 200))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("local/wbe", "there is no stack `local/wbe`", "did you mean `local/web`?"),
        ("wbe", "there is no stack `wbe`", "did you mean `local/web`?"),
        ("mial", "there is no stack `mial`", "did you mean `edge/mail`?"),
        ("zzz", "there is no stack `zzz`", None),
        ("q*", "no stack matches `q*`", None),
    ],
)
def test_a_stack_that_is_missing_is_told_with_what_may_have_been_meant(text, message, hint):
    """Of equally near stacks, the one on the default host is suggested."""
    error = selectors.missing(selectors.parse(text), REFS, default_host="local")

    assert (error.message, error.hint, error.code) == (message, hint, "stack-not-found")


def test_a_shared_host_makes_no_two_stacks_alike():
    """`local/nothing` is not near `local/mail`, whatever the host has in common."""
    refs = [model.StackRef("local", "mail"), model.StackRef("local", "web")]

    assert selectors.missing(selectors.parse("local/nothing"), refs).hint is None
    assert selectors.missing(selectors.parse("locl/wbe"), refs).hint == "did you mean `local/web`?"
