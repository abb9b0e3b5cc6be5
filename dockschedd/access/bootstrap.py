"""The first administrator of an unattended install, from a file.

The file is one line, `NAME:PASSWORD`; the password goes on to the end of the line and may hold
colons. It is read only while there is no user, so that it cannot bring a removed one back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedd.access import keys
from dockschedd.core import people, validate
from dockschedd.errors import Startup

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from dockschedd import ports

#: Group may read: that is how systemd shows credentials to a user of their own.
_ALLOWED: Final = 0o740


async def first_admin(
    path: Path,
    *,
    store: ports.Store,
    passwords: ports.Passwords,
    ids: ports.Ids,
    now: datetime,
) -> str | None:
    """Return the name of the administrator that was made; None: there are users already.

    Raises Startup (`bootstrap-file`, `keys-open`).
    """
    async with store.reading() as unit:
        if await unit.users.count():
            return None
    name, password = _read(path)
    user = people.User(
        id=ids.new(),
        name=name,
        role="admin",
        disabled=False,
        password_hash=await passwords.hash(password),
        password_changed_at=now,
        created_at=now,
    )
    record = people.AuditRecord(
        at=now,
        actor="dockschedd",
        origin="-",
        action="user.add",
        target=name,
        outcome="ok",
        detail=f"role admin, the first user, from {path}",
    )
    async with store.transaction() as unit:
        if await unit.users.count():
            return None
        await unit.users.add(user)
        await unit.audit.append(record)
    return name


def _read(path: Path) -> tuple[str, str]:
    try:
        text = keys.read_private(path, allowed=_ALLOWED).decode("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        raise Startup(
            f"`bootstrap_admin_file` `{path}` cannot be read: {why}",
            code="bootstrap-file",
            hint="it is needed only while there is no user; leave it out afterwards",
        ) from exc
    name, colon, password = text.rstrip("\r\n").partition(":")
    if not colon or "\n" in password:
        raise Startup(
            f"`bootstrap_admin_file` `{path}` is not one line `NAME:PASSWORD`",
            code="bootstrap-file",
        )
    faults = [*validate.name(name), *validate.password(password, name=name)]
    if faults:
        raise Startup(
            f"`bootstrap_admin_file` `{path}`: {'; '.join(f.message for f in faults)}",
            code="bootstrap-file",
            hint=faults[0].hint,
        )
    return name, password
