"""Holds and the freeze of all schedules on the wire."""

from __future__ import annotations

import msgspec

from dockschedd.wire.instants import Instant
from dockschedd.wire.runs import Run


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A person keeps schedules from a stack."""

    #: `HOST/STACK`
    stack: str
    #: up or down
    wants: str
    owner: str
    #: "" where none was given.
    reason: str
    since_at: Instant
    #: null: until it is released.
    until_at: Instant | None
    #: As a sentence: `held up by alice until …`.
    reads: str


class HoldNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hold to place. Exactly one of `duration`, `until` and `forever`."""

    #: up or down
    wants: str
    #: For example `2h`.
    duration: str | None = None
    #: `mon 08:00`, `18:30`, a wall time in `zone`, or an instant with an offset.
    until: str | None = None
    #: Until it is released.
    forever: bool = False
    #: IANA name; without it the daemon's own.
    zone: str | None = None
    reason: str = ""
    #: Bring the stack into that state now, where it is not.
    act: bool = True


class HoldEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hold, as a document says it: it keeps schedules away, and does nothing to the stack."""

    #: `HOST/STACK`, or `STACK` where one host has it
    stack: str
    #: up or down
    wants: str
    #: RFC 3339, with an offset; null: until it is released.
    until: str | None = None
    reason: str = ""


class HoldPlaced(msgspec.Struct, frozen=True, kw_only=True):
    """A hold, and the run that brings the stack into its state."""

    hold: Hold
    #: null where nothing has to be done, or nothing was to be done.
    run: Run | None


class Holds(msgspec.Struct, frozen=True, kw_only=True):
    """All holds, by stack."""

    items: tuple[Hold, ...]


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    """All schedules are left out."""

    owner: str
    #: "" where none was given.
    reason: str
    since_at: Instant
    #: null: until they are thawed.
    until_at: Instant | None
    #: As a sentence: `all schedules are frozen by alice since …`.
    reads: str


class FreezeNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A freeze of all schedules; at most one of `duration` and `until`."""

    reason: str = ""
    #: For example `2h`.
    duration: str | None = None
    #: `mon 08:00`, `18:30`, a wall time in `zone`, or an instant with an offset.
    until: str | None = None
    #: IANA name; without it the daemon's own.
    zone: str | None = None
