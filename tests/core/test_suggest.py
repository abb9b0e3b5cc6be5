"""Did you mean."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import suggest

words = st.text("abcdW-", max_size=8)


@given(words, st.lists(words), st.randoms())
def test_the_answer_is_one_of_the_choices_whatever_their_order(word, choices, random):
    """The order of the choices changes nothing."""
    found = suggest.closest(word, choices)
    random.shuffle(choices)

    assert found is None or found in choices
    assert suggest.closest(word, choices) == found


def test_a_slip_is_recognised_and_something_else_is_not():
    """A near word is suggested, a far one is not."""
    assert suggest.closest("wbe", ["web", "db"]) == "web"
    assert suggest.closest("WEB", ["web", "db"]) == "web"
    assert suggest.closest("queue", ["web", "db"]) is None
