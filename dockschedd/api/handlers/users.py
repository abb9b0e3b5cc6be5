"""Users: the last administrator who can log in is never lost, and every change is felt at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from dockschedd.api import mapping
from dockschedd.core import people, permissions, suggest, validate
from dockschedd.errors import Conflict, Fault, Invalid, NotFound
from dockschedd.wire import access

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.api.call import Call
    from dockschedd.wire import schedules

_ADMIN = "admin"
#: Actors of the audit log that are no users.
_RESERVED = frozenset({"local", "dockschedd"})


async def list_users(call: Call, query: schedules.PageQuery) -> access.UserPage:
    """Return a page of users, by name."""
    async with call.services.store.reading() as unit:
        found = await unit.users.page(after=query.cursor, limit=query.limit)
    return access.UserPage(
        items=tuple(mapping.user(each) for each in found),
        next=found[-1].name if len(found) == query.limit else None,
    )


async def show_user(call: Call) -> access.User:
    """Return one user."""
    async with call.services.store.reading() as unit:
        return mapping.user(await _named(unit, call.path["user"]))


async def add_user(call: Call, body: access.UserNew) -> access.User:
    """Add a user who can log in from now on."""
    faults = [*validate.name(body.name), *_reserved(body.name), *_role(body.role)]
    faults += validate.password(body.password, name=body.name)
    if faults:
        raise Invalid(*faults)
    user = people.User(
        id=call.services.ids.new(),
        name=body.name,
        role=body.role,
        disabled=False,
        password_hash=await call.services.passwords.hash(body.password),
        password_changed_at=call.now,
        created_at=call.now,
    )
    async with call.services.store.transaction() as unit:
        await unit.users.add(user)
        await unit.audit.append(call.record("user.add", user.name, detail=f"role {user.role}"))
    return mapping.user(user)


async def edit_user(call: Call, body: access.UserEdit) -> access.User:
    """Change a user; whatever is changed ends all of the user's sessions."""
    async with call.services.store.reading() as unit:
        name = (await _named(unit, call.path["user"])).name
    faults = [] if isinstance(body.role, msgspec.UnsetType) else [*_role(body.role)]
    hashed = None
    if not isinstance(body.password, msgspec.UnsetType):
        faults += validate.password(body.password, name=name)
        hashed = None if faults else await call.services.passwords.hash(body.password)
    if faults:
        raise Invalid(*faults)
    async with call.services.store.transaction() as unit:
        old = await _named(unit, name)
        new = replace(
            old,
            role=old.role if isinstance(body.role, msgspec.UnsetType) else body.role,
            disabled=(
                old.disabled if isinstance(body.disabled, msgspec.UnsetType) else body.disabled
            ),
        )
        if hashed is not None:
            new = replace(new, password_hash=hashed, password_changed_at=call.now)
        if new == old:
            return mapping.user(old)
        if new.disabled or new.role != _ADMIN:
            await _refuse_last(unit, old)
        await unit.users.replace(new)
        ended = await unit.users.revoke_all(old.id, at=call.now)
        detail = f"{_changes(old, new)}; sessions ended: {ended}"
        await unit.audit.append(call.record("user.edit", old.name, detail=detail))
    return mapping.user(new)


async def remove_user(call: Call) -> None:
    """Remove a user with all sessions; their schedules stay and are skipped from then on."""
    async with call.services.store.transaction() as unit:
        user = await _named(unit, call.path["user"])
        await _refuse_last(unit, user)
        await unit.users.remove(user.id)
        await unit.audit.append(call.record("user.remove", user.name))


async def _named(unit: ports.Unit, name: str) -> people.User:
    user = await unit.users.get(name)
    if user is None:
        raise NotFound(f"there is no user `{name}`", code="user-not-found")
    return user


async def _refuse_last(unit: ports.Unit, user: people.User) -> None:
    """Raise Conflict when nobody else could administer with a password."""
    if user.role != _ADMIN or user.disabled:
        return
    if await unit.users.count(role=_ADMIN, enabled_only=True) <= 1:
        raise Conflict(
            f"`{user.name}` is the last administrator who can log in",
            code="last-admin",
            hint="make another one first: dockschedctl user add NAME --role admin",
        )


def _reserved(name: str) -> tuple[Fault, ...]:
    if name not in _RESERVED:
        return ()
    message = f"`{name}` is a name that dockschedd uses itself"
    return (Fault(path="name", code="name-reserved", message=message),)


def _role(role: str) -> tuple[Fault, ...]:
    if role in permissions.ROLES:
        return ()
    near = suggest.closest(role, permissions.ROLES)
    known = ", ".join(permissions.ROLES)
    return (
        Fault(
            path="role",
            code="unknown-value",
            message=f"`{role[:64]}` is not one of {known}",
            hint=f"did you mean `{near}`?" if near else None,
        ),
    )


def _changes(old: people.User, new: people.User) -> str:
    said = []
    if new.role != old.role:
        said.append(f"role {old.role} → {new.role}")
    if new.disabled != old.disabled:
        said.append("disabled" if new.disabled else "enabled")
    if new.password_hash != old.password_hash:
        said.append("new password")
    return ", ".join(said)
