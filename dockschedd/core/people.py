"""Who can log in, and what the audit log says of everybody, as immutable values.

Instants are aware UTC datetimes. No behaviour beyond what follows from a value's own fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """Somebody who can log in."""

    id: str
    name: str
    role: str
    disabled: bool
    password_hash: str
    password_changed_at: datetime
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One login, until it expires or is revoked."""

    id: str
    user_id: str
    origin: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRecord:
    """What happened, before it has a place in the chain."""

    at: datetime
    #: A user's name; `dockschedd` for what the daemon does by itself; `-` where none is known.
    actor: str
    #: Where it came from: `uid=1000`, `127.0.0.1`, `-`.
    origin: str
    #: `login`, `schedule.add`, `run.finish`, …
    action: str
    target: str
    #: `ok`, `refused`, `failed`
    outcome: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """A record in its place in the chain."""

    seq: int
    record: AuditRecord
    key_id: str
    previous: str
    digest: str
