"""The audit log: reading it, and proving that it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.api import mapping
from dockschedd.api.problems import Refused
from dockschedd.core import audit
from dockschedd.errors import Fault
from dockschedd.wire import access

if TYPE_CHECKING:
    from dockschedd.api.call import Call


async def list_audit(call: Call, query: access.AuditQuery) -> access.AuditPage:
    """Return a page, newest first."""
    before = None if query.cursor is None else _seq(query.cursor)
    async with call.services.store.reading() as unit:
        found = await unit.audit.page(
            before=before, limit=query.limit, actor=query.actor, action=query.action
        )
    return access.AuditPage(
        items=tuple(mapping.audit_entry(each) for each in found),
        next=str(found[-1].seq) if len(found) == query.limit else None,
    )


async def verify_audit(call: Call) -> access.AuditVerdict:
    """Return whether all entries up to now are what was written, and in its order."""
    progress = audit.Progress()
    async with call.services.store.reading() as unit:
        # First where it should end: what is appended meanwhile is not part of the question.
        head = await unit.audit.head()
        async for entry in unit.audit.entries():
            if progress.reason is not None or entry.seq > head[0]:
                break
            progress = audit.check(progress, entry, call.services.audit_keys)
    found = audit.verdict(progress, head)
    async with call.services.store.transaction() as unit:
        outcome = "ok" if found.ok else "failed"
        record = call.record("audit.verify", "audit", outcome=outcome, detail=found.reason or "")
        await unit.audit.append(record)
    return access.AuditVerdict(
        ok=found.ok,
        checked=found.checked,
        head_seq=head[0],
        head_digest=head[1],
        bad_seq=found.first_bad_seq,
        reason=found.reason,
    )


def _seq(cursor: str) -> int:
    if len(cursor) <= len(str(2**63)) and cursor.isascii() and cursor.isdecimal():
        return min(int(cursor), 2**63 - 1)
    message = "the cursor is not one that `next` gave"
    raise Refused("bad-request", Fault(path="cursor", code="bad-cursor", message=message))
