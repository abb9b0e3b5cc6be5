"""Logins, users and the audit log on the wire."""

from __future__ import annotations

import msgspec

from dockschedd.wire.instants import Instant
from dockschedd.wire.paging import Limit


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A login by password."""

    user: str
    password: str


class Refresh(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A refresh token, used up by this."""

    refresh_token: str


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a login gives."""

    access_token: str
    access_expires_at: Instant
    refresh_token: str
    refresh_expires_at: Instant
    user: str
    role: str


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who the caller is."""

    user: str
    role: str
    permissions: tuple[str, ...]
    #: password (a login) or peer (known by the Unix socket)
    method: str
    #: Of the session; null for a peer.
    expires_at: Instant | None


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One's own password: ends all other sessions."""

    current: str
    new: str


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can log in."""

    name: str
    role: str
    disabled: bool
    created_at: Instant
    password_changed_at: Instant


class UserNew(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user to add."""

    name: str
    #: viewer, operator, admin
    role: str
    password: str


class UserEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a user; each of them ends the user's sessions."""

    role: str | msgspec.UnsetType = msgspec.UNSET
    disabled: bool | msgspec.UnsetType = msgspec.UNSET
    password: str | msgspec.UnsetType = msgspec.UNSET


class UserPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of users, by name."""

    items: tuple[User, ...]
    next: str | None = None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit log."""

    seq: int
    at: Instant
    actor: str
    origin: str
    action: str
    target: str
    #: ok, refused, failed
    outcome: str
    detail: str
    key_id: str
    previous: str
    digest: str


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the audit log, newest first."""

    items: tuple[AuditEntry, ...]
    next: str | None = None


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries."""

    actor: str | None = None
    action: str | None = None
    limit: Limit = 100
    cursor: str | None = None


class AuditVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the chain is whole."""

    ok: bool
    checked: int
    head_seq: int
    head_digest: str
    #: The first entry that is wrong, and why.
    bad_seq: int | None
    reason: str | None
