"""Users, sessions and refresh tokens; the contract is ports.Users.

Only hashes are kept: no password and no token can be read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.store import rows

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd.core import people
    from dockschedd.store.connection import Connection


class Users:
    """ports.Users over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, user: people.User) -> None:
        """Insert. Raises Conflict (`user-exists`)."""
        if not await self._connection.change("insert_user", **rows.user_values(user)):
            raise _name_taken(user)

    async def replace(self, user: people.User) -> None:
        """Overwrite the one with the same id. Raises Conflict (`user-exists`), NotFound."""
        if await self._connection.change("replace_user", **rows.user_values(user)):
            return
        found = await self.get(user.id)
        if found is None or found.id != user.id:
            raise _unknown(user.id)
        raise _name_taken(user)

    async def remove(self, user_id: str) -> None:
        """Delete the user with all sessions. Raises NotFound."""
        if not await self._connection.change("delete_user", id=user_id):
            raise _unknown(user_id)

    async def get(self, name: str) -> people.User | None:
        """Return the one of that id or name; an id is found before a name that looks like it."""
        found = await self._connection.fetch("user_by_name", name=name)
        return rows.user(found[0]) if found else None

    async def page(self, *, after: str | None, limit: int) -> tuple[people.User, ...]:
        """Return up to `limit`, by name, those after the name `after`."""
        found = await self._connection.fetch("page_users", after=after or "", limit=limit)
        return tuple(map(rows.user, found))

    async def count(self, *, role: str | None = None, enabled_only: bool = False) -> int:
        """Return how many there are."""
        found = await self._connection.fetch(
            "count_users", role=role, enabled_only=int(enabled_only)
        )
        number: int = found[0]["number"]
        return number

    async def open_session(self, session: people.Session, *, refresh_hash: str) -> None:
        """Insert the session with its first refresh token. Raises NotFound: the user is gone."""
        if not await self._connection.change("insert_session", **rows.session_values(session)):
            raise _unknown(session.user_id)
        await self._connection.change(
            "insert_refresh_token",
            hash=refresh_hash,
            session_id=session.id,
            created_at=rows.stamp(session.created_at),
        )

    async def session(self, session_id: str) -> people.Session | None:
        """Return it, also when it is revoked or expired."""
        found = await self._connection.fetch("session_by_id", id=session_id)
        return rows.session(found[0]) if found else None

    async def revoke(self, session_id: str, *, at: datetime) -> bool:
        """End the session. Returns False when it was over or unknown."""
        changed = await self._connection.change("revoke_session", id=session_id, at=rows.stamp(at))
        return changed == 1

    async def revoke_all(self, user_id: str, *, at: datetime, keep: str | None = None) -> int:
        """End all sessions of the user but `keep`. Returns how many."""
        return await self._connection.change(
            "revoke_sessions", user_id=user_id, at=rows.stamp(at), keep=keep
        )

    async def rotate(
        self, *, old_hash: str, new_hash: str, at: datetime
    ) -> tuple[people.Session, bool] | None:
        """Mark the old refresh token used and insert the new one.

        - None: the old one is unknown.
        - (session, True): done. (session, False): it had been used before, nothing inserted.
        """
        found = await self._connection.fetch("session_by_refresh_token", hash=old_hash)
        if not found:
            return None
        session = rows.session(found[0])
        used = await self._connection.change("use_refresh_token", hash=old_hash, at=rows.stamp(at))
        if not used:
            return session, False
        await self._connection.change(
            "insert_refresh_token",
            hash=new_hash,
            session_id=session.id,
            created_at=rows.stamp(at),
        )
        return session, True

    async def forget_expired(self, *, before: datetime) -> int:
        """Delete sessions that expired before that instant, with their tokens."""
        return await self._connection.change("delete_expired_sessions", before=rows.stamp(before))


def _name_taken(user: people.User) -> errors.Conflict:
    return errors.Conflict(
        f"there is a user `{user.name}` already", code="user-exists", hint="choose another name"
    )


def _unknown(user_id: str) -> errors.NotFound:
    return errors.NotFound(f"there is no user `{user_id}`", code="user-not-found")
