"""Rows of the dashboard: which, in which order, and what they say."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.ui.rows import stacks as listing
from dockschedctl.ui.rows.moments import Moment
from dockschedctl.ui.rows.stacks import Arrangement, Builder
from tests.ctl import samples
from tests.ui.test_state import after, built, events, synced

MOMENT = Moment(now=samples.NOW, zone=ZoneInfo("Europe/Berlin"))
arrangements = built(
    Arrangement,
    words=st.sampled_from([(), ("web",), ("running",), ("local", "stopped")]),
    sort=st.sampled_from([column.key for column in listing.COLUMNS if column.key]),
    reverse=st.booleans(),
    collapsed=st.sampled_from([frozenset(), frozenset({"local"})]),
    marked=st.sampled_from([frozenset(), frozenset({"local/web"})]),
)


@given(st.lists(events, max_size=8), arrangements)
def test_each_stack_that_is_wanted_has_one_row_below_its_host(found, how) -> None:
    """However it is sorted; of a collapsed host only the head is there."""
    state = after(synced(), *found)
    shown = Builder().listing(state, how, MOMENT)

    host = None
    seen = set()
    for row in shown.rows:
        if row.is_group:
            host = row.key.removeprefix(listing.GROUP)
        else:
            assert row.key.partition("/")[0] == host
            assert row.key not in seen
            seen.add(row.key)
            assert row.marked is (row.key in how.marked)
    if not how.words:
        open_ = {name for name, s in state.stacks.items() if s.host not in how.collapsed}
        assert seen == open_


@given(st.lists(events, min_size=1, max_size=8), arrangements)
def test_a_builder_that_remembers_says_the_same_as_a_new_one(found, how) -> None:
    """Rows are kept only where nothing happened."""
    builder = Builder()
    state = after(synced())
    builder.listing(state, how, MOMENT)
    state = after(synced(), *found)

    assert builder.listing(state, how, MOMENT) == Builder().listing(state, how, MOMENT)


@given(arrangements)
def test_sorting_twice_by_the_same_column_turns_it_round(how) -> None:
    """And by another one begins at its beginning."""
    once = how.sorted_by("next")
    assert (once.sort, once.reverse) == ("next", how.sort == "next" and not how.reverse)
    assert once.sorted_by("next").reverse is not once.reverse


def cell(stack, column: int, runs=(), running=()) -> str:
    status = msgspec.structs.replace(samples.STATUS, running=running)
    state = after(synced(stacks=(stack,), runs=runs, status=status))
    rows = Builder().listing(state, Arrangement(), MOMENT).rows
    return next(row for row in rows if row.key == stack.name).cells[column].text


def test_what_comes_next_is_a_run_then_a_hold_then_a_schedule() -> None:
    """The first that applies."""
    stack = samples.stack()
    held = samples.stack(hold=samples.HOLD)

    assert cell(stack, 4) == "stop 23:00 (60 min)"
    assert cell(held, 4) == "◆ held up till Wed 00:00 bob"
    assert cell(held, 4, running=(samples.RUNNING,)).startswith("▶ stop now")
    assert cell(samples.stack(next_at=None, next_action=None), 4) == "-"


def test_health_names_everything_that_is_wrong() -> None:
    """Worst first, with a symbol, so that no colour is needed."""
    assert cell(samples.stack(), 2) == "✓ healthy"
    assert cell(samples.stack(health="none"), 2) == "-"
    assert cell(samples.stack(flags=("unhealthy",), health="unhealthy"), 2) == "✗ unhealthy"
    assert cell(samples.stack(drift="asleep is wanted"), 2) == "≠ drift"
    assert cell(samples.stack(health="none", flags=("exited",)), 2) == "! exited"


def test_a_note_says_what_is_worth_knowing_and_nothing_else() -> None:
    """How the last run went wrong comes first; a one-shot that has finished is as it should be."""
    noted = samples.stack(
        drift="asleep is wanted",
        hold=samples.HOLD,
        notes=("web-migrate-1 is a finished one-shot", "web-app-1 is unhealthy"),
    )
    failed = msgspec.structs.replace(samples.FAILED, stack=noted.name, error="no room")
    state = after(synced(stacks=(noted,), runs=(failed,)))
    (row,) = (r for r in Builder().listing(state, Arrangement(), MOMENT).rows if not r.is_group)

    assert row.cells[-1].text == (
        f"✗ no room; ◆ held because: {samples.HOLD.reason}; ≠ drift: asleep is wanted; "
        "! web-app-1 is unhealthy"
    )
