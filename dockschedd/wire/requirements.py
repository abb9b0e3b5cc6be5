"""Requirements between stacks on the wire."""

from __future__ import annotations

from typing import Annotated

import msgspec

from dockschedd.wire.instants import Instant


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One stack needs another one: that one starts before it and stops after it."""

    #: `HOST/STACK`
    stack: str
    #: `HOST/STACK`
    needs: str
    #: command, label
    origin: str
    #: Who said it; null for a label.
    owner: str | None
    created_at: Instant | None
    #: Why it counts for nothing, as a sentence; "" where it counts.
    ignored: str = ""


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    """Requirements, by stack and by what it needs."""

    items: tuple[Requirement, ...]


class RequirementsNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a stack needs besides what it needs already."""

    #: `HOST/STACK`, or `STACK` where one host has it
    on: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=100)]


class RequirementEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a stack needs, as a document says it."""

    #: `HOST/STACK`, or `STACK` where one host has it
    stack: str
    #: `HOST/STACK`, or `STACK` where one host has it
    needs: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)]


class RequirementQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which requirements."""

    #: Those of this stack, and of those that need it: `HOST/STACK`, or `STACK`.
    stack: str | None = None
