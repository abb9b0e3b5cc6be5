"""Entries of the audit log, newest first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl.output import times
from dockschedctl.ui import symbols
from dockschedctl.ui.cells import Cell, Column, Row, said
from dockschedctl.wording import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dockschedctl.output.tables import View
    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import access

COLUMNS: Final = (
    Column(head="WHEN"),
    Column(head="ACTOR", elastic=True, least=10),
    Column(head="ACTION", elastic=True, least=14),
    Column(head="OUTCOME"),
    Column(head="TARGET", elastic=True, least=12),
    Column(head="DETAIL", elastic=True, least=12, drop=1),
    Column(head="ORIGIN", elastic=True, least=8, drop=2),
    Column(head="SEQ", right=True, drop=3),
)


def rows(items: Sequence[access.AuditEntry], moment: Moment) -> tuple[Row, ...]:
    """Return a row for each."""
    return tuple(
        Row(
            key=str(entry.seq),
            cells=(
                Cell(moment.short(entry.at)),
                said(entry.actor),
                said(entry.action),
                symbols.word(entry.outcome),
                said(entry.target),
                said(entry.detail or "-", "" if entry.outcome == "failed" else "dim"),
                said(entry.origin, "dim"),
                Cell(str(entry.seq), "dim"),
            ),
        )
        for entry in items
    )


def entry_text(entry: access.AuditEntry, view: View) -> Iterator[str]:
    """Yield everything that is known of an entry."""
    yield f"when:     {view.time(entry.at)}, {times.rfc3339(entry.at)}"
    yield f"who:      {printable(entry.actor)}, from {printable(entry.origin)}"
    yield f"did:      {printable(entry.action)}"
    yield f"to:       {printable(entry.target)}"
    yield f"outcome:  {symbols.word(entry.outcome).text}"
    if entry.detail:
        yield f"detail:   {printable(entry.detail)}"
    yield ""
    yield f"digest, by key {printable(entry.key_id)}:"
    yield f"  {entry.digest}"
    yield "of the one before:"
    yield f"  {entry.previous}"


def verdict_text(verdict: access.AuditVerdict, view: View) -> Iterator[str]:
    """Yield whether the log is whole, and what that was found from."""
    _ = view
    entries = count(verdict.checked, "entry", "entries")
    if verdict.ok:
        yield f"✓ the audit log is whole: {entries}"
        yield f"  newest: {verdict.head_seq}"
        yield "  its digest:"
        yield f"  {verdict.head_digest}"
        return
    yield f"✗ the audit log is not whole: entry {verdict.bad_seq} is wrong"
    if verdict.reason:
        yield f"  {printable(verdict.reason)}"
    yield f"  looked at: {entries}"
    yield "  compare with a copy that you trust"
