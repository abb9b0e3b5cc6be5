"""Which stacks need which: from commands and labels, without cycles."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import cycles, requirements
from tests.core.requiring import NAMES, NOON, ref, said, stack

edges = st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=15)


def labelled(pairs) -> list:
    """Stacks whose labels say so."""
    return [
        stack(name, requires=tuple(sorted(b for a, b in pairs if a == name))) for name in NAMES
    ]


def said_all(pairs) -> list:
    """What people say: the first of each pair needs the second."""
    return [one for a, b in sorted(pairs) for one in said(**{a: b})]


def counted(graph) -> set[tuple[str, str]]:
    return {(e.stack.name, e.needs.name) for e in graph.entries if not e.ignored}


def test_commands_and_labels_make_one_graph():
    """A label names a stack of the same host, or `HOST/STACK`; what is said twice counts once."""
    graph = requirements.graph(
        said(app="db"),
        [
            stack("app", requires=("db", "far/mq", "local/cache")),
            stack("db"),
            stack("cache"),
            stack("far/mq"),
        ],
    )

    assert [(str(e.needs), e.origin.value, e.ignored) for e in graph.entries] == [
        ("far/mq", "label", ""),
        ("local/cache", "label", ""),
        ("local/db", "command", ""),
    ]
    assert graph.needs(ref("app")) == (ref("far/mq"), ref("cache"), ref("db"))
    assert graph.needed_by(ref("db")) == (ref("app"),)


def test_a_label_that_names_nothing_is_a_warning():
    """Neither a stack that is not there nor the stack itself is ever an error."""
    graph = requirements.graph([], [stack("app", requires=("gone", "app", "a/b/c"))])

    assert graph.needs(ref("app")) == ()
    assert [text.partition(" names ")[2] for text in graph.warnings(ref("app"))] == [
        "`a/b/c`, and there is no such stack",
        "`app`, and that is the stack itself",
        "`gone`, and there is no such stack",
    ]


def test_a_command_may_name_what_is_not_there_now():
    """Its host may be away: the requirement stays."""
    graph = requirements.graph(said(app="db"), [stack("app")])

    assert graph.needs(ref("app")) == (ref("db"),)


def test_a_requirement_that_would_close_a_cycle_is_told_with_its_path():
    """From the stack back to it, the shortest way."""
    graph = requirements.graph(said(b="c", c="a"), [])

    assert requirements.shown(graph.cycle(ref("a"), ref("b"))) == (
        "local/a → local/b → local/c → local/a"
    )
    assert requirements.shown(graph.cycle(ref("a"), ref("a"))) == "local/a → local/a"
    assert graph.cycle(ref("b"), ref("a")) == ()


@given(edges, edges)
def test_of_many_said_at_once_those_that_close_a_cycle_are_told(before, new):
    """The same as when they are said one after the other; the others close none."""
    graph = requirements.graph(said_all(before), [])
    pairs = [(ref(a), ref(b)) for a, b in sorted(new)]
    closing = graph.closing(pairs)
    there, one_by_one = [(e.stack, e.needs) for e in graph.entries if not e.ignored], set()
    for pair in pairs:
        now = requirements.graph(said_all((a.name, b.name) for a, b in there), [])
        if now.cycle(*pair):
            one_by_one.add(pair)
        else:
            there.append(pair)

    assert closing.keys() == one_by_one
    for pair, cycle in closing.items():
        assert (cycle[0], cycle[1], cycle[-1]) == (*pair, pair[0])
        assert set(pairwise(cycle)) <= {*there, pair}


def test_labels_that_close_a_cycle_are_ignored_and_told():
    """What people said stays; the warning has the path and the label."""
    graph = requirements.graph(
        said(app="db"), [stack("app"), stack("db", requires=("app", "log")), stack("log")]
    )

    assert counted(graph) == {("app", "db"), ("db", "log")}
    (warning,) = graph.warnings(ref("app"))
    assert warning == (
        "stacks need each other (local/app → local/db → local/app); the label "
        "`dockschedd.requires` of `local/db` that names `local/app` is ignored"
    )


@given(edges, edges)
def test_what_counts_has_no_cycle(commands, labels):
    """Whatever people and labels say, also where the database was changed by hand."""
    spoken = [
        requirements.Requirement(stack=ref(a), needs=ref(b), owner="x", created_at=NOON)
        for a, b in commands
    ]
    graph = requirements.graph(spoken, labelled(labels))
    kept: dict[str, set[str]] = {name: set() for name in NAMES}
    for a, b in counted(graph):
        kept[a].add(b)

    component = cycles.components(kept)
    assert len(set(component.values())) == len(NAMES)
    assert all(a != b for a, b in counted(graph))
    for name in NAMES:
        needed = graph.all_needed(ref(name))
        assert ref(name) not in needed
        for place, each in enumerate(needed):
            assert set(graph.needs(each)) <= set(needed[:place])
        for each in graph.all_needing(ref(name)):
            assert ref(name) in graph.all_needed(each)


@given(edges, st.randoms())
def test_the_order_of_what_is_told_does_not_matter(labels, random):
    """The same stacks in another order are the same graph."""
    stacks = labelled(labels)
    before = requirements.graph([], stacks).entries
    random.shuffle(stacks)

    assert requirements.graph([], stacks).entries == before


@given(edges, st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_an_edge_is_refused_exactly_when_it_closes_a_cycle(labels, start, end):
    """Added without a refusal it counts, whatever labels say."""
    graph = requirements.graph([], labelled(labels))
    cycle = graph.cycle(ref(start), ref(end))
    if cycle:
        assert cycle[:2] == (ref(start), ref(end))
        assert cycle[-1] == ref(start)
        assert all(b in graph.needs(a) for a, b in pairwise(cycle[1:]))
    else:
        more = requirements.graph(said(**{start: end}), labelled(labels))
        assert (start, end) in counted(more)
