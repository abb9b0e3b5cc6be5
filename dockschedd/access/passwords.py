"""Hashing of passwords with argon2id, off the event loop.

Whether a user exists cannot be told from how long an answer takes. The only importer of argon2.
A password is never kept, logged or part of an error.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from argon2 import Parameters, PasswordHasher

#: Characters; hashing takes longer with the length, and no person types more.
LONGEST: Final = 256
#: Each hash under way holds 64 MiB and four threads of its own.
AT_ONCE: Final = 2


class Argon2Passwords:
    """ports.Passwords by argon2id; None for the parameters means RFC 9106's for low memory."""

    def __init__(self, parameters: Parameters | None = None, *, at_once: int = AT_ONCE) -> None:
        self._parameters = parameters
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="passwords")

    async def hash(self, password: str) -> str:
        """Return the PHC string. Raises Invalid (`password-too-long`, `password-not-text`)."""
        if len(password) > LONGEST:
            message = f"the password is longer than {LONGEST} characters"
            raise Invalid(Fault(path="password", code="password-too-long", message=message))
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hash, password)

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Return whether it matches; None takes the same time and returns False."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._verify, password, hashed)

    def needs_rehash(self, hashed: str) -> bool:
        """Return whether it was made with other parameters than today's, or by something else."""
        from argon2 import exceptions  # noqa: PLC0415  see _hasher

        try:
            return self._hasher.check_needs_rehash(hashed)
        except exceptions.InvalidHashError:
            return True

    def close(self) -> None:
        """Let the threads go; hashes under way end first."""
        self._pool.shutdown(wait=False)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        # 25 ms of import: paid by the first login, not by the start of the daemon.
        from argon2 import PasswordHasher  # noqa: PLC0415

        if self._parameters is None:
            return PasswordHasher()
        return PasswordHasher.from_parameters(self._parameters)

    @cached_property
    def _nobody(self) -> str:
        """A hash that stands in for users that do not exist, made with today's parameters."""
        return self._hasher.hash("nobody has this password")

    def _hash(self, password: str) -> str:
        try:
            return self._hasher.hash(password)
        except UnicodeEncodeError as exc:
            message = "the password has characters that are not text"
            raise Invalid(
                Fault(path="password", code="password-not-text", message=message)
            ) from exc

    def _verify(self, password: str, hashed: str | None) -> bool:
        from argon2 import exceptions  # noqa: PLC0415  see _hasher

        known = hashed is not None and len(password) <= LONGEST
        # Made for the known as well: else the first unknown user would take twice the time.
        nobody = self._nobody
        try:
            matches = self._hasher.verify(
                hashed if hashed and known else nobody, password[:LONGEST]
            )
        except (exceptions.VerificationError, exceptions.InvalidHashError, UnicodeEncodeError):
            return False
        return known and matches
