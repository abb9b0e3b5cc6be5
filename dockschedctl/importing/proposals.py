"""What an import found: schedules that could be, and lines that could not, each with why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dockschedctl.documents import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST: Final = 60
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._-]+")


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule that could be, without its name."""

    #: Where it comes from: `crontab line 3`, `web-stop.timer`.
    source: str
    #: What stands there.
    text: str
    #: cron, at, zone and policies, as an entry of a document has them.
    when: Mapping[str, Any]
    action: str
    selector: str
    options: Mapping[str, Any]
    notes: tuple[str, ...] = ()


class Leftover(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is not proposed, and why."""

    source: str
    text: str
    reason: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """All that an import found, in the order of the source."""

    proposals: tuple[Proposal, ...] = ()
    leftovers: tuple[Leftover, ...] = ()


def entries(found: Iterable[Proposal]) -> tuple[Entry, ...]:
    """Return the proposals as entries of a document, each with a name of its own."""
    taken: set[str] = set()
    out = []
    for each in found:
        name = _name(each, taken)
        taken.add(name)
        fields: dict[str, Any] = {
            "name": name,
            "action": each.action,
            "selector": each.selector,
            **each.when,
        }
        if each.options:
            fields["options"] = dict(each.options)
        comments = (*each.notes, f"{each.source}: {each.text}")
        out.append(Entry(fields=fields, comments=comments))
    return tuple(out)


def _name(proposal: Proposal, taken: set[str]) -> str:
    plain = _NOT_IN_NAMES.sub("-", f"{proposal.selector}-{proposal.action}").strip("-._")
    base = plain[:_LONGEST] or proposal.action
    count = 1
    name = base
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    return name
