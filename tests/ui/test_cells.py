"""Columns that give way, and text that fits: properties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.output.tables import width
from dockschedctl.ui import cells
from dockschedctl.ui.cells import Cell, Column, Row
from tests.ui.test_state import built

texts = st.text(st.sampled_from("ab界é "), max_size=30)


@st.composite
def tables(draw):
    columns = draw(
        st.lists(
            built(
                Column,
                head=st.sampled_from(["A", "LONG HEAD"]),
                key=st.sampled_from(["", "k"]),
                elastic=st.booleans(),
                least=st.integers(1, 10),
                drop=st.integers(0, 5),
                spare=st.booleans(),
            ),
            min_size=1,
            max_size=6,
        )
    )
    rows = draw(st.lists(st.tuples(*(texts for _ in columns)), max_size=5))
    return columns, [
        Row(key=str(n), cells=tuple(Cell(text) for text in row)) for n, row in enumerate(rows)
    ]


def taken(sizes) -> int:
    shown = [size for size in sizes if size]
    return sum(shown) + cells.GAP * max(0, len(shown) - 1)


@given(tables(), st.integers(0, 150))
def test_a_line_fits_whenever_it_can(table, room) -> None:
    """Where it does not, everything that can go has gone and the rest is as narrow as allowed."""
    columns, rows = table
    sizes = cells.widths(columns, rows, room)

    if taken(sizes) > room:
        for column, size in zip(columns, sizes, strict=True):
            assert not (column.drop and size)
            assert not (column.elastic and size > column.least)


@given(tables())
def test_with_room_enough_nothing_is_cut_off(table) -> None:
    """Each column is as wide as its widest cell."""
    columns, rows = table
    sizes = cells.widths(columns, rows, 1000)

    for position, size in enumerate(sizes):
        assert all(width(row.cells[position].text) <= size for row in rows)
        is_used = not columns[position].spare or any(r.cells[position].text for r in rows)
        assert size >= width(columns[position].head) * is_used


@given(tables(), st.integers(0, 150))
def test_no_column_gives_way_for_one_that_takes_what_is_left(table, room) -> None:
    """The others are as wide as if it were not there."""
    columns, rows = table
    sizes = cells.widths(columns, rows, room)
    kept = [at for at, column in enumerate(columns) if not column.spare]
    fewer = [Row(key=row.key, cells=tuple(row.cells[at] for at in kept)) for row in rows]

    assert cells.widths([columns[at] for at in kept], fewer, room) == tuple(
        sizes[at] for at in kept
    )


@given(texts, st.integers(0, 20), st.booleans())
def test_fitted_text_has_exactly_the_width(text, size, right) -> None:
    """Also where a wide character would have to be halved."""
    assert width(cells.fitted(text, size, right=right)) == size


def test_what_a_terminal_would_obey_is_not_in_a_cell() -> None:
    """Names of containers and errors of engines are other people's text."""
    assert "\x1b" not in cells.said("\x1b[2J gone").text
