"""A spread occurrence begins at an instant of its own on each stack, always the same."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, spread
from tests import strategies

widths = st.timedeltas(min_value=timedelta(), max_value=spread.LONGEST)


@given(strategies.ids, strategies.stack_refs, widths)
def test_an_offset_is_below_the_spread_and_always_the_same(schedule_id, ref, width):
    """In [0, spread), in whole milliseconds, by schedule and stack alone."""
    found = spread.offset(schedule_id, ref, width)

    assert timedelta() <= found < max(width, timedelta(milliseconds=1))
    assert found % timedelta(milliseconds=1) == timedelta()
    assert found == spread.offset(schedule_id, ref, width)


def test_the_hash_is_the_one_that_it_was():
    """Another version of the program does not move occurrences."""
    ref = model.StackRef("local", "web")

    assert spread.offset("s", ref, timedelta(minutes=10)) == timedelta(milliseconds=114740)


def test_stacks_are_spread_over_the_whole_width():
    """A thousand stacks fill every tenth of it about evenly."""
    width = timedelta(minutes=10)
    tenths = [0] * 10
    for number in range(1000):
        moved = spread.offset("s", model.StackRef("local", f"stack-{number}"), width)
        tenths[moved * 10 // width] += 1

    assert min(tenths) > 60
    assert max(tenths) < 150
