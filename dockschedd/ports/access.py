"""Passwords and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Passwords(Protocol):
    """Hashing of passwords, off the event loop, a few at a time."""

    async def hash(self, password: str) -> str:
        """Return the PHC string."""

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Return whether it matches; None takes the same time and returns False."""

    def needs_rehash(self, hashed: str) -> bool:
        """Return whether it was made with other parameters than today's."""


class Tokens(Protocol):
    """Access tokens: short-lived, signed, naming their session."""

    def issue(self, *, user_id: str, session_id: str, now: datetime) -> tuple[str, datetime]:
        """Return the token and when it expires."""

    def read(self, token: str, *, now: datetime) -> tuple[str, str]:
        """Return user id and session id. Raises Unauthenticated with the reason as its code
        (`token-expired`, `token-invalid`).
        """

    def new_refresh(self) -> tuple[str, str]:
        """Return a new refresh token and its hash."""

    def hash_refresh(self, token: str) -> str:
        """Return the hash under which a refresh token is stored."""
