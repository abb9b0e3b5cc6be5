"""Logging in and out, and one's own account.

An answer never tells whether an account exists. A name that nobody has is not recorded: it
may be a password typed into the wrong field.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dockschedd.api import auth
from dockschedd.core import people, validate
from dockschedd.errors import Fault, Invalid, Unauthenticated
from dockschedd.wire import access

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.api.call import Call


async def login(call: Call, body: access.Login) -> access.Tokens:
    """Open a session for whoever knows the password."""
    services = call.services
    services.throttle.take(origin=call.origin, account=body.user, now=call.now)
    async with services.store.reading() as unit:
        user = await _named(unit, body.user)
    right = await services.passwords.verify(body.password, user.password_hash if user else None)
    if user is None or not right or user.disabled:
        await _record_failure(call, "login", user.name if user else auth.NOBODY)
        raise _wrong()
    services.throttle.give_back(origin=call.origin, account=body.user, now=call.now)
    hashed = user.password_hash
    if services.passwords.needs_rehash(hashed):
        hashed = await services.passwords.hash(body.password)
    session = people.Session(
        id=services.ids.new(),
        user_id=user.id,
        origin=call.origin,
        created_at=call.now,
        expires_at=call.now + services.session_lifetime,
    )
    refresh_token, refresh_hash = services.tokens.new_refresh()
    async with services.store.transaction() as unit:
        # While the password was looked at, it may have become another one.
        if await unit.users.get(user.id) != user:
            raise _wrong()
        if hashed != user.password_hash:
            await unit.users.replace(replace(user, password_hash=hashed))
        await unit.users.open_session(session, refresh_hash=refresh_hash)
        await unit.audit.append(replace(call.record("login", user.name), actor=user.name))
    return _tokens(call, user, session, refresh_token)


async def refresh(call: Call, body: access.Refresh) -> access.Tokens:
    """Trade a refresh token for new tokens; a second use of one ends the session."""
    services = call.services
    services.throttle.take(origin=call.origin, account=None, now=call.now)
    refresh_token, refresh_hash = services.tokens.new_refresh()
    old_hash = services.tokens.hash_refresh(body.refresh_token)
    async with services.store.transaction() as unit:
        user, session = None, None
        found = await unit.users.rotate(old_hash=old_hash, new_hash=refresh_hash, at=call.now)
        if found is not None:
            session, fresh = found
            user = await unit.users.get(session.user_id)
            if not fresh and await unit.users.revoke(session.id, at=call.now):
                detail = "a refresh token was used twice: the session has been ended"
                record = call.record("refresh", session.id, outcome="refused", detail=detail)
                await unit.audit.append(replace(record, actor=user.name if user else auth.NOBODY))
            usable = fresh and session.revoked_at is None and session.expires_at > call.now
            user = user if usable else None
    if user is None or session is None or user.disabled:
        raise auth.session_ended()
    services.throttle.give_back(origin=call.origin, account=None, now=call.now)
    return _tokens(call, user, session, refresh_token)


async def logout(call: Call) -> None:
    """End the session; a peer of the Unix socket has none."""
    if call.who.session_id is None:
        return
    async with call.services.store.transaction() as unit:
        if await unit.users.revoke(call.who.session_id, at=call.now):
            await unit.audit.append(call.record("logout", call.who.name))


async def whoami(call: Call) -> access.Me:
    """Return who the caller is."""
    return access.Me(
        user=call.who.name,
        role=call.who.role,
        permissions=tuple(sorted(call.who.permissions)),
        method=call.who.method,
        expires_at=call.who.expires_at,
    )


async def passwd(call: Call, body: access.PasswordChange) -> None:
    """Change one's own password, and end all other sessions."""
    services, me = call.services, call.who
    if me.user_id is None:
        message = f"`{me.name}` has no password: it is whoever is root on this machine"
        raise Invalid(Fault(path="", code="no-password", message=message))
    faults = validate.password(body.new, name=me.name, path="new")
    if faults:
        raise Invalid(*faults)
    services.throttle.take(origin=call.origin, account=me.name, now=call.now)
    async with services.store.reading() as unit:
        user = await unit.users.get(me.user_id)
    if user is None or not await services.passwords.verify(body.current, user.password_hash):
        await _record_failure(call, "user.password", me.name)
        raise Unauthenticated("the current password is wrong", code="login-failed")
    services.throttle.give_back(origin=call.origin, account=me.name, now=call.now)
    changed = replace(
        user,
        password_hash=await services.passwords.hash(body.new),
        password_changed_at=call.now,
    )
    async with services.store.transaction() as unit:
        if await unit.users.get(user.id) != user:
            raise auth.session_ended()
        await unit.users.replace(changed)
        ended = await unit.users.revoke_all(user.id, at=call.now, keep=me.session_id)
        detail = f"other sessions ended: {ended}"
        await unit.audit.append(call.record("user.password", me.name, detail=detail))


async def _named(unit: ports.Unit, name: str) -> people.User | None:
    """Return the user of that name: the store would also find one by its id."""
    user = await unit.users.get(name)
    return user if user is not None and user.name == name else None


async def _record_failure(call: Call, action: str, target: str) -> None:
    async with call.services.store.transaction() as unit:
        await unit.audit.append(call.record(action, target, outcome="failed"))


def _wrong() -> Unauthenticated:
    return Unauthenticated("user name or password is wrong", code="login-failed")


def _tokens(
    call: Call, user: people.User, session: people.Session, refresh_token: str
) -> access.Tokens:
    token, expires_at = call.services.tokens.issue(
        user_id=user.id, session_id=session.id, now=call.now
    )
    return access.Tokens(
        access_token=token,
        access_expires_at=expires_at,
        refresh_token=refresh_token,
        refresh_expires_at=session.expires_at,
        user=user.name,
        role=user.role,
    )
