"""Requirements between stacks, as the wire tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.wire import requirements as wire

if TYPE_CHECKING:
    from dockschedd.core import model, requirements


def entry(value: requirements.Entry) -> wire.Requirement:
    """Return one requirement."""
    return wire.Requirement(
        stack=str(value.stack),
        needs=str(value.needs),
        origin=value.origin,
        owner=value.owner,
        created_at=value.created_at,
        ignored=value.ignored,
    )


def listed(
    graph: requirements.Graph, *, ref: model.StackRef | None = None, needs_only: bool = False
) -> wire.Requirements:
    """Return all of them, or those that one stack is part of."""
    return wire.Requirements(
        items=tuple(
            entry(each)
            for each in graph.entries
            if ref in {None, each.stack} or (ref == each.needs and not needs_only)
        )
    )
