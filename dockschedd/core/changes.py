"""What changed of that which people set up, for whoever shows it and has to read it again.

Pure. It is made of what the audit log says, so that no change that is recorded goes untold, and
it says no more than that: what the thing is now is asked for by those who may.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dockschedd.core.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from dockschedd.core import people

#: Who does what the daemon does by itself.
DAEMON: Final = "dockschedd"


class Noun(StrEnum):
    """What there is to be read again."""

    SCHEDULE = "schedule"
    CALENDAR = "calendar"
    GROUP = "group"
    HOST = "host"
    HOLD = "hold"
    FREEZE = "freeze"
    REQUIREMENT = "requirement"
    USER = "user"
    AUDIT = "audit"


#: Without it nobody is told: the same as for reading it.
NEEDS: Final[Mapping[Noun, Permission]] = MappingProxyType(
    {
        Noun.SCHEDULE: Permission.SCHEDULE_READ,
        Noun.CALENDAR: Permission.SCHEDULE_READ,
        Noun.GROUP: Permission.HOST_READ,
        Noun.HOST: Permission.HOST_READ,
        Noun.HOLD: Permission.STACK_READ,
        Noun.FREEZE: Permission.STACK_READ,
        Noun.REQUIREMENT: Permission.STACK_READ,
        Noun.USER: Permission.USER_READ,
        Noun.AUDIT: Permission.AUDIT_READ,
    }
)
#: Actions of the audit log that do not begin with a noun.
_FREEZE: Final = frozenset({"freeze", "thaw"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing changed, came or went."""

    noun: Noun
    #: `nightly`, `local/web`; "" where there is only one, or where all are meant.
    name: str
    #: add, edit, remove, …: the second half of what the audit log calls it.
    action: str
    by: str
    at: datetime


def of_records(records: Iterable[people.AuditRecord]) -> Iterator[Change]:
    """Yield what the records of one transaction tell, in their order; last, that there are some.

    What was refused, or is no change of something that is kept, is in the audit log alone.
    """
    last: people.AuditRecord | None = None
    for last in records:
        change = _of_record(last) if last.outcome == "ok" else None
        if change is not None:
            yield change
    if last is not None:
        yield Change(noun=Noun.AUDIT, name="", action="add", by=last.actor, at=last.at)


def _of_record(record: people.AuditRecord) -> Change | None:
    word, _, action = record.action.partition(".")
    if word in _FREEZE:
        return Change(
            noun=Noun.FREEZE, name="", action=action or word, by=record.actor, at=record.at
        )
    if not action or word not in _TOLD:
        return None
    return Change(
        noun=Noun(word), name=record.target, action=action, by=record.actor, at=record.at
    )


_TOLD: Final = frozenset(NEEDS) - {Noun.AUDIT, Noun.FREEZE}
