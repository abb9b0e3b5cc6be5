"""Requirements between stacks as people read them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.output.tables import Column, Table

if TYPE_CHECKING:
    from dockschedd.wire import requirements


def _by(item: requirements.Requirement) -> str:
    return "a label" if item.owner is None else item.owner


REQUIREMENTS: Table[requirements.Requirement] = Table(
    columns=(
        Column(head="STACK", cell=lambda r, _: r.stack, elastic=True, named=True),
        Column(head="NEEDS", cell=lambda r, _: r.needs, elastic=True, named=True),
        Column(head="BY", cell=lambda r, _: _by(r), elastic=True),
        Column(head="SINCE", cell=lambda r, view: view.time(r.created_at), wide=True),
        Column(head="NOTE", cell=lambda r, _: r.ignored, elastic=True),
    ),
    name=lambda r: r.needs,
    empty="no stack needs another one",
    blank="",
)
