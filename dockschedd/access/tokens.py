"""Access tokens (JWT) and refresh tokens (random).

An access token is good only with the pinned algorithm, a key of ours, its own type and every
claim; the caller checks the session that it names. The only importer of joserfc. Never reads
a clock: `now` is an argument.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dockschedd.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from joserfc.jwk import KeySet
    from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

    from dockschedd.access.keys import Key

ALGORITHM: Final = "HS256"
#: RFC 9068: tells an access token from every other token made with the same key.
TYPE: Final = "at+jwt"
ISSUER: Final = "dockschedd"
AUDIENCE: Final = "dockschedd-api"
LIFETIME: Final = timedelta(minutes=15)
#: Bytes; ours have about 400.
_LARGEST: Final = 4096
_REFRESH_PREFIX: Final = "dsr_"
_CLAIMS: Final = ("iss", "aud", "sub", "sid", "exp", "iat", "jti")


class JwtTokens:
    """ports.Tokens: the last of the keys signs, all of them verify."""

    def __init__(
        self,
        keys: Sequence[Key],
        *,
        random: Callable[[int], bytes],
        lifetime: timedelta = LIFETIME,
    ) -> None:
        self._keys = tuple(keys)
        self._random = random
        self._lifetime = lifetime

    def issue(self, *, user_id: str, session_id: str, now: datetime) -> tuple[str, datetime]:
        """Return the token and when it expires, to the second."""
        at = int(now.timestamp())
        expires = at + int(self._lifetime.total_seconds())
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._keys[-1].id}
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "sid": session_id,
            "iat": at,
            "exp": expires,
            "jti": self._random(16).hex(),
        }
        token: str = self._jwt.encode(header, claims, self._ring, algorithms=[ALGORITHM])
        return token, datetime.fromtimestamp(expires, UTC)

    def read(self, token: str, *, now: datetime) -> tuple[str, str]:
        """Return user id and session id.

        Raises Unauthenticated with the reason as its code (`token-expired`, `token-invalid`).
        An expired token is told apart only when everything else about it is right.
        """
        from joserfc import errors  # noqa: PLC0415  see _jwt

        if len(token) > _LARGEST:
            raise _invalid()
        try:
            read = self._jwt.decode(token, self._ring, algorithms=[ALGORITHM])
            # joserfc takes a single key for a token without `kid`, and does not look at `typ`.
            if read.header.get("typ") != TYPE or read.header.get("kid") is None:
                raise _invalid()
            self._registry(now).validate(read.claims)
            user_id, session_id = read.claims["sub"], read.claims["sid"]
        except errors.ExpiredTokenError as exc:
            raise Unauthenticated(
                "the access token has expired", code="token-expired", hint="log in again"
            ) from exc
        except (errors.JoseError, ValueError, TypeError, LookupError, RecursionError) as exc:
            raise _invalid() from exc
        if not isinstance(user_id, str) or not isinstance(session_id, str):
            raise _invalid()
        return user_id, session_id

    def new_refresh(self) -> tuple[str, str]:
        """Return a new refresh token of 256 random bits and its hash."""
        token = _REFRESH_PREFIX + self._random(32).hex()
        return token, self.hash_refresh(token)

    def hash_refresh(self, token: str) -> str:
        """Return the hash under which a refresh token is stored.

        Plain SHA-256 is enough: there is nothing to guess in 256 random bits.
        """
        return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

    @cached_property
    def _jwt(self) -> ModuleType:
        # 10 MB beside aiohttp and 80 ms, for cryptography: not before the first token.
        from joserfc import jwt  # noqa: PLC0415

        return jwt

    @cached_property
    def _ring(self) -> KeySet:
        from joserfc.jwk import KeySet, OctKey  # noqa: PLC0415  see _jwt

        return KeySet([OctKey.import_key(k.secret, {"kid": k.id}) for k in self._keys])

    def _registry(self, now: datetime) -> JWTClaimsRegistry:
        from joserfc import jwt  # noqa: PLC0415  see _jwt

        values = {"iss": ISSUER, "aud": AUDIENCE}
        options: dict[str, ClaimsOption] = {}
        for claim in _CLAIMS:
            options[claim] = {"essential": True}
            if claim in values:
                options[claim]["value"] = values[claim]
        # One clock, ours: the leeway is for a step of it back between issue and use.
        return jwt.JWTClaimsRegistry(now=int(now.timestamp()), leeway=10, **options)


def _invalid() -> Unauthenticated:
    return Unauthenticated(
        "the access token is not valid", code="token-invalid", hint="log in again"
    )
