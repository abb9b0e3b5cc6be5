"""What windows want, from core values to wire structs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import enforcing, triggers
from dockschedd.wire import stacks as wire

if TYPE_CHECKING:
    from dockschedd.core import wants


def wanted(value: wants.Desired) -> wire.Wanted:
    """Return what is wanted of a stack, and by which schedule."""
    enforce = triggers.Enforce.ALWAYS if value.always else triggers.Enforce.BOUNDARY
    return wire.Wanted(
        state=value.wish,
        schedule=value.schedule.name,
        until_at=value.until,
        enforce=enforce,
        reads=enforcing.wanted(value),
    )
