"""The audit log; the contract is ports.Audit.

Entries are only ever appended, each signed over the one before (core.audit). Transactions run
one after the other, so that the chain never forks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dockschedd.core import audit as chain
from dockschedd.store import rows
from dockschedd.store.connection import storable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from datetime import datetime

    from dockschedd.core import people
    from dockschedd.store.connection import Connection

#: So many entries are read within 50 ms.
FURTHEST_BACK = 200_000
_AFTER_ALL = 2**63 - 1
#: Few enough that signing them does not hold the event loop up for long (about 5 ms).
_BATCH = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """The keys of the chain: all that ever signed an entry, and the one that signs now."""

    known: Mapping[str, bytes] = field(repr=False)
    signing: str


class Audit:
    """ports.Audit over one connection."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._appended: list[people.AuditRecord] = []

    async def append(self, record: people.AuditRecord) -> people.AuditEntry:
        """Append in the same transaction as the change it speaks of."""
        return (await self.append_all((record,)))[0]

    async def append_all(
        self, records: Iterable[people.AuditRecord]
    ) -> tuple[people.AuditEntry, ...]:
        """Append each, in that order, in three round trips together."""
        head = await self.head()
        key_id = self._keys.signing
        key = self._keys.known[key_id]
        entries = []
        for record in records:
            entry = chain.append(_storable(record), head=head, key_id=key_id, key=key)
            head = entry.seq, entry.digest
            entries.append(entry)
        await self._connection.change_each("insert_audit_entry", map(rows.audit_values, entries))
        await self._connection.change("move_audit_head", seq=head[0], digest=head[1])
        self._appended += (entry.record for entry in entries)
        return tuple(entries)

    def appended(self) -> Sequence[people.AuditRecord]:
        """Return what was appended in this transaction, in that order."""
        return tuple(self._appended)

    async def page(
        self,
        *,
        before: int | None,
        limit: int,
        actor: str | None = None,
        action: str | None = None,
    ) -> tuple[people.AuditEntry, ...]:
        """Return up to `limit`, newest first, those with seq before `before`."""
        found = await self._connection.fetch(
            "page_audit",
            before=_AFTER_ALL if before is None else before,
            limit=limit,
            actor=actor,
            action=action,
        )
        return tuple(map(rows.audit_entry, found))

    async def of_schedules(
        self, *, since: datetime, until: datetime, limit: int
    ) -> tuple[people.AuditEntry, ...]:
        """Return up to `limit` changes of schedules in [since, until], newest first.

        Those that are further back than the newest `FURTHEST_BACK` entries are not looked for.
        """
        seq, _ = await self.head()
        found = await self._connection.fetch(
            "audit_of_schedules",
            after=seq - FURTHEST_BACK,
            since=rows.stamp(since),
            until=rows.stamp(until),
            limit=limit,
        )
        return tuple(map(rows.audit_entry, found))

    async def after(self, seq: int, *, limit: int) -> tuple[people.AuditEntry, ...]:
        """Return up to `limit`, oldest first, those with seq after `seq`."""
        found = await self._connection.fetch("audit_after", after=seq, limit=limit)
        return tuple(map(rows.audit_entry, found))

    async def entries(self) -> AsyncIterator[people.AuditEntry]:
        """Yield all of them in order of seq."""
        seq = 0
        while batch := await self.after(seq, limit=_BATCH):
            for entry in batch:
                yield entry
            seq = batch[-1].seq

    async def head(self) -> tuple[int, str]:
        """Return seq and digest of the end of the chain; (0, "") when it is empty."""
        row = (await self._connection.fetch("audit_head"))[0]
        return row["seq"], row["digest"]

    async def verify(self) -> chain.Verdict:
        """Return whether all entries are as they were appended, up to the head."""
        head = await self.head()
        progress = chain.Progress()
        async for entry in self.entries():
            progress = chain.check(progress, entry, self._keys.known)
            if progress.reason is not None:
                break
        return chain.verdict(progress, head)


def _storable(record: people.AuditRecord) -> people.AuditRecord:
    """Return the record as it can be read again: what is signed is what is stored."""
    return replace(
        record,
        actor=storable(record.actor),
        origin=storable(record.origin),
        action=storable(record.action),
        target=storable(record.target),
        outcome=storable(record.outcome),
        detail=storable(record.detail),
    )
