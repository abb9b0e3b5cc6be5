"""Distributions of durations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import measures

SECONDS = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@given(st.lists(SECONDS))
def test_each_bound_counts_what_is_not_above_it(values):
    """As Prometheus reads `le`: less than or equal; the last bucket has them all."""
    found = measures.Distribution.empty(measures.DURATIONS)
    for value in values:
        found = found.plus(value)

    *below, everything = found.cumulative()
    assert below == [sum(v <= bound for v in values) for bound in measures.DURATIONS]
    assert everything == len(values)
    assert abs(found.total - sum(values)) <= 1e-6 * max(1.0, sum(values))


@given(st.lists(SECONDS))
def test_the_buckets_never_go_down(values):
    """Cumulative counts ascend, whatever comes in whichever order."""
    found = measures.Distribution.empty((1.0, 10.0))
    for value in values:
        found = found.plus(value)

    counts = found.cumulative()
    assert list(counts) == sorted(counts)


def test_a_value_that_is_a_bound_belongs_to_it():
    """One second is `le="1.0"`."""
    assert measures.Distribution.empty((1.0, 2.0)).plus(1.0).counts == (1, 0, 0)
