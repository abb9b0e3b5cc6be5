"""Who calls, and whether they may: tokens, peers of the Unix socket, and the table of routes.

A token's session, user and role are looked up for every request, so that a logout, a new
role or a disabled user counts from that moment on. A token wins over the peer's credentials.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, assert_never

from dockschedd.access import peers
from dockschedd.api import routes
from dockschedd.core import permissions
from dockschedd.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.api.services import Services
    from dockschedd.core import people

#: What the audit log calls a caller whose name is not known.
NOBODY = "-"
_ADMIN = "admin"


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Where a request comes from, and what it says for itself."""

    #: `uid=1000`, or an address.
    origin: str
    #: Of the peer; None over TCP.
    uid: int | None
    #: Somebody between says so: the peer is not who asks.
    proxied: bool
    #: The Authorization header; None where there is none.
    authorization: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who the caller is, as things are at this moment."""

    name: str
    role: str
    permissions: AbstractSet[permissions.Permission]
    method: Literal["password", "peer", "token"]
    #: None for the built-in administrator.
    user_id: str | None
    #: None for peers.
    session_id: str | None = None
    expires_at: datetime | None = None


async def identify(services: Services, caller: Caller) -> Principal | None:
    """Return who calls; None: nobody that is known, and nothing was claimed.

    Raises Unauthenticated (`token-invalid`, `token-expired`, `session-ended`).
    """
    if caller.authorization is not None:
        scheme, _, token = caller.authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(
                f"`{scheme[:20]}` is not a way to log in here",
                code="token-invalid",
                hint="send `Authorization: Bearer TOKEN`",
            )
        return await _by_token(services, token.strip())
    if caller.uid is None or caller.proxied:
        return None
    return await _by_peer(services, caller.uid)


def scraper(services: Services, route: routes.Route, caller: Caller) -> Principal | None:
    """Return the monitoring system, where it shows its token and asks for measurements.

    Anywhere else the token means nothing.
    """
    needed = permissions.Permission.METRICS_READ
    if route.needs is not needed or not services.metrics_token or not caller.authorization:
        return None
    scheme, _, token = caller.authorization.partition(" ")
    shown = token.strip().encode("utf-8", "surrogateescape")
    if scheme.lower() != "bearer" or not hmac.compare_digest(shown, services.metrics_token):
        return None
    return Principal(
        name="metrics",
        role="",
        permissions=frozenset({needed}),
        method="token",
        user_id=None,
    )


async def is_current(services: Services, principal: Principal) -> bool:
    """Return whether the principal still is what it was, for requests that last."""
    if principal.user_id is None:
        return True
    async with services.store.reading() as unit:
        user = await unit.users.get(principal.user_id)
        session = principal.session_id and await _session(
            unit, principal.session_id, now=services.clock.now()
        )
    if user is None or user.disabled or user.role != principal.role:
        return False
    return principal.session_id is None or bool(session)


def check(route: routes.Route, principal: Principal | None) -> None:
    """Raise Unauthenticated or Forbidden unless the table lets the principal call the route."""
    match route.needs:
        case routes.Public():
            return
        case routes.Authenticated():
            needed = None
        case permissions.Permission():
            needed = route.needs
        case _:
            assert_never(route.needs)
    if principal is None:
        raise Unauthenticated("you are not logged in", hint="run `dockschedctl login`")
    if needed is not None:
        require(principal, needed)


def require(principal: Principal, needed: permissions.Permission) -> None:
    """Raise Forbidden unless the principal has the permission."""
    if needed not in principal.permissions:
        raise Forbidden(
            f"the role `{principal.role}` does not have the permission `{needed}`",
            hint="ask an administrator",
        )


async def _by_token(services: Services, token: str) -> Principal:
    now = services.clock.now()
    user_id, session_id = services.tokens.read(token, now=now)
    async with services.store.reading() as unit:
        session = await _session(unit, session_id, now=now)
        user = await unit.users.get(user_id)
    if session is None or session.user_id != user_id or user is None or user.id != user_id:
        raise session_ended()
    if user.disabled:
        raise session_ended()
    return Principal(
        name=user.name,
        role=user.role,
        permissions=permissions.of_role(user.role),
        method="password",
        user_id=user.id,
        session_id=session.id,
        expires_at=session.expires_at,
    )


async def _by_peer(services: Services, uid: int) -> Principal | None:
    name = peers.resolve(uid, own_uid=services.own_uid, peer_users=services.peer_users)
    if name is None:
        return None
    if name == peers.LOCAL:
        granted = permissions.of_role(_ADMIN)
        return Principal(name=name, role=_ADMIN, permissions=granted, method="peer", user_id=None)
    async with services.store.reading() as unit:
        user = await unit.users.get(name)
    if user is None or user.disabled:
        return None
    granted = permissions.of_role(user.role)
    return Principal(
        name=user.name, role=user.role, permissions=granted, method="peer", user_id=user.id
    )


async def _session(unit: ports.Unit, session_id: str, *, now: datetime) -> people.Session | None:
    """Return the session while it lasts."""
    session = await unit.users.session(session_id)
    if session is None or session.revoked_at is not None or session.expires_at <= now:
        return None
    return session


def session_ended() -> Unauthenticated:
    """Return the error for a session that was ended, expired or never was."""
    return Unauthenticated("the session has ended", code="session-ended", hint="log in again")
