"""Access tokens that are good, and everything that is not one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.access.keys import Key
from dockschedd.access.tokens import LIFETIME, JwtTokens
from dockschedd.errors import Unauthenticated

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OLD, NEW, OTHER = (Key(id=n, secret=n.encode() * 32) for n in ("1", "2", "3"))


def tokens(*keys: Key) -> JwtTokens:
    numbers = itertools.count()
    return JwtTokens(keys or (OLD, NEW), random=lambda size: next(numbers).to_bytes(size, "big"))


def issue(by: JwtTokens | None = None) -> str:
    return (by or tokens()).issue(user_id="u", session_id="s", now=NOW)[0]


def why(token: str, *, now: datetime = NOW, by: JwtTokens | None = None) -> str:
    """The code with which the token is refused."""
    with pytest.raises(Unauthenticated) as refused:
        (by or tokens()).read(token, now=now)
    return refused.value.code


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forge(header: dict, claims: object, key: bytes = NEW.secret) -> str:
    """A token made by hand, signed with HMAC-SHA256."""
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{signed}.{b64(hmac.digest(key, signed.encode(), 'sha256'))}"


def parts(token: str) -> tuple[dict, dict]:
    header, claims, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(p + "==")) for p in (header, claims))


def test_a_token_names_its_user_and_session_until_it_expires() -> None:
    """What was issued is read back, and the instant that was told is the one that counts."""
    token, expires_at = tokens().issue(user_id="u", session_id="s", now=NOW)

    assert tokens().read(token, now=NOW) == ("u", "s")
    assert expires_at == NOW + LIFETIME
    assert tokens().read(token, now=expires_at - timedelta(seconds=1)) == ("u", "s")
    assert why(token, now=expires_at + timedelta(seconds=11)) == "token-expired"


def test_the_clock_is_an_argument() -> None:
    """A token of the year 2000 is good in the year 2000, whatever this machine's clock says."""
    then = datetime(2000, 1, 1, tzinfo=UTC)
    token, _ = tokens().issue(user_id="u", session_id="s", now=then)

    assert tokens().read(token, now=then) == ("u", "s")
    assert why(token) == "token-expired"


def test_a_token_from_the_future_is_not_valid() -> None:
    """A clock that was far ahead does not make tokens that are good for longer."""
    token, _ = tokens().issue(user_id="u", session_id="s", now=NOW + timedelta(hours=1))

    assert why(token) == "token-invalid"


def test_the_newest_key_signs_and_the_older_ones_still_verify() -> None:
    """Keys can be rotated without logging anybody out."""
    before = issue(tokens(OLD))

    assert parts(before)[0]["kid"] == "1"
    assert parts(issue(tokens(OLD, NEW)))[0]["kid"] == "2"
    assert tokens(OLD, NEW).read(before, now=NOW) == ("u", "s")
    assert why(before, by=tokens(NEW)) == "token-invalid"


def test_a_forged_token_with_everything_right_would_be_read() -> None:
    """The forgeries below fail for the one thing that is wrong with them."""
    header, claims = parts(issue())

    assert tokens().read(forge(header, claims), now=NOW) == ("u", "s")


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "exp", "iat", "jti"])
def test_every_claim_is_needed(claim) -> None:
    """A token without one of its claims, or with an empty one, is not valid."""
    header, claims = parts(issue())
    without = {name: value for name, value in claims.items() if name != claim}

    assert why(forge(header, without)) == "token-invalid"
    for empty in (None, "", [], {}):
        assert why(forge(header, {**claims, claim: empty})) == "token-invalid"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "somebody else"),
        ("aud", "another-api"),
        ("sub", 7),
        ("sid", ["s"]),
        ("exp", "4102444800"),
        ("exp", float("nan")),
        ("exp", True),
        ("nbf", 4102444800),
    ],
)
def test_a_claim_of_another_kind_is_refused(name, value) -> None:
    """Signed or not: what is not ours is not valid."""
    header, claims = parts(issue())

    assert why(forge(header, {**claims, name: value})) == "token-invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "none"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": "EdDSA"},
        {"alg": None},
        {"kid": "9"},
        {"kid": None},
        {"kid": ""},
        {"kid": 2},
        {"kid": "../2"},
        {"typ": "JWT"},
        {"typ": "rt+jwt"},
        {"typ": None},
        {"crit": ["exp"]},
        {"crit": 1},
    ],
    ids=str,
)
def test_another_header_is_refused(changes) -> None:
    """Algorithm, key and type are ours to choose, not the token's."""
    header, claims = parts(issue())

    assert why(forge({**header, **changes}, claims)) == "token-invalid"


@pytest.mark.parametrize("missing", ["alg", "kid", "typ"])
def test_a_header_without_one_of_its_parts_is_refused(missing) -> None:
    """Also with one key only, where the library would take it for want of another."""
    header, claims = parts(issue(tokens(NEW)))
    del header[missing]

    assert why(forge(header, claims), by=tokens(NEW)) == "token-invalid"


