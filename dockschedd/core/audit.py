"""The chain of the audit log: each entry's digest is a keyed hash over it and the digest before.

Whoever has the database but not the key cannot change, swap, insert or take out an entry
unseen. Cutting off the end is seen against the head, as long as the head is the true one: a
copy of it outside the database (a checkpoint) proves that.
Pure: keys are arguments.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dockschedd.core import instants, people

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: First element of everything that is hashed: a later form of the entry gets another one.
FORM = "dockschedd.audit.1"

#: The head of an empty log.
EMPTY = (0, "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the check of a log found."""

    ok: bool
    #: How many entries were found sound before the first one that is not.
    checked: int
    #: Where the chain breaks; None where it is sound.
    first_bad_seq: int | None = None
    #: What is wrong there, as a sentence.
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far the check of a log has come; the value to start from has no arguments."""

    seq: int = 0
    digest: str = ""
    first_bad_seq: int | None = None
    reason: str | None = None


def digest(key: bytes, previous: str, seq: int, record: people.AuditRecord) -> str:
    """Return the HMAC-SHA256, in hexadecimal, of the record in its place in the chain."""
    # A JSON array keeps the fields apart: no two different records encode to the same bytes.
    content = [
        FORM,
        seq,
        previous,
        instants.to_text(record.at),
        record.actor,
        record.origin,
        record.action,
        record.target,
        record.outcome,
        record.detail,
    ]
    encoded = json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return hmac.new(key, encoded, "sha256").hexdigest()


def append(
    record: people.AuditRecord, *, head: tuple[int, str], key_id: str, key: bytes
) -> people.AuditEntry:
    """Return the record as the entry that follows `head` (seq and digest of the last one)."""
    seq, previous = head[0] + 1, head[1]
    return people.AuditEntry(
        seq=seq,
        record=record,
        key_id=key_id,
        previous=previous,
        digest=digest(key, previous, seq, record),
    )


def check(progress: Progress, entry: people.AuditEntry, keys: Mapping[str, bytes]) -> Progress:
    """Return the progress after one more entry, in order of seq; once broken, it stays so."""
    if progress.reason is not None:
        return progress
    expected = progress.seq + 1
    key = keys.get(entry.key_id)
    if entry.seq != expected:
        reason = f"entry {expected} is missing; entry {entry.seq} comes next"
    elif entry.previous != progress.digest:
        reason = f"entry {expected} does not follow the entry before it"
    elif key is None:
        reason = f"entry {expected} is signed with the key `{entry.key_id}`, which is not known"
    elif not hmac.compare_digest(
        digest(key, entry.previous, entry.seq, entry.record).encode(),
        entry.digest.encode("utf-8", "replace"),
    ):
        reason = f"entry {expected} is not what was signed"
    else:
        return replace(progress, seq=entry.seq, digest=entry.digest)
    return replace(progress, first_bad_seq=expected, reason=reason)


def verdict(progress: Progress, head: tuple[int, str]) -> Verdict:
    """Return what was found, given that `head` is where the log should end."""
    if progress.reason is not None:
        return Verdict(
            ok=False,
            checked=progress.seq,
            first_bad_seq=progress.first_bad_seq,
            reason=progress.reason,
        )
    seq, expected = head
    if seq > progress.seq:
        reason = f"the log ends with entry {progress.seq}, but should end with entry {seq}"
        bad = progress.seq + 1
    elif seq < progress.seq:
        reason = f"the log should end with entry {seq}, but entry {seq + 1} follows"
        bad = seq + 1
    elif expected != progress.digest:
        reason = f"entry {seq} is not the one that the log should end with"
        bad = seq
    else:
        return Verdict(ok=True, checked=progress.seq)
    return Verdict(ok=False, checked=progress.seq, first_bad_seq=bad, reason=reason)


def verify(
    entries: Iterable[people.AuditEntry], keys: Mapping[str, bytes], head: tuple[int, str]
) -> Verdict:
    """Return whether these are all the entries that were appended, unchanged and in order."""
    progress = Progress()
    for entry in entries:
        progress = check(progress, entry, keys)
        if progress.reason is not None:
            break
    return verdict(progress, head)
