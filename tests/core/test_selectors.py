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

    assert selectors.parse(pattern).matches(model.StackRef("h", name), {}) == bool(expected)


@given(patterns | names, st.none() | patterns | names, refs)
def test_resolving_gives_what_matches_sorted_and_once(name, host, known):
    """The answer is the sorted set of matches, for every order of the stacks."""
    selector = selectors.Selector(host, name)
    try:
        found = selectors.resolve(selector, [*known, *reversed(known)], {})
    except selectors.Ambiguous:
        assert host is None
        return
    assert list(found) == sorted({ref for ref in known if selector.matches(ref, {})})


groups = st.dictionaries(names, st.sets(names, max_size=3), max_size=4)


@given(st.data(), groups, st.lists(st.builds(model.StackRef, names, names), max_size=8))
def test_a_group_means_the_stacks_of_its_hosts_that_fit(data, known, refs):
    """It agrees with naming each of the hosts by itself, whatever else there is."""
    group = data.draw(st.sampled_from(sorted(known)) if known else names)
    part = data.draw(patterns | names)
    selector = selectors.parse(f"@{group}/{part}")
    if group not in known:
        with pytest.raises(errors.NotFound):
            selectors.resolve(selector, refs, known)
        return

    found = selectors.resolve(selector, refs, known)

    each = (selectors.resolve(selectors.Selector(h, part), refs, {}) for h in known[group])
    assert list(found) == sorted({ref for one in each for ref in one})
    assert all(selector.matches(ref, known) is (ref in found) for ref in refs)


@given(groups, names)
def test_the_group_of_a_text_is_that_of_the_selector(known, name):
    """Told without parsing, for very many of them."""
    for text in (f"@{group}/{name}" for group in known):
        assert selectors.group_of(text) == selectors.parse(text).group is not None
    assert selectors.group_of(name) is selectors.group_of(f"{name}/*") is None


def test_a_group_that_there_is_not_is_told_with_the_one_that_may_have_been_meant():
    """It is never taken for a group without hosts."""
    with pytest.raises(errors.NotFound) as caught:
        selectors.resolve(selectors.parse("@egde/*"), REFS, {"edge": ("edge",)})

    error = caught.value
    assert (error.message, error.code) == ("there is no group `egde`", "group-not-found")
    assert error.hint == "did you mean `@edge`?"


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


@pytest.mark.parametrize("text", ["*", "*/web", "prod-*/db-*", "local/*", "@edge/web"])
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
        ("@edge/*", ["edge/mail", "edge/web"]),
        ("@edge/w*", ["edge/web"]),
        ("@edge/web", ["edge/web"]),
        ("@none/*", []),
    ],
)
def test_selectors_resolve(text, found):
    """Examples of what is meant."""
    assert (
        list(
            map(
                str, selectors.resolve(selectors.parse(text), REFS, {"edge": {"edge"}, "none": ()})
            )
        )
        == found
    )


def test_an_exact_name_that_several_hosts_have_is_refused_and_names_them():
    """Which one is meant cannot be guessed."""
    with pytest.raises(selectors.Ambiguous) as caught:
        selectors.resolve(selectors.parse("web"), REFS, {})

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
    [
        "",
        "a b",
        "a\tb",
        "a\x00",
        "a\u202eb",
        "a/b/c",
        "/web",
        "local/",
        "/",
        "x" * 201,
        "@edge",
        "@/x",
        "@*/x",
    ],
)
def test_what_is_no_selector_is_refused_with_a_hint(text):
    """Whitespace, unseen characters, empty parts, too many slashes, length, bad groups."""
    assert codes(text) == ["selector-invalid"]


def test_every_fault_is_told():
    """A selector with several faults is refused with all of them."""
    assert len(codes("@a b/c/d" + "x" * 200)) == 3


def test_a_long_pattern_costs_little():
    """Many stars over a long name end at once; a regular expression would not."""
    selector = selectors.Selector(None, "*a" * 90 + "*b")

    assert not selector.matches(model.StackRef("h", "a" * 200), {})


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