def test_a_token_without_a_signature_is_refused() -> None:
    """Neither `alg: none` with nothing behind the dot nor a cut-off signature is taken."""
    header, claims = parts(issue())
    body = b64(json.dumps(claims).encode())
    unsigned = f"{b64(json.dumps({**header, 'alg': 'none'}).encode())}.{body}."

    assert why(unsigned) == "token-invalid"
    assert why(issue().rpartition(".")[0] + ".") == "token-invalid"


def test_a_key_of_somebody_else_is_refused() -> None:
    """A signature with another secret under our key's name is not ours."""
    header, claims = parts(issue())

    assert why(forge(header, claims, key=OTHER.secret)) == "token-invalid"
    assert why(forge({**header, "kid": "3"}, claims, key=OTHER.secret)) == "token-invalid"


def test_a_signature_by_a_public_key_is_refused() -> None:
    """RS256 and Ed25519 tokens are not taken, with whatever key they were made."""
    from joserfc import jwt
    from joserfc.jwk import OKPKey, RSAKey

    header, claims = parts(issue())
    for algorithm, key in (
        ("RS256", RSAKey.generate_key(2048, {"kid": "2"})),
        ("Ed25519", OKPKey.generate_key("Ed25519", {"kid": "2"})),
    ):
        token = jwt.encode({**header, "alg": algorithm}, dict(claims), key, algorithms=[algorithm])

        assert why(token) == "token-invalid"


def test_a_refresh_token_is_no_access_token() -> None:
    """It is no JWT at all."""
    assert why(tokens().new_refresh()[0]) == "token-invalid"


def test_an_expired_forgery_is_called_invalid() -> None:
    """Only a token that is ours is told that it has expired."""
    header, claims = parts(issue())
    late = NOW + timedelta(days=1)

    assert why(forge(header, claims, key=OTHER.secret), now=late) == "token-invalid"
    assert why(forge({**header, "typ": "JWT"}, claims), now=late) == "token-invalid"


@given(
    st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
)
def test_whatever_is_sent_as_a_token_is_refused_in_words(text) -> None:
    """Nothing but Unauthenticated ever comes out."""
    assert why(text) == "token-invalid"


@given(st.data())
def test_a_token_with_any_byte_changed_is_refused(data) -> None:
    """Every change of a token is noticed, or changes nothing that counts."""
    token = issue()
    position = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(max_codepoint=0x7F))
    changed = token[:position] + letter + token[position + 1 :]
    # The last letter of a signature has bits that do not belong to it.
    if (
        base64.urlsafe_b64decode(
            changed.rpartition(".")[2] + "==" if letter.isalnum() or letter in "-_" else ""
        )
        == (base64.urlsafe_b64decode(token.rpartition(".")[2] + "=="))
        and changed.rpartition(".")[0] == token.rpartition(".")[0]
    ):
        return

    assert why(changed) == "token-invalid"


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    "claims",
    [f'{{"sub":{deep(900)}}}', deep(900), '"text"', "1", "null", "{", "\ud800"],
    ids=range(7),
)
def test_signed_nonsense_is_refused(claims) -> None:
    """Deep nesting and payloads that are no object are refused, not crashes."""
    header = b64(json.dumps({"alg": "HS256", "kid": "2", "typ": "at+jwt"}).encode())
    signed = f"{header}.{b64(claims.encode('utf-8', 'surrogatepass'))}"
    token = f"{signed}.{b64(hmac.digest(NEW.secret, signed.encode(), 'sha256'))}"

    assert why(token) == "token-invalid"


def test_a_token_of_a_megabyte_is_refused_at_once() -> None:
    """Nobody can have us compute over what no token of ours can be."""
    started = time.perf_counter()

    assert why("a" * 1_000_000) == "token-invalid"
    assert why(f"{'a' * 500_000}.{'b' * 500_000}.c") == "token-invalid"
    assert time.perf_counter() - started < 1


def test_refresh_tokens_are_256_random_bits_and_stored_as_a_hash() -> None:
    """The token is what was drawn; its hash is SHA-256 and does not hold it."""
    drawn = []

    def random(size: int) -> bytes:
        drawn.append(size)
        return bytes(range(size))

    token, hashed = JwtTokens((OLD,), random=random).new_refresh()

    assert drawn == [32]
    assert bytes(range(32)).hex() in token
    assert hashed == hashlib.sha256(token.encode()).hexdigest() == tokens().hash_refresh(token)
    assert tokens().hash_refresh("\ud800")


def test_the_library_is_not_loaded_before_the_first_token() -> None:
    """A daemon that nobody logs in to does not carry cryptography around."""
    program = (
        "import sys; from dockschedd.access import tokens, passwords, keys; "
        "t = tokens.JwtTokens((keys.Key(id='1', secret=b'x' * 32),), random=bytes); "
        "passwords.Argon2Passwords(); t.new_refresh(); "
        "print([m for m in ('joserfc', 'cryptography', 'argon2') if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert out.stdout.strip() == "[]"
