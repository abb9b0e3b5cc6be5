"""Schedules that are being written, on the wire."""

from __future__ import annotations

import msgspec

from dockschedd.wire.foresight import Conflict
from dockschedd.wire.problems import FieldFault
from dockschedd.wire.schedules import FieldChange, Preview, Schedule


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a schedule would be if it was saved as it is written now. Nothing has changed."""

    #: All that is wrong, each with its path; empty: it could be saved.
    faults: tuple[FieldFault, ...] = ()
    #: As it would be, with its warnings but for conflicts; null while something is wrong.
    schedule: Schedule | None = None
    #: Its sentence and its next instants; null while its trigger cannot be read.
    preview: Preview | None = None
    #: What would contradict it: a warning, and where it is to be strict a refusal.
    conflicts: tuple[Conflict, ...] = ()
    #: What is worth knowing about it and the others.
    notices: tuple[Conflict, ...] = ()
    #: Of one that is there already: what would be another.
    changes: tuple[FieldChange, ...] = ()
