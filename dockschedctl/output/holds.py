"""Holds and the freeze as people read them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import holds


def _until(hold: holds.Hold, view: View) -> str:
    return "released" if hold.until_at is None else view.time(hold.until_at)


HOLDS: Table[holds.Hold] = Table(
    columns=(
        Column(head="STACK", cell=lambda h, _: h.stack, elastic=True, named=True),
        Column(head="HELD", cell=lambda h, _: h.wants),
        Column(head="BY", cell=lambda h, _: h.owner, elastic=True),
        Column(head="UNTIL", cell=_until, elastic=True),
        Column(head="SINCE", cell=lambda h, view: view.time(h.since_at), wide=True),
        Column(head="REASON", cell=lambda h, _: h.reason, elastic=True),
    ),
    name=lambda h: h.stack,
    empty="nothing is held",
)

FREEZES: Table[holds.Freeze] = Table(
    columns=(
        Column(head="BY", cell=lambda f, _: f.owner, elastic=True),
        Column(head="SINCE", cell=lambda f, view: view.time(f.since_at), elastic=True),
        Column(
            head="UNTIL",
            cell=lambda f, view: "thawed" if f.until_at is None else view.time(f.until_at),
            elastic=True,
        ),
        Column(head="REASON", cell=lambda f, _: f.reason, elastic=True),
    ),
    name=lambda f: f.owner,
    empty="",
)


def mark(hold: holds.Hold) -> str:
    """Return how a stack is held, for a cell: `held up by alice`."""
    return f"held {hold.wants} by {hold.owner}"


def placed_text(placed: holds.HoldPlaced, view: View) -> Iterator[str]:
    """Yield what has become of a stack that is held."""
    _ = view
    yield f"{placed.hold.stack} is {printable(placed.hold.reads)}"
