"""Rows of holds and of the freeze ↔ values of core.holds, both ways, each pair exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import holds, instants, model
from dockschedd.store.rows import instant, stamp

if TYPE_CHECKING:
    from dockschedd.store.connection import Row, Value


def hold_values(hold: holds.Hold) -> dict[str, Value]:
    """Return all columns of a hold."""
    return {
        "host": hold.stack.host,
        "stack": hold.stack.name,
        "wants": hold.wants.value,
        "owner": hold.owner,
        "reason": hold.reason,
        "zone": hold.zone,
        "since": stamp(hold.since),
        "until": stamp(hold.until),
        "released_by": hold.released_by,
    }


def hold(row: Row) -> holds.Hold:
    """Return the hold of a row."""
    return holds.Hold(
        stack=model.StackRef(row["host"], row["stack"]),
        wants=holds.Wanted(row["wants"]),
        owner=row["owner"],
        reason=row["reason"],
        zone=row["zone"],
        since=instants.from_text(row["since"]),
        until=instant(row["until"]),
        released_by=row["released_by"],
    )


def freeze_values(freeze: holds.Freeze) -> dict[str, Value]:
    """Return all columns of the freeze."""
    return {
        "owner": freeze.owner,
        "reason": freeze.reason,
        "zone": freeze.zone,
        "since": stamp(freeze.since),
        "until": stamp(freeze.until),
        "thawed_by": freeze.thawed_by,
    }


def freeze(row: Row) -> holds.Freeze:
    """Return the freeze of its row."""
    return holds.Freeze(
        owner=row["owner"],
        reason=row["reason"],
        zone=row["zone"],
        since=instants.from_text(row["since"]),
        until=instant(row["until"]),
        thawed_by=row["thawed_by"],
    )
